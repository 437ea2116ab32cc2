"""The parts of the stories for the alerts: lines, and a story with its expected end.

Times are seconds before `END`. A story is watched every minute, from `watched` seconds before `END`
until `END`. What must happen stands beside it: the name of an alert that sends one page and still
fires at `END`, or `Name/ended` for one that sends a page and is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Line = dict[str, Any]

END = 1_772_452_800  # 2026-03-02 12:00 UTC
M, H = 60, 3600
BTC = {"symbol": "BTC/USDT", "exchange": "binance"}
ETH = {"symbol": "ETH/USDT", "exchange": "binance"}


@dataclass(frozen=True)
class Story:
    """Lines, and the alerts that they must raise.

    Args:
        name: What happens.
        lines: The lines; `app` and `env` default to the story's own app and `live`.
        told: The alerts, each with the number of its pages if there are several: `"X*2"`.
        watched: Seconds before END at which the watching begins. Lines that arrive late are all
            there by then.
        alone: True if nothing but this story may be in the scope.
        where: Labels that each page must have, such as `{"env": "testnet"}`.
    """

    name: str
    lines: list[Line]
    told: tuple[str, ...] = ()
    watched: int = 180 * M
    alone: bool = False
    where: dict[str, str] = field(default_factory=dict)


def line(
    ago: float, event: str | None, bot: str = "alpha", level: str = "info", **fields: Any
) -> Line:
    given = {"ago": ago, "bot_name": bot, "level": level, "message": "m"}
    if event is not None:
        given["event"] = event
    return given | fields


def beat(ago: float, bot: str = "alpha", **fields: Any) -> Line:
    usual = {"uptime_s": 500_000 - ago, "ws_connections": 2, "loop_ms": 40, "dropped_logs": 0}
    return line(ago, "HEARTBEAT", bot, **(usual | fields))


def beats(
    bot: str = "alpha", since: float = 185 * M, until: float = 0, every: float = 120, **fields: Any
) -> list[Line]:
    """Heartbeats from `since` to `until`, both in seconds before END."""
    return [beat(ago, bot, **fields) for ago in steps(since, until, every)]


def steps(since: float, until: float, every: float) -> list[float]:
    return [since - i * every for i in range(int((since - until) // every) + 1)]


def phase(ago: float, what: str, bot: str = "alpha", **fields: Any) -> Line:
    return line(ago, "LIFECYCLE", bot, phase=what, **fields)


def call(ago: float, ok: bool = True, latency_ms: float = 50, **fields: Any) -> Line:
    status = 200
    if not ok:
        status = 500
    usual = {"direction": "out", "method": "GET", "path": "/x", "status": status}
    usual |= {"exchange": "binance", "ok": ok, "latency_ms": latency_ms}
    return line(ago, "API_CALL", **(usual | fields))


def error(ago: float, level: str = "error", **fields: Any) -> Line:
    return line(ago, "ERROR", level=level, error_type="X", error="x", **fields)


def equity(ago: float, today: float | None, worth: float = 1000, **fields: Any) -> Line:
    usual: Line = {"equity": worth, "quote": "USDT", "exchange": "binance"}
    if today is not None:
        usual["realized_pnl_today"] = today
    return line(ago, "EQUITY", **(usual | fields))


def leave(ago: float, pnl: float, action: str = "exit", **fields: Any) -> Line:
    return line(ago, "TRADE", action=action, pnl=pnl, quote="USDT", **(BTC | fields))


def risk(ago: float, state: str, **fields: Any) -> Line:
    level = "warning"
    if state == "triggered":
        level = "critical"
    return line(ago, "RISK", level=level, state=state, **({"rule": "max_daily_loss"} | fields))


def rejected(ago: float, **fields: Any) -> Line:
    given = BTC | {"status": "rejected", "order_id": f"o{ago}"} | fields
    return line(ago, "ORDER", level="warning", **given)


def signal(ago: float, confidence: float = 0.8, side: str = "LONG", **fields: Any) -> Line:
    return line(ago, "SIGNAL", signal=side, confidence=confidence, **(BTC | fields))


def candle(ago: float, timeframe: str = "1m", bot: str = "alpha", **fields: Any) -> Line:
    return line(ago, "CANDLE", bot, timeframe=timeframe, close=1, **(BTC | fields))


def of(lines: list[Line], **fields: Any) -> list[Line]:
    """The same lines with other fields, such as another app."""
    return [one | fields for one in lines]
