"""Positions & PnL: open positions, profit and the value of the accounts."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.bot_state import POSITIONS, STATE
from logging_kit.panels.dashboards.money import money
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
    count,
    high,
    last,
    low,
    mean,
    quantile,
    ratio,
    rows,
    share,
    total,
)

_ACCOUNT: Final = ("bot_name", "quote")
_POSITION: Final = ("bot_name", "exchange", "symbol", "quote")
_CLOSED: Final = TRADE.action == "exit"
_BOOKED: Final = TRADE.action.among("exit", "partial_exit")
_DEEP: Final = steps("green", (5, "orange"), (10, "red"))

_NOW: Final = Row(
    "",
    (
        Stat(
            "Total return",
            last(EQUITY.total_return_pct, by=_ACCOUNT, within="1h"),
            id=1,
            about="Return of each account since it began, from its newest snapshot of the last "
            "hour.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=PROFIT,
        ),
        Stat(
            "Current return",
            last(EQUITY.current_return_pct, by=_ACCOUNT, within="1h"),
            id=2,
            about="Return of the open positions of each account, from its newest snapshot of the "
            "last hour.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=PROFIT,
        ),
        Gauge(
            "Win rate",
            share(TRADE, TRADE.result == "win", where=_CLOSED),
            id=3,
            about="Closed trades that ended in a win, of all that were closed in the time range.",
            empty="No data: no closed trades",
            unit="percentunit",
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        Stat(
            "Profit factor",
            ratio(
                total(TRADE.pnl, where=_BOOKED & (TRADE.pnl > 0), by="quote"),
                total(TRADE.pnl, where=_BOOKED & (TRADE.pnl < 0), by="quote") * -1,
            ),
            id=4,
            about="All gains divided by all losses in the time range, by currency; above 1 the "
            "bots are profitable.",
            missing="there was no loss in the time range, or bot or pipeline is down.",
            empty="No data: no losing trades",
            decimals=2,
            thresholds=steps("red", (1, "orange"), (1.5, "green")),
        ),
        Stat(
            "Max drawdown",
            high(EQUITY.drawdown_pct, by=_ACCOUNT),
            id=5,
            about="The largest distance of each account from its highest equity in the time range.",
            empty="No data: no EQUITY",
            unit="percent",
            decimals=2,
            thresholds=_DEEP,
        ),
        Stat(
            "Position quantity",
            total(last(POSITION.qty, by=_POSITION, within="15m"), by="symbol"),
            id=6,
            about="Size of the positions by symbol, negative when short, added up over the chosen "
            "bots.",
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
            "Equity and realized PnL",
            {
                "equity": total(last(EQUITY.equity, by=_ACCOUNT), by="quote"),
                "realized": total(last(EQUITY.realized_pnl, by=_ACCOUNT), by="quote"),
            },
            id=11,
            about="Value of the accounts and profit realized since they began, as the bots last "
            "reported it in each step.",
            empty="No data: no EQUITY",
            connect=60,
            w=16,
        ),
        Timeseries(
            "Drawdown",
            high(EQUITY.drawdown_pct, by=_ACCOUNT),
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
            total(TRADE.pnl, where=_BOOKED, by="quote"),
            id=13,
            about="Realized profit of each UTC day, net of fees, by currency. A bar comes when "
            "that UTC day is over and stands where it ended; until then see Realized PnL today "
            "(Trading Overview).",
            empty="No data: no closed trades",
            min_step="1d",
            piled=False,
        ),
        money(
            BarChart,
            "PnL by symbol",
            total(TRADE.pnl, where=_BOOKED, by=("symbol", "quote")),
            id=14,
            about="Realized profit in the time range, net of fees, by market.",
            empty="No data: no closed trades",
            w=6,
        ),
        money(
            BarChart,
            "PnL by strategy",
            total(TRADE.pnl, where=_BOOKED, by=("strategy", "quote")),
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
            rows(TRADE, where=_CLOSED, limit=5),
            id=21,
            about="The newest round trips that ended in the time range. The last column leads to "
            "the signal behind each.",
            empty="No data: no closed trades",
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
            "Best and worst trade",
            {
                "best": high(TRADE.pnl, where=_BOOKED, by="quote"),
                "worst": low(TRADE.pnl, where=_BOOKED, by="quote"),
            },
            id=22,
            about="The most that one exit earned in the time range, and the least, net of fees, "
            "by currency.",
            empty="No data: no closed trades",
            thresholds=PROFIT,
            w=8,
        ),
        Stat(
            "R-multiple",
            {
                "mean": mean(TRADE.r_multiple, where=_CLOSED),
                "best": high(TRADE.r_multiple, where=_CLOSED),
                "worst": low(TRADE.r_multiple, where=_CLOSED),
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
            quantile(0.5, TRADE.duration_s, where=_CLOSED),
            id=24,
            about="Half of the closed trades were over faster than this.",
            empty="No data: no closed trades",
            unit="s",
        ),
        Stat(
            "Filled orders (2 days)",
            count(ORDER, where=ORDER.status == "filled", within="2d"),
            id=25,
            about="Orders that were filled in the last 2 days, whatever the time range; exact "
            "also after restarts.",
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
