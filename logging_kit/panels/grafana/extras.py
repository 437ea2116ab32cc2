"""Parts of a panel that only Grafana draws: the sparkline of a number, and a line at a limit."""

from __future__ import annotations

from typing import Final, NamedTuple

from logging_kit.panels.panel import Panel, Stat, Timeseries
from logging_kit.panels.query.nodes import Aggregate, Query, Rows, reads
from logging_kit.panels.query.scope import Variable

SPARKLINE: Final = "S"
"""Reference of the query of a sparkline."""

LIMIT: Final = "L"
"""Reference of the query of a limit."""


_HOMES: Final = {
    "SIGNAL": "lk-ai-signals",
    "AI_CALL": "lk-ai-signals",
    "TRADE": "lk-positions-pnl",
    "EQUITY": "lk-positions-pnl",
    "POSITION": "lk-positions-pnl",
    "API_CALL": "lk-api-performance",
    "RATE_LIMIT": "lk-api-performance",
    "HEARTBEAT": "lk-system-health",
    "ERROR": "lk-system-health",
    "RISK": "lk-system-health",
    "LIFECYCLE": "lk-system-health",
}


class LimitVariable(NamedTuple):
    """A variable with a limit, which the viewer changes in a box."""

    name: Variable
    default: str


_LIMITS: Final = {"ms": LimitVariable(Variable("latency_limit"), "1000")}
"""The limits that charts show, by the unit of the chart."""


def has_sparkline(panel: Panel) -> bool:
    """Return True if a number has a course that leads to it.

    The windows of its query are its own: a number over the whole time range has no course in it.
    """
    if not isinstance(panel, Stat) or panel.named or panel.wordings or len(panel.targets) != 1:
        return False
    query = panel.targets[0].query
    if isinstance(query, Rows) or len(query.by) > 1 or panel.unit == "dateTimeFromNow":
        return False
    first = next(reads(query))
    if isinstance(first, Aggregate) and first.fn == "when":
        return False
    return all(isinstance(read, Aggregate) and read.within is not None for read in reads(query))


def sparkline_field(panel: Panel) -> str:
    """Return the field that tells the series of a number apart; empty for a single number."""
    query = panel.targets[0].query
    assert isinstance(query, Query)
    return "".join(query.by)


def limit_of(panel: Panel) -> LimitVariable | None:
    """Return the limit that a chart shows as a line."""
    if isinstance(panel, Timeseries):
        return _LIMITS.get(panel.unit)
    return None


def home_of(panel: Panel) -> str:
    """Return the uid of the dashboard about the events of a panel; empty without one."""
    events = {read.event for target in panel.targets for read in reads(target.query)}
    homes = {_HOMES.get(str(event), "") for event in events}
    if len(homes) == 1:
        return homes.pop()
    return ""
