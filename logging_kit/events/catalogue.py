"""The 16 events of a trading bot, and the one place that says what each of them holds.

The typed methods of :class:`~logging_kit.BotLogger`, the checks of their values, the file a line goes to, the fields
that a dashboard panel may name and the table in ``docs/events.md`` are all derived from :data:`CATALOGUE`.

Names follow ccxt's unified structures where one exists (https://docs.ccxt.com/#/?id=order-structure), in snake_case;
the statuses of an order follow FIX tag 39 (https://www.onixs.biz/fix-dictionary/4.4/tagnum_39.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from .fields import (
    CORRELATION,
    ERROR_TYPE,
    EXCHANGE,
    LATENCY,
    ORDER_ID,
    PRICE,
    QTY,
    QUOTE,
    REASON,
    STRATEGY,
    SYMBOL,
    TIMEFRAME,
    boolean,
    choice,
    identity,
    integer,
    moment,
    number,
    text,
)
from .model import (
    ENVELOPE,
    SIGNALS,
    STRUCTURED_METADATA,
    Event,
    EventType,
    Field,
    Level,
    Stream,
)


def _event(
    type_: EventType,
    doc: str,
    stream: Stream,
    required: tuple[Field, ...],
    optional: tuple[Field, ...] = (),
    *,
    level: Level = "info",
    positional: tuple[str, ...] = (),
    summary: tuple[str, ...] = (),
    levels: tuple[tuple[str, str, Level], ...] = (),
    required_when: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (),
) -> Event:
    fields = {f.name: replace(f, required=True) for f in required} | {f.name: f for f in optional}
    fields.setdefault("correlation_id", CORRELATION)
    fields.setdefault("strategy", STRATEGY)
    fields.setdefault("exchange", EXCHANGE)
    needed = tuple(f.name for f in required)
    return Event(
        type_,
        doc,
        stream,
        MappingProxyType(fields),
        level,
        positional,
        summary,
        levels,
        needed,
        required_when,
    )


_EVENTS: Final = (
    _event(
        EventType.SIGNAL,
        "What the strategy or model decided, whether or not an order follows.",
        "ai_signal",
        (
            choice("signal", "the decision", *SIGNALS),
            number("confidence", "how sure it is", "ratio", low=0, high=1),
            SYMBOL,
        ),
        (
            PRICE, STRATEGY, TIMEFRAME, text("model", "model or rule that decided"), REASON,
            number("rsi", "relative strength index at the decision", "0 to 100", low=0, high=100),
        ),
        positional=("signal",),
        summary=("signal", "symbol", "confidence"),
    ),
    _event(
        EventType.ORDER,
        "One step in the life of an order; each change of its status is an event of its own.",
        "trade",
        (
            ORDER_ID, SYMBOL, EXCHANGE, choice("side", "direction of the order", "buy", "sell"),
            choice(
                "status", "what happened to it",
                "submitted", "accepted", "partially_filled", "filled", "canceled", "rejected", "expired",
            ),
            replace(QTY, doc="amount ordered", low=0),
        ),
        (
            identity("client_order_id", "the bot's own id of the order"),
            choice("order_type", "kind of order", "market", "limit", "stop", "stop_limit", "take_profit", "trailing_stop"),
            replace(PRICE, doc="limit or trigger price"),
            number("filled_qty", "amount filled so far", "base currency", low=0),
            number("avg_price", "average price of the fills", "quote currency", low=0),
            number("fee", "fee so far", "fee_currency"), text("fee_currency", "currency of the fee"),
            boolean("reduce_only", "whether it may only make a position smaller"), REASON, LATENCY,
        ),
        positional=("status",),
        summary=("status", "side", "qty", "symbol", "price"),
        levels=(("status", "rejected", "warning"), ("status", "expired", "warning")),
    ),
    _event(
        EventType.TRADE,
        "A position was entered, reduced or left. `pnl` is net of fees and of this leg alone.",
        "trade",
        (
            identity("trade_id", "id of the round trip, the same from entry to exit"),
            choice("action", "what was done", "entry", "exit", "partial_exit"),
            choice("position_side", "side of the position", "LONG", "SHORT"), SYMBOL, replace(QTY, low=0), PRICE,
        ),
        (
            number("pnl", "profit of this leg, net of fees", "quote currency"), QUOTE,
            number("entry_price", "average price of the entry", "quote currency", low=0),
            number("exit_price", "average price of the exit", "quote currency", low=0),
            number("pnl_pct", "profit of this leg", "percent"), number("r_multiple", "profit in units of the risk taken", "R"),
            choice("result", "how the round trip ended; from the `pnl` of an exit if not given", "win", "loss", "breakeven"),
            number("fee", "fee of this leg", "quote currency"), number("duration_s", "time from entry to exit", "s", low=0),
            text("exit_reason", "why the position was left, in one word"), ORDER_ID,
        ),
        positional=("action",),
        summary=("action", "position_side", "qty", "symbol", "price", "pnl"),
        required_when=(("action", ("exit", "partial_exit"), ("pnl", "quote")), ("action", ("exit",), ("result",))),
    ),
    _event(
        EventType.POSITION,
        "A snapshot of one position: at each change and at least every five minutes.",
        "bot",
        (
            SYMBOL, choice("position_side", "side of the position", "LONG", "SHORT", "FLAT"),
            replace(QTY, doc="size of the position, negative when short"),
        ),
        (
            number("entry_price", "average price of the entry", "quote currency", low=0),
            number("mark_price", "price it is valued at", "quote currency", low=0),
            number("notional", "value of the position", "quote currency"),
            number("unrealized_pnl", "profit if it were closed now", "quote currency"),
            number("unrealized_pnl_pct", "the same, of its entry value", "percent"),
            number("leverage", "leverage", "x", low=0),
            number("liquidation_price", "price at which the exchange closes it", "quote currency", low=0), QUOTE,
        ),
        positional=("position_side",),
        summary=("position_side", "qty", "symbol", "unrealized_pnl"),
    ),
    _event(
        EventType.EQUITY,
        "A snapshot of the account.",
        "bot",
        (number("equity", "value of the account, open positions included", "quote currency"), QUOTE),
        (
            number("balance", "value without open positions", "quote currency"),
            number("realized_pnl", "profit of all closed trades since the account began", "quote currency"),
            number("realized_pnl_today", "profit of the trades closed today", "quote currency"),
            number("unrealized_pnl", "profit of the open positions", "quote currency"),
            number("total_return_pct", "return since the account began", "percent"),
            number("current_return_pct", "return of the open positions", "percent"),
            number("drawdown_pct", "distance from the highest equity", "percent", low=0),
        ),
        positional=("equity",),
        summary=("equity", "quote"),
    ),
    _event(
        EventType.HEARTBEAT,
        "The bot is alive; write one every 30 to 60 seconds.",
        "bot",
        (number("uptime_s", "time since the start", "s", low=0),),
        (
            number("loop_ms", "time of the last round of the main loop", "ms", low=0),
            integer("ws_connections", "open WebSocket connections"), integer("open_positions", "open positions"),
            moment("last_candle_ts", "opening time of the newest candle"),
            integer("queue_depth", "lines that wait for standard output, or for more than a second for the disk"),
            integer("dropped_logs", "lines lost since the start; filled in by the library"),
        ),
    ),
    _event(
        EventType.API_CALL,
        "One request to an exchange or another service, or one that the bot answered.",
        "bot",
        (
            choice("direction", "out: the bot asked; in: the bot answered", "out", "in"),
            text("method", "HTTP method or kind of call"), text("path", "template of the path, without ids and query"),
            replace(integer("status", "HTTP status, 0 when no answer came"), low_cardinality=True),
            boolean("ok", "whether it did what it should"), LATENCY,
        ),
        (EXCHANGE, integer("attempt", "1 for the first try"), ERROR_TYPE),
        positional=("exchange", "method", "path"),
        summary=("method", "path", "status", "latency_ms"),
        levels=(("ok", "false", "warning"),),
    ),
    _event(
        EventType.NOTIFICATION,
        "A message to a person.",
        "bot",
        (choice("channel", "where it went", "discord", "telegram", "slack", "email"), boolean("ok", "whether it was accepted")),
        (text("kind", "what it was about, in one word"), LATENCY, integer("status", "HTTP status"), ERROR_TYPE),
        positional=("channel",),
        summary=("channel", "kind", "ok"),
        levels=(("ok", "false", "warning"),),
    ),
    _event(
        EventType.INDICATOR,
        "Indicators of one market at one moment; any further number may be given.",
        "bot",
        (SYMBOL, TIMEFRAME),
        (
            number("rsi", "relative strength index", "0 to 100", low=0, high=100),
            number("volatility", "volatility", "ratio", low=0),
            number("ema_fast", "fast moving average", "quote currency"),
            number("ema_slow", "slow moving average", "quote currency"),
            number("atr", "average true range", "quote currency", low=0), number("macd", "MACD", "quote currency"),
        ),
        summary=("symbol", "timeframe"),
    ),
    _event(
        EventType.CANDLE,
        "A closed candle.",
        "bot",
        (
            SYMBOL, TIMEFRAME, moment("candle_ts", "opening time"), number("open", "first price", "quote currency"),
            number("high", "highest price", "quote currency"), number("low", "lowest price", "quote currency"),
            number("close", "last price", "quote currency"),
        ),
        (number("volume", "traded volume", "base currency", low=0),),
        summary=("symbol", "timeframe", "close"),
    ),
    _event(
        EventType.ERROR,
        "Something failed. `log.error`, `log.critical`, `log.exception` and every untyped line at error or above become one.",
        "error",
        (ERROR_TYPE, text("error", "what the exception or the message says", low_cardinality=False)),
        (
            Field("exception", "object", "type, message, frames, notes, cause and group of the exception; never local variables"),
            text("component", "part of the bot that failed"), boolean("recoverable", "whether the bot goes on"),
        ),
        level="error",
        summary=("error_type", "error"),
    ),
    _event(
        EventType.RATE_LIMIT,
        "An exchange's rate limit was asked about, or hit.",
        "bot",
        (choice("status", "limited: the request must wait", "limited", "allowed"), EXCHANGE),
        (
            text("path", "template of the path"), number("retry_after_s", "how long to wait", "s", low=0),
            integer("weight_used", "weight used in the current window"),
        ),
        level="debug",
        positional=("status",),
        summary=("status", "exchange", "path"),
        levels=(("status", "limited", "warning"),),
    ),
    _event(
        EventType.WS,
        "A WebSocket connection changed its state.",
        "bot",
        (
            choice("state", "what it is now", "connected", "disconnected", "reconnecting"),
            integer("ws_connections", "connections open after the change"),
        ),
        (EXCHANGE, text("stream", "what is streamed"), integer("code", "closing code of RFC 6455"), REASON),
        positional=("state",),
        summary=("state", "exchange", "stream"),
        levels=(("state", "disconnected", "warning"), ("state", "reconnecting", "warning")),
    ),
    _event(
        EventType.RISK,
        "A rule that protects the account warns, acts or is clear again.",
        "trade",
        (text("rule", "name of the rule"), choice("state", "what it does", "warning", "triggered", "cleared")),
        (
            number("value", "what was measured", "unit of the rule"),
            number("limit_value", "what is allowed", "unit of the rule"),
            text("action", "what is done about it"), SYMBOL,
        ),
        level="warning",
        positional=("rule",),
        summary=("rule", "state", "value", "limit_value"),
        levels=(("state", "triggered", "critical"),),
    ),
    _event(
        EventType.LIFECYCLE,
        "The bot starts, is ready, reloads or ends. `setup()` writes the startup, `shutdown()` the end.",
        "bot",
        (choice("phase", "what it does", "startup", "ready", "shutdown", "reload"),),
        (
            text("version", "version of the bot"), text("git_sha", "commit of the bot's code"),
            choice("mode", "what it trades with", "live", "paper", "testnet", "backtest"),
            identity("settings_hash", "changes when a setting of the logging changes"), REASON,
        ),
        positional=("phase",),
        summary=("phase", "mode", "reason"),
    ),
    _event(
        EventType.AI_CALL,
        "One request to a model.",
        "ai_signal",
        (
            text("provider", "who runs the model"), text("model", "name of the model"),
            boolean("ok", "whether it answered"), LATENCY,
        ),
        (
            integer("tokens_in", "tokens sent"), integer("tokens_out", "tokens received"),
            number("cost_usd", "price of the call", "USD", low=0), SYMBOL, ERROR_TYPE,
        ),
        positional=("provider",),
        summary=("provider", "model", "latency_ms"),
    ),
)  # fmt: skip

CATALOGUE: Final[Mapping[str, Event]] = MappingProxyType(
    {event.type.value: event for event in _EVENTS}
)
"""Every event by its name."""

IDENTITIES: Final[Mapping[str, Field]] = MappingProxyType(
    {
        name: next(
            replace(event.fields[name], required=False) for event in _EVENTS if name in event.fields
        )
        for name in STRUCTURED_METADATA
        if name not in ENVELOPE
    }
)
"""What Loki keeps beside a line is text on every line: Promtail would turn a number into a float and lose digits of an id."""
