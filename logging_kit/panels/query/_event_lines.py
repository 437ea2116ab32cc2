"""The constants of the query language: the lines of each event, and those of all.

Generated from the catalogue by `python scripts/generate.py`.
"""

from __future__ import annotations

from typing import Final

from logging_kit.panels.query.lines import EventLines, FieldRef

__all__ = [
    "AI_CALL",
    "API_CALL",
    "CANDLE",
    "EQUITY",
    "ERROR",
    "HEARTBEAT",
    "INDICATOR",
    "LIFECYCLE",
    "LINES",
    "NOTIFICATION",
    "ORDER",
    "POSITION",
    "RATE_LIMIT",
    "RISK",
    "SIGNAL",
    "TRADE",
    "WS",
]



class AllLines(EventLines):
    """The lines of all events, and plain lines."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    signal: FieldRef
    symbol: FieldRef
    exchange: FieldRef
    strategy: FieldRef
    correlation_id: FieldRef
    order_id: FieldRef
    trade_id: FieldRef
    dropped: FieldRef
    schema_error: FieldRef


class SignalLines(EventLines):
    """The lines of SIGNAL."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    signal: FieldRef
    confidence: FieldRef
    symbol: FieldRef
    price: FieldRef
    strategy: FieldRef
    timeframe: FieldRef
    model: FieldRef
    reason: FieldRef
    rsi: FieldRef
    correlation_id: FieldRef
    exchange: FieldRef


class OrderLines(EventLines):
    """The lines of ORDER."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    order_id: FieldRef
    symbol: FieldRef
    exchange: FieldRef
    side: FieldRef
    status: FieldRef
    qty: FieldRef
    client_order_id: FieldRef
    order_type: FieldRef
    price: FieldRef
    filled_qty: FieldRef
    avg_price: FieldRef
    fee: FieldRef
    fee_currency: FieldRef
    reduce_only: FieldRef
    reason: FieldRef
    latency_ms: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef


class TradeLines(EventLines):
    """The lines of TRADE."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    trade_id: FieldRef
    action: FieldRef
    position_side: FieldRef
    symbol: FieldRef
    qty: FieldRef
    price: FieldRef
    pnl: FieldRef
    quote: FieldRef
    entry_price: FieldRef
    exit_price: FieldRef
    pnl_pct: FieldRef
    r_multiple: FieldRef
    result: FieldRef
    fee: FieldRef
    duration_s: FieldRef
    exit_reason: FieldRef
    order_id: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class PositionLines(EventLines):
    """The lines of POSITION."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    symbol: FieldRef
    position_side: FieldRef
    qty: FieldRef
    entry_price: FieldRef
    mark_price: FieldRef
    notional: FieldRef
    unrealized_pnl: FieldRef
    unrealized_pnl_pct: FieldRef
    leverage: FieldRef
    liquidation_price: FieldRef
    quote: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class EquityLines(EventLines):
    """The lines of EQUITY."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    equity: FieldRef
    quote: FieldRef
    balance: FieldRef
    realized_pnl: FieldRef
    realized_pnl_today: FieldRef
    unrealized_pnl: FieldRef
    total_return_pct: FieldRef
    current_return_pct: FieldRef
    drawdown_pct: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class HeartbeatLines(EventLines):
    """The lines of HEARTBEAT."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    uptime_s: FieldRef
    loop_ms: FieldRef
    ws_connections: FieldRef
    open_positions: FieldRef
    last_candle_ts: FieldRef
    queue_depth: FieldRef
    dropped_logs: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class ApiCallLines(EventLines):
    """The lines of API_CALL."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    direction: FieldRef
    method: FieldRef
    path: FieldRef
    status: FieldRef
    ok: FieldRef
    latency_ms: FieldRef
    exchange: FieldRef
    attempt: FieldRef
    error_type: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef


class NotificationLines(EventLines):
    """The lines of NOTIFICATION."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    channel: FieldRef
    ok: FieldRef
    kind: FieldRef
    latency_ms: FieldRef
    status: FieldRef
    error_type: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class IndicatorLines(EventLines):
    """The lines of INDICATOR."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    symbol: FieldRef
    timeframe: FieldRef
    rsi: FieldRef
    volatility: FieldRef
    ema_fast: FieldRef
    ema_slow: FieldRef
    atr: FieldRef
    macd: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class CandleLines(EventLines):
    """The lines of CANDLE."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    symbol: FieldRef
    timeframe: FieldRef
    candle_ts: FieldRef
    open: FieldRef
    high: FieldRef
    low: FieldRef
    close: FieldRef
    volume: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class ErrorLines(EventLines):
    """The lines of ERROR."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    error_type: FieldRef
    error: FieldRef
    exception: FieldRef
    component: FieldRef
    recoverable: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class RateLimitLines(EventLines):
    """The lines of RATE_LIMIT."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    status: FieldRef
    exchange: FieldRef
    path: FieldRef
    retry_after_s: FieldRef
    weight_used: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef


class WsLines(EventLines):
    """The lines of WS."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    state: FieldRef
    ws_connections: FieldRef
    exchange: FieldRef
    stream: FieldRef
    code: FieldRef
    reason: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef


class RiskLines(EventLines):
    """The lines of RISK."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    rule: FieldRef
    state: FieldRef
    value: FieldRef
    limit_value: FieldRef
    action: FieldRef
    symbol: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class LifecycleLines(EventLines):
    """The lines of LIFECYCLE."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    phase: FieldRef
    version: FieldRef
    git_sha: FieldRef
    mode: FieldRef
    settings_hash: FieldRef
    reason: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


class AiCallLines(EventLines):
    """The lines of AI_CALL."""

    __slots__ = ()

    job: FieldRef
    level: FieldRef
    app: FieldRef
    env: FieldRef
    bot_name: FieldRef
    logger: FieldRef
    message: FieldRef
    event: FieldRef
    run_id: FieldRef
    provider: FieldRef
    model: FieldRef
    ok: FieldRef
    latency_ms: FieldRef
    tokens_in: FieldRef
    tokens_out: FieldRef
    cost_usd: FieldRef
    symbol: FieldRef
    error_type: FieldRef
    correlation_id: FieldRef
    strategy: FieldRef
    exchange: FieldRef


LINES: Final = AllLines(None)
"""All lines, of events and of plain messages, and those that are not JSON."""

SIGNAL: Final = SignalLines("SIGNAL")
ORDER: Final = OrderLines("ORDER")
TRADE: Final = TradeLines("TRADE")
POSITION: Final = PositionLines("POSITION")
EQUITY: Final = EquityLines("EQUITY")
HEARTBEAT: Final = HeartbeatLines("HEARTBEAT")
API_CALL: Final = ApiCallLines("API_CALL")
NOTIFICATION: Final = NotificationLines("NOTIFICATION")
INDICATOR: Final = IndicatorLines("INDICATOR")
CANDLE: Final = CandleLines("CANDLE")
ERROR: Final = ErrorLines("ERROR")
RATE_LIMIT: Final = RateLimitLines("RATE_LIMIT")
WS: Final = WsLines("WS")
RISK: Final = RiskLines("RISK")
LIFECYCLE: Final = LifecycleLines("LIFECYCLE")
AI_CALL: Final = AiCallLines("AI_CALL")
