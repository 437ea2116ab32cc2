"""Rows of the table of metrics: requests, connections, market data, errors, messages, models."""

from __future__ import annotations

from typing import Final

from .definition import (
    BOT,
    EXCHANGE,
    SECONDS,
    SYMBOL,
    Metric,
    moment,
)

_OUT: Final = (("direction", ("out",)),)
_IN: Final = (("direction", ("in",)),)

OPERATION: Final[tuple[Metric, ...]] = (
    # requests
    Metric(
        name="trading_api_latency_seconds",
        kind="histogram",
        doc="Time of the requests that the bot made.",
        event="API_CALL",
        labels=(BOT, EXCHANGE, ("endpoint", "path"), ("ok", "ok")),
        value="latency_ms",
        where=_OUT,
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_api_requests_total",
        kind="counter",
        doc="Requests that the bot made, by method and status; status 0 is no answer.",
        event="API_CALL",
        labels=(BOT, EXCHANGE, ("method", "method"), ("status", "status")),
        where=_OUT,
    ),
    Metric(
        name="http_requests_total",
        kind="counter",
        doc="Requests that the bot answered.",
        event="API_CALL",
        labels=(BOT, ("method", "method"), ("path", "path"), ("status", "status")),
        where=_IN,
    ),
    Metric(
        name="http_request_duration_seconds",
        kind="histogram",
        doc="Time of the requests that the bot answered.",
        event="API_CALL",
        labels=(BOT, ("method", "method"), ("path", "path")),
        value="latency_ms",
        where=_IN,
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_rate_limit_requests_total",
        kind="counter",
        doc="Checks of an exchange's rate limit, by their result.",
        event="RATE_LIMIT",
        labels=(BOT, EXCHANGE, ("status", "status")),
    ),
    # connections and the main loop
    Metric(
        name="trading_websocket_connections",
        kind="gauge",
        doc="Open WebSocket connections, from the newest heartbeat or change of a connection.",
        event="HEARTBEAT",
        value="ws_connections",
    ),
    Metric(
        name="trading_websocket_connections",
        kind="gauge",
        doc="Open WebSocket connections, from the newest heartbeat or change of a connection.",
        event="WS",
        value="ws_connections",
    ),
    Metric(
        name="trading_websocket_disconnects_total",
        kind="counter",
        doc="WebSocket connections that were lost.",
        event="WS",
        labels=(BOT, EXCHANGE),
        where=(("state", ("disconnected",)),),
    ),
    moment("trading_heartbeat_timestamp_seconds", "HEARTBEAT", "Time of the newest heartbeat."),
    moment(
        "trading_last_loop_timestamp_seconds",
        "HEARTBEAT",
        "Time of the newest round of the main loop, as the heartbeat reports it.",
    ),
    Metric(
        name="trading_uptime_seconds",
        kind="gauge",
        doc="Time since the bot started, from the newest heartbeat.",
        event="HEARTBEAT",
        value="uptime_s",
    ),
    Metric(
        name="trading_loop_duration_seconds",
        kind="histogram",
        doc="Time of a round of the main loop.",
        event="HEARTBEAT",
        value="loop_ms",
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_last_loop_duration_seconds",
        kind="gauge",
        doc="Time of the newest round of the main loop.",
        event="HEARTBEAT",
        value="loop_ms",
        scale=0.001,
    ),
    Metric(
        name="trading_dropped_lines",
        kind="gauge",
        doc="Lines that this run of the bot has lost, from the newest heartbeat.",
        event="HEARTBEAT",
        value="dropped_logs",
    ),
    # market data
    Metric(
        name="trading_candles_total",
        kind="counter",
        doc="Closed candles that arrived.",
        event="CANDLE",
        labels=(BOT, SYMBOL, ("timeframe", "timeframe")),
    ),
    Metric(
        name="trading_candle_close_price",
        kind="gauge",
        doc="Last price of the newest candle.",
        event="CANDLE",
        labels=(BOT, SYMBOL, ("timeframe", "timeframe")),
        value="close",
    ),
    moment(
        "trading_last_candle_timestamp_seconds",
        "CANDLE",
        "Time at which the newest candle arrived.",
    ),
    Metric(
        name="trading_volatility_index",
        kind="gauge",
        doc="Newest volatility of a market.",
        event="INDICATOR",
        labels=(BOT, SYMBOL),
        value="volatility",
    ),
    moment(
        "trading_last_indicator_timestamp_seconds",
        "INDICATOR",
        "Time of the newest indicators of a market.",
        SYMBOL,
    ),
    # errors, risk, messages, models
    Metric(
        name="trading_errors_total",
        kind="counter",
        doc="Lines of level error or critical, by the class of the exception.",
        event="ERROR",
        labels=(BOT, ("error_type", "error_type")),
    ),
    Metric(
        name="trading_risk_events_total",
        kind="counter",
        doc="Warnings and actions of the rules that protect the account.",
        event="RISK",
        labels=(BOT, ("rule", "rule"), ("state", "state"), SYMBOL),
    ),
    moment(
        "trading_last_risk_timestamp_seconds",
        "RISK",
        "Time of the newest warning, action or end of each rule.",
        ("rule", "rule"),
        ("state", "state"),
        SYMBOL,
    ),
    Metric(
        name="trading_lifecycle_total",
        kind="counter",
        doc="Starts and ends of the bot.",
        event="LIFECYCLE",
        labels=(BOT, ("phase", "phase"), ("reason", "reason")),
    ),
    Metric(
        name="trading_notifications_total",
        kind="counter",
        doc="Messages to people.",
        event="NOTIFICATION",
        labels=(BOT, ("channel", "channel"), ("ok", "ok")),
    ),
    Metric(
        name="trading_ai_requests_total",
        kind="counter",
        doc="Requests to models.",
        event="AI_CALL",
        labels=(BOT, ("provider", "provider"), ("model", "model")),
    ),
    Metric(
        name="trading_ai_cost_usd_total",
        kind="counter",
        doc="Cost of the requests to models, in US dollars.",
        event="AI_CALL",
        labels=(BOT, ("provider", "provider"), ("model", "model")),
        value="cost_usd",
        part="gain",
    ),
)
"""The metrics of requests, connections, market data, errors, messages and models."""
