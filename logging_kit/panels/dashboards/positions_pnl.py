"""Positions & PnL: open positions, profit and the value of the accounts."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import money
from logging_kit.panels.panel import (
    PROFIT,
    BarChart,
    BarGauge,
    Bars,
    Gauge,
    Records,
    Stat,
    Timeseries,
    steps,
)
from logging_kit.panels.query.fields import (
    CANDLE,
    EQUITY,
    ERROR,
    HEARTBEAT,
    INDICATOR,
    ORDER,
    POSITION,
    SIGNAL,
    TRADE,
)
from logging_kit.panels.query.language import (
    age,
    count,
    high,
    last,
    last_time,
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
_MARKET: Final = ("bot_name", "symbol", "timeframe")
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

_POSITIONS: Final = Row(
    "Positions and market",
    (
        Records(
            "Position snapshots",
            rows(POSITION, limit=20),
            id=31,
            about="The newest snapshots of positions, with entry price and current value.",
            empty="No data: no POSITION",
            columns=(
                ("symbol", "Symbol"),
                ("position_side", "Side"),
                ("qty", "Qty"),
                ("unrealized_pnl", "Unrealized PnL"),
                ("entry_price", "Entry"),
                ("mark_price", "Mark"),
                ("notional", "Value"),
                ("bot_name", "Bot"),
            ),
            w=16,
        ),
        money(
            BarGauge,
            "Unrealized PnL by symbol",
            total(
                last(POSITION.unrealized_pnl, by=_POSITION, within="15m"), by=("symbol", "quote")
            ),
            id=32,
            about="Profit if every position were closed now, by market, summed over the chosen "
            "bots.",
            missing="no snapshot of a position in the last 15 minutes: flat for longer, or bot or "
            "pipeline is down.",
            empty="No data: no POSITION",
            thresholds=PROFIT,
        ),
        Timeseries(
            "Price",
            last(CANDLE.close, by=_MARKET),
            id=33,
            about="Closing price of the newest candle in each step; the marks are the bots' "
            "entries.",
            empty="No data: no candles yet",
            unit="currency",
            connect=180,
            w=16,
        ),
        Timeseries(
            "Volatility",
            last(INDICATOR.volatility, by=_MARKET),
            id=34,
            about="Volatility as the bots computed it, newest value of each step.",
            empty="No data: no INDICATOR with volatility",
            unit="percentunit",
            low=0,
            connect=180,
            w=8,
        ),
    ),
)

_STATE: Final = Row(
    "State of the bots",
    (
        Stat(
            "Volatility index",
            last(INDICATOR.volatility, by=_MARKET, within="2h"),
            id=41,
            about="The newest volatility of the last 2 hours; an older value is not shown.",
            empty="No data: no INDICATOR",
            unit="percentunit",
            decimals=2,
            w=6,
        ),
        Stat(
            "Loop delay",
            age(HEARTBEAT, by="bot_name", within="24h"),
            id=42,
            about="Seconds from each bot's newest heartbeat to the end of the time range; red "
            "from 2 minutes on.",
            empty="No data: no HEARTBEAT",
            unit="s",
            decimals=0,
            thresholds=steps("green", (75, "orange"), (120, "red")),
            w=6,
        ),
        Stat(
            "Last candle",
            last(HEARTBEAT.last_candle_ts, by="bot_name", within="15m"),
            id=43,
            about="When the newest candle that each bot knows began, from its newest heartbeat.",
            empty="No data: no candles yet",
            unit="dateTimeFromNow",
            w=6,
        ),
        Stat(
            "Last signals",
            last_time(SIGNAL, by="signal"),
            id=44,
            about="How long ago the newest LONG, SHORT and WAIT of the time range were.",
            empty="No data: no signal yet",
            unit="dateTimeFromNow",
            w=6,
        ),
        BarGauge(
            "Errors by type (5 min)",
            count(ERROR, by="error_type", within="5m"),
            id=45,
            about="ERROR events of the last 5 minutes by the class of the exception, whatever the "
            "time range.",
            empty="No data: no ERROR",
            missing="no ERROR event in the last 5 minutes, or bot or pipeline is down (see Loop "
            "delay).",
            thresholds=steps("orange", (5, "red")),
            w=24,
            h=5,
        ),
    ),
)

POSITIONS_PNL: Final = Dashboard(
    "lk-positions-pnl",
    "Positions & PnL",
    "Open positions, profit and the value of the accounts.",
    (_NOW, _MONEY, _TRADES, _POSITIONS, _STATE),
    refresh="1m",
)
