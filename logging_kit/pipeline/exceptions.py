"""Exception and stack of a call, as fields of its line."""

from __future__ import annotations

from typing import Any

from ..events.model import Event
from .calls import ERROR, text_of
from .callsite import stack_text
from .tracebacks import exception_data, exception_of, message_of


def take_exception(event: Event | None, message: Any, fields: dict[str, Any]) -> str:
    """Replace `exc_info` and `stack_info` of a call by the fields that a line has for them.

    Args:
        event: The catalogue's entry of a typed event; an ERROR gets `error_type` and `error`.
        message: The caller's message.
        fields: The caller's fields; changed in place.

    Returns:
        The message as text.
    """
    exc_info = fields.pop("exc_info", None)
    stack = fields.pop("stack_info", None)
    error = exception_of(exc_info) if exc_info else None
    text: str = message if issubclass(type(message), str) else text_of(message)
    if event is ERROR:
        kind, words = "message", text
        rendered = fields.get("exception")
        if error is not None:
            kind, words = type(error).__qualname__, message_of(error)
        elif type(rendered) is dict and "type" in rendered:
            kind, words = rendered["type"], rendered.get("message", text)
        fields.setdefault("error_type", kind)
        fields.setdefault("error", words)
    if error is not None:
        fields["exception"] = exception_data(error)
    if stack:
        fields["stack"] = stack if issubclass(type(stack), str) else stack_text()
    return text
