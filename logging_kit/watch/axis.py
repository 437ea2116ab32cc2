"""Time axes: the moments of a panel, and the answers for the days of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from logging_kit.panels.compile.duckdb import micros
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.panel import Bars, Panel
from logging_kit.panels.query.nodes import Query
from logging_kit.panels.query.scope import Scope
from logging_kit.time_zones import local_zone
from logging_kit.watch.filters import step_s

DAY: Final = 86_400_000
"""A day in ms."""

_POINTS: Final = 60
_BARS: Final = 30


def step_of(panel: Panel, span_ms: int) -> int:
    """Return the step of a panel's time axis in ms; 0 without one."""
    if panel.asks != "range":
        return 0
    points = _POINTS
    if isinstance(panel, Bars):
        points = _BARS
    least = 1
    if panel.min_step:
        least = micros(panel.min_step) // 1_000_000
    return 1000 * step_s(span_ms // 1000, points, least)


def moments_of(panel: Panel, scope: Scope) -> dict[int, int]:
    """Return the moments of a time axis in ms, each with its label.

    A bar stands at the start of its step, a point of a line at the end, and a day is one of this
    machine's time zone.
    """
    if not scope.step:
        return {}
    end = int(scope.end)
    if scope.step == DAY and isinstance(panel, Bars):
        days = [_midnight(end)]
        while days[0] > scope.start:
            days.insert(0, _midnight(days[0] - 1))
        return {day: day for day in days}
    steps = range(scope.start // scope.step * scope.step, max(end, scope.start + 1), scope.step)
    if isinstance(panel, Bars):
        return {moment: moment for moment in steps}
    return {moment: min(moment + scope.step, end) for moment in steps}


def ask_axis(
    engine: DuckDBEngine, query: Query, scope: Scope, moments: Mapping[int, int]
) -> dict[tuple[str, ...], dict[int, float]]:
    """Return the answers of a query at the moments of an axis, by their labels."""
    if moments and [*moments] == [*moments.values()] and scope.step == DAY:
        return _by_day(engine, query, scope, [*moments])
    return {
        by: {moments.get(moment, moment): value for moment, value in sorted(points.items())}
        for by, points in engine.ask(query, scope).items()
    }


def _by_day(
    engine: DuckDBEngine, query: Query, scope: Scope, days: list[int]
) -> dict[tuple[str, ...], dict[int, float]]:
    """Return the answers for whole days, from midnight to midnight."""
    found: dict[tuple[str, ...], dict[int, float]] = {}
    for day, after in zip(days, [*days[1:], int(scope.end)], strict=True):
        # a window leaves out its first moment, which belongs to the day
        start, end = day - 1, max(after - 1, day)
        instant = replace(
            scope, start=start, end=end, step=0, ahead=False, window=f"{end - start}ms"
        )
        for by, points in engine.ask(query, instant).items():
            found.setdefault(by, {})[day] = next(iter(points.values()))
    return found


def _midnight(end: int) -> int:
    """Return the last midnight of this machine's time zone, in ms since 1970-01-01 UTC."""
    zone = local_zone()
    day = datetime.fromtimestamp(end / 1000, UTC).astimezone(zone)
    # a naive time is local, and has the offset that is in force at midnight
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    return int(midnight.timestamp() * 1000)
