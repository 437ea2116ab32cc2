"""Row of Trading Overview: the trades and the orders."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Row
from logging_kit.panels.dashboards.money import CLOSED, booked, money
from logging_kit.panels.panel import PROFIT, Gauge, Logs, Pie, Stat, steps
from logging_kit.panels.query.fields import ORDER, TRADE
from logging_kit.panels.query.language import difference, distinct, ratio, rows, zero_where
from logging_kit.panels.query.nodes import Query

REALIZED: Final = booked()
"""Realized profit of the time range, by currency."""
_ORDERS: Final = distinct(ORDER, units.ORDER)
_ENDED: Final = distinct(
    ORDER, units.ORDER, where=ORDER.status.among("filled", "rejected", "canceled", "expired")
)


def _ended(status: str) -> Query:
    """Return the number of orders that ended in this status."""
    return distinct(ORDER, units.ORDER, where=ORDER.status == status)


TRADES: Final = Row(
    "Trades",
    (
        money(
            Stat,
            "Realized PnL today",
            REALIZED,
            id=21,
            about="Profit of the exits and partial exits since midnight in the dashboard's time "
            "zone, net of fees, by currency. Grafana does so for ranges that end now; on a fixed "
            "range it is that of the whole range.",
            empty="No data: no closed trades today",
            none="No closed trades today",
            missing="no TRADE exit since midnight, or bot or pipeline is down.",
            thresholds=PROFIT,
            time_from="now/d",
            w=6,
        ),
        Stat(
            "Closed trades",
            distinct(TRADE, units.ROUND_TRIP, where=CLOSED),
            id=22,
            about="Round trips that ended in the time range; partial exits are not counted.",
            empty="No data",
            w=6,
        ),
        Stat(
            "Orders",
            _ORDERS,
            id=23,
            about="Orders with a line in the time range. Each counts once, by its order_id, "
            "whatever its status and however often that changed.",
            empty="No data",
            w=6,
        ),
        Gauge(
            "Order fill rate",
            ratio(_ended("filled"), _ENDED),
            id=24,
            about="Filled orders, of those that ended in the time range (filled, rejected, "
            "canceled or expired).",
            empty="No data: no ended orders",
            none="No ended orders",
            unit="percentunit",
            thresholds=steps("red", (0.8, "green")),
            w=6,
        ),
        Logs(
            "Trade timeline",
            rows(
                TRADE,
                show=(
                    "{action}",
                    "{position_side}",
                    "{symbol}",
                    "qty={qty}",
                    "@ {price}",
                    "pnl={pnl}",
                    "{quote}",
                    "({exit_reason})",
                ),
            ),
            id=25,
            about="Entries and exits, newest first. Click a line for its ids; correlation_id "
            "leads to the signal behind it.",
            empty="No data: no trades",
            none="No trades",
        ),
        Pie(
            "Orders by side",
            distinct(ORDER, units.ORDER, by="side"),
            id=26,
            about="Orders in the time range, bought and sold.",
            empty="No data: no orders",
            none="No orders",
        ),
        Pie(
            "Orders by status",
            {
                "filled": _ended("filled"),
                "canceled": _ended("canceled"),
                "rejected": _ended("rejected"),
                "expired": _ended("expired"),
                "open": difference(_ORDERS, zero_where(_ENDED, _ORDERS), keep_zero=True),
            },
            id=27,
            about="Results of the orders in the time range; open are those that had none yet.",
            empty="No data: no orders",
        ),
        Pie(
            "Orders by exchange",
            distinct(ORDER, units.ORDER, by="exchange"),
            id=28,
            about="Orders in the time range, by the exchange they went to.",
            empty="No data: no orders",
            none="No orders",
        ),
    ),
)
