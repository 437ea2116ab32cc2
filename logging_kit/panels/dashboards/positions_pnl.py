"""Positions & PnL: open positions, profit and the value of the accounts."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.bot_state import POSITIONS, STATE
from logging_kit.panels.dashboards.money import (
    CLOSED,
    CURRENCY,
    HOLD,
    accounts,
    booked,
    closed_trips,
    flat_or,
    money,
    positions,
    trips,
)
from logging_kit.panels.dashboards.trading_overview import WIN_RATE
from logging_kit.panels.panel import (
    PROFIT,
    BarChart,
    Bars,
    Gauge,
    Records,
    Stat,
    Timeseries,
    steps,
)
from logging_kit.panels.query.fields import (
    EQUITY,
    ORDER,
    POSITION,
    TRADE,
)
from logging_kit.panels.query.language import (
    distinct,
    high,
    last,
    low,
    mean,
    quantile,
    ratio,
    rows,
    total,
)

_TRIPS: Final = trips()
_R_MULTIPLE: Final = last(TRADE.r_multiple, where=CLOSED, unit=units.ROUND_TRIP)
_DEEP: Final = steps("green", (5, "orange"), (10, "red"))

_NOW: Final = Row(
    "",
    (
        Stat(
            "Total return",
            last(EQUITY.total_return_pct, by=units.ACCOUNT, within=HOLD),
            id=1,
            about="Return of each account since it began, from its newest snapshot of the last "
            "day.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=PROFIT,
        ),
        Stat(
            "Current return",
            last(EQUITY.current_return_pct, by=units.ACCOUNT, within=HOLD),
            id=2,
            about="Return of the open positions of each account, from its newest snapshot of the "
            "last day.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=PROFIT,
        ),
        Gauge(
            "Win rate",
            WIN_RATE,
            id=3,
            about="Round trips that earned money, partial exits of the time range included, of "
            "all that were closed in it.",
            empty="No data: no closed trades",
            unit="percentunit",
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        Stat(
            "Profit factor",
            ratio(total(_TRIPS > 0, by=CURRENCY), total(_TRIPS < 0, by=CURRENCY) * -1),
            id=4,
            about="What the winning round trips earned, divided by what the losing ones lost in "
            "the time range, by currency; above 1 the bots are profitable.",
            missing="there was no loss in the time range, or bot or pipeline is down.",
            empty="No data: no losing trades",
            decimals=2,
            thresholds=steps("red", (1, "orange"), (1.5, "green")),
        ),
        Stat(
            "Max drawdown",
            high(EQUITY.drawdown_pct, by=units.ACCOUNT),
            id=5,
            about="The largest distance of each account from its highest equity in the time range.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=_DEEP,
        ),
        Stat(
            "Position quantity",
            flat_or(total(positions(POSITION.qty), by=("env", "symbol")), ("env", "symbol")),
            id=6,
            about="Size of the positions by symbol, negative when short, added up over the chosen "
            "bots and both sides.",
            empty="No data: no POSITION",
            missing="no snapshot of a position in the last 15 minutes: flat for longer, or bot or "
            "pipeline is down.",
        ),
    ),
)

_MONEY: Final = Row(
    "Profit",
    (
        money(
            Timeseries,
            "Equity over time",
            accounts(EQUITY.equity),
            id=11,
            about="Value of the accounts by currency: the newest snapshot of each, which stands "
            "for a day.",
            empty="No data: no EQUITY",
            connect=60,
            w=8,
        ),
        money(
            Timeseries,
            "Realized PnL over time",
            accounts(EQUITY.realized_pnl),
            id=16,
            about="Profit realized since the accounts began, by currency: the newest snapshot of "
            "each, which stands for a day.",
            empty="No data: no EQUITY",
            connect=60,
            w=8,
        ),
        Timeseries(
            "Drawdown",
            high(EQUITY.drawdown_pct, by=units.ACCOUNT),
            id=12,
            about="The largest distance of each account from its highest equity in each step.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            low=0,
            connect=60,
            thresholds=steps("transparent", (10, "red")),
            limits="line",
            w=8,
        ),
        money(
            Bars,
            "PnL per day",
            booked(),
            id=13,
            about="Realized profit of each day, net of fees, by currency. A bar has the date of "
            "its day; that of today is still growing. `watch` shows the days of its time zone, "
            "Grafana those of UTC.",
            empty="No data: no closed trades",
            none="No closed trades",
            min_step="1d",
            piled=False,
        ),
        money(
            BarChart,
            "PnL by symbol",
            booked("symbol"),
            id=14,
            about="Realized profit in the time range, net of fees, by market.",
            empty="No data: no closed trades",
            w=6,
        ),
        money(
            BarChart,
            "PnL by strategy",
            booked("strategy"),
            id=15,
            about="Realized profit in the time range, net of fees, by the strategy that decided.",
            empty="No data: no closed trades",
            w=6,
        ),
    ),
)

_TRADES: Final = Row(
    "Trades",
    (
        Records(
            "Last 5 trades",
            rows(TRADE, where=CLOSED, limit=5),
            id=21,
            about="The newest round trips that ended in the time range. The last column leads to "
            "the signal behind each.",
            empty="No data: no closed trades",
            none="No closed trades",
            columns=(
                ("symbol", "Symbol"),
                ("position_side", "Side"),
                ("pnl", "PnL"),
                ("r_multiple", "R"),
                ("exit_reason", "Exit reason"),
                ("qty", "Qty"),
                ("price", "Price"),
                ("correlation_id", "Signal"),
            ),
        ),
        money(
            Stat,
            "Best trade",
            high(closed_trips(), by=CURRENCY),
            id=22,
            about="The most that one round trip earned in the time range, net of fees, by "
            "currency.",
            empty="No data: no closed trades",
            thresholds=PROFIT,
        ),
        money(
            Stat,
            "Worst trade",
            low(closed_trips(), by=CURRENCY),
            id=26,
            about="The least that one round trip earned in the time range, net of fees, by "
            "currency.",
            empty="No data: no closed trades",
            thresholds=PROFIT,
        ),
        Stat(
            "R-multiple",
            {
                "mean": mean(_R_MULTIPLE),
                "best": high(_R_MULTIPLE),
                "worst": low(_R_MULTIPLE),
            },
            id=23,
            about="Profit of the closed trades in units of the risk taken: on average, the best "
            "and the worst.",
            empty="No data: no trades with r_multiple",
            decimals=2,
            thresholds=PROFIT,
            w=8,
        ),
        Stat(
            "Trade duration P50",
            quantile(0.5, TRADE.duration_s, where=CLOSED),
            id=24,
            about="Half of the closed trades were over faster than this.",
            empty="No data: no closed trades",
            unit="s",
        ),
        Stat(
            "Filled orders (2 days)",
            distinct(ORDER, units.ORDER, where=ORDER.status == "filled", within="2d"),
            id=25,
            about="Orders that were filled in the last 2 days, whatever the time range. Each "
            "counts once, by its order_id, after restarts too.",
            empty="No data",
        ),
    ),
)

POSITIONS_PNL: Final = Dashboard(
    "lk-positions-pnl",
    "Positions & PnL",
    "Open positions, profit and the value of the accounts.",
    (_NOW, _MONEY, _TRADES, POSITIONS, STATE),
    refresh="1m",
)
