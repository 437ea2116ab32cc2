"""Trading Overview: state, profit and activity of the bots."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.colours import DOWN, GAIN, LOSS, UP
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import money
from logging_kit.panels.panel import (
    PROFIT,
    BarGauge,
    Bars,
    Gauge,
    Link,
    Logs,
    Pie,
    Stat,
    Timeseries,
    Wording,
    steps,
)
from logging_kit.panels.query.fields import (
    EQUITY,
    HEARTBEAT,
    NOTIFICATION,
    ORDER,
    POSITION,
    SIGNAL,
    TRADE,
)
from logging_kit.panels.query.language import (
    alive_or_zero,
    count,
    last,
    low,
    ratio,
    rows,
    share,
    total,
)

_ACCOUNT: Final = ("bot_name", "quote")
_POSITION: Final = ("bot_name", "exchange", "symbol", "quote")
_CLOSED: Final = TRADE.action == "exit"
_REALIZED: Final = total(TRADE.pnl, where=TRADE.action.among("exit", "partial_exit"), by="quote")
_SUBMITTED: Final = ORDER.status == "submitted"
_ENDED: Final = ORDER.status.among("filled", "rejected", "canceled", "expired")

BOT_STATUS: Final = Stat(
    "Bot status",
    alive_or_zero(count(HEARTBEAT, within="3m")),
    id=1,
    about="UP while at least one of the chosen bots wrote a heartbeat in the last 3 minutes.",
    missing="never shown: without a heartbeat it says DOWN, whether the bot, the shipper or Loki "
    "is at fault.",
    empty="No answer",
    wordings=(Wording(None, 0, "▼ DOWN", DOWN), Wording(1, None, "▲ UP", UP)),
    thresholds=steps(DOWN, (1, UP)),
    links=(Link("System Health", "/d/lk-system-health?${__url_time_range}&${__all_variables}"),),
)

_NOW: Final = Row(
    "",
    (
        BOT_STATUS,
        money(
            Stat,
            "Equity",
            total(last(EQUITY.equity, by=_ACCOUNT, within="1h"), by="quote"),
            id=2,
            about="Value of the accounts, open positions included: the newest snapshot of each "
            "bot, summed by currency.",
            empty="No data: no EQUITY",
        ),
        money(
            Stat,
            "Realized PnL",
            _REALIZED,
            id=3,
            about="Profit of the exits and partial exits in the time range, net of fees, by "
            "currency.",
            empty="No data: no closed trades",
            thresholds=PROFIT,
        ),
        money(
            Stat,
            "Unrealized PnL",
            total(last(POSITION.unrealized_pnl, by=_POSITION, within="15m"), by="quote"),
            id=4,
            about="Profit if every position were closed now: the newest snapshot of each, summed "
            "by currency.",
            empty="No data: no POSITION",
            missing="no snapshot of a position in the last 15 minutes: flat for longer, or bot or "
            "pipeline is down.",
            thresholds=PROFIT,
        ),
        Gauge(
            "Win rate",
            share(TRADE, TRADE.result == "win", where=_CLOSED),
            id=5,
            about="Closed trades that ended in a win, of all that were closed in the time range.",
            empty="No data: no closed trades",
            unit="percentunit",
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        Stat(
            "Open positions",
            count(last(POSITION.qty, by=_POSITION, within="15m") != 0),
            id=6,
            about="Positions whose newest snapshot of the last 15 minutes is not flat.",
            empty="No data: no POSITION",
        ),
    ),
)


def _signals(signal: str, number: int, colour: str) -> Stat:
    return Stat(
        f"{signal} signals",
        count(SIGNAL, where=SIGNAL.signal == signal),
        id=number,
        about=f"{signal} decisions in the time range, whether or not an order followed.",
        empty="No data",
        colour=colour,
        w=8,
    )


_SIGNALS: Final = Row(
    "Signals",
    (
        _signals("LONG", 11, GAIN),
        _signals("SHORT", 12, LOSS),
        _signals("WAIT", 13, "gray"),
        Pie(
            "Signal distribution",
            count(SIGNAL, by="signal"),
            id=14,
            about="LONG, SHORT and WAIT as parts of all decisions in the time range.",
            empty="No data: no signals",
        ),
        Bars(
            "Signal frequency",
            count(SIGNAL, by="signal"),
            id=15,
            about="Decisions per hour, or per step when the range is long. Each bar is labelled "
            "with the end of its hour.",
            empty="No data: no signals",
            min_step="1h",
            w=16,
        ),
    ),
)

_TRADES: Final = Row(
    "Trades",
    (
        money(
            Stat,
            "Realized PnL today",
            _REALIZED,
            id=21,
            about="Profit of the exits and partial exits since midnight in the dashboard's time "
            "zone, net of fees, by currency.",
            empty="No data: no closed trades today",
            missing="no TRADE exit since midnight, or bot or pipeline is down.",
            thresholds=PROFIT,
            time_from="now/d",
            w=6,
        ),
        Stat(
            "Closed trades",
            count(TRADE, where=_CLOSED),
            id=22,
            about="Round trips that ended in the time range; partial exits are not counted.",
            empty="No data",
            w=6,
        ),
        Stat(
            "Orders",
            count(ORDER, where=_SUBMITTED),
            id=23,
            about="Orders sent in the time range. Each is counted once, however often its status "
            "changed.",
            empty="No data",
            w=6,
        ),
        Gauge(
            "Order fill rate",
            ratio(count(ORDER, where=ORDER.status == "filled"), count(ORDER, where=_ENDED)),
            id=24,
            about="Filled orders, of those that ended in the time range (filled, rejected, "
            "canceled or expired).",
            empty="No data: no ended orders",
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
        ),
        Pie(
            "Orders by side",
            count(ORDER, where=_SUBMITTED, by="side"),
            id=26,
            about="Orders sent in the time range, bought and sold.",
            empty="No data: no orders",
        ),
        Pie(
            "Orders by status",
            count(ORDER, where=ORDER.status != "submitted", by="status"),
            id=27,
            about="Results of the orders. An order that was accepted and then filled is in both "
            "parts.",
            empty="No data: no orders",
        ),
        Pie(
            "Orders by exchange",
            count(ORDER, where=_SUBMITTED, by="exchange"),
            id=28,
            about="Orders sent in the time range, by the exchange they went to.",
            empty="No data: no orders",
        ),
    ),
)

_MONEY: Final = Row(
    "PnL, positions and connections",
    (
        money(
            Timeseries,
            "PnL over time",
            last(EQUITY.realized_pnl, by=_ACCOUNT),
            id=31,
            about="Realized profit since the account began, as each bot last reported it; lines "
            "bridge gaps shorter than an hour.",
            empty="No data: no EQUITY",
            connect=60,
            thresholds=steps("transparent", (0, "text")),
            limits="line",
            w=16,
        ),
        money(
            BarGauge,
            "Open positions by symbol",
            total(last(POSITION.notional, by=_POSITION, within="15m") != 0, by=("symbol", "quote")),
            id=32,
            about="Value of the open positions, added up over the chosen bots.",
            empty="No data: no open POSITION",
            missing="all positions are flat, or no snapshot came in the last 15 minutes (Open "
            "positions shows which).",
        ),
        Stat(
            "WebSocket connections",
            total(last(HEARTBEAT.ws_connections, by="bot_name", within="5m")),
            id=33,
            about="Open WebSocket connections, added up over the chosen bots.",
            empty="No data: no HEARTBEAT",
            thresholds=steps("red", (1, "green")),
            w=6,
            h=6,
        ),
        Timeseries(
            "WebSocket connections over time",
            low(HEARTBEAT.ws_connections, by="bot_name"),
            id=34,
            about="The fewest open connections that a bot reported in each step: a short drop "
            "stays visible.",
            empty="No data: no HEARTBEAT",
            shape="step",
            low=0,
            w=18,
            h=6,
        ),
    ),
)

_NOTIFICATIONS: Final = Row(
    "Notifications",
    (
        Logs(
            "Discord notifications",
            rows(
                NOTIFICATION,
                where=NOTIFICATION.channel == "discord",
                show=("{kind}", "ok={ok}", "status={status}", "{error_type}"),
            ),
            id=41,
            about="Messages to Discord, newest first, and whether Discord accepted them.",
            empty="No data: no notifications",
        ),
    ),
)

TRADING_OVERVIEW: Final = Dashboard(
    "lk-trading-overview",
    "Trading Overview",
    "State and profit of the bots, with their signals, trades, orders and positions.",
    (_NOW, _SIGNALS, _TRADES, _MONEY, _NOTIFICATIONS),
)
