"""Signal Trace: one decision and its consequences."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import BOOKED, money
from logging_kit.panels.panel import PROFIT, BarGauge, Logs, Stat
from logging_kit.panels.query.fields import API_CALL, LINES, ORDER, SIGNAL, TRADE, EventLines, Where
from logging_kit.panels.query.language import (
    count,
    difference,
    distinct,
    first_time,
    last,
    mean,
    rows,
    total,
    zero_where,
)
from logging_kit.panels.query.scope import Variable

VARIABLE: Final = "correlation_id"


def trace(correlation_id: str = Variable(VARIABLE)) -> Dashboard:
    """Return the dashboard of one decision.

    Args:
        correlation_id: Its id; by default Grafana's variable. With an empty id every panel is
            empty.
    """

    def of(lines: EventLines) -> Where:
        return (lines.correlation_id == correlation_id) & (lines.correlation_id != "")

    stats = (
        Stat(
            "Signal",
            distinct(SIGNAL, units.DECISION, where=of(SIGNAL), by=("signal", "symbol")),
            id=1,
            about="The decision and its market.",
            empty="No data: no such signal",
            named=True,
        ),
        Stat(
            "Confidence",
            mean(SIGNAL.confidence, where=of(SIGNAL)),
            id=2,
            about="Confidence of the model.",
            empty="No data: no such signal",
            unit="percentunit",
        ),
        Stat(
            "Signal to fill",
            difference(
                first_time(ORDER, where=of(ORDER) & (ORDER.status == "filled")),
                first_time(SIGNAL, where=of(SIGNAL)),
            ),
            id=3,
            about="Time from the decision to the first order of it that was filled: the entry.",
            empty="No data: no fill",
            missing="no order of this signal was filled in the time range, or the signal itself "
            "is not in it.",
            unit="ms",
        ),
        money(
            Stat,
            "PnL",
            total(
                last(TRADE.pnl, where=of(TRADE) & BOOKED, by="quote", unit=units.LEG),
                by=("env", "quote"),
            ),
            id=4,
            about="Realized profit of the trades of this signal, net of fees, by currency.",
            empty="No data: no closed trades",
            thresholds=PROFIT,
        ),
        Stat(
            "API time",
            total(API_CALL.latency_ms, where=of(API_CALL)),
            id=5,
            about="Time that the requests of this signal took together.",
            empty="No data: no API calls",
            unit="ms",
        ),
        Stat(
            "Errors",
            zero_where(
                count(LINES, where=of(LINES) & LINES.level.among("error", "critical")),
                count(LINES, where=of(LINES)),
            ),
            id=6,
            about="Lines of this signal at error or critical.",
            empty="No data: no such signal",
        ),
    )
    story = (
        Logs(
            "What happened",
            rows(LINES, where=of(LINES), limit=500, show=("{event}", "{message}")),
            id=11,
            about="Every line of this signal, in the order in which they were written. Click one "
            "for all its fields.",
            empty="No data: no lines",
            oldest_first=True,
            h=14,
            w=16,
        ),
        BarGauge(
            "Order status",
            count(ORDER, where=of(ORDER), by="status"),
            id=12,
            about="Steps in the life of the orders of this signal.",
            empty="No data: no orders",
            none="No orders",
            h=7,
        ),
        BarGauge(
            "Lines by event",
            count(LINES, where=of(LINES), by="event"),
            id=13,
            about="How many lines of each kind belong to this signal; plain lines have none.",
            empty="No data: no lines",
            h=7,
        ),
    )
    return Dashboard(
        "lk-signal-trace",
        "Signal Trace",
        "One decision with its orders, fills, requests and errors. The correlation_id of any line "
        "leads here.",
        (Row("", stats), Row("From signal to result", story)),
        variable=VARIABLE,
    )


SIGNAL_TRACE: Final = trace()
