"""End of a structlog chain: the event becomes a line."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from structlog import DropEvent

from ..events.model import level_name
from .calls import format_message, merge_context
from .pipeline import Pipeline


def as_processor(
    pipeline: Pipeline, logger: Any, method_name: str, event_dict: MutableMapping[str, Any]
) -> Any:
    """Write an event that came through a structlog chain, and end the chain.

    Raises:
        DropEvent: Always, so that nothing else is done with the event.
    """
    fields = dict(event_dict)
    message = fields.pop("event", "")
    args = fields.pop("positional_args", ())
    level = level_name(method_name)
    if method_name == "exception":
        fields.setdefault("exc_info", True)
    name = getattr(logger, "name", None)
    if args:
        message = format_message(message, args)
    pipeline.emit(
        level,
        name if isinstance(name, str) and name else pipeline.app,
        message,
        merge_context({}, fields),
    )
    raise DropEvent
