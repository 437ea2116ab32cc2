"""For each alert a log that makes it fire, and one that is just below its threshold.

And a healthy day that no alert minds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.panels.story import HOUR, MINUTE, Line

BTC = {"symbol": "BTC/USDT", "exchange": "binance"}


def line(
    ago: float, event: str | None, bot: str = "alpha", level: str = "info", **fields: Any
) -> Line:
    return {"ago": ago, "event": event, "bot_name": bot, "level": level, "message": "m"} | fields


def beat(ago: float, bot: str = "alpha", **fields: Any) -> Line:
    return line(
        ago,
        "HEARTBEAT",
        bot,
        **({"uptime_s": 86_400, "ws_connections": 2, "loop_ms": 40, "dropped_logs": 0} | fields),
    )


def call(ago: float, *, ok: bool = True, latency_ms: float = 50, **fields: Any) -> Line:
    given = {
        "direction": "out",
        "method": "GET",
        "path": "/x",
        "status": 200 if ok else 500,
        "exchange": "binance",
    } | fields
    return line(
        ago, "API_CALL", level="info" if ok else "warning", ok=ok, latency_ms=latency_ms, **given
    )


def equity(
    ago: float, today: float, worth: float = 1000, drawdown: float = 1, **fields: Any
) -> Line:
    return line(
        ago,
        "EQUITY",
        equity=worth,
        quote="USDT",
        realized_pnl_today=today,
        drawdown_pct=drawdown,
        **fields,
    )


def signal(ago: float, confidence: float = 0.8, side: str = "LONG") -> Line:
    return line(ago, "SIGNAL", signal=side, confidence=confidence, **BTC)


def candle(ago: float, timeframe: str = "1m", bot: str = "alpha") -> Line:
    return line(ago, "CANDLE", bot, timeframe=timeframe, close=1, **BTC)


def many(n: int, what: Any) -> list[Line]:
    """`n` lines in the last minutes, a second apart."""
    return [what(10 + i) for i in range(n)]


def failed_discord(ago: float) -> Line:
    return line(ago, "NOTIFICATION", level="warning", channel="discord", ok=False)


def secret(text: str) -> list[Line]:
    return [line(20, None, note=text)]


STORIES: Mapping[str, tuple[list[Line], list[Line]]] = {
    "BotHeartbeatMissing": (
        [beat(8 * MINUTE), beat(60, "beta")],
        [beat(8 * MINUTE - 1), beat(60, "beta"), beat(72 * HOUR, "gamma")],
    ),
    "BotRestarting": (
        [line(m * MINUTE, "LIFECYCLE", phase="startup") for m in (1, 12, 29)],
        [
            line(m * MINUTE, "LIFECYCLE", phase=phase)
            for m, phase in ((1, "startup"), (12, "startup"), (13, "ready"), (30, "startup"))
        ],
    ),
    "CriticalLogged": (
        [line(3599, "ERROR", level="critical", error_type="X")],
        [
            line(3600, "ERROR", level="critical", error_type="X"),
            line(10, "ERROR", level="error", error_type="X"),
            line(10, "RISK", level="critical", rule="r", state="triggered"),
        ],
    ),
    "ErrorBurst": (
        many(6, lambda ago: line(ago, "ERROR", level="error", error_type="X")),
        many(5, lambda ago: line(ago, "ERROR", level="error", error_type="X"))
        + many(9, lambda ago: line(ago, None, level="warning"))
        + many(9, lambda ago: line(ago, "ERROR", level="critical", error_type="X")),
    ),
    "LoopSlow": ([beat(60, loop_ms=5001)], [beat(60, loop_ms=5000), beat(301, loop_ms=9000)]),
    "DailyLossLimit": (
        [equity(60, -50)],
        [
            equity(3601, -90),
            equity(60, "-49.9"),
            equity(30, -90, worth=2000, bot="beta"),
            equity(30, 0, worth=0, bot="broke"),
        ],
    ),
    "DailyLossWarning": (
        [equity(60, "-35.00")],
        [
            equity(60, -34.9),
            equity(30, 900, bot="beta"),
            equity(30, -50, bot="gamma"),
            equity(30, -90, bot="delta"),
        ],
    ),
    "DrawdownHigh": (
        [equity(60, 0, drawdown=10.1)],
        [equity(90, 0, drawdown=30), equity(60, 0, drawdown=10)],
    ),
    "RiskTriggered": (
        [line(60, "RISK", level="critical", rule="max_daily_loss", state="triggered")],
        [
            line(60, "RISK", level="warning", rule="max_daily_loss", state="warning"),
            line(24 * HOUR, "RISK", level="critical", rule="max_daily_loss", state="triggered"),
            line(601, "RISK", "beta", level="critical", rule="max_daily_loss", state="triggered"),
            line(300, "RISK", "beta", level="info", rule="max_daily_loss", state="cleared"),
        ],
    ),
    "OrderRejects": (
        many(
            4,
            lambda ago: line(
                ago, "ORDER", level="warning", status="rejected", order_id=f"o{ago}", **BTC
            ),
        ),
        many(
            3,
            lambda ago: line(
                ago, "ORDER", level="warning", status="rejected", order_id=f"o{ago}", **BTC
            ),
        )
        + many(9, lambda ago: line(ago, "ORDER", status="filled", order_id=f"o{ago}", **BTC)),
    ),
    "ApiDown": (
        many(3, lambda ago: call(ago * 60, ok=False)),
        [
            *many(30, lambda ago: call(ago, ok=False)),
            call(90),
            *many(2, lambda ago: call(ago, ok=False, exchange="upbit")),
        ],
    ),
    "ApiErrorRateHigh": (
        many(2, lambda ago: call(ago, ok=False)) + many(19, lambda ago: call(ago)),
        many(1, lambda ago: call(ago, ok=False))
        + many(19, lambda ago: call(ago))
        + many(4, lambda ago: call(ago, ok=False, exchange="upbit"))
        + many(16, lambda ago: call(ago, exchange="upbit"))
        + many(30, lambda ago: call(ago, ok=False, exchange="down")),
    ),
    "ApiLatencyHigh": (
        many(20, lambda ago: call(ago, latency_ms=1001)),
        many(18, lambda ago: call(ago, latency_ms=999))
        + many(9, lambda ago: call(ago, latency_ms=5000, direction="in")),
    ),
    "RateLimited": (
        many(
            6,
            lambda ago: line(
                ago, "RATE_LIMIT", level="warning", status="limited", exchange="binance"
            ),
        ),
        many(
            5,
            lambda ago: line(
                ago, "RATE_LIMIT", level="warning", status="limited", exchange="binance"
            ),
        )
        + many(
            9,
            lambda ago: line(
                ago, "RATE_LIMIT", level="debug", status="allowed", exchange="binance"
            ),
        ),
    ),
    "WebSocketDown": (
        [beat(HOUR, ws_connections=1), beat(60, ws_connections=0)],
        [
            beat(170, ws_connections=1),
            beat(60, ws_connections=0),
            beat(60, "rest-only", ws_connections=0),
        ],
    ),
    "WebSocketDrop": (
        [
            *many(9, lambda ago: beat(ago * 60, ws_connections=3)),
            *(beat(ago, ws_connections=2) for ago in (200, 60)),
        ],
        [
            *many(9, lambda ago: beat(ago * 60, ws_connections=2)),
            *(beat(700, ws_connections=3), beat(60, ws_connections=2), beat(120, ws_connections=1)),
            *(beat(299, "down", ws_connections=3), beat(60, "down", ws_connections=0)),
            *many(9, lambda ago: beat(ago * 60, "young", ws_connections=3, uptime_s=1200)),
            beat(60, "young", ws_connections=2, uptime_s=1200),
        ],
    ),
    "NoSignals": (
        [*(signal((2 + n) * HOUR, side="WAIT") for n in range(15)), beat(60, uptime_s=7201)],
        [
            *(signal((2 + n) * HOUR - 1, side="WAIT") for n in range(15)),
            beat(60, uptime_s=7201),
            *(
                line((3 + n) * HOUR, "SIGNAL", bot, signal="LONG", confidence=1, **BTC)
                for bot in ("young", "dead")
                for n in range(15)
            ),
            *(
                line((3 + n) * HOUR, "SIGNAL", "rare", signal="LONG", confidence=1, **BTC)
                for n in range(14)
            ),
            *(beat(60, "young", uptime_s=7200), beat(60, "rare"), beat(601, "dead")),
            beat(60, "no-signals-at-all"),
        ],
    ),
    "StaleMarketData": (
        [candle(4 * MINUTE), candle(5 * MINUTE), candle(60, "1h"), candle(9 * HOUR, "3m")],
        [
            *(
                candle(5 * MINUTE),
                candle(4 * MINUTE - 1),
                candle(5 * HOUR, "1h"),
                candle(4 * HOUR - 1, "1h"),
                candle(3 * 24 * HOUR, "1d"),
                candle(60, "7m"),
            ),
            *(
                candle(9 * MINUTE, bot="dead"),
                candle(10 * MINUTE, bot="dead"),
                beat(9 * MINUTE, "dead"),
                candle(2 * 24 * HOUR, "4h", "past"),
                beat(2 * 24 * HOUR, "past"),
            ),
        ],
    ),
    "LowConfidence": (
        [signal(60, 0.5), signal(70, 0.54), signal(90, 0.6, "SHORT"), signal(95, 87)],
        [
            signal(60, 0.5),
            signal(70, 0.55),
            signal(90, 0.61, "SHORT"),
            *(line(60, "SIGNAL", "beta", signal="LONG", confidence=0.1, **BTC) for _ in range(2)),
            *many(9, lambda ago: signal(ago, 0.1, "WAIT")),
        ],
    ),
    "AiCostHigh": (
        [
            line(60, "AI_CALL", model="m", cost_usd=2.5),
            line(23 * HOUR, "AI_CALL", model="m", cost_usd="2.51"),
        ],
        [
            line(60, "AI_CALL", model="m", cost_usd=2.5),
            line(24 * HOUR, "AI_CALL", model="m", cost_usd=2.51),
        ],
    ),
    "DiscordFailing": (
        many(3, failed_discord),
        [
            *many(2, failed_discord),
            *many(9, lambda ago: line(ago, "NOTIFICATION", channel="telegram", ok=False)),
        ],
    ),
    "LogsMissing": (
        [beat(24 * HOUR), beat(7 * MINUTE, "beta")],
        [beat(24 * HOUR), beat(24 * HOUR, "beta"), line(7 * MINUTE - 1, None)],
    ),
    "NoBotAlive": (
        [beat(72 * HOUR), line(90 * MINUTE, None), line(299, None)],
        [line(50 * MINUTE, None), line(5, None)],
    ),
    "SecretLeak": (
        secret(json.dumps({"binance_api_secret": "k3" * 9})),
        secret("***")
        + secret(json.dumps({"binance_api_secret": "***"}))
        + secret("api_key rejected")
        + [line(20, None, api_secret="***", order_id="8" * 40)],
    ),
    "LogsDropped": (
        [line(3599, None, dropped=4)],
        [
            line(3600, None, dropped=4),
            beat(180, dropped_logs=3),
            beat(120, dropped_logs=3),
            beat(60, dropped_logs=0, run_id="r2"),
        ],
    ),
    "WrongEvents": (
        [line(3599, "ORDER", schema_error="side is missing")],
        [line(3600, "ORDER", schema_error="side is missing"), line(60, "ORDER", status="filled")],
    ),
    "UnparseableLogs": ([line(5, None)], [line(5, None)]),
}
"""Alert → (fires, is silent). What UnparseableLogs is about are the torn lines that the first of
its logs gets as well."""


INCIDENTS: Mapping[str, tuple[list[Line], str]] = {
    "its only bot died": (
        [
            *(beat(m * MINUTE) for m in range(10, 30)),
            candle(10 * MINUTE),
            signal(3 * HOUR),
            line(10 * MINUTE, None),
        ],
        "BotHeartbeatMissing",
    ),
    "its only bot died the day before yesterday": (
        [
            *(beat(48 * HOUR + m * MINUTE) for m in range(30)),
            candle(48 * HOUR, "4h"),
            signal(48 * HOUR),
        ],
        "BotHeartbeatMissing",
    ),
    "the pipeline dies with its two bots": (
        [*(beat(m * MINUTE, bot) for m in range(10, 30) for bot in ("alpha", "beta"))],
        "LogsMissing",
    ),
    "lines arrive without heartbeats": (
        [beat(80 * HOUR), *(line(m * MINUTE, None) for m in range(120))],
        "NoBotAlive",
    ),
    "all connections are lost": (
        [*many(4, lambda ago: beat(ago * 10, ws_connections=0)), beat(300), beat(400)],
        "WebSocketDown",
    ),
    "the bot says seven times that it cannot go on": (
        [beat(20), *many(7, lambda ago: line(ago, "ERROR", level="critical", error_type="X"))],
        "CriticalLogged",
    ),
    "all of the daily limit is lost": (
        [beat(20), equity(60, "-50.05", worth=1001)],
        "DailyLossLimit",
    ),
    "more than the daily limit is lost": ([beat(20), equity(60, -60)], "DailyLossLimit"),
    "most of the daily limit is lost": ([beat(20), equity(60, -45)], "DailyLossWarning"),
    "no request succeeds": ([beat(20), *many(30, lambda ago: call(ago, ok=False))], "ApiDown"),
}
"""What happened → its log, and the one alert that says so."""


def healthy() -> list[Line]:
    """A day on which nothing happens that a person must know."""
    return [
        *(beat(m * MINUTE + 20, uptime_s=172_800 - m * MINUTE) for m in range(24 * 60)),
        *(equity(m * MINUTE, -20 - m / 100, drawdown=4) for m in range(0, 120, 5)),
        *(call(5 * i, latency_ms=80 + i % 40) for i in range(600)),
        call(100, ok=False),
        *(signal(m * MINUTE, 0.7) for m in range(10, 24 * 60, 45)),
        *(candle(m * MINUTE, "1m") for m in range(1, 600)),
        *(candle(h * HOUR + 600, "1h") for h in range(23)),
        line(23 * HOUR, "LIFECYCLE", phase="startup"),
        line(50 * MINUTE, "ERROR", level="error", error_type="Timeout"),
        line(200, "ERROR", level="error", error_type="Timeout"),
        line(90, "ORDER", status="rejected", level="warning", order_id="o1", **BTC),
        line(70, "RISK", level="warning", rule="exposure", state="warning"),
        line(60, "RATE_LIMIT", level="warning", status="limited", exchange="binance"),
        line(50, "NOTIFICATION", channel="discord", ok=True),
        line(40, "NOTIFICATION", level="warning", channel="discord", ok=False),
        *(line(h * HOUR + 5, "AI_CALL", model="m", ok=True, cost_usd=0.02) for h in range(24)),
    ]
