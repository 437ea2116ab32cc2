"""Plan of the events of one type: which fields of a call the metrics need, and for what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from ..events.model import Event
from ..events.validation import validate_value
from ..pipeline.calls import text_of
from .table import METRICS, NOW, ONE, Metric
from .values import label_fields

Row = tuple[Any, ...]
"""Number of the row, its time in nanoseconds, its correlation id, and the values it has."""

PLAIN_ROW: Final[Row] = (0, 0, None)
_TRACED: Final = ("SIGNAL", "ORDER", "TRADE", "API_CALL", "AI_CALL", "ERROR", "NOTIFICATION")
"""Events whose metrics show a correlation id."""

ORDER: Final = 0
TIME: Final = 1
ID: Final = 2
VALUES: Final = 3


class LabelSet:
    """The events of one type with the same labels.

    Attributes:
        targets: The metrics that they feed, with the labels there.
        ended: The metrics whose series they remove, with the labels there.
        rows: The events that are not counted yet.
        stray: True if the set is not remembered.
    """

    __slots__ = ("ended", "rows", "stray", "targets")

    def __init__(self) -> None:
        self.targets: list[tuple[Metric, tuple[str, ...], float | None]] = []
        self.ended: list[tuple[Metric, tuple[str, ...]]] = []
        self.rows: list[Row] = []
        self.stray = False


class Plan:
    """The metrics that the events of one type feed.

    Attributes:
        event: The event; `None` for plain lines.
        metrics: The metrics.
        names: The fields that decide on the labels.
        values: The fields whose values they take.
        bounds: The lowest and the highest number of each of them that the catalogue allows.
        take: Returns the labels and the row of an event, from its level and the `get` of its
            fields.
        known: The sets of labels that were seen.
        strays: Sets of labels that are not remembered.
    """

    __slots__ = ("bounds", "event", "known", "metrics", "names", "strays", "take", "values")

    def __init__(
        self, event: Event | None, order: Callable[[], int], now: Callable[[], int]
    ) -> None:
        name = event.name if event is not None else None
        self.event = event
        self.metrics = tuple(
            metric for metric in METRICS if metric.event is None or metric.event == name
        )
        levels = [field for field, _, _ in event.levels] if event is not None else []
        self.names = tuple(dict.fromkeys((*label_fields(self.metrics), *levels)))
        self.values = tuple(
            dict.fromkeys(m.value for m in self.metrics if m.value not in (ONE, NOW))
        )
        self.bounds = {value: _bounds(event, value) for value in self.values}
        self.take = _taker(self, order, now, by_level=name in (None, "ERROR"))
        self.known: dict[Row, LabelSet] = {}
        self.strays: list[LabelSet] = []


def _bounds(event: Event | None, name: str) -> tuple[float, float]:
    """Return the bounds of a field; no infinite number is within them."""
    spec = event.fields.get(name) if event is not None else None
    low, high = -sys.float_info.max, sys.float_info.max
    if spec is not None and spec.low is not None:
        low = spec.low
    if spec is not None and spec.high is not None:
        high = spec.high
    return low, high


def _taker(plan: Plan, order: Callable[[], int], now: Callable[[], int], *, by_level: bool) -> Any:
    """Write the function that picks the fields of an event: a loop would cost too much.

    The number of a row decides between gauges only, its time is that of gauges that hold a time.
    """
    key = [f"get({name!r})" for name in plan.names]
    if by_level:
        key.insert(0, "level")
    gauges = [metric for metric in plan.metrics if metric.kind == "gauge"]
    row = ["0", "0", "None"]
    if gauges:
        row[ORDER] = "order()"
    if any(metric.value == NOW for metric in gauges):
        row[TIME] = "now()"
    if plan.event is not None and plan.event.name in _TRACED:
        row[ID] = "get('correlation_id')"
    row += [f"get({name!r})" for name in plan.values]
    source = f"lambda level, get: (({', '.join(key)},), ({', '.join(row)},))"
    names = {"__builtins__": {}, "order": order, "now": now}
    return eval(source, names)  # noqa: S307 - names of the catalogue, by repr


def numbers_of(plan: Plan, name: str, rows: list[Row]) -> list[float]:
    """Return the numbers that a field has in some rows, within the bounds of the catalogue."""
    place = VALUES + plan.values.index(name)
    low, high = plan.bounds[name]
    found = []
    for row in rows:
        value = row[place]
        kind = type(value)
        if kind is not float and kind is not int:
            value = number_of(plan.event, name, value)
        if value is not None and low <= value <= high:  # nan is within no bounds
            found.append(value)
    return found


def part_of(metric: Metric, numbers: list[float]) -> list[float]:
    """Return the part of some numbers that a metric takes, in its unit."""
    scale = metric.scale
    if metric.part == "gain":
        return [number * scale for number in numbers if number > 0]
    if metric.part == "loss":
        return [-number * scale for number in numbers if number < 0]
    if scale == 1:
        return numbers
    return [number * scale for number in numbers]


def label_text(value: Any) -> str:
    """Return the text that a label has for a value."""
    if value is None:
        return ""
    if type(value).__name__ in ("bool", "bool_"):
        return str(value).lower()
    return text_of(value)


def number_of(event: Event | None, name: str, value: Any) -> float | None:
    """Return a value of any type as the number that its line has; None if it is no number."""
    spec = event.fields.get(name) if event is not None else None
    if spec is None or value is None or type(value) is bool:
        return None
    try:
        return float(validate_value(spec, value)[0])
    except (TypeError, ValueError, OverflowError):
        return None
