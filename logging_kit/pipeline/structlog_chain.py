"""End of a structlog chain: the event becomes a line."""

from __future__ import annotations

from typing import Any

from structlog import DropEvent

from ..events.model import level_name
from .calls import merge_context
from .pipeline import Pipeline
from .unrender import unrender


def as_processor(
    pipeline: Pipeline,
    logger: Any,
    method_name: str,
    event_dict: Any,
    error: BaseException | None = None,
) -> Any:
    """Write an event that came through a structlog chain, and end the chain.

    Args:
        pipeline: Writes the line.
        logger: The wrapped logger.
        method_name: Name of the method that was called.
        event_dict: The event, or what a renderer made of it.
        error: The exception of the call, if it is known.

    Raises:
        DropEvent: Always, so that nothing else is done with the event.
    """
    level = level_name(method_name)
    name = getattr(logger, "name", None)
    if not isinstance(name, str) or not name:
        name = pipeline.app
    message, fields = unrender(event_dict, level, name, error)
    if method_name == "exception" and "exception" not in fields:
        fields.setdefault("exc_info", True)
    pipeline.emit(level, name, message, merge_context({}, fields))
    raise DropEvent
