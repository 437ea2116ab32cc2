"""The alerts on exchanges: requests, rate limits and WebSocket connections."""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import BOT
from logging_kit.line import parse_duration
from logging_kit.panels.alerts.alert import Alert, Limits, both, union
from logging_kit.panels.query.fields import API_CALL, HEARTBEAT, RATE_LIMIT
from logging_kit.panels.query.language import (
    count,
    difference,
    high,
    low,
    quantile,
    share,
    without,
)
from logging_kit.panels.query.nodes import Query

EXCHANGE: Final = (*BOT, "exchange")
_OUT: Final = API_CALL.direction != "in"
_DOWN_WINDOWS: Final = ("5m", "20m", "1h", "3h", "6h")
"""Windows for bots that ask often, and for bots that ask once in hours.

Not one success and three failures in any of them: the newest requests have all failed.
"""
_FEW_FAILED: Final = 2
_RUNS: Final = ("24h", "4h", "1h", "20m")
"""Ages of a run, the longest first: connections are compared within one run only."""


def exchange_alerts(limits: Limits) -> tuple[Alert, ...]:
    """Return the alerts on exchanges, the most urgent first."""
    sockets = high(HEARTBEAT.ws_connections, by=BOT, within="3m")
    return (
        Alert(
            name="ApiDown",
            severity="critical",
            measure=_down(_DOWN_WINDOWS),
            over=_FEW_FAILED,
            lasting="1m",
            keep_firing="5m",
            summary="Not one of the last {value} requests of {bot_name} to {exchange} succeeded.",
            explanation="The exchange is down or blocks this address, the network fails, or the "
            "key is no longer valid. It takes three failures without a success between them, in 5 "
            "minutes or, for a bot that asks rarely, in up to 6 hours; one success ends it.",
            runbook="Status codes shows the cause: 0 is no answer, 401 or 403 the key, 418 or 429 "
            "a block, 5xx the exchange. The bot cannot protect open positions: manage them on the "
            "exchange's own page.",
            panel_ref=("lk-api-performance", "Status codes"),
            known_as="TraderAPIDown",
        ),
        Alert(
            name="ApiErrorRateHigh",
            severity="warning",
            measure=without(_failed(), _down(_DOWN_WINDOWS[:3])),
            over=limits.api_errors,
            lasting="5m",
            keep_firing="15m",
            summary="{value:percent} of the requests of {bot_name} to {exchange} fail.",
            explanation="Many requests fail. With 20 requests or fewer in 5 minutes the last 30 "
            "minutes count, and it takes five failures, one of them in the last 5 minutes. If all "
            "requests fail, ApiDown fires instead.",
            runbook="Error rate by endpoint shows whether it is one path. Failed calls has the "
            "lines.",
            panel_ref=("lk-api-performance", "Error rate by endpoint"),
            known_as="HighErrorRate",
        ),
        Alert(
            name="ApiLatencyHigh",
            severity="warning",
            measure=union([_latency(within) for within in ("5m", "15m", "1h")]),
            over=limits.api_p95_ms,
            lasting="5m",
            keep_firing="15m",
            summary="Requests of {bot_name} to {exchange} take {value} ms (P95).",
            explanation="Orders arrive late: expect slippage. It takes 20 requests, in 5 minutes "
            "or, for a bot that asks rarely, in up to an hour.",
            runbook="Latency by endpoint shows whether it is one path or all. If it is all, check "
            "the network between you and the exchange.",
            panel_ref=("lk-api-performance", "Latency by endpoint"),
            known_as="HighLatency",
        ),
        Alert(
            name="RateLimited",
            severity="warning",
            measure=_limited(limits.rate_limits),
            over=limits.rate_limits,
            lasting="5m",
            keep_firing="15m",
            summary="{exchange} has limited {value} requests of {bot_name}.",
            explanation="The bot sends more requests than the exchange allows, which may end in a "
            "ban of its address. RATE_LIMIT lines count, and answers with the status 429 or 418: "
            "more than the limit in 5 minutes, or three times as many in 30 minutes.",
            runbook="Request rate by endpoint shows which requests they are. Poll less often, or "
            "use WebSocket streams.",
            panel_ref=("lk-api-performance", "Rate-limit hits"),
            known_as="RateLimitExceeded",
        ),
        Alert(
            name="WebSocketDown",
            severity="critical",
            measure=both(sockets, high(HEARTBEAT.ws_connections, by=BOT, within="24h") > 0),
            under=1,
            lasting="2m",
            keep_firing="5m",
            summary="{bot_name} has had no WebSocket connection for 3 minutes.",
            explanation="The bot had connections within the last day and has none now: it trades "
            "on old prices, or not at all.",
            runbook="Read the closing code in the WS lines. If the bot does not reconnect by "
            "itself, restart it.",
            panel_ref=("lk-trading-overview", "WebSocket connections over time"),
        ),
        Alert(
            name="WebSocketDrop",
            severity="warning",
            measure=without(_dropped(sockets), sockets < 1),
            over=0.5,
            lasting="2m",
            keep_firing="10m",
            summary="{bot_name} has lost {value} WebSocket connections.",
            explanation="The bot has fewer connections than this run of it usually had: it lost a "
            "stream or an exchange. If none is left, WebSocketDown fires instead. A run of less "
            "than twenty minutes is still connecting.",
            runbook="Read the stream and the closing code in the WS lines.",
            panel_ref=("lk-trading-overview", "WebSocket connections over time"),
            known_as="WebSocketConnectionsDrop",
        ),
    )


def _down(windows: tuple[str, ...]) -> Query:
    """Return the number of failed requests since the last success, where there are several."""
    return union(
        [
            without(
                count(API_CALL, where=_OUT & (API_CALL.ok == "false"), by=EXCHANGE, within=within)
                > _FEW_FAILED,
                count(API_CALL, where=_OUT & (API_CALL.ok == "true"), by=EXCHANGE, within=within),
            )
            for within in windows
        ]
    )


def _failed() -> Query:
    """Return the share of failed requests, of bots that ask often and of those that do not."""
    failed = API_CALL.ok == "false"
    often, rarely = (
        share(API_CALL, failed, where=_OUT, by=EXCHANGE, within=within) for within in ("5m", "30m")
    )
    enough = count(API_CALL, where=_OUT, by=EXCHANGE, within="5m") > 20
    several = count(API_CALL, where=_OUT & failed, by=EXCHANGE, within="30m") > 4
    lately = count(API_CALL, where=_OUT & failed, by=EXCHANGE, within="5m")
    return union([both(often, enough), both(rarely, both(several, lately))])


def _latency(within: str) -> Query:
    calls = count(API_CALL, where=_OUT, by=EXCHANGE, within=within)
    p95 = quantile(0.95, API_CALL.latency_ms, where=_OUT, by=EXCHANGE, within=within)
    return both(p95, calls >= 20)


def _limited(limit: float) -> Query:
    hits = []
    for within, least in (("5m", limit), ("30m", 3 * limit)):
        asked = count(RATE_LIMIT, where=RATE_LIMIT.status == "limited", by=EXCHANGE, within=within)
        hits.append(asked > least)
        hits += [
            count(API_CALL, where=_OUT & (API_CALL.status == status), by=EXCHANGE, within=within)
            > least
            for status in (429, 418)
        ]
    return union(hits)


def _dropped(sockets: Query) -> Query:
    """Return the number of connections that a run has lost, compared with its usual number.

    A second connection that replaces the first one is open for a moment only, so the usual number
    is the third quartile and not the highest.
    """
    uptime = low(HEARTBEAT.uptime_s, by=BOT, within="3m")
    lost = []
    for age in _RUNS:
        usual = quantile(0.75, HEARTBEAT.ws_connections, by=BOT, within=age)
        old_enough = uptime > parse_duration(age) // 1_000_000
        lost.append(both(difference(usual, sockets) > 0.5, old_enough))
    return union(lost)
