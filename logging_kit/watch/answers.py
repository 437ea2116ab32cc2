"""Answers to the queries of panels, for the time range and the filters of a view."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import orjson

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.engine.engine import DuckDBEngine, Line
from logging_kit.panels.panel import Gauge, Panel, Stat
from logging_kit.panels.query.fields import SIGNAL
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Aggregate, Rows, reads
from logging_kit.panels.query.scope import Scope
from logging_kit.time_ranges import TimeRange
from logging_kit.time_zones import local_zone
from logging_kit.watch.axis import ask_axis, moments_of, step_of
from logging_kit.watch.empty import Reason, why_empty
from logging_kit.watch.filters import View, step_s

_TREND_POINTS: Final = 14
_TODAY: Final = TimeRange(days_ago=0)


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer.

    Attributes:
        query: Name of the query; empty in a panel with one query.
        fields: The fields by which the panel groups.
        names: The values of these fields.
        points: Time in ms since 1970-01-01 UTC → value; an instant query gives one point.
    """

    query: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    points: Mapping[int, float]

    @property
    def value(self) -> float:
        """The newest value."""
        return self.points[max(self.points)]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a panel's queries.

    Attributes:
        series: The series of a panel of numbers, sorted by name.
        lines: The lines of a panel of lines, in the order in which it shows them.
        start: Start of the time range, in ms since 1970-01-01 UTC.
        end: End of the time range, in ms since 1970-01-01 UTC.
        step: Time between two points in ms; 0 for an instant query.
        unread: Names of files of the panel's streams that could not be read completely.
        before: The series of the time range before this one.
        trend: The series over the time range, of a panel that shows their newest values.
        moments: The moments of a time axis, in ms since 1970-01-01 UTC.
        running: The moment of the step that is still running; 0 if the range ends with a step.
        reason: The reason for an answer without series and lines.
    """

    series: tuple[Series, ...]
    lines: tuple[Line, ...]
    start: int
    end: int
    step: int = 0
    unread: tuple[str, ...] = ()
    before: tuple[Series, ...] = ()
    trend: tuple[Series, ...] = ()
    moments: tuple[int, ...] = ()
    running: int = 0
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The context of a panel's newest values; see `Answer.before` and `Answer.trend`."""

    before: tuple[Series, ...] = ()
    trend: tuple[Series, ...] = ()


NO_COMPARISON: Final = Comparison()
NO_MOMENTS: Final[Mapping[int, int]] = MappingProxyType({})


def ask(
    engine: DuckDBEngine, page: Dashboard, view: View, now: int | None = None
) -> dict[int, Answer]:
    """Return the answers of a dashboard by the id of their panel.

    Args:
        engine: Holds the lines.
        page: The dashboard.
        view: The time range and the filters.
        now: The current time in ms since 1970-01-01 UTC; that of the clock by default.
    """
    if now is None:
        now = time.time_ns() // 1_000_000
    return {panel.id: ask_panel(engine, panel, view, now) for panel in page.panels}


def compare(engine: DuckDBEngine, page: Dashboard, view: View, now: int) -> dict[int, Comparison]:
    """Return the context of the newest values on a dashboard, by the id of their panel.

    Args:
        engine: Holds the lines.
        page: The dashboard.
        view: The time range and the filters.
        now: The current time in ms since 1970-01-01 UTC.
    """
    return {
        panel.id: _comparison(engine, panel, view, now)
        for panel in page.panels
        if is_compared(panel) and not page.variable
    }


def is_compared(panel: Panel) -> bool:
    """Return True if a panel's values may be compared with those of the time range before.

    States, names and ages may not.
    """
    if not isinstance(panel, Stat | Gauge) or panel.wordings or getattr(panel, "named", False):
        return False
    known = [read for target in panel.targets for read in reads(target.query)]
    return not any(isinstance(read, Aggregate) and read.fn in ("when", "begin") for read in known)


def with_context(
    answers: Mapping[int, Answer], contexts: Mapping[int, Comparison]
) -> dict[int, Answer]:
    """Return the answers of a dashboard together with their context."""
    found = {}
    for number, answer in answers.items():
        context = contexts.get(number, NO_COMPARISON)
        found[number] = replace(answer, before=context.before, trend=context.trend)
    return found


def _comparison(engine: DuckDBEngine, panel: Panel, view: View, now: int) -> Comparison:
    shown = view.range
    if panel.time_from:
        shown = _TODAY
    start, end = shown.before(now, local_zone())
    before, _ = _found(engine, panel, view.scope(start, end))
    trend: list[Series] = []
    if isinstance(panel, Stat):
        start, end = shown.bounds(now, local_zone())
        step = 1000 * step_s((end - start) // 1000, _TREND_POINTS)
        trend, _ = _found(engine, panel, view.scope(start, end, step))
    return Comparison(tuple(before), tuple(trend))


def ask_panel(engine: DuckDBEngine, panel: Panel, view: View, now: int) -> Answer:
    """Return the answer of one panel at `now`, in ms since 1970-01-01 UTC."""
    start, end = view.bounds(now)
    if panel.time_from:
        start, end = _TODAY.bounds(now, local_zone())
    step = step_of(panel, end - start)
    scope = replace(view.scope(start, end, step), ahead=bool(step))
    moments = moments_of(panel, scope)
    series, lines = _found(engine, panel, scope, moments)
    if getattr(panel, "oldest_first", False):
        lines.reverse()
    reason = None
    if not series and not lines:
        reason = why_empty(engine, panel, scope)
    running = 0
    if moments and max(moments) + step > end:
        running = moments[max(moments)]
    return Answer(
        tuple(series),
        tuple(lines),
        start,
        end,
        step,
        unread_files(engine, panel),
        moments=tuple(moments.values()),
        running=running,
        reason=reason,
    )


def _found(
    engine: DuckDBEngine, panel: Panel, scope: Scope, moments: Mapping[int, int] = NO_MOMENTS
) -> tuple[list[Series], list[Line]]:
    """Return the series and the lines that the queries of a panel find."""
    series: list[Series] = []
    lines: list[Line] = []
    names = [""]
    if isinstance(panel.query, Mapping):
        names = list(panel.query)
    for name, target in zip(names, panel.targets, strict=True):
        if isinstance(target.query, Rows):
            lines += engine.lines(target.query, scope)
        else:
            found = ask_axis(engine, target.query, scope, moments)
            series += (
                Series(name, target.query.by, by, dict(sorted(points.items())))
                for by, points in sorted(found.items())
            )
    return series, lines


def unread_files(engine: DuckDBEngine, panel: Panel) -> tuple[str, ...]:
    """Return the names of unread files and folders that may hold lines of a panel."""
    events = {read.event for target in panel.targets for read in reads(target.query)}
    streams = {
        CATALOGUE[event].stream for event in events if event is not None and event in CATALOGUE
    }
    names = sorted(path.name for path in engine.problems.files)
    if not events <= CATALOGUE.keys():  # it reads all lines
        return tuple(names)
    return tuple(name for name in names if "-" not in name or name.split("-")[0] in streams)


def newest_signal(engine: DuckDBEngine, view: View, now: int) -> str:
    """Return the correlation id of the newest signal in the time range; empty if there is none."""
    found = engine.lines(rows(SIGNAL, limit=1), view.scope(*view.bounds(now)))
    if not found:
        return ""
    return str(fields(found[0].text).get("correlation_id") or "")


def fields(text: str) -> dict[str, object]:
    """Return the fields of a line; text that is not a JSON object becomes the `message`."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        return found
    return {"message": text}
