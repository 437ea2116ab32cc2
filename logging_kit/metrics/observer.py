"""Observer of events: keep what the metrics need of each, without ever waiting.

A bot logs the same few sets of labels again and again. A call looks its set up and appends a small
row to it, which no lock is needed for; the rows become counts, newest values and buckets later, in
batches: when a set has many, and when the metrics are read. So a call costs a fraction of a
microsecond for each metric, and a call in a signal handler cannot find a lock held.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from ..events.model import Event
from ..events.validation import fill_derived, level_of, validate_value
from ..pipeline.calls import text_of
from ..pipeline.tracebacks import exception_of
from .plan import (
    ID,
    ORDER,
    PLAIN_ROW,
    TIME,
    VALUES,
    LabelSet,
    Plan,
    Row,
    label_text,
    numbers_of,
    part_of,
)
from .table import EVENT, LEVEL, NOW, ONE, Metric
from .values import Exemplar, Values, shortened

_MOST_SETS: Final = 2_000
"""Sets of labels of one event that are remembered; further ones cost more."""

BATCH: Final = 256
"""Rows of a set that a call leaves behind before it takes the time to count them."""

_LONGEST_ID: Final = 100
"""Length of a correlation id; OpenMetrics allows 128 characters for the labels of an exemplar."""

_LONGEST_TEXT: Final = 4_096
"""Characters of a label that are looked at; far more than are shown, so no secret is cut in two."""


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
        self._plain = Plan(None, self._order, self._clock)
        self._plans: dict[str, Plan] = {"": self._plain}

    def observe(self, level: str, event: Event | None, fields: Mapping[str, Any]) -> None:
        """Take one event; never raise and never wait.

        Args:
            level: Level of a plain line or an error; another event has its own.
            event: The catalogue's entry; `None` for a plain line.
            fields: The fields of the call, or a whole line; they are read at once.
        """
        try:
            if event is None:
                plan, key, row = self._plain, (level, fields.get("bot_name")), PLAIN_ROW
            else:
                name = event.name
                plan = self._plans.get(name) or self._new_plan(event)
                if name == "TRADE":
                    if fields.get("result") is None:
                        fields = _with_result(event, fields)
                elif name == "ERROR":
                    fields = _with_type(fields)
                key, row = plan.take(level, fields.get)
            try:
                rows = plan.known[key].rows
            except (KeyError, TypeError):  # the first of its kind; a value that cannot be hashed
                rows = self._first_row(plan, level, key, row)
            else:
                rows.append(row)
            if len(rows) >= self._batch:
                self._count_now(plan)
        except Exception:
            self.failures += 1

    def _new_plan(self, event: Event) -> Plan:
        return self._plans.setdefault(event.name, Plan(event, self._order, self._clock))

    def _first_row(self, plan: Plan, level: str, key: Row, row: Row) -> list[Any]:
        """Take the first event of a set of labels; return what may have become a batch."""
        labels = self._resolve(plan, level, key)
        labels.rows.append(row)
        if not labels.stray:
            return labels.rows
        plan.strays.append(labels)
        return plan.strays

    def _count_now(self, plan: Plan) -> None:
        if self.lock.acquire(False):
            try:
                self._count(plan)
            finally:
                self.lock.release()

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
                waiting.append((labels.rows[number - 1][ORDER], number, labels))
        waiting.sort(key=_first)  # the newest event decides on a gauge
        for _, number, labels in waiting:
            self._apply(plan, labels, labels.rows[:number])
            del labels.rows[:number]
        del plan.strays[:strays]

    def _apply(self, plan: Plan, labels: LabelSet, rows: list[Row]) -> None:
        for metric, names in labels.ended:
            self.values.remove(metric, names)
        newest = rows[-1]
        numbers: dict[str, list[float]] = {}
        for metric, names, fixed in labels.targets:
            if metric.kind == "gauge":
                value = fixed
                if value is None:
                    value = self._newest(plan, metric, rows)
                if value is not None:  # a field that is absent is no 0
                    self.values.cell(metric, names).update(value)
                continue
            cell = self.values.cell(metric, names)
            if metric.value == ONE:
                cell.update(len(rows))
            else:
                if metric.value not in numbers:
                    numbers[metric.value] = numbers_of(plan, metric.value, rows)
                cell.take(part_of(metric, numbers[metric.value]))
            if newest[ID] is not None and metric.event is not None:
                self._keep_exemplar(plan, metric, cell, newest)

    def _newest(self, plan: Plan, metric: Metric, rows: list[Row]) -> float | None:
        """Return the value of a gauge: that of the newest event that has one."""
        if metric.value == NOW:
            return float(rows[-1][TIME]) / 1e9
        place = VALUES + plan.values.index(metric.value)
        for row in reversed(rows):
            if row[place] is not None:
                for number in numbers_of(plan, metric.value, [row]):
                    return number * metric.scale
        return None

    def _keep_exemplar(self, plan: Plan, metric: Metric, cell: Any, row: Row) -> None:
        correlation_id, value = row[ID], 1.0
        if type(correlation_id) is not str or not 0 < len(correlation_id) <= _LONGEST_ID:
            return
        if metric.value != ONE:
            given = row[VALUES + plan.values.index(metric.value)]
            if type(given) not in (int, float):
                return
            value = given * metric.scale
        cell.exemplar = Exemplar(correlation_id, value)

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
        self._plain = Plan(None, self._order, self._clock)
        self._plans = {"": self._plain}
        self.values = self.values.in_child()


def _first(item: tuple[int, int, LabelSet]) -> int:
    return item[0]


def _with_result(event: Event, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a TRADE with the result that its line gets."""
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
