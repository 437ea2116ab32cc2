"""Filters of the screen: bots, lines and time range."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from logging_kit.panels.query.scope import Scope
from logging_kit.time_ranges import TimeRange
from logging_kit.time_zones import local_zone

ALL: Final = ".*"
RANGES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "15m": 900,
        "1h": 3600,
        "3h": 10_800,
        "6h": 21_600,
        "12h": 43_200,
        "24h": 86_400,
        "2d": 172_800,
        "7d": 604_800,
        "30d": 2_592_000,
    }
)
"""Time ranges to choose from, in seconds."""

LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "all levels": ALL,
        "warning and worse": "warning|error|critical",
        "error and worse": "error|critical",
    }
)
"""Levels to choose from, as expressions of `View.level`."""

_STEPS_S: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    86_400,
)


@dataclass(frozen=True, slots=True)
class View:
    """The filters of a dashboard, like the variables of a Grafana dashboard.

    `env`, `bot`, `symbol` and `level` are regular expressions that match the whole value.

    Args:
        app: The value of the label `app`.
        env: Environment, such as `live`.
        bot: Name of the bot.
        symbol: Symbol; events without one are always shown.
        level: Level of the lines in panels of lines.
        search: Text that these lines must contain.
        span_s: Length of the time range, in seconds.
        until_ms: Fixed end of the time range, in ms since 1970-01-01 UTC; None for now.
        days_ago: A day of the calendar instead of `span_s`, counted back from today.
    """

    app: str
    env: str = ALL
    bot: str = ALL
    symbol: str = ALL
    level: str = ALL
    search: str = ""
    span_s: int = 86_400
    until_ms: int | None = None
    days_ago: int | None = None

    @property
    def range(self) -> TimeRange:
        """The time range."""
        return TimeRange(self.span_s, self.until_ms, self.days_ago)

    def bounds(self, now_ms: int) -> tuple[int, int]:
        """Return start and end of the time range, in ms since 1970-01-01 UTC."""
        return self.range.bounds(now_ms, local_zone())

    def scope(self, start: int, end: int, step: int = 0) -> Scope:
        """Return the scope of a query.

        Args:
            start: Start of the time range, in ms since 1970-01-01 UTC.
            end: End of the time range, in ms since 1970-01-01 UTC.
            step: Time between two points in ms; 0 for an instant query.
        """
        return Scope(
            self.app,
            self.env,
            self.bot,
            self.symbol,
            self.level,
            self.search,
            window=f"{step or end - start}ms",
            start=start,
            end=end,
            step=step,
        )

    @property
    def words(self) -> list[str]:
        """The filters in words, without those that let everything through."""
        found = [self.app, format_range(self.range)]
        found += [
            f"{name} {format_name(value)}"
            for name in ("env", "bot", "symbol")
            if (value := getattr(self, name)) != ALL
        ]
        found += [word for word, level in LEVELS.items() if level == self.level != ALL]
        if self.search:
            found.append(f"search {self.search!r}")
        return found


def format_range(shown: TimeRange) -> str:
    """Return a time range in words, its times in the time zone of this machine."""
    match shown:
        case TimeRange(days_ago=0):
            return "today"
        case TimeRange(days_ago=1):
            return "yesterday"
        case TimeRange(days_ago=int(days)):
            return f"{days} days ago"
        case TimeRange(until_ms=None):
            return f"last {format_span(shown.span_s)}"
        case _:
            zone = local_zone()
            start, end = (
                datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
                for ms in shown.bounds(0, zone)
            )
            if start.date() == end.date():
                return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M}"
            return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def format_span(seconds: int) -> str:
    """Return a time range in the form that `--range` accepts."""
    for word, size in RANGES.items():
        if size == seconds:
            return word
    if seconds % 86_400 == 0:
        return f"{seconds // 86_400}d"
    return f"{seconds // 60}m"


def format_name(expression: str) -> str:
    """Return the name that an expression of `only` matches."""
    return expression.replace("\\", "")


def only(name: str) -> str:
    """Return an expression that matches one name, and no other."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", name)


def step_s(span_s: int, points: int, least: int = 1) -> int:
    """Return a round step in seconds that gives at most this many points.

    Args:
        span_s: Length of the time range, in seconds.
        points: Largest number of points.
        least: Shortest step, in seconds.
    """
    wanted = max(least, span_s / max(points, 1))
    return next((step for step in _STEPS_S if step >= wanted), _STEPS_S[-1])


def app_of(apps: Sequence[str], wanted: str) -> str:
    """Return the wanted app if it has lines, else the first app that has any.

    Args:
        apps: The apps that have lines.
        wanted: The app of the settings.
    """
    if wanted in apps or not apps:
        return wanted
    return apps[0]
