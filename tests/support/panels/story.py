"""A day of three bots, made by hand, small enough to know every answer by counting.

Times are seconds before `END`. `alpha` is alive, `beta` fell silent ten minutes ago; `alpha-10` has a name
that begins like another one. There are amounts as text, missing and `null` and unreadable numbers, two currencies,
two lines of one time, a time between two milliseconds, and lines that are no JSON. Not of the day, but beside it for those
that ask: two runs with one time and an account of nothing (`before`), and the same bots elsewhere (`elsewhere`).
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.panels.reference_engine import Entry
from tests.support.panels.segments import timestamp, write

END = int(time.time()) // 3600 * 3600
MINUTE, HOUR = 60, 3600
UNEVEN = 0.000_211
"""Seconds by which the newest line is earlier than a whole second: no whole number of milliseconds.
"""

STREAMS = {"SIGNAL": "ai-signal", "AI_CALL": "ai-signal", "ERROR": "error"} | dict.fromkeys(
    ("ORDER", "TRADE", "RISK"), "trade"
)
METADATA = (
    "event",
    "bot_name",
    "symbol",
    "exchange",
    "strategy",
    "correlation_id",
    "order_id",
    "trade_id",
    "run_id",
)

Line = dict[str, Any]


def _line(
    ago: float, event: str | None, bot: str = "alpha", level: str = "info", **fields: Any
) -> Line:
    return {
        "ago": ago,
        "event": event,
        "bot_name": bot,
        "level": level,
        "message": f"{event} of {bot}",
    } | fields


def lines() -> list[Line]:
    """The day's lines that are JSON, oldest first."""
    btc, eth, won = (
        {"symbol": "BTC/USDT", "exchange": "binance", "quote": "USDT"},
        {"symbol": "ETH/USDT", "exchange": "binance", "quote": "USDT"},
        {"symbol": "BTC/KRW", "exchange": "upbit", "quote": "KRW"},
    )
    day = [
        *(
            _line(
                m * MINUTE + (UNEVEN if m == 1 else 0),
                "HEARTBEAT",
                uptime_s=60,
                ws_connections=0 if m == 15 else 2,
                loop_ms=50 if m == 7 else 10,
                dropped_logs=3 if m == 20 else 0,
                last_candle_ts=(END - HOUR) * 1000,
            )
            for m in range(1, 31)
        ),
        *(
            _line(
                m * MINUTE,
                "HEARTBEAT",
                "beta",
                uptime_s=60,
                ws_connections=1,
                loop_ms=8,
                dropped_logs=0,
            )
            for m in range(10, 31)
        ),
        _line(23 * HOUR, "LIFECYCLE", phase="startup", version="1.0", mode="paper"),
        _line(23 * HOUR - 1, "LIFECYCLE", "beta", phase="startup"),
        _line(9 * MINUTE, "LIFECYCLE", "beta", phase="shutdown"),
        _line(90 * MINUTE, "EQUITY", "beta", equity=90, quote="USDT", realized_pnl=7),
        # of the same time as the next one, which is the newer of the two
        _line(
            20 * MINUTE,
            "EQUITY",
            equity=1000,
            quote="USDT",
            realized_pnl=50,
            drawdown_pct=4.5,
            total_return_pct=1,
        ),
        _line(
            20 * MINUTE,
            "EQUITY",
            equity="1010.5",
            quote="USDT",
            realized_pnl="60.00",
            drawdown_pct=2,
            total_return_pct="1.05",
            current_return_pct=0.4,
        ),
        _line(
            19 * MINUTE,
            "EQUITY",
            "beta",
            equity=2_000_000,
            quote="KRW",
            realized_pnl=-5,
            drawdown_pct=12.25,
            current_return_pct=-0.1,
        ),
        _line(
            10 * MINUTE,
            "POSITION",
            position_side="LONG",
            qty=0.5,
            notional=32_000,
            unrealized_pnl=12.5,
            **btc,
        ),
        _line(
            12 * MINUTE,
            "POSITION",
            position_side="LONG",
            qty=1,
            notional=3_000,
            unrealized_pnl=1,
            **eth,
        ),
        _line(
            5 * MINUTE, "POSITION", position_side="FLAT", qty=0, notional=0, unrealized_pnl=0, **eth
        ),
        _line(
            14 * MINUTE,
            "POSITION",
            "beta",
            position_side="LONG",
            qty=0.2,
            notional=12_800,
            unrealized_pnl="-2.5",
            **btc,
        ),
        _line(
            11 * MINUTE,
            "POSITION",
            "beta",
            position_side="SHORT",
            qty=-0.1,
            notional=-9_000_000,
            unrealized_pnl=-1_000,
            **won,
        ),
        _line(
            20 * MINUTE,
            "POSITION",
            "beta",
            position_side="LONG",
            qty=7,
            notional=7,
            unrealized_pnl=7,
            **eth,
        ),
        *_signals(),
        *_trades(btc, eth, won),
        *_orders(btc, won),
        *(
            _line(m * MINUTE, "NOTIFICATION", channel="discord", ok=True, kind="trade", status=204)
            for m in (3, 33, 63)
        ),
        _line(
            4 * MINUTE,
            "NOTIFICATION",
            level="warning",
            channel="discord",
            ok=False,
            kind="error",
            error_type="HTTPError",
        ),
        _line(5 * MINUTE, "NOTIFICATION", channel="telegram", ok=True),
        *(
            _line(
                m * MINUTE,
                "API_CALL",
                method="GET",
                path="/api/v3/order",
                status=200,
                ok=True,
                latency_ms=10 * m,
                exchange="binance",
                direction="out",
                **({"correlation_id": "c3"} if m in (2, 3) else {}),
            )
            for m in range(1, 10)
        ),
        *(
            _line(
                m * MINUTE,
                "API_CALL",
                method="GET",
                path="/health",
                status=status,
                ok=status == 200,
                latency_ms=m,
                direction="in",
            )
            for m, status in ((16, 200), (17, 503))
        ),
        *(
            _line(m * MINUTE, "RATE_LIMIT", level="debug", status="allowed", exchange="binance")
            for m in (18, 19, 20)
        ),
        _line(18 * MINUTE, "RATE_LIMIT", level="warning", status="limited", exchange="binance"),
        _line(65 * MINUTE, "CANDLE", symbol="BTC/USDT", timeframe="1h", close=63_000),
        _line(5 * MINUTE, "CANDLE", symbol="BTC/USDT", timeframe="1h", close="64000.5"),
        _line(
            2 * MINUTE,
            "ERROR",
            level="error",
            error_type="Timeout",
            error="late",
            logger="bot",
            correlation_id="c3",
        ),
        _line(
            10 * MINUTE,
            "API_CALL",
            level="warning",
            method="POST",
            path="/api/v3/order",
            status=0,
            ok=False,
            latency_ms=5000,
            direction="out",
        ),
        _line(
            2 * HOUR, "AI_CALL", provider="p", model="m1", ok=True, latency_ms=900, cost_usd=0.01
        ),
        _line(
            3 * HOUR, "AI_CALL", provider="p", model="m1", ok=True, latency_ms=900, cost_usd="0.02"
        ),
        _line(4 * HOUR, "AI_CALL", provider="p", model="m2", ok=True, latency_ms=900),
        _line(
            25 * MINUTE, "ERROR", level="error", error_type="ValueError", error="bad", logger="bot"
        ),
        _line(
            5 * HOUR,
            "ERROR",
            level="error",
            error_type="ValueError",
            error='said "no"',
            logger="bot",
        ),
        _line(
            26 * MINUTE,
            "ERROR",
            "beta",
            level="critical",
            error_type="message",
            error="가격 없음",
            logger="bot",
        ),
        _line(
            20 * MINUTE,
            "RISK",
            level="critical",
            rule="max_daily_loss",
            state="triggered",
            value=-120,
            limit_value=-100,
            action="halt",
        ),
        _line(
            21 * MINUTE,
            "RISK",
            level="warning",
            rule="max_daily_loss",
            state="warning",
            value=-80,
            limit_value=-100,
        ),
        _line(40 * MINUTE, "INDICATOR", symbol="BTC/USDT", timeframe="1h", rsi=55),
        _line(
            30 * MINUTE, "INDICATOR", symbol="BTC/USDT", timeframe="1h", rsi=61.5, volatility=0.0125
        ),
        _line(30 * MINUTE, "INDICATOR", symbol="BTC/USDT", timeframe="5m", rsi=40),
        _line(8 * MINUTE, None, "alpha-10", message="plain"),
        _line(7 * MINUTE, None, level="debug", message="plain"),
    ]
    return sorted(day, key=lambda line: -line["ago"])


def _signals() -> list[Line]:
    given = [
        ("LONG", 0.9, "BTC/USDT"), ("LONG", 0.8, "ETH/USDT"), ("LONG", 0.5, "BTC/USDT"),
        ("SHORT", 0.85, "BTC/USDT"), ("SHORT", ..., "BTC/KRW"),
        ("WAIT", 0.1, "BTC/USDT"), ("WAIT", "0.2", "BTC/USDT"), ("WAIT", "n/a", "BTC/USDT"), ("WAIT", None, "BTC/USDT"),
    ]  # fmt: skip
    return [
        _line(
            (i + 0.5) * HOUR,
            "SIGNAL",
            signal=signal,
            symbol=symbol,
            price=64_000,
            reason="ema",
            correlation_id=f"c{i}",
        )
        | ({} if confidence is ... else {"confidence": confidence})
        for i, (signal, confidence, symbol) in enumerate(given)
    ]


def _trades(btc: Mapping[str, str], eth: Mapping[str, str], won: Mapping[str, str]) -> list[Line]:
    long, short = (
        {"position_side": "LONG", "qty": 1, "price": 10},
        {"position_side": "SHORT", "qty": 1, "price": 10},
    )
    won_it = {"result": "win", "exit_reason": "target"}
    return [
        _line(4 * HOUR, "TRADE", action="entry", trade_id="t1", **long, **btc),
        _line(4 * HOUR - 1, "TRADE", action="entry", trade_id="t2", **short, **eth),
        _line(4 * HOUR - 2, "TRADE", "beta", action="entry", trade_id="t3", **long, **won),
        _line(
            3 * HOUR,
            "TRADE",
            action="partial_exit",
            trade_id="t1",
            pnl=2,
            exit_reason="target",
            correlation_id="c3",
            **long,
            **btc,
        ),
        _line(
            2 * HOUR,
            "TRADE",
            action="exit",
            trade_id="t1",
            pnl="10.50",
            r_multiple=2.5,
            duration_s=7200,
            strategy="ema",
            correlation_id="c3",
            **won_it,
            **long,
            **btc,
        ),
        _line(
            2 * HOUR - 1,
            "TRADE",
            action="exit",
            trade_id="t2",
            pnl=-4,
            r_multiple=-1,
            duration_s="600",
            strategy="ema",
            result="loss",
            exit_reason="stop",
            **short,
            **eth,
        ),
        _line(
            2 * HOUR - 2,
            "TRADE",
            "beta",
            action="exit",
            trade_id="t3",
            pnl=300,
            **won_it,
            **long,
            **won,
        ),
        _line(
            1 * HOUR,
            "TRADE",
            action="exit",
            trade_id="t4",
            result="breakeven",
            exit_reason="manual",
            **long,
            **btc,
        ),
        _line(
            1 * HOUR - 1,
            "TRADE",
            action="exit",
            trade_id="t5",
            pnl=None,
            result="loss",
            exit_reason="stop",
            **short,
            **eth,
        ),
    ]


def _orders(btc: Mapping[str, str], won: Mapping[str, str]) -> list[Line]:
    states = (
        "submitted",
        "submitted",
        "submitted",
        "accepted",
        "filled",
        "filled",
        "rejected",
        "canceled",
        ...,
    )
    first = [
        _line(
            3 * HOUR - i,
            "ORDER",
            order_id=f"o{i}",
            side="buy",
            qty=1,
            symbol=btc["symbol"],
            exchange=btc["exchange"],
        )
        | ({} if status is ... else {"status": status, "correlation_id": "c3"})
        for i, status in enumerate(states)
    ]
    last = _line(
        2 * HOUR,
        "ORDER",
        "beta",
        order_id="o9",
        side="sell",
        qty=1,
        status="submitted",
        symbol=won["symbol"],
        exchange="upbit",
    )
    return [*first, last]


def before() -> list[tuple[str, Line]]:
    """Lines of three days ago and their runs.

    Loki takes either of two lines with one time if they differ in their run.
    """
    ago = 72 * HOUR
    runs = [
        *(("r2", n, ago, {}) for n in (5, 7)),
        *(("r1", n, ago, {}) for n in (9, 3)),
        *((run, n, ago, {"bot_name": "beta"}) for run, n in (("r1", 8), ("r2", 6))),
    ]
    fields = {
        "action": "exit",
        "trade_id": "t",
        "symbol": "BTC/USDT",
        "quote": "USDT",
        "result": "win",
    }
    ties = [(run, _line(at, "TRADE", pnl=pnl, **fields) | more) for run, pnl, at, more in runs]
    accounts = [
        ("r2", _line(ago - 1, "EQUITY", equity=worth, quote=quote, realized_pnl=5))
        for quote, worth in (("EUR", 0), ("USDT", 50))
    ]
    return [*ties, *accounts]


def elsewhere() -> list[Line]:
    """Lines of another environment, which would count everywhere without a filter on the environment."""
    return [
        _line(5, "HEARTBEAT", "omega", uptime_s=60, ws_connections=9, loop_ms=900, dropped_logs=9),
        _line(
            HOUR,
            "ORDER",
            "omega",
            "warning",
            status="rejected",
            order_id="x",
            symbol="BTC/USDT",
            exchange="kraken",
        ),
        _line(
            2 * HOUR,
            "TRADE",
            "omega",
            action="exit",
            trade_id="x",
            pnl=999,
            result="win",
            quote="USDT",
            symbol="BTC/USDT",
        ),
    ]


def micros(line: Line) -> int:
    """Time of writing, in µs."""
    return round((END - line["ago"]) * 1e6)


TORN = ["Traceback (most recent call last):", '{"timestamp":"2026-11-21T02:00:00Z","level":"info"']
"""Lines of the day that are no JSON."""


def push(
    loki: Any, app: str, what: list[Line], env: str = "testnet", torn: list[str] = TORN
) -> None:
    """Give the lines to Loki as an agent would.

    Labels and structured metadata from each line, a stream for each set.
    """
    streams: dict[tuple[tuple[str, str], ...], list[tuple[int, str, dict[str, str]]]] = defaultdict(
        list
    )
    for seq, line in enumerate(what, 1):
        body = {"app": app, "env": env, "run_id": "r1", "seq": seq} | {
            k: v for k, v in line.items() if k != "ago" and (k, v) != ("event", None)
        }
        labels = {
            "job": f"{app}-{STREAMS.get(body.get('event', ''), 'bot')}",
            "app": app,
            "env": env,
            "level": body["level"],
        }
        if body.get("event") == "SIGNAL":
            labels["signal"] = body["signal"]
        metadata = {name: str(body[name]) for name in METADATA if name in body}
        streams[tuple(sorted(labels.items()))].append(
            (micros(line) * 1000, json.dumps(body, ensure_ascii=False), metadata)
        )
    if torn:
        bare = {"job": f"{app}-bot", "app": app, "env": env}
        streams[tuple(sorted(bare.items()))] = [
            ((END - HOUR + i) * 10**9, text, {}) for i, text in enumerate(torn)
        ]
    for labels_of, entries in streams.items():
        loki.push(dict(labels_of), entries)


def entries(app: str = "story", env: str = "testnet") -> list[Entry]:
    """The day as the book and the segment files have it; the torn lines last."""
    found = [_entry(line, app, env, "r1", seq) for seq, line in enumerate(lines(), 1)]
    return found + [
        Entry((END - HOUR + i) * 10**6, f"{app}-bot", text, None) for i, text in enumerate(TORN)
    ]


def entries_beside(app: str = "story") -> tuple[list[Entry], list[Entry]]:
    """Lines from before the day, and of bots elsewhere."""
    earlier = [
        _entry(line, app, "testnet", run, 1000 + seq) for seq, (run, line) in enumerate(before())
    ]
    return earlier, [
        _entry(line, app, "live", "r3", seq) for seq, line in enumerate(elsewhere(), 1)
    ]


def _entry(line: Line, app: str, env: str, run: str, seq: int) -> Entry:
    body = {"timestamp": timestamp(micros(line)), "app": app, "env": env}
    body |= {k: v for k, v in line.items() if k != "ago" and (k, v) != ("event", None)} | {
        "run_id": run,
        "seq": seq,
    }
    job = f"{app}-{STREAMS.get(body.get('event', ''), 'bot')}"
    return Entry(micros(line), job, json.dumps(body, ensure_ascii=False), body, seq)


def write_story(directory: Path, beside: Sequence[Entry] = ()) -> list[Path]:
    """The day as log files.

    Each torn line in a segment of its own, whose name then is all that tells its time.
    """
    *whole, first, second = entries()
    parts = [part for part in (list(beside), whole, [first], [second]) if part]
    return [
        path for part in parts for path in write(directory, part, packed=1 if part is whole else 0)
    ]


def write_lines(directory: Path, story: Sequence[Line], app: str, env: str = "testnet") -> None:
    """Write lines as `push` sends them, without the torn ones, as the log files of an app."""
    write(directory, [_entry(line, app, env, "r1", seq) for seq, line in enumerate(story, 1)])
