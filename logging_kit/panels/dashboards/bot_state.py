"""Rows of Positions & PnL: the positions with their markets, and the state of the bots."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Row
from logging_kit.panels.dashboards.money import flat_or, money, positions
from logging_kit.panels.panel import (
    PROFIT,
    BarGauge,
    Records,
    Stat,
    Timeseries,
    steps,
)
from logging_kit.panels.query.fields import (
    CANDLE,
    ERROR,
    HEARTBEAT,
    INDICATOR,
    POSITION,
    SIGNAL,
)
from logging_kit.panels.query.language import (
    age,
    count,
    last,
    last_time,
    rows,
    total,
)

_BY_SYMBOL: Final = ("env", "symbol", "quote")

POSITIONS: Final = Row(
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
            flat_or(
                total(positions(POSITION.unrealized_pnl), by=_BY_SYMBOL),
                _BY_SYMBOL,
                POSITION.quote != "",
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
            last(CANDLE.close, by=units.MARKET),
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
            last(INDICATOR.volatility, by=units.MARKET),
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

STATE: Final = Row(
    "State of the bots",
    (
        Stat(
            "Volatility index",
            last(INDICATOR.volatility, by=units.MARKET, within="2h"),
            id=41,
            about="The newest volatility of the last 2 hours; an older value is not shown.",
            empty="No data: no INDICATOR",
            unit="percentunit",
            decimals=2,
            w=6,
        ),
        Stat(
            "Loop delay",
            age(HEARTBEAT, by=units.BOT, within="24h"),
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
            last(HEARTBEAT.last_candle_ts, by=units.BOT, within="15m"),
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
            none="No errors",
            missing="no ERROR event in the last 5 minutes, or bot or pipeline is down (see Loop "
            "delay).",
            thresholds=steps("orange", (5, "red")),
            w=24,
            h=5,
        ),
    ),
)
