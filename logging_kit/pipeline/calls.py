"""Parts of a log call: its context and its message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

from structlog.contextvars import _CONTEXT_VARS, STRUCTLOG_KEY_PREFIX, get_contextvars

from ..events.catalogue import CATALOGUE
from ..events.identities import BOT
from ..events.model import Event, Level
from ..settings import Settings

ERROR: Final = CATALOGUE["ERROR"]
"""The event that each line of level error or critical is."""

AT_LEAST_ERROR: Final = frozenset(("error", "critical"))
"""Levels of such lines."""

_LEVEL_NAMES: Final = frozenset(
    ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "ERR", "EXCEPTION", "CRITICAL", "FATAL", "NOTSET")
)


def event_of(level: Level, fields: dict[str, Any]) -> Event | None:
    """Return the event of a line: by its `event_type`, or ERROR by its level."""
    if "event_type" in fields:
        event = CATALOGUE.get(str(fields["event_type"]))
        if event is not None:
            del fields["event_type"]
            return event
    return ERROR if level in AT_LEAST_ERROR else None


def merge_context(context: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Merge the contextvars, over them the bound fields, over them the caller's."""
    if _CONTEXT_VARS:  # empty until a first field is bound; a look at the context takes longer
        for variable in copy_context():
            if variable.name.startswith(STRUCTLOG_KEY_PREFIX):
                return {**get_contextvars(), **context, **fields}
    return {**context, **fields} if context else fields


def format_message(message: Any, args: tuple[Any, ...]) -> str:
    """Put `%` arguments into a message; if they do not fit, behind it."""
    try:
        return str(message) % (
            args[0] if len(args) == 1 and issubclass(type(args[0]), dict) and args[0] else args
        )
    except Exception:
        return " ".join(text_of(part) for part in (message, *args))


def merge_extra(fields: dict[str, Any]) -> None:
    """Put the fields that stand in `extra`, as `logging` takes them, beside the others."""
    extra = fields["extra"]
    if issubclass(type(extra), Mapping):
        del fields["extra"]
        for name, value in extra.items():
            fields.setdefault(name, value)


def name_level(fields: dict[str, Any], level: Any) -> None:
    """Keep the name of a level such as TRACE or SUCCESS in `level_name`.

    Args:
        fields: The caller's fields; changed in place.
        level: Name or number of the level.
    """
    name = level
    if type(level) is int:
        name = logging.getLevelName(level)
    if (
        issubclass(type(name), str)
        and name.upper() not in _LEVEL_NAMES
        and not name.startswith("Level ")
    ):
        fields.setdefault("level_name", name)


def text_of(message: Any) -> str:
    """Return the text of any object; never raise."""
    if message is None:
        return ""
    try:
        return str(message)
    except Exception as error:
        return f"<{type(message).__name__} that raised {type(error).__name__}>"


def quotable(name: str) -> str:
    """Return a name without backticks: Grafana puts names between them, and escapes none."""
    return name.replace("`", "'")


def home_of(settings: Settings) -> dict[str, str]:
    """Return the fields of every line that say which bot wrote it."""
    return {name: quotable(getattr(settings, name)) for name in BOT}
