"""What is in force in this process: the pipeline, the levels of the loggers, and the processor that ends our chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from structlog import DropEvent

from ..diagnostics import warn_once
from ..events.model import LEVELS, level_name
from ..pipeline.pipeline import Pipeline, as_processor

pipeline: Pipeline | None = None
health: Callable[[], Mapping[str, Any]] = dict
startup_fields: Callable[[], Mapping[str, Any]] = dict
observer: Callable[[str, str, Mapping[str, Any]], None] | None = None
"""Sees what goes through structlog: the logger's name, the method and the event; for tests."""
stand_in: Pipeline | None = None
"""Is in force instead of any other; for tests."""
_thresholds: dict[str, int] = {}


def use(new: Pipeline | None) -> None:
    """Put a pipeline in force, or none."""
    global pipeline
    pipeline = new if stand_in is None else stand_in
    _thresholds.clear()


def threshold(logger: str) -> int:
    """Number of the lowest level of plain lines that a logger writes: its own, its nearest parent's, or the general one."""
    number = _thresholds.get(logger)
    if number is None:
        number = _threshold(logger)
        if len(_thresholds) < 10_000:
            _thresholds[logger] = number
    return number


def _threshold(logger: str) -> int:
    if pipeline is None:
        return 0
    levels = pipeline.settings.levels
    name = logger
    while name:
        if name in levels:
            return LEVELS[level_name(levels[name])]
        name = name.rpartition(".")[0]
    return LEVELS[level_name(pipeline.settings.level)]


def write(logger: Any, method_name: str, event_dict: MutableMapping[str, Any]) -> Any:
    """Write the event and end the chain: the last processor of a structlog chain.

    Raises:
        DropEvent: Always.
    """
    if pipeline is None:
        warn_once("setup", "a line was lost, because logging_kit.setup() has not been called")
        raise DropEvent
    name = getattr(logger, "name", None)
    name = name if isinstance(name, str) else ""
    if "event_type" not in event_dict and LEVELS[level_name(method_name)] < threshold(name):
        raise DropEvent
    if observer is not None:
        observer(name or pipeline.app, method_name, event_dict)
    return as_processor(pipeline, logger, method_name, event_dict)
