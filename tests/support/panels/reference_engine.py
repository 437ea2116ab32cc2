"""The third interpreter of the query language.

Plain loops over Python objects, which say what is true.

It shares no code with the two compilers, and is written for reading, not for speed.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from logging_kit.events.identities import IdOf
from logging_kit.panels.query.fields import KEY_SHAPED, UNPARSEABLE, Test, loki_location
from logging_kit.panels.query.nodes import (
    UNIT,
    AcrossSeries,
    Age,
    Aggregate,
    Below,
    Difference,
    FillZero,
    Filtered,
    Having,
    Query,
    Ratio,
    Rows,
    Scaled,
    Without,
)

Answer = dict[tuple[Any, ...], float]
"""`(t in µs, *by)` → value."""

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


ACROSS: dict[str, Callable[[list[float]], float]] = {
    "total": math.fsum,
    "count": len,
    "mean": lambda values: math.fsum(values) / len(values),
    "low": min,
    "high": max,
}


@dataclass(frozen=True, eq=False)
class Entry:
    """One line as the generator knows it; `fields` is `None` where the line is no JSON."""

    ts: int
    job: str
    text: str
    fields: dict[str, Any] | None
    seq: int = 0

    def text_of(self, name: str) -> str:
        if name == "job":
            return self.job
        value = (self.fields or {}).get(name)
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    @cache  # noqa: B019 - entries live as long as the test
    def number_of(self, name: str) -> float | None:
        value = (self.fields or {}).get(name)
        if isinstance(value, bool):
            return None
        if isinstance(value, str):
            value = (
                float(value)
                if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value)
                else None
            )
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


@dataclass(frozen=True)
class Moments:
    """Times of a query in µs; a step of 0 is an instant."""

    start: int
    end: int
    step: int = 0

    @property
    def all(self) -> Sequence[int]:
        if not self.step:
            return [self.end]
        return range(
            self.start // self.step * self.step, self.end // self.step * self.step + 1, self.step
        )

    @property
    def window(self) -> int:
        return self.step or self.end - self.start


class Book:
    """All lines of one app, and the answers they give."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(
            entries, key=lambda entry: (entry.ts, entry.text_of("run_id"), entry.seq)
        )
        self.of_event = defaultdict(list)
        for entry in self.entries:
            self.of_event[entry.text_of("event")].append(entry)

    def answer(self, query: Query, when: Moments) -> Answer:
        match query:
            case Aggregate():
                return self.over(query, when)
            case AcrossSeries(fn, of, by):
                groups = defaultdict(list)
                for (t, *key), value in self.answer(of, when).items():
                    groups[(t, *(key[of.by.index(name)] for name in by))].append(value)
                return {key: ACROSS[fn](values) for key, values in groups.items()}
            case Ratio(num, den):
                n, d = self.answer(num, when), self.answer(den, when)
                return {key: n.get(key, 0) / value for key, value in d.items() if value != 0}
            case Difference(of, less):
                a, b = self.answer(of, when), self.answer(less, when)
                return {key: a[key] - b[key] for key in a.keys() & b.keys()}
            case FillZero(of, alive):
                return (
                    self.answer(alive, when) if alive is not None else {(t,): 0.0 for t in when.all}
                ) | self.answer(of, when)
            case Without(of, other):
                excluded = self.answer(other, when)
                return {
                    key: value
                    for key, value in self.answer(of, when).items()
                    if key not in excluded
                }
            case Having(of, other):
                included = self.answer(other, when)
                return {
                    key: value for key, value in self.answer(of, when).items() if key in included
                }
            case Below(of, other):
                limits = self.answer(other, when)
                found = {}
                for (t, *key), value in self.answer(of, when).items():
                    limit = limits.get((t, *(key[of.by.index(name)] for name in other.by)))
                    if limit is not None and value < limit:
                        found[(t, *key)] = value
                return found
            case Scaled(of, k):
                return {key: value * k for key, value in self.answer(of, when).items()}
            case Filtered(of, op, k):
                return {
                    key: value
                    for key, value in self.answer(of, when).items()
                    if COMPARE[op](value, k)
                }
            case Age(of):
                return {
                    key: (when.end // 1000 - value) / 1000
                    for key, value in self.answer(of, when).items()
                }
        raise TypeError(query)

    def over(self, query: Aggregate, when: Moments) -> Answer:
        window = (
            int(query.within[:-1]) * SECONDS[query.within[-1]] * 1_000_000
            if query.within
            else when.window
        )
        lines = self.matching(query, (query.field, *query.by))
        if query.field:
            lines = [entry for entry in lines if entry.number_of(query.field) is not None]
        times = [entry.ts for entry in lines]
        keys = [tuple(group(entry, name, query) for name in query.by) for entry in lines]
        found: Answer = {}
        for t in when.all:
            groups = defaultdict(list)
            for i in range(bisect_right(times, t - window), bisect_right(times, t)):
                groups[(t, *keys[i])].append(lines[i])
            found |= {key: aggregate(query, members, window) for key, members in groups.items()}
        return found

    def rows(self, query: Rows, when: Moments) -> list[Entry]:
        inside = [entry for entry in self.matching(query, ()) if when.start <= entry.ts < when.end]
        return inside[::-1][: query.limit]

    def matching(self, query: Aggregate | Rows, fields: tuple[str | None, ...]) -> list[Entry]:
        if query.where == UNPARSEABLE.tests:
            return [entry for entry in self.entries if entry.fields is None]
        if query.where == KEY_SHAPED.tests:
            return [
                entry for entry in self.entries if re.search(str(query.where[0].value), entry.text)
            ]
        inside = any(
            loki_location(name) == "line"
            for name in (*fields, *(test.field for test in query.where))
            if name
        )
        return [
            entry
            for entry in (self.of_event[query.event] if query.event else self.entries)
            if (entry.fields is not None or not inside)
            and all(passes(entry, test) for test in query.where)
        ]


def group(entry: Entry, name: str, query: Aggregate) -> str:
    if name != UNIT:
        return entry.text_of(name)
    for each in query.ids:
        if isinstance(each, IdOf):
            found = entry.text_of(each.name) if entry.text_of(each.field) == each.value else ""
        else:
            found = entry.text_of(each)
        if found:
            return found
    return f"{entry.text_of('run_id')} {entry.text_of('seq')}"


def passes(entry: Entry, test: Test) -> bool:
    if isinstance(test.value, tuple):
        return entry.text_of(test.field) in test.value
    if isinstance(test.value, str):
        return COMPARE[test.op](entry.text_of(test.field), test.value)
    number = entry.number_of(test.field)
    return number is not None and COMPARE[test.op](number, test.value)


def aggregate(query: Aggregate, members: list[Entry], window: int) -> float:
    match query.fn:
        case "count":
            return len(members)
        case "rate":
            return len(members) / (window / 1e6)
        case "size":
            return sum(len(entry.text.encode()) for entry in members)
        case "when":
            return members[-1].ts // 1000
        case "begin":
            return members[0].ts // 1000
    values = [
        value for entry in members if (value := entry.number_of(query.field or "")) is not None
    ]
    match query.fn:
        case "total":
            return math.fsum(values)
        case "mean":
            return math.fsum(values) / len(values)
        case "low":
            return min(values)
        case "high":
            return max(values)
        case "last":
            return values[-1]
        case "quantile":
            values.sort()
            at = (query.q or 0) * (len(values) - 1)
            below, above = values[math.floor(at)], values[math.ceil(at)]
            return below + (above - below) * (at - math.floor(at))
    raise TypeError(query.fn)
