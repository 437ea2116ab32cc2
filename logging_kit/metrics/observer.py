"""Observer of events: keep what the metrics need of each, without ever waiting.

A bot logs the same few sets of labels again and again. A call looks its set up and appends a small
row to it, which no lock is needed for; the rows become counts, newest values and buckets later, in
batches: when a set has many, and when the metrics are read. So a call costs a fraction of a
microsecond for each metric, and a call in a signal handler cannot find a lock held.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from ..events.model import Event
from ..events.validation import fill_derived, level_of, validate_value
from ..pipeline.calls import text_of
from ..pipeline.tracebacks import exception_of
from .table import EVENT, LEVEL, METRICS, NOW, ONE, Metric
from .values import Exemplar, GaugeCell, Values, label_fields, shortened

_MOST_SETS: Final = 2_000
"""Sets of labels of one event that are remembered; further ones cost more."""

BATCH: Final = 128
"""Rows of a set that a call leaves behind before it takes the time to count them."""

_LONGEST_ID: Final = 100
"""Length of a correlation id; OpenMetrics allows 128 characters for the labels of an exemplar."""

_LONGEST_TEXT: Final = 4_096
"""Characters of a label that are looked at; far more than are shown, so no secret is cut in two."""

Row = tuple[Any, ...]
"""Number of the row, its time in nanoseconds, its correlation id, and the values it has."""

_ORDER: Final = 0
_TIME: Final = 1
_ID: Final = 2
_VALUES: Final = 3


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
        take: Returns the labels and the row of an event, from its level, the `get` of its fields,
            and functions that return the number of the row and the time.
        known: The sets of labels that were seen.
        strays: Sets of labels that are not remembered.
    """

    __slots__ = ("bounds", "event", "known", "metrics", "names", "strays", "take", "values")

    def __init__(self, event: Event | None) -> None:
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
        self.take = _taker(self.names, self.values, by_level=name in (None, "ERROR"))
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


def _taker(names: tuple[str, ...], values: tuple[str, ...], *, by_level: bool) -> Any:
    """Write the function that picks the fields of an event: a loop would cost too much."""
    key = [f"get({name!r})" for name in names]
    if by_level:
        key.insert(0, "level")
    row = ["order()", "now()", "get('correlation_id')", *(f"get({name!r})" for name in values)]
    if values == () and names == ("bot_name",):
        row = ["0", "0", "None"]  # plain lines have nothing but their number
    source = f"lambda level, get, order, now: (({', '.join(key)},), ({', '.join(row)},))"
    return eval(source, {"__builtins__": {}})  # noqa: S307 - names of the catalogue, by repr


class Observer:
    """Feed the metrics from events.

    Args:
        bot_name: Name of the bot, for events that carry none.
        mask: Hides secrets in a text; called for each new value of a label.
        clock: Returns the time in nanoseconds since 1970-01-01 UTC.
        accumulates_only: True to leave gauges out, for lines of an earlier run.
        values: The numbers; new ones if None.
        batch: Events of one set of labels that wait before a call counts them.

    Attributes:
        values: The numbers; call `collect` first.
        lock: Held while the numbers change; hold it to read them.
        failures: Events that raised an error here.
    """

    def __init__(
        self,
        bot_name: str,
        mask: Callable[[str], str],
        clock: Callable[[], int] = time.time_ns,
        *,
        accumulates_only: bool = False,
        values: Values | None = None,
        batch: int = BATCH,
    ) -> None:
        if values is None:
            values = Values(bot_name)
        self.values = values
        self.lock = threading.Lock()
        self.failures = 0
        self._bot_name = bot_name
        self._mask = mask
        self._clock = clock
        self._accumulates_only = accumulates_only
        self._batch = batch
        self._order = count(1).__next__
        self._plans: dict[str, Plan] = {}

    def observe(self, level: str, event: Event | None, fields: Mapping[str, Any]) -> None:
        """Take one event; never raise and never wait.

        Args:
            level: Level of a plain line or an error; another event has its own.
            event: The catalogue's entry; `None` for a plain line.
            fields: The fields of the call, or a whole line; they are read at once.
        """
        try:
            name = event.name if event is not None else ""
            plan = self._plans.get(name)
            if plan is None:
                plan = self._plans[name] = Plan(event)
            if name == "TRADE":
                fields = _with_result(event, fields)
            elif name == "ERROR":
                fields = _with_type(fields)
            key, row = plan.take(level, fields.get, self._order, self._clock)
            try:
                labels = plan.known.get(key)
            except TypeError:  # a value that cannot be hashed
                labels = None
            if labels is None:
                labels = self._resolve(plan, level, key)
            rows = labels.rows
            rows.append(row)
            waiting = len(rows)
            if labels.stray:
                plan.strays.append(labels)
                waiting = len(plan.strays)
            if waiting >= self._batch and self.lock.acquire(False):
                try:
                    self._count(plan)
                finally:
                    self.lock.release()
        except Exception:
            self.failures += 1

    def collect(self) -> None:
        """Count every event that was observed; the caller holds the lock."""
        for plan in tuple(self._plans.values()):
            self._count(plan)

    def _count(self, plan: Plan) -> None:
        waiting = []
        strays = len(plan.strays)
        for labels in (*plan.known.values(), *plan.strays[:strays]):
            number = len(labels.rows)
            if number:
                waiting.append((labels.rows[number - 1][_ORDER], number, labels))
        waiting.sort(key=_first)  # the newest event decides on a gauge
        for _, number, labels in waiting:
            self._apply(plan, labels, labels.rows[:number])
            del labels.rows[:number]
        del plan.strays[:strays]

    def _apply(self, plan: Plan, labels: LabelSet, rows: list[Row]) -> None:
        for metric, names in labels.ended:
            self.values.remove(metric, names)
        newest = rows[-1]
        for metric, names, fixed in labels.targets:
            cell = self.values.cell(metric, names)
            if metric.value == ONE:
                cell.update(len(rows))
            elif metric.value == NOW:
                cell.update(newest[_TIME] / 1e9)
            elif fixed is not None:
                cell.update(fixed)
            else:
                self._apply_numbers(plan, metric, cell, rows)
            if newest[_ID] is not None and metric.event is not None and metric.accumulates:
                self._keep_exemplar(plan, metric, cell, newest)

    def _apply_numbers(self, plan: Plan, metric: Metric, cell: Any, rows: list[Row]) -> None:
        place = _VALUES + plan.values.index(metric.value)
        scale, part = metric.scale, metric.part
        low, high = plan.bounds[metric.value]
        update = cell.update
        if isinstance(cell, GaugeCell):
            rows = [row for row in rows if row[place] is not None][-1:]
        for row in rows:
            value = row[place]
            kind = type(value)
            if kind is not float and kind is not int:
                value = number_of(plan.event, metric.value, value)
            if value is None or not low <= value <= high:  # nan is within no bounds
                continue
            if part == "loss":
                value = -value
            if not part or value > 0:
                update(value * scale)

    def _keep_exemplar(self, plan: Plan, metric: Metric, cell: Any, row: Row) -> None:
        correlation_id, value = row[_ID], 1.0
        if type(correlation_id) is not str or not 0 < len(correlation_id) <= _LONGEST_ID:
            return
        if metric.value != ONE:
            given = row[_VALUES + plan.values.index(metric.value)]
            if type(given) not in (int, float):
                return
            value = given * metric.scale
        cell.exemplar = Exemplar(correlation_id, value, row[_TIME] / 1e9)

    def _resolve(self, plan: Plan, level: str, key: Row) -> LabelSet:
        """Find the metrics and labels of a set of values, and remember them."""
        fields = dict(zip(reversed(plan.names), reversed(key), strict=False))
        event = plan.event
        if event is not None:
            for name, value in fields.items():
                spec = event.fields.get(name)
                if spec is not None:
                    fields[name] = validate_value(spec, value)[0]
            if event.name != "ERROR":
                level = level_of(event, fields)
        labels = LabelSet()
        for metric in plan.metrics:
            if self._accumulates_only and not metric.accumulates:
                continue
            if any(label_text(fields.get(name)) not in wanted for name, wanted in metric.where):
                continue
            names = self._names(metric, event, level, fields)
            if metric.ends is not None and label_text(fields[metric.ends[0]]) in metric.ends[1]:
                labels.ended.append((metric, names))
            elif not metric.words:
                labels.targets.append((metric, names, None))
            elif (word := label_text(fields[metric.value])) in dict(metric.words):
                labels.targets.append((metric, names, dict(metric.words)[word]))
        if len(plan.known) < _MOST_SETS and all(map(_is_plain, key)):
            return plan.known.setdefault(key, labels)
        labels.stray = True
        return labels

    def _names(
        self, metric: Metric, event: Event | None, level: str, fields: Mapping[str, Any]
    ) -> tuple[str, ...]:
        found = []
        for _, field in metric.labels:
            if field == LEVEL:
                found.append(level)
            elif field == EVENT:
                found.append(event.name if event is not None else "")
            else:
                text = label_text(fields.get(field))
                if field == "bot_name" and not text:
                    text = self._bot_name
                found.append(shortened(self._mask(text[:_LONGEST_TEXT])))
        return (*found, *(value for _, value in metric.constants))

    def after_fork_in_child(self) -> None:
        """Begin at 0: the parent serves what was counted before."""
        self.lock = threading.Lock()
        self._plans = {}
        self.values = self.values.in_child()


def _first(item: tuple[int, int, LabelSet]) -> int:
    return item[0]


def _with_result(event: Event | None, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a TRADE with the result that its line gets."""
    if event is None or fields.get("result") is not None:
        return fields
    filled = dict(fields)
    fill_derived(event, filled)
    return filled


def _with_type(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the metrics need of an ERROR, with the type that its line gets."""
    if fields.get("error_type") is not None:
        return fields
    kind = "message"
    exc_info, rendered = fields.get("exc_info"), fields.get("exception")
    error = None
    if exc_info:
        error = exception_of(exc_info)
    if error is not None:
        kind = type(error).__qualname__
    elif type(rendered) is dict and "type" in rendered:
        kind = text_of(rendered["type"])
    return {
        "error_type": kind,
        "bot_name": fields.get("bot_name"),
        "correlation_id": fields.get("correlation_id"),
    }


def _is_plain(value: Any) -> bool:
    return value is None or type(value) in (str, int, bool)


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
