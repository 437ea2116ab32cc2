"""Help for the tests of a bot: see what it logs, and keep one test's logging from the next.

With pytest the fixture ``log_events`` is there without any import:

Example:
    >>> def test_buys_on_a_cross(log_events):
    ...     run_bot()
    ...     assert log_events.has(EventType.SIGNAL, signal="LONG", symbol="BTC/USDT")
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any

import structlog
from structlog import DropEvent

from .events.model import LEVELS, EventType, level_name
from .pipeline import current
from .pipeline.bridge import STANDARD, ShownRecord, unpack
from .pipeline.pipeline import merged
from .pipeline.tracebacks import exception_of
from .runtime import get_logger, setup, shutdown

__all__ = ["LogEvents", "captured", "isolated", "shown_to"]


class LogEvents(list[dict[str, Any]]):
    """What was logged, in order: a dict for each event with ``event_type``, ``message``, ``level``, ``logger`` and its fields.

    ``event_type`` is ``None`` for a plain line. Values are the caller's own objects, not masked.
    """

    def of(self, event_type: EventType | str) -> LogEvents:
        """The events of one type."""
        return LogEvents(event for event in self if event["event_type"] == event_type)

    def has(self, event_type: EventType | str | None = None, **fields: Any) -> bool:
        """Whether something of this type, with at least these fields, was logged.

        Args:
            event_type: Its type; any, and plain lines too, when not given.
            **fields: Fields it must have, with these values; ``message``, ``level`` and ``logger`` count as fields.
        """
        return any(
            (event_type is None or event["event_type"] == event_type)
            and all(name in event and event[name] == value for name, value in fields.items())
            for event in self
        )

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "<nothing was logged>"


class _StdlibCapture(logging.Handler):
    def __init__(self, events: LogEvents) -> None:
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        level, message, fields = unpack(record)
        event_type = fields.pop("event_type", None) or ("ERROR" if level in ("error", "critical") else None)
        self._events.append({"event_type": event_type, "message": message, "level": level, "logger": record.name, **fields})


@contextmanager
def captured() -> Iterator[LogEvents]:
    """Collect everything that is logged in a block, through us, structlog or `logging`, instead of writing it.

    Example:
        >>> with captured() as events:
        ...     log.info("hello")
        >>> events.has(message="hello")
        True
    """
    events = LogEvents()

    def collect(logger: Any, method: str, event_dict: MutableMapping[str, Any]) -> Any:
        fields = merged({}, dict(event_dict))
        level = level_name(method)
        event_type = fields.pop("event_type", None) or ("ERROR" if level in ("error", "critical") else None)
        message = fields.pop("event", "")
        name = getattr(logger, "name", None) or ""
        events.append({"event_type": event_type, "message": message, "level": level, "logger": name, **fields})
        raise DropEvent

    processors: Any = structlog.get_config()["processors"]
    before, pipeline = list(processors), current.pipeline
    root = logging.getLogger()
    handler, root_level = _StdlibCapture(events), root.level
    processors[:] = [collect]
    current.pipeline = None
    root.addHandler(handler)
    root.setLevel(min(root_level, logging.INFO) if root_level else logging.INFO)
    try:
        yield events
    finally:
        root.setLevel(root_level)
        root.removeHandler(handler)
        current.pipeline = pipeline
        processors[:] = before


@contextmanager
def shown_to(handler: logging.Handler) -> Iterator[None]:
    """Show what our loggers write to a handler of `logging` too; pytest's ``caplog`` gets it without being asked.

    Args:
        handler: Gets a record for each line, its fields as attributes; their values are the caller's own, not masked.
    """

    def show(name: str, method: str, event_dict: Mapping[str, Any]) -> None:
        fields = merged({}, dict(event_dict))
        error = exception_of(fields.pop("exc_info", method == "exception"))
        exc_info = (type(error), error, error.__traceback__) if error is not None else None
        record = ShownRecord(name, LEVELS[level_name(method)], "", 0, fields.pop("event", ""), (), exc_info)
        vars(record).update((key, value) for key, value in fields.items() if key not in STANDARD)
        if record.levelno >= handler.level:
            handler.handle(record)

    before, current.observer = current.observer, show
    try:
        yield
    finally:
        current.observer = before


@contextmanager
def isolated(log_dir: str | os.PathLike[str] | None = None, **settings: Any) -> Iterator[Any]:
    """Run a block with a logging of its own, and leave structlog, `logging` and the hooks as they were.

    A `setup` that is in force is ended first: its files are closed, and what it had changed is restored.

    Args:
        log_dir: Folder for the block's log files; without one `setup` is not called.
        **settings: Further arguments of `setup`; by default nothing goes to stdout and wrong events raise.

    Yields:
        The logger.
    """
    shutdown()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    config = structlog.get_config()
    processors = list(config["processors"])
    with ExitStack() as stack:
        stack.callback(_restore, root, handlers, level, config, processors)
        stack.callback(shutdown)
        if log_dir is None:
            yield get_logger()
        else:
            yield setup(**{"log_dir": log_dir, "stdout": "off", "strict": True, **settings})


def _restore(
    root: logging.Logger, handlers: list[logging.Handler], level: int, config: dict[str, Any], processors: list[Any]
) -> None:
    root.handlers[:] = handlers
    root.setLevel(level)
    if isinstance(config["processors"], list):
        config["processors"][:] = processors
    structlog.configure(**config)
