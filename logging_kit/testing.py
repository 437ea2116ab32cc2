"""Tools for the tests of a bot: collect what it logs, and keep the tests' logging apart.

pytest has the fixture `log_events` without any import:

Example:
    >>> def test_buys_on_a_cross(log_events):
    ...     run_bot()
    ...     assert log_events.has(EventType.SIGNAL, signal="LONG", symbol="BTC/USDT")
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import structlog

from . import masking
from .events.model import LEVELS, Event, EventType, Level, level_name
from .events.validation import level_of, repair, summary
from .exceptions import SchemaError
from .pipeline.calls import event_of, merge_context
from .pipeline.pipeline import Pipeline
from .pipeline.tracebacks import exception_of, message_of
from .runtime.setup import active, configure_again, get_logger, setup, shutdown
from .runtime.state import state, write
from .runtime.stdlib import STANDARD, ForwardedRecord, PipelineHandler
from .runtime.structlog_config import restore_structlog
from .settings import Settings

__all__ = ["FakeAnswer", "FakeTransport", "LogEvents", "captured", "isolated", "shown_to"]


class FakeAnswer(NamedTuple):
    """An answer of `FakeTransport`.

    Attributes:
        status: Status code.
        text: Body.
        headers: Headers.
    """

    status: int = 204
    text: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


class FakeTransport:
    """Transport for a sender of `logging_kit.loki` that keeps requests instead of posting them.

    Attributes:
        answers: Answers to the next requests; an exception is raised. Then each gets 204.
        requests: Body and headers of each request.

    Example:
        >>> transport = FakeTransport(FakeAnswer(429, headers={"Retry-After": "3"}))
        >>> transport.send(b"{}", {}, None).status
        429
    """

    def __init__(self, *answers: FakeAnswer | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[bytes, Mapping[str, str]]] = []

    def send(self, body: bytes, headers: Mapping[str, str], timeout: Any) -> FakeAnswer:  # noqa: ARG002
        """Keep a request, and give the next answer."""
        self.requests.append((body, headers))
        if not self.answers:
            return FakeAnswer()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Do nothing: there is no connection."""


class LogEvents(list[dict[str, Any]]):
    """The logged events, in order.

    Each is a dict with `event_type`, `message`, `level`, `logger` and the fields.

    `event_type` is `None` for a plain line. Values are the caller's own objects, not masked. The
    mistakes of a typed event are in `schema_error`, an exception also in `error_type` and `error`.
    """

    def of(self, event_type: EventType | str) -> LogEvents:
        """Return the events of one type."""
        return LogEvents(event for event in self if event["event_type"] == event_type)

    def has(self, event_type: EventType | str | None = None, **fields: Any) -> bool:
        """Return True if an event of this type with at least these fields was logged.

        Args:
            event_type: Type of the event; without it, events of any type and plain lines count.
            **fields: Fields that it must have, with these values; `message`, `level` and `logger`
                count as fields.
        """
        return any(
            (event_type is None or event["event_type"] == event_type)
            and all(name in event and event[name] == value for name, value in fields.items())
            for event in self
        )

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "<nothing was logged>"


class _Nowhere:
    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Drop the line: collected events are not written."""

    def count_interrupted(self, error: BaseException) -> None:
        """Count nothing."""


class _Collecting(Pipeline):
    """A pipeline that keeps events instead of writing them, whichever way they come."""

    def __init__(self, events: LogEvents, settings: Settings) -> None:
        super().__init__(
            replace(settings, level="DEBUG", levels={}), _Nowhere(), masking.process_masker()
        )
        self.app = ""
        self._events = events

    def emit(
        self,
        level: Level,
        logger: str,
        message: Any,
        fields: dict[str, Any],
        *,
        event: Event | None = None,
        from_logging: bool = False,  # noqa: ARG002 - a record is kept like any other event
        record_time: str | None = None,  # noqa: ARG002 - tests have no use for it
    ) -> None:
        """Keep one event."""
        if event is None:
            event = event_of(level, fields)
        if event is not None and event.name == "ERROR":
            error = exception_of(fields.get("exc_info"))
            if error is not None:
                fields.setdefault("error_type", type(error).__qualname__)
                fields.setdefault("error", message_of(error))
        elif event is not None:
            problems = repair(event, fields)
            if problems and _settings().strict:
                raise SchemaError(f"{event.name}: {'; '.join(problems)}")
            if problems:
                fields["schema_error"] = "; ".join(problems)
            level = level_of(event, fields)
            message = message or summary(event, fields)
        if event is not None:
            kind = event.name
        else:
            kind = None
        if message is None:
            message = ""
        self._events.append(
            {"event_type": kind, "message": message, "level": level, "logger": logger, **fields}
        )


class _StdlibCapture(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._inner = PipelineHandler()

    def emit(self, record: logging.LogRecord) -> None:
        self._inner.emit(record)


def _settings() -> Settings:
    runtime = active()
    if runtime is None or runtime.pipeline is None:
        return Settings()
    return runtime.pipeline.settings


@contextmanager
def captured() -> Iterator[LogEvents]:
    """Collect everything that is logged in a block, instead of writing it.

    Lines of our loggers, of structlog and of `logging` are collected. The block may call `setup`,
    as a whole bot does in a test; at its end, what was in force before is in force again.

    Example:
        >>> with captured() as events:
        ...     log.info("hello")
        >>> events.has(message="hello")
        True
    """
    events = LogEvents()
    runtime = active()
    if runtime is not None:
        pipeline = runtime.pipeline
    else:
        pipeline = None
    config, stand_in, root = structlog.get_config(), state.stand_in, logging.getLogger()
    if not isinstance(config["processors"], list):
        structlog.configure(processors=list(config["processors"]))
    chains = [
        structlog.get_config()["processors"],
        *([runtime.structlog.processors] if runtime is not None else []),
    ]
    before = [list(chain) for chain in chains]
    handler, root_level = _StdlibCapture(), root.level
    if runtime is not None:
        configuration = runtime.configuration
    else:
        configuration = None
    was_configured = structlog.is_configured()
    for chain in chains:
        chain[:] = [write]
    state.stand_in = _Collecting(events, _settings())
    state.use(None)
    root.addHandler(handler)
    if not root_level or root_level > logging.INFO:
        root.setLevel(logging.INFO)
    try:
        yield events
    finally:
        if active() is not runtime:
            shutdown()
        root.removeHandler(handler)
        now = active()
        if now is runtime and (
            now is None or now.pipeline is pipeline
        ):  # else a `setup` or `shutdown` has put others there
            root.setLevel(root_level)
            for chain, processors in zip(chains, before, strict=True):
                chain[:] = processors
            if not isinstance(config["processors"], list):
                restore_structlog(config, was_configured)
        state.stand_in = stand_in
        state.use(now.pipeline if now is not None else None)
        if now is runtime and now is not None and now.pipeline is not pipeline:
            assert configuration is not None
            root.setLevel(getattr(root_level, "before", root_level))  # as before the outer setup()
            configure_again(configuration)


@contextmanager
def shown_to(handler: logging.Handler, report: logging.Handler | None = None) -> Iterator[None]:
    """Show the lines of our loggers to a handler of `logging` too.

    pytest's `caplog` gets them by itself.

    A level that is set on the handler, as by `caplog.at_level`, counts for our loggers as well.

    Args:
        handler: Gets a record for each line, its fields as attributes; their values are the
            caller's own, not masked.
        report: Gets a record with the masked message alone.
    """

    def show(name: str, method: str, event_dict: Mapping[str, Any]) -> None:
        fields = merge_context({}, dict(event_dict))
        error = exception_of(fields.pop("exc_info", method == "exception"))
        if error is not None:
            exc_info = (type(error), error, error.__traceback__)
        else:
            exc_info = None
        record = ForwardedRecord(
            name, LEVELS[level_name(method)], "", 0, fields.pop("event", ""), (), exc_info
        )
        vars(record).update((key, value) for key, value in fields.items() if key not in STANDARD)
        if record.levelno >= handler.level:
            handler.handle(record)
        if report is not None and record.levelno >= report.level:
            text = masking.mask(record.getMessage())
            report.handle(ForwardedRecord(name, record.levelno, "", 0, text, (), None))

    def wanted(logger: str) -> int:
        if not handler.level:
            return logging.CRITICAL
        return max(handler.level, logging.getLogger(logger).getEffectiveLevel())

    before = state.observer, state.observed_level
    state.observer, state.observed_level = show, wanted
    state.forget_thresholds()
    try:
        yield
    finally:
        state.observer, state.observed_level = before
        state.forget_thresholds()


@contextmanager
def isolated(log_dir: str | os.PathLike[str] | None = None, **settings: Any) -> Iterator[Any]:
    """Run a block with a logging of its own, and restore structlog, `logging` and the hooks.

    A logging that runs already is shut down first.

    Args:
        log_dir: Folder for the block's log files; without one `setup` is not called.
        **settings: Further arguments of `setup`; by default nothing goes to stdout, and wrong
            events raise.

    Yields:
        The logger.
    """
    shutdown()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    config, was_configured = structlog.get_config(), structlog.is_configured()
    processors = list(config["processors"])
    with ExitStack() as stack:
        stack.callback(_restore, root, handlers, level, config, processors, was_configured)
        stack.callback(shutdown)
        if log_dir is None:
            yield get_logger()
        else:
            yield setup(**{"log_dir": log_dir, "stdout": "off", "strict": True, **settings})


def _restore(
    root: logging.Logger,
    handlers: list[logging.Handler],
    level: int,
    config: dict[str, Any],
    processors: list[Any],
    was_configured: bool,
) -> None:
    root.handlers[:] = handlers
    root.setLevel(level)
    if isinstance(config["processors"], list):
        config["processors"][:] = processors
    restore_structlog(config, was_configured)
