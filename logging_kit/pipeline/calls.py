"""Parts of a log call: its context and its message."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

from structlog.contextvars import STRUCTLOG_KEY_PREFIX, get_contextvars


def merge_context(context: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Merge the contextvars, over them the bound fields, over them the caller's."""
    for variable in copy_context():
        if variable.name.startswith(STRUCTLOG_KEY_PREFIX):
            return {**get_contextvars(), **context, **fields}
    return {**context, **fields} if context else fields


def format_message(message: Any, args: tuple[Any, ...]) -> str:
    """Put `%` arguments into a message; if they do not fit, behind it."""
    try:
        return str(message) % (
            args[0] if len(args) == 1 and isinstance(args[0], dict) and args[0] else args
        )
    except Exception:
        return " ".join(text_of(part) for part in (message, *args))


def text_of(message: Any) -> str:
    """Return the text of any object; never raise."""
    if message is None:
        return ""
    try:
        return str(message)
    except Exception as error:
        return f"<{type(message).__name__} that raised {type(error).__name__}>"
