"""Capture of `logging`: records of other libraries become lines."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any, Final

from ..diagnostics import warn_once
from ..events.model import LEVELS, Level, level_name
from ..line import rfc3339
from ..pipeline.calls import format_message, merge_context, name_level, text_of
from ..pipeline.tracebacks import data_from_text, exception_of
from ..pipeline.unrender import drop_repeated, rendered_event, unrender
from .state import state

STANDARD: Final = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))
"""The attributes that each record has; every other attribute came by `extra`."""

_SEEN: Final = "_logging_kit"
_PROCESS: Final = secrets.token_hex(8)
"""Value of the mark on a written record. It differs in each process, so that a log server that
receives pickled records does not take them for its own."""

_LATE_S: Final = 1.0


class ForwardedRecord(logging.LogRecord):
    """A record made of one of our lines, for handlers that are not ours."""


class PipelineHandler(logging.Handler):
    """Handler that writes each record through the pipeline in force.

    One record is written once, however many of these handlers it meets.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        pipeline = state.pipeline
        if pipeline is None or isinstance(record, ForwardedRecord):
            return
        if record.__dict__.get(_SEEN) == _PROCESS:
            return
        record.__dict__[_SEEN] = _PROCESS
        try:
            level, message, fields = unpack(record)
            if "event_type" not in fields and not self._is_wanted(record, level):
                return
            late = time.time() - record.created > _LATE_S
            if late:
                record_time = rfc3339(int(record.created * 1_000_000))
            else:
                record_time = None
        except Exception as error:
            warn_once("record", f"a record of logging could not be read: {type(error).__name__}")
            return
        pipeline.emit(
            level,
            record.name,
            message,
            merge_context({}, fields),
            record_time=record_time,
            from_logging=True,
        )

    def _is_wanted(self, record: logging.LogRecord, level: Level) -> bool:
        number = LEVELS[level]
        if number >= state.threshold(record.name):
            return True
        if state.has_level(record.name):
            return False
        # Without a level in the settings, a level set with the means of logging wins.
        return has_level(record.name) or self.accepts(record)

    def accepts(self, _record: logging.LogRecord) -> bool:
        """Return True if the level of the root logger alone lets a record through."""
        return False


class UnlimitedHandler(PipelineHandler):
    """Handler for which the levels of `logging` decide, unless the settings name a level."""

    def accepts(self, _record: logging.LogRecord) -> bool:
        """Return True: a person has configured the loggers above it."""
        return True


def has_level(name: str | None) -> bool:
    """Return True if a logger or a parent other than the root logger has a level of its own."""
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
        Its level, its message with the arguments put in, and its fields: the attributes that came
        by `extra`, a dict given as the message, the exception and the stack.
    """
    level = level_name(record.levelno)
    fields = {
        key: value for key, value in record.__dict__.items() if key not in STANDARD and key != _SEEN
    }
    name: Any = record.name  # `logging.makeLogRecord` leaves it None
    event = _structlog_event(record, fields)
    if event is not None:
        if record.exc_info:
            error = exception_of(record.exc_info)
        else:
            error = None
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
        if record.msg is None:
            message = "None"
        else:
            message = text_of(record.msg)
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
        if is_wrapped:
            return record.msg
        return None
    return rendered_event(record.msg)


def _arguments(record: logging.LogRecord) -> tuple[Any, ...]:
    if isinstance(record.args, tuple):
        return record.args
    return (record.args,)
