"""Undo what structlog's processors do to an event, so that they do not change the line.

Some add what the line says anyway (`add_log_level`, `add_logger_name`, `TimeStamper`), and some
render (`JSONRenderer`, `format_exc_info`, `dict_tracebacks`, `wrap_for_formatter`).
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import orjson

from ..events.model import LEVELS, Level
from .calls import format_message
from .processors import are_log_arguments
from .tracebacks import data_from_frames, data_from_text

META: Final = frozenset(("_record", "_from_structlog", "_logger", "_name"))
"""Keys by which structlog's processors talk to each other."""

_MESSAGE_KEYS: Final = ("event", "msg", "message")
_SIGNS: Final = ("level", "timestamp", "logger")  # a rendered event has one of them
_SPELLINGS: Final[dict[Level, tuple[str, ...]]] = {
    "debug": ("debug",),
    "info": ("info",),
    "warning": ("warning", "warn"),
    "error": ("error", "exception"),
    "critical": ("critical", "fatal"),
}
_RECENT_S: Final = 120.0
_NUMBERS: Final = re.compile(r"[0-9]+")


def unrender(
    event_dict: Any, level: Level, logger: str, error: BaseException | None = None
) -> tuple[Any, dict[str, Any]]:
    """Turn the result of a structlog chain into a message and fields.

    Args:
        event_dict: The event, or what a renderer made of it: a text, or the arguments of a logging
            method.
        level: Level of the line.
        logger: Name of the logger.
        error: The exception of the call, if it is known.
    """
    fields = _mapping_of(event_dict)
    if fields is None:
        return event_dict, {}
    if are_log_arguments(fields):
        fields = {**fields.pop("extra"), **fields}
    message: Any = ""
    for key in _MESSAGE_KEYS:
        if key in fields:
            message = fields.pop(key)
            break
    args = fields.pop("positional_args", ())
    if args:
        message = format_message(message, args)
    drop_repeated(fields, level, logger)
    _restore_exception(fields, error)
    return message, fields


def _mapping_of(event_dict: Any) -> dict[str, Any] | None:
    if issubclass(type(event_dict), tuple) and len(event_dict) == 2:  # arguments, keywords
        args, keywords = event_dict
        if args and issubclass(type(args[0]), Mapping):
            return dict(args[0])
        if args and issubclass(type(keywords), Mapping):
            return {"positional_args": args[1:], **keywords, "msg": args[0]}
        event_dict = keywords
    if issubclass(type(event_dict), Mapping):
        return dict(event_dict)
    return rendered_event(event_dict)


def rendered_event(text: Any) -> dict[str, Any] | None:
    """Read an event that structlog's `JSONRenderer` has rendered; `None` if it is another text."""
    if not issubclass(type(text), (str, bytes, bytearray)) or text[:1] not in ("{", b"{"):
        return None
    with suppress(ValueError):
        found: dict[str, Any] = orjson.loads(text)
        if (
            issubclass(type(found), dict)
            and "event" in found
            and any(key in found for key in _SIGNS)
        ):
            return found
    return None


def drop_repeated(fields: dict[str, Any], level: Level, logger: str) -> None:
    """Remove the fields that say what the line says anyway: level, logger and time."""
    for key in META.intersection(fields):
        del fields[key]
    given: Any = fields.get("level")
    if issubclass(type(given), str) and given.lower() in _SPELLINGS[level]:
        del fields["level"]
    if fields.get("level_number") == LEVELS[level] and type(fields["level_number"]) is int:
        del fields["level_number"]
    if issubclass(type(fields.get("logger")), str) and fields["logger"] in (logger, ""):
        del fields["logger"]
    if "timestamp" in fields and _is_now(fields["timestamp"]):
        del fields["timestamp"]


def _is_now(value: Any) -> bool:
    """Return True for a value that a `TimeStamper` writes now, in any format with a date."""
    now = time.time()
    if issubclass(type(value), (int, float)):
        return bool(abs(now - value) < _RECENT_S)
    if not issubclass(type(value), str):
        return False
    with suppress(ValueError):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return abs(now - moment.timestamp()) < _RECENT_S
    numbers = [int(number) for number in _NUMBERS.findall(value[:64])[:5]]
    if len(numbers) < 5:
        return False
    with suppress(ValueError):
        year, month, day, hour, minute = numbers
        moment = datetime(year, month, day, hour, minute)
        here, utc = datetime(*time.localtime(now)[:6]), datetime(*time.gmtime(now)[:6])
        return any(abs((at - moment).total_seconds()) < _RECENT_S for at in (here, utc))
    return False


def _restore_exception(fields: dict[str, Any], error: BaseException | None) -> None:
    """Replace a rendered traceback by its exception, or by the fields of its text."""
    rendered: Any = fields.get("exception")
    if not issubclass(type(rendered), (str, list)) or not rendered or fields.get("exc_info"):
        return
    if error is None:
        error = sys.exc_info()[1]
        if error is not None and not _shows(rendered, type(error).__name__):
            error = None
    if error is not None:
        del fields["exception"]
        fields["exc_info"] = error
        return
    data = (
        data_from_text(rendered) if issubclass(type(rendered), str) else data_from_frames(rendered)
    )
    if data is not None:
        fields["exception"] = data


def _shows(rendered: Any, kind: str) -> bool:
    if issubclass(type(rendered), str):
        return kind in rendered
    return issubclass(type(rendered[-1]), dict) and rendered[-1].get("exc_type") == kind
