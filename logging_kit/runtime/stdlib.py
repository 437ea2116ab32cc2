"""The bridge from `logging`: records of other libraries become lines of ours."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from ..diagnostics import warn_once
from ..events.model import LEVELS, Level, level_name
from ..line import rfc3339
from ..pipeline.calls import format_message, merge_context, name_level, text_of
from ..pipeline.tracebacks import data_from_text, exception_of
from ..pipeline.unrender import drop_repeated, rendered_event, unrender
from .state import state

STANDARD: Final = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))
"""The attributes that each record has; whatever else it has came by ``extra``."""

_SEEN: Final = "_logging_kit"
_LATE_S: Final = 1.0


class PipelineHandler(logging.Handler):
    """Writes each record through the pipeline that is in force; one record is written once, however many of these it meets."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        pipeline = state.pipeline
        if pipeline is None or _SEEN in record.__dict__:
            return
        record.__dict__[_SEEN] = True
        try:
            level, message, fields = unpack(record)
            if "event_type" not in fields and LEVELS[level] < state.threshold(record.name):
                return
            late = time.time() - record.created > _LATE_S
            record_time = rfc3339(int(record.created * 1_000_000)) if late else None
        except Exception as error:
            warn_once("record", f"a record of logging could not be read: {type(error).__name__}")
            return
        pipeline.emit(
            level, record.name, message, merge_context({}, fields), record_time=record_time
        )


class ShownRecord(logging.LogRecord):
    """A record made of an event of ours, for a handler that wants to see those too."""


class RootCapture:
    """Our handler on the root logger, and the watch over it.

    `logging.config.dictConfig` and others throw the handlers of the root logger out. The record factory, which no
    configuration resets, puts ours back before the next record is handled.

    Args:
        lowest: Number of the lowest level that is wanted; the root logger's level is lowered to it, never raised. The
            handlers that it has already go on seeing only what they saw before.
        returned: Called when the handler had to be put back for the first time.
        limited: The handlers that go on seeing only that, if they are not all that there are.
    """

    def __init__(
        self,
        lowest: int,
        returned: Callable[[], None],
        limited: Iterable[logging.Handler] | None = None,
    ) -> None:
        self._root = logging.getLogger()
        self._returned = returned
        self._said = self._removed = False
        self._lowered: _Lowered | None = None
        self._limited: list[logging.Handler] = []
        before = self._root.level
        if before == logging.NOTSET or before > lowest:
            self._lowered = _Lowered(lowest, before)
            self._root.setLevel(self._lowered)
            self._limited = [
                h
                for h in (self._root.handlers if limited is None else limited)
                if not isinstance(h, PipelineHandler)
            ]
        for handler in self._limited:
            handler.addFilter(self._as_before)
        self._handler = PipelineHandler()
        self._put_back()
        self._factory_before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._factory)

    def _as_before(self, record: logging.LogRecord) -> bool:
        """Whether a handler that was there before us would have seen the record without us."""
        lowered = self._lowered
        if lowered is None or record.levelno >= lowered.before or isinstance(record, ShownRecord):
            return True
        return self._root.level is not lowered or _has_level(record.name)

    def _put_back(self) -> bool:
        handlers = self._root.handlers
        if self._handler in handlers or any(
            isinstance(handler, PipelineHandler) for handler in handlers
        ):
            return False
        self._root.addHandler(self._handler)
        return True

    def _factory(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if (
            not self._removed and self._put_back() and not self._said
        ):  # somebody may have chained to this factory for good
            self._said = True
            self._returned()
        return self._factory_before(*args, **kwargs)

    def remove(self) -> list[logging.Handler] | None:
        """Take the handler out and set the root logger's level back, unless somebody has changed it since.

        Returns:
            The handlers that were limited to what they saw before, when the level was set back.
        """
        self._removed = True
        self._root.removeHandler(self._handler)
        for handler in self._limited:
            handler.removeFilter(self._as_before)
        if logging.getLogRecordFactory() == self._factory:
            logging.setLogRecordFactory(self._factory_before)
        if self._lowered is None or self._root.level is not self._lowered:
            return None
        self._root.setLevel(self._lowered.before)
        return self._limited


class _Lowered(int):
    """The level that we gave to the root logger; the same number, set by somebody else, is another object.

    Attributes:
        before: The level it had.
    """

    before: int

    def __new__(cls, level: int, before: int) -> _Lowered:
        self = super().__new__(cls, level)
        self.before = before
        return self


def _has_level(name: str | None) -> bool:
    """Whether a logger has a level of its own, or by a parent that is not the root logger."""
    loggers = logging.Logger.manager.loggerDict
    while name:
        logger = loggers.get(name)
        if isinstance(logger, logging.Logger) and logger.level != logging.NOTSET:
            return True
        name = name.rpartition(".")[0]
    return False


def unpack(record: logging.LogRecord) -> tuple[Level, str, dict[str, Any]]:
    """Take a record apart.

    Returns:
        Its level, its message with the arguments put in, and its fields: what came by ``extra``, a dict given as the
        message, the exception and the stack.
    """
    level = level_name(record.levelno)
    fields = {
        key: value for key, value in record.__dict__.items() if key not in STANDARD and key != _SEEN
    }
    name: Any = record.name  # `logging.makeLogRecord` leaves it None
    event = _structlog_event(record, fields)
    if event is not None:
        error = exception_of(record.exc_info) if record.exc_info else None
        message, own = unrender(event, level, name, error)
        fields = {**own, **fields}
        message = text_of(message)
    elif issubclass(type(record.msg), dict) and not record.args:
        given: Any = record.msg
        fields = {**given, **fields}
        message = text_of(fields.pop("message", ""))
    elif record.args:
        message = format_message(record.msg, _arguments(record))
    else:
        message = "None" if record.msg is None else text_of(record.msg)
    drop_repeated(fields, level, name)
    name_level(fields, record.levelname)
    if record.exc_info:
        fields["exc_info"] = record.exc_info
    elif record.exc_text:
        fields["exception"] = data_from_text(record.exc_text) or record.exc_text
    if record.stack_info:
        fields["stack_info"] = record.stack_info
    return level, message, fields


def _structlog_event(record: logging.LogRecord, fields: dict[str, Any]) -> Any:
    """Return the event of a record that a structlog chain has made, else `None`."""
    if record.args:
        return None
    if type(record.msg) is dict:  # of ProcessorFormatter.wrap_for_formatter
        is_wrapped = "event" in record.msg and "_name" in fields
        return record.msg if is_wrapped else None
    return rendered_event(record.msg)


def _arguments(record: logging.LogRecord) -> tuple[Any, ...]:
    return record.args if isinstance(record.args, tuple) else (record.args,)
