"""Rows of the table of metrics: lines, trades, orders, signals, positions and accounts."""

from __future__ import annotations

from typing import Final

from .definition import (
    AMOUNTS,
    BOT,
    EVENT,
    EXCHANGE,
    HOLDING,
    LEVEL,
    MULTIPLES,
    QUOTE,
    RATIOS,
    SYMBOL,
    Metric,
    moment,
)

_EXIT: Final = (("action", ("exit",)),)
_BOOKED: Final = (("action", ("exit", "partial_exit")),)
_FLAT: Final = ("position_side", ("FLAT",))


def _position(name: str, field: str, doc: str) -> Metric:
    return Metric(
        name=name,
        kind="gauge",
        doc=doc,
        event="POSITION",
        labels=(BOT, SYMBOL),
        value=field,
        ends=_FLAT,
    )


def _account(name: str, field: str, doc: str, *, ratio: str = "") -> Metric:
    constants: tuple[tuple[str, str], ...] = ()
    if ratio and ratio != "-":
        constants = (("kind", ratio),)
    scale = 1.0
    if ratio:
        scale = 0.01
    return Metric(
        name=name,
        kind="gauge",
        doc=doc,
        event="EQUITY",
        labels=(BOT, QUOTE),
        value=field,
        constants=constants,
        scale=scale,
    )


TRADING: Final[tuple[Metric, ...]] = (
    Metric(
        name="trading_events_total",
        kind="counter",
        doc="Lines that the bot logged, by event and level; the event of a plain line is empty.",
        event=None,
        labels=(BOT, ("event", EVENT), ("level", LEVEL)),
    ),
    # trades
    Metric(
        name="trading_trades_total",
        kind="counter",
        doc="Round trips that ended, by side and result.",
        event="TRADE",
        labels=(BOT, ("side", "position_side"), ("result", "result")),
        where=_EXIT,
    ),
    Metric(
        name="trading_trade_duration_seconds",
        kind="histogram",
        doc="Time from the entry of a trade to its exit.",
        event="TRADE",
        value="duration_s",
        where=_EXIT,
        buckets=HOLDING,
    ),
    Metric(
        name="trading_trade_pnl",
        kind="histogram",
        doc="Profit of each exit, net of fees; its sum may fall, so take no rate of it.",
        event="TRADE",
        labels=(BOT, QUOTE),
        value="pnl",
        where=_BOOKED,
        buckets=AMOUNTS,
    ),
    Metric(
        name="trading_trade_r_multiple",
        kind="histogram",
        doc="Profit of each round trip in units of the risk taken.",
        event="TRADE",
        value="r_multiple",
        where=_EXIT,
        buckets=MULTIPLES,
    ),
    Metric(
        name="trading_trade_gains_total",
        kind="counter",
        doc="Gains of the exits that earned, net of fees.",
        event="TRADE",
        labels=(BOT, SYMBOL, QUOTE, ("strategy", "strategy")),
        value="pnl",
        where=_BOOKED,
        part="gain",
    ),
    Metric(
        name="trading_trade_losses_total",
        kind="counter",
        doc="Losses of the exits that lost, net of fees, as a positive number.",
        event="TRADE",
        labels=(BOT, SYMBOL, QUOTE, ("strategy", "strategy")),
        value="pnl",
        where=_BOOKED,
        part="loss",
    ),
    # orders and signals
    Metric(
        name="trading_orders_total",
        kind="counter",
        doc="Steps in the life of orders; choose one status, or an order counts several times.",
        event="ORDER",
        labels=(BOT, EXCHANGE, ("side", "side"), ("status", "status")),
    ),
    Metric(
        name="trading_signals_total",
        kind="counter",
        doc="Decisions of the strategy.",
        event="SIGNAL",
        labels=(BOT, ("signal", "signal")),
    ),
    Metric(
        name="trading_signal_confidence",
        kind="gauge",
        doc="Confidence of the newest decision.",
        event="SIGNAL",
        labels=(BOT, SYMBOL),
        value="confidence",
    ),
    Metric(
        name="trading_signal_confidence_ratio",
        kind="histogram",
        doc="Confidence of the decisions, from 0 to 1.",
        event="SIGNAL",
        labels=(BOT, ("signal", "signal")),
        value="confidence",
        buckets=RATIOS,
    ),
    Metric(
        name="trading_last_signal_side",
        kind="gauge",
        doc="Newest decision: 1 for LONG, -1 for SHORT, 0 for WAIT.",
        event="SIGNAL",
        labels=(BOT, SYMBOL),
        value="signal",
        words=(("LONG", 1.0), ("SHORT", -1.0), ("WAIT", 0.0)),
    ),
    moment(
        "trading_last_signal_timestamp_seconds",
        "SIGNAL",
        "Time of the newest decision of each kind.",
        ("signal", "signal"),
    ),
    # positions
    Metric(
        name="trading_open_positions",
        kind="gauge",
        doc="1 for each position that is open.",
        event="POSITION",
        labels=(BOT, SYMBOL),
        value="position_side",
        words=(("LONG", 1.0), ("SHORT", 1.0)),
        ends=_FLAT,
    ),
    _position(
        "trading_position_pnl_percent",
        "unrealized_pnl_pct",
        "Profit of the position if it were closed now, in percent of its entry value.",
    ),
    _position("trading_position_quantity", "qty", "Size of the position, negative when short."),
    _position("trading_position_entry_price", "entry_price", "Average price of the entry."),
    _position("trading_position_mark_price", "mark_price", "Price that the position is valued at."),
    _position("trading_position_notional", "notional", "Value of the position."),
    _position(
        "trading_position_unrealized_pnl",
        "unrealized_pnl",
        "Profit of the position if it were closed now, in the quote currency.",
    ),
    # accounts
    _account("trading_equity", "equity", "Value of the account with its open positions."),
    _account("trading_balance", "balance", "Value of the account without its open positions."),
    _account("trading_realized_pnl", "realized_pnl", "Profit of all closed trades of the account."),
    _account(
        "trading_realized_pnl_today", "realized_pnl_today", "Profit of the trades closed today."
    ),
    _account("trading_unrealized_pnl", "unrealized_pnl", "Profit of the open positions."),
    _account(
        "trading_return_ratio",
        "total_return_pct",
        "Return of the account since it began, or of its open positions, as a ratio.",
        ratio="total",
    ),
    _account(
        "trading_return_ratio",
        "current_return_pct",
        "Return of the account since it began, or of its open positions, as a ratio.",
        ratio="current",
    ),
    _account(
        "trading_drawdown_ratio",
        "drawdown_pct",
        "Distance of the account from its highest equity, as a ratio.",
        ratio="-",
    ),
)
"""The metrics of trades, orders, signals, positions and accounts."""
