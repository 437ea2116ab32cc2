"""Run structlog's processors so that none of them can lose a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final

from structlog import DropEvent
from structlog.processors import EventRenamer

from ..diagnostics import warn_once
from ..exceptions import SchemaError

_LOG_ARGUMENTS: Final = frozenset(
    ("msg", "extra", "exc_info", "stack_info", "stacklevel", "stackLevel")
)

_DEEPEST: Final = 8
"""Levels of nesting that are copied before a processor runs."""


class WithheldError(Exception):
    """A required processor raised, so the content of the line may not be written."""


class Required:
    """Processor that may not fail: if it raises, the line is written without its content."""

    __slots__ = ("processor",)

    def __init__(self, processor: Any) -> None:
        self.processor = processor

    def __call__(self, logger: Any, method: str, event_dict: MutableMapping[str, Any]) -> Any:
        """Run the processor."""
        return self.processor(logger, method, event_dict)


def run_processors(
    processors: Iterable[Any], logger: Any, method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Run the processors before the end of a chain.

    A processor that raises is left out: the next one gets the event as it was before. So is one
    that renders, since the line is rendered later.

    Args:
        processors: Processors of structlog's form.
        logger: The logger that they are given.
        method: Name of the method that was called.
        event_dict: The event.

    Returns:
        The event after them, with its message under `event`.

    Raises:
        DropEvent: If a processor drops the event.
        WithheldError: If a processor raised that is marked as required.
    """
    renamed: list[EventRenamer] = []
    for processor in processors:
        before = _snapshot(event_dict)
        try:
            result = processor(logger, method, event_dict)
        except (DropEvent, SchemaError):
            raise
        except Exception as error:
            reason = f"the processor {_name_of(processor)} raised {type(error).__name__}"
            if issubclass(type(processor), Required):
                raise WithheldError(reason) from error
            warn_once("processor", f"{reason}; the line is written without it")
            event_dict = before
            continue
        if issubclass(type(result), MutableMapping) and not are_log_arguments(result):
            event_dict = result
        else:
            event_dict = before
        if issubclass(type(processor), EventRenamer):
            renamed.append(processor)
    for renamer in reversed(renamed):
        if renamer.replace_by is not None and "event" in event_dict:
            event_dict[renamer.replace_by] = event_dict.pop("event")
        if renamer.to in event_dict:
            event_dict["event"] = event_dict.pop(renamer.to)
    return event_dict


def _snapshot(event_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Copy an event and the dicts and lists in it, which a processor may change in place."""
    return {key: _copy(value, _DEEPEST) for key, value in event_dict.items()}


def _copy(value: Any, levels: int) -> Any:
    if levels and type(value) is dict:
        return {key: _copy(item, levels - 1) for key, item in value.items()}
    if levels and type(value) is list:
        return [_copy(item, levels - 1) for item in value]
    return value


def are_log_arguments(result: Mapping[str, Any]) -> bool:
    """Return True for the arguments that `structlog.stdlib.render_to_log_kwargs` makes."""
    return issubclass(type(result.get("extra")), Mapping) and result.keys() <= _LOG_ARGUMENTS


def _name_of(processor: Any) -> str:
    inner = getattr(processor, "processor", processor)
    return str(getattr(inner, "__qualname__", type(inner).__qualname__))
