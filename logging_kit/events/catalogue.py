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

from .model import (
    ENVELOPE,
    FILES,
    JOBS,
    LABELS,
    LEVELS,
    SIGNALS,
    STRUCTURED_METADATA,
    Event,
    EventType,
    Field,
    File,
    Kind,
    Level,
)

__all__ = [
    "CATALOGUE",
    "ENVELOPE",
    "FILES",
    "IDENTITIES",
    "JOBS",
    "LABELS",
    "LEVELS",
    "SIGNALS",
    "STRUCTURED_METADATA",
    "Event",
    "EventType",
    "Field",
    "File",
    "Kind",
    "Level",
]


def _text(name: str, doc: str, *, few: bool = True) -> Field:
    return Field(name, "text", doc, few=few)


def _choice(name: str, doc: str, *choices: str) -> Field:
    return Field(name, "choice", doc, choices=choices, few=True)


def _id(name: str, doc: str) -> Field:
    return Field(name, "id", doc)


def _number(name: str, doc: str, unit: str = "", low: float | None = None, high: float | None = None) -> Field:
    return Field(name, "number", doc, unit, low=low, high=high)


def _integer(name: str, doc: str, unit: str = "", low: float | None = 0) -> Field:
    return Field(name, "integer", doc, unit, low=low)


def _boolean(name: str, doc: str) -> Field:
    return Field(name, "boolean", doc, few=True)


def _time(name: str, doc: str) -> Field:
    return Field(name, "time", doc, "ms since 1970-01-01 UTC")


_SYMBOL = _text("symbol", "market in ccxt's unified form, such as BTC/USDT")
_EXCHANGE = _text("exchange", "ccxt's id of the exchange, such as binance")
_STRATEGY = _text("strategy", "name of the strategy that decided")
_TIMEFRAME = _text("timeframe", "length of a candle, such as 1h")
_CORRELATION = _id("correlation_id", "ties a signal to what follows from it; at most 32 characters")
_ORDER_ID = _id("order_id", "the exchange's id of the order")
_QUOTE = _text("quote", "currency of the amounts, such as USDT")
_LATENCY = _number("latency_ms", "time it took", "ms", low=0)
_ERROR_TYPE = _text("error_type", "class of the exception, or message if there was none")
_REASON = _text("reason", "why, in words", few=False)
_PRICE = _number("price", "price", "quote currency", low=0)
_QTY = _number("qty", "amount", "base currency")


def _event(
    type_: EventType,
    doc: str,
    file: File,
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
    fields.setdefault("correlation_id", _CORRELATION)
    fields.setdefault("strategy", _STRATEGY)
    fields.setdefault("exchange", _EXCHANGE)
    needed = tuple(f.name for f in required)
    return Event(type_, doc, file, MappingProxyType(fields), level, positional, summary, levels, needed, required_when)


_EVENTS: Final = (
    _event(
        EventType.SIGNAL,
        "What the strategy or model decided, whether or not an order follows.",
        "ai_signal",
        (
            _choice("signal", "the decision", *SIGNALS),
            _number("confidence", "how sure it is", "ratio", low=0, high=1),
            _SYMBOL,
        ),
        (
            _PRICE, _STRATEGY, _TIMEFRAME, _text("model", "model or rule that decided"), _REASON,
            _number("rsi", "relative strength index at the decision", "0 to 100", low=0, high=100),
        ),
        positional=("signal",),
        summary=("signal", "symbol", "confidence"),
    ),
    _event(
        EventType.ORDER,
        "One step in the life of an order; each change of its status is an event of its own.",
        "trade",
        (
            _ORDER_ID, _SYMBOL, _EXCHANGE, _choice("side", "direction of the order", "buy", "sell"),
            _choice(
                "status", "what happened to it",
                "submitted", "accepted", "partially_filled", "filled", "canceled", "rejected", "expired",
            ),
            replace(_QTY, doc="amount ordered", low=0),
        ),
        (
            _id("client_order_id", "the bot's own id of the order"),
            _choice("order_type", "kind of order", "market", "limit", "stop", "stop_limit", "take_profit", "trailing_stop"),
            replace(_PRICE, doc="limit or trigger price"),
            _number("filled_qty", "amount filled so far", "base currency", low=0),
            _number("avg_price", "average price of the fills", "quote currency", low=0),
            _number("fee", "fee so far", "fee_currency"), _text("fee_currency", "currency of the fee"),
            _boolean("reduce_only", "whether it may only make a position smaller"), _REASON, _LATENCY,
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
            _id("trade_id", "id of the round trip, the same from entry to exit"),
            _choice("action", "what was done", "entry", "exit", "partial_exit"),
            _choice("position_side", "side of the position", "LONG", "SHORT"), _SYMBOL, replace(_QTY, low=0), _PRICE,
        ),
        (
            _number("pnl", "profit of this leg, net of fees", "quote currency"), _QUOTE,
            _number("entry_price", "average price of the entry", "quote currency", low=0),
            _number("exit_price", "average price of the exit", "quote currency", low=0),
            _number("pnl_pct", "profit of this leg", "percent"), _number("r_multiple", "profit in units of the risk taken", "R"),
            _choice("result", "how the round trip ended; from the `pnl` of an exit if not given", "win", "loss", "breakeven"),
            _number("fee", "fee of this leg", "quote currency"), _number("duration_s", "time from entry to exit", "s", low=0),
            _text("exit_reason", "why the position was left, in one word"), _ORDER_ID,
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
            _SYMBOL, _choice("position_side", "side of the position", "LONG", "SHORT", "FLAT"),
            replace(_QTY, doc="size of the position, negative when short"),
        ),
        (
            _number("entry_price", "average price of the entry", "quote currency", low=0),
            _number("mark_price", "price it is valued at", "quote currency", low=0),
            _number("notional", "value of the position", "quote currency"),
            _number("unrealized_pnl", "profit if it were closed now", "quote currency"),
            _number("unrealized_pnl_pct", "the same, of its entry value", "percent"),
            _number("leverage", "leverage", "x", low=0),
            _number("liquidation_price", "price at which the exchange closes it", "quote currency", low=0), _QUOTE,
        ),
        positional=("position_side",),
        summary=("position_side", "qty", "symbol", "unrealized_pnl"),
    ),
    _event(
        EventType.EQUITY,
        "A snapshot of the account.",
        "bot",
        (_number("equity", "value of the account, open positions included", "quote currency"), _QUOTE),
        (
            _number("balance", "value without open positions", "quote currency"),
            _number("realized_pnl", "profit of all closed trades since the account began", "quote currency"),
            _number("realized_pnl_today", "profit of the trades closed today", "quote currency"),
            _number("unrealized_pnl", "profit of the open positions", "quote currency"),
            _number("total_return_pct", "return since the account began", "percent"),
            _number("current_return_pct", "return of the open positions", "percent"),
            _number("drawdown_pct", "distance from the highest equity", "percent", low=0),
        ),
        positional=("equity",),
        summary=("equity", "quote"),
    ),
    _event(
        EventType.HEARTBEAT,
        "The bot is alive; write one every 30 to 60 seconds.",
        "bot",
        (_number("uptime_s", "time since the start", "s", low=0),),
        (
            _number("loop_ms", "time of the last round of the main loop", "ms", low=0),
            _integer("ws_connections", "open WebSocket connections"), _integer("open_positions", "open positions"),
            _time("last_candle_ts", "opening time of the newest candle"),
            _integer("queue_depth", "lines that wait for standard output"),
            _integer("dropped_logs", "lines lost since the start; filled in by the library"),
        ),
    ),
    _event(
        EventType.API_CALL,
        "One request to an exchange or another service, or one that the bot answered.",
        "bot",
        (
            _choice("direction", "out: the bot asked; in: the bot answered", "out", "in"),
            _text("method", "HTTP method or kind of call"), _text("path", "template of the path, without ids and query"),
            replace(_integer("status", "HTTP status, 0 when no answer came"), few=True),
            _boolean("ok", "whether it did what it should"), _LATENCY,
        ),
        (_EXCHANGE, _integer("attempt", "1 for the first try"), _ERROR_TYPE),
        positional=("exchange", "method", "path"),
        summary=("method", "path", "status", "latency_ms"),
        levels=(("ok", "false", "warning"),),
    ),
    _event(
        EventType.NOTIFICATION,
        "A message to a person.",
        "bot",
        (_choice("channel", "where it went", "discord", "telegram", "slack", "email"), _boolean("ok", "whether it was accepted")),
        (_text("kind", "what it was about, in one word"), _LATENCY, _integer("status", "HTTP status"), _ERROR_TYPE),
        positional=("channel",),
        summary=("channel", "kind", "ok"),
        levels=(("ok", "false", "warning"),),
    ),
    _event(
        EventType.INDICATOR,
        "Indicators of one market at one moment; any further number may be given.",
        "bot",
        (_SYMBOL, _TIMEFRAME),
        (
            _number("rsi", "relative strength index", "0 to 100", low=0, high=100),
            _number("volatility", "volatility", "ratio", low=0),
            _number("ema_fast", "fast moving average", "quote currency"),
            _number("ema_slow", "slow moving average", "quote currency"),
            _number("atr", "average true range", "quote currency", low=0), _number("macd", "MACD", "quote currency"),
        ),
        summary=("symbol", "timeframe"),
    ),
    _event(
        EventType.CANDLE,
        "A closed candle.",
        "bot",
        (
            _SYMBOL, _TIMEFRAME, _time("candle_ts", "opening time"), _number("open", "first price", "quote currency"),
            _number("high", "highest price", "quote currency"), _number("low", "lowest price", "quote currency"),
            _number("close", "last price", "quote currency"),
        ),
        (_number("volume", "traded volume", "base currency", low=0),),
        summary=("symbol", "timeframe", "close"),
    ),
    _event(
        EventType.ERROR,
        "Something failed. `log.error`, `log.critical`, `log.exception` and every untyped line at error or above become one.",
        "error",
        (_ERROR_TYPE, _text("error", "what the exception or the message says", few=False)),
        (
            Field("exception", "object", "type, message, frames, notes, cause and group of the exception; never local variables"),
            _text("component", "part of the bot that failed"), _boolean("recoverable", "whether the bot goes on"),
        ),
        level="error",
        summary=("error_type", "error"),
    ),
    _event(
        EventType.RATE_LIMIT,
        "An exchange's rate limit was asked about, or hit.",
        "bot",
        (_choice("status", "limited: the request must wait", "limited", "allowed"), _EXCHANGE),
        (
            _text("path", "template of the path"), _number("retry_after_s", "how long to wait", "s", low=0),
            _integer("weight_used", "weight used in the current window"),
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
            _choice("state", "what it is now", "connected", "disconnected", "reconnecting"),
            _integer("ws_connections", "connections open after the change"),
        ),
        (_EXCHANGE, _text("stream", "what is streamed"), _integer("code", "closing code of RFC 6455"), _REASON),
        positional=("state",),
        summary=("state", "exchange", "stream"),
        levels=(("state", "disconnected", "warning"), ("state", "reconnecting", "warning")),
    ),
    _event(
        EventType.RISK,
        "A rule that protects the account warns, acts or is clear again.",
        "trade",
        (_text("rule", "name of the rule"), _choice("state", "what it does", "warning", "triggered", "cleared")),
        (
            _number("value", "what was measured", "unit of the rule"),
            _number("limit_value", "what is allowed", "unit of the rule"),
            _text("action", "what is done about it"), _SYMBOL,
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
        (_choice("phase", "what it does", "startup", "ready", "shutdown", "reload"),),
        (
            _text("version", "version of the bot"), _text("git_sha", "commit of the bot's code"),
            _choice("mode", "what it trades with", "live", "paper", "testnet", "backtest"),
            _id("settings_hash", "changes when a setting of the logging changes"), _REASON,
        ),
        positional=("phase",),
        summary=("phase", "mode", "reason"),
    ),
    _event(
        EventType.AI_CALL,
        "One request to a model.",
        "ai_signal",
        (
            _text("provider", "who runs the model"), _text("model", "name of the model"),
            _boolean("ok", "whether it answered"), _LATENCY,
        ),
        (
            _integer("tokens_in", "tokens sent"), _integer("tokens_out", "tokens received"),
            _number("cost_usd", "price of the call", "USD", low=0), _SYMBOL, _ERROR_TYPE,
        ),
        positional=("provider",),
        summary=("provider", "model", "latency_ms"),
    ),
)  # fmt: skip

CATALOGUE: Final[Mapping[str, Event]] = MappingProxyType({event.type.value: event for event in _EVENTS})
"""Every event by its name."""

IDENTITIES: Final[Mapping[str, Field]] = MappingProxyType(
    {
        name: next(replace(event.fields[name], required=False) for event in _EVENTS if name in event.fields)
        for name in STRUCTURED_METADATA
        if name not in ENVELOPE
    }
)
"""What Loki keeps beside a line is text on every line: Promtail would turn a number into a float and lose digits of an id."""
