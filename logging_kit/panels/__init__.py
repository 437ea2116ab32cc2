"""Panels, dashboards and alerts as data, compiled for the engine that answers them.

Example:
    >>> from logging_kit.panels import TRADE, Scope, logql, total
    >>> closed = TRADE.action.among("exit", "partial_exit")
    >>> earned = total(TRADE.pnl, where=closed, by="quote", within="1d")
    >>> logql(earned, Scope("trading", "live")).partition(" | ")[0]
    'sum by (quote) (sum_over_time({app="trading", env=~"live", job="trading-trade"}'

The dashboards themselves are in `logging_kit.panels.dashboards`.
"""

from logging_kit.exceptions import QueryError
from logging_kit.panels.compile.duckdb import sql
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import ANNOTATIONS, Annotation, Dashboard, Row
from logging_kit.panels.own import register_dashboard, register_panel
from logging_kit.panels.panel import (
    BarChart,
    BarGauge,
    Bars,
    Gauge,
    Link,
    Logs,
    Panel,
    Pie,
    Stat,
    Table,
    Target,
    Timeseries,
    Wording,
    steps,
)
from logging_kit.panels.query import _event_lines
from logging_kit.panels.query._event_lines import *  # noqa: F403
from logging_kit.panels.query.fields import KEY_SHAPED, UNPARSEABLE, EventLines
from logging_kit.panels.query.language import (
    age,
    alive_or_zero,
    count,
    difference,
    high,
    last,
    last_time,
    low,
    mean,
    quantile,
    rate,
    ratio,
    rows,
    share,
    size,
    total,
    without,
)
from logging_kit.panels.query.nodes import Query, Rows
from logging_kit.panels.query.scope import DASHBOARD, Scope

__all__ = [
    "ANNOTATIONS",
    "DASHBOARD",
    "KEY_SHAPED",
    "UNPARSEABLE",
    "Annotation",
    "BarChart",
    "BarGauge",
    "Bars",
    "Dashboard",
    "EventLines",
    "Gauge",
    "Link",
    "Logs",
    "Panel",
    "Pie",
    "Query",
    "QueryError",
    "Row",
    "Rows",
    "Scope",
    "Stat",
    "Table",
    "Target",
    "Timeseries",
    "Wording",
    "age",
    "alive_or_zero",
    "count",
    "difference",
    "high",
    "last",
    "last_time",
    "logql",
    "low",
    "mean",
    "quantile",
    "rate",
    "ratio",
    "register_dashboard",
    "register_panel",
    "rows",
    "share",
    "size",
    "sql",
    "steps",
    "total",
    "without",
]
__all__ += _event_lines.__all__
