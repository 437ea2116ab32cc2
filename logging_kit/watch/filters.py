"""Filters of the screen: bots, lines and time range."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from logging_kit.panels.query.scope import Scope

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
"""The time ranges that may be chosen, in seconds."""

LONGEST_S: Final = 366 * 86_400
"""The longest time range, in seconds."""

LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "all levels": ALL,
        "warning and worse": "warning|error|critical",
        "error and worse": "error|critical",
    }
)
"""The choices of levels, as expressions of `View.level`."""

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
    """The filters over a dashboard, as the boxes on top of Grafana's.

    Args:
        app: The program whose lines are shown.
        env: Where it trades, a regular expression that matches it whole, as all that follow.
        bot: `bot_name`.
        symbol: `symbol`; events without one stay.
        level: Level of the lines in panels of lines.
        search: Text that these lines must contain.
        span_s: How far back, in seconds.
    """

    app: str
    env: str = ALL
    bot: str = ALL
    symbol: str = ALL
    level: str = ALL
    search: str = ""
    span_s: int = 86_400

    def scope(self, start: int, end: int, step: int = 0) -> Scope:
        """Return the scope of a query from `start` to `end`, in ms since 1970.

        A step of 0 is an instant.
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
        """Return the active filters in words."""
        found = [self.app, f"last {span(self.span_s)}"]
        found += [
            f"{name} {plain(value)}"
            for name in ("env", "bot", "symbol")
            if (value := getattr(self, name)) != ALL
        ]
        found += [word for word, level in LEVELS.items() if level == self.level != ALL]
        if self.search:
            return [*found, f"search {self.search!r}"]
        return found


def span(seconds: int) -> str:
    """Return the label of a time range."""
    known = {size: word for word, size in RANGES.items()}
    return known.get(seconds) or (
        f"{seconds // 86_400}d" if seconds % 86_400 == 0 else f"{seconds // 60}m"
    )


def plain(expression: str) -> str:
    """Return the name that an expression of `only` matches."""
    return expression.replace("\\", "")


def only(name: str) -> str:
    """Return an expression that only this name matches."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", name)


def step_s(span_s: int, points: int, least: int = 1) -> int:
    """Return a round step that gives at most this many points.

    Args:
        span_s: The time range in seconds.
        points: The most points.
        least: The shortest step in seconds that is allowed.
    """
    wanted = max(least, span_s / max(points, 1))
    return next((step for step in _STEPS_S if step >= wanted), _STEPS_S[-1])


def app_of(apps: Sequence[str], wanted: str) -> str:
    """Return the app to begin with: the one of the settings, or else the first with lines."""
    if wanted in apps or not apps:
        return wanted
    return apps[0]
