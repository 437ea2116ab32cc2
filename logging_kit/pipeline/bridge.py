"""The bridge from `logging`: records of other libraries become lines of ours."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from ..events.model import LEVELS, Level, level_name
from ..store.stamp import rfc3339
from . import current
from .pipeline import formatted, merged

STANDARD: Final = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))
"""The attributes that each record has; whatever else it has came by ``extra``."""

_SEEN: Final = "_logging_kit"
_LATE_S: Final = 1.0


class PipelineHandler(logging.Handler):
    """Writes each record through the pipeline that is in force; one record is written once, however many of these it meets."""

    closed_by_others = False
    """Whether somebody's `logging.config.dictConfig` has closed this handler, as it does before it replaces them all."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        pipeline = current.pipeline
        if pipeline is None or _SEEN in record.__dict__:
            return
        record.__dict__[_SEEN] = True
        level, message, fields = unpack(record)
        if "event_type" not in fields and LEVELS[level] < current.threshold(record.name):
            return
        late = time.time() - record.created > _LATE_S
        pipeline.emit(
            level, record.name, message, merged({}, fields), record_time=rfc3339(int(record.created * 1_000_000)) if late else None
        )  # fmt: skip

    def close(self) -> None:
        """Remember that it was closed; it goes on working when records still reach it."""
        self.closed_by_others = True
        super().close()


class RootCapture:
    """Our handler on the root logger, and the watch over it.

    `logging.config.dictConfig` closes all handlers and throws those of the root logger out. The handler notices the
    closing; the record factory, which no configuration resets, puts it back before the next record is handled.

    Args:
        lowest: Number of the lowest level that is wanted; the root logger's level is lowered to it, never raised.
        returned: Called when the handler had to be put back.
    """

    def __init__(self, lowest: int, returned: Callable[[], None]) -> None:
        self._root = logging.getLogger()
        self._returned = returned
        self._level: int | None = None
        if self._root.level == logging.NOTSET or self._root.level > lowest:
            self._level = self._root.level
            self._root.setLevel(lowest)
        self._handler = PipelineHandler()
        self._removed = False
        self._lowest = lowest
        if not any(isinstance(handler, PipelineHandler) for handler in self._root.handlers):
            self._root.addHandler(self._handler)
        self._factory_before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._factory)

    def _factory(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if self._handler.closed_by_others and not self._removed:  # somebody may have chained to this factory for good
            self._handler.closed_by_others = False
            if not any(isinstance(handler, PipelineHandler) for handler in self._root.handlers):
                self._root.addHandler(self._handler)
                self._returned()
        return self._factory_before(*args, **kwargs)

    def remove(self) -> None:
        """Take the handler out and set the root logger's level back, unless somebody has changed it since."""
        self._removed = True
        self._root.removeHandler(self._handler)
        if self._level is not None and self._root.level == self._lowest:
            self._root.setLevel(self._level)
        if logging.getLogRecordFactory() == self._factory:
            logging.setLogRecordFactory(self._factory_before)


def unpack(record: logging.LogRecord) -> tuple[Level, str, dict[str, Any]]:
    """Take a record apart.

    Returns:
        Its level, its message with the arguments put in, and its fields: what came by ``extra``, a dict given as the
        message, the exception and the stack.
    """
    level = level_name(record.levelno)
    fields = {key: value for key, value in record.__dict__.items() if key not in STANDARD and key != _SEEN}
    if isinstance(record.msg, dict) and not record.args:
        fields = {**record.msg, **fields}
        message = _text(fields.pop("message", ""))
    else:
        message = formatted(record.msg, _arguments(record)) if record.args else _text(record.msg)
    if record.exc_info:
        fields["exc_info"] = record.exc_info
    elif record.exc_text:
        fields["exception"] = record.exc_text
    if record.stack_info:
        fields["stack_info"] = record.stack_info
    return level, message, fields


def _arguments(record: logging.LogRecord) -> tuple[Any, ...]:
    return record.args if isinstance(record.args, tuple) else (record.args,)


def _text(message: Any) -> str:
    try:
        return str(message)
    except Exception as error:
        return f"<{type(message).__name__} that raised {type(error).__name__}>"
