"""Trading Overview: state, profit and activity of the bots."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.colours import DOWN, GAIN, LOSS, UP
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import (
    CLOSED,
    HOLD,
    accounts,
    closed_trips,
    flat_or,
    money,
    positions,
    stale_accounts,
)
from logging_kit.panels.dashboards.trades_and_orders import REALIZED, TRADES
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
    POSITION,
    SIGNAL,
    TRADE,
)
from logging_kit.panels.query.language import (
    alive_or_zero,
    count,
    count_each,
    distinct,
    last,
    low,
    ratio,
    rows,
    total,
    zero_where,
)

_CURRENCIES: Final = POSITION.quote != ""


WIN_RATE: Final = ratio(count(closed_trips() > 0), distinct(TRADE, units.ROUND_TRIP, where=CLOSED))
"""Round trips that earned money, of those that were closed."""

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
            accounts(EQUITY.equity),
            id=2,
            about="Value of the accounts, open positions included: the newest snapshot of each in "
            "the last day, summed by currency. Stale accounts says whether one is old.",
            empty="No data: no EQUITY",
        ),
        money(
            Stat,
            "Realized PnL",
            REALIZED,
            id=3,
            about="Profit of the exits and partial exits in the time range, net of fees, by "
            "currency. An exit counts once, by its trade_id; one without a quote is left out.",
            empty="No data: no closed trades",
            none="No closed trades",
            thresholds=PROFIT,
        ),
        money(
            Stat,
            "Unrealized PnL",
            flat_or(
                total(positions(POSITION.unrealized_pnl), by=("env", "quote")),
                ("env", "quote"),
                _CURRENCIES,
            ),
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
            WIN_RATE,
            id=5,
            about="Round trips that earned money, partial exits of the time range included, of "
            "all that were closed in it.",
            empty="No data: no closed trades",
            none="No closed trades",
            unit="percentunit",
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        Stat(
            "Open positions",
            flat_or(count(positions(POSITION.qty) != 0), ()),
            id=6,
            about="Positions whose newest snapshot of the last 15 minutes is not flat; in hedge "
            "mode LONG and SHORT of a market are two.",
            empty="No data: no POSITION",
        ),
    ),
)


def _signals(signal: str, number: int, colour: str) -> Stat:
    return Stat(
        f"{signal} signals",
        distinct(SIGNAL, units.DECISION, where=SIGNAL.signal == signal),
        id=number,
        about=f"{signal} decisions in the time range, whether or not an order followed. One that "
        "is repeated under its correlation_id counts once.",
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
            distinct(SIGNAL, units.DECISION, by="signal"),
            id=14,
            about="LONG, SHORT and WAIT as parts of all decisions in the time range.",
            empty="No data: no signals",
            none="No signals",
        ),
        Bars(
            "Signal frequency",
            distinct(SIGNAL, units.DECISION, by="signal"),
            id=15,
            about="Decisions per hour, or per step when the range is long. Each bar stands at the "
            "start of its hour; the last hour is still running.",
            empty="No data: no signals",
            none="No signals",
            min_step="1h",
            w=16,
        ),
    ),
)

_MONEY: Final = Row(
    "PnL, positions and connections",
    (
        money(
            Timeseries,
            "PnL over time",
            last(EQUITY.realized_pnl, by=units.ACCOUNT, within=HOLD),
            id=31,
            about="Realized profit since the account began, as each bot last reported it; the "
            "newest value stands for a day.",
            empty="No data: no EQUITY",
            connect=60,
            thresholds=steps("transparent", (0, "text")),
            limits="line",
            w=16,
        ),
        money(
            BarGauge,
            "Open positions by symbol",
            total(positions(POSITION.notional) != 0, by=("env", "symbol", "quote")),
            id=32,
            about="Value of the open positions, added up over the chosen bots.",
            empty="No data: no open POSITION",
            missing="all positions are flat, or no snapshot came in the last 15 minutes (Open "
            "positions shows which).",
        ),
        Stat(
            "WebSocket connections",
            total(last(HEARTBEAT.ws_connections, by=units.BOT, within="5m")),
            id=33,
            about="Open WebSocket connections, added up over the chosen bots.",
            empty="No data: no HEARTBEAT",
            thresholds=steps("red", (1, "green")),
            w=6,
            h=6,
        ),
        Timeseries(
            "WebSocket connections over time",
            low(HEARTBEAT.ws_connections, by=units.BOT),
            id=34,
            about="The fewest open connections that a bot reported in each step: a short drop "
            "stays visible.",
            empty="No data: no HEARTBEAT",
            shape="step",
            low=0,
            w=12,
            h=6,
        ),
        Stat(
            "Stale accounts",
            zero_where(
                count(stale_accounts()),
                count(count_each(EQUITY, by=units.ACCOUNT, within=HOLD)),
            ),
            id=35,
            about="Accounts whose newest snapshot is older than an hour; Equity still holds it "
            "for a day.",
            empty="No data: no EQUITY",
            thresholds=steps("green", (1, "orange")),
            w=6,
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
            none="No notifications",
        ),
    ),
)

TRADING_OVERVIEW: Final = Dashboard(
    "lk-trading-overview",
    "Trading Overview",
    "State and profit of the bots, with their signals, trades, orders and positions.",
    (_NOW, _SIGNALS, TRADES, _MONEY, _NOTIFICATIONS),
)
