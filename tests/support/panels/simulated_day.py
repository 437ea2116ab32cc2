"""A day of three simulated bots with every event, restarts, gaps, late lines and values that are hard to agree on."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import LABELS, STRUCTURED_METADATA, Field, job_label
from tests.support.panels.reference_engine import Entry
from tests.support.panels.segments import timestamp

BOTS = ("bot-1", "bot-10", "봇 '3\"")
"""One name begins another, and one has a space, quotes and Korean letters."""

MINUTE = 60_000_000
HOUR = 60 * MINUTE

_TEXTS: dict[str, tuple[str, ...]] = {
    "symbol": ("BTC/USDT", "ETH/USDT", "BTC/KRW"),
    "exchange": ("binance", "upbit"),
    "strategy": ("ema", "ema-2", "", "전략"),
    "quote": ("USDT", "KRW"),
    "timeframe": ("1h", "5m"),
    "method": ("GET", "POST"),
    "path": ("/api/v3/order", "/api/v3/order/test", '/api?q="a\'b\\c"&d=`'),
    "error_type": ("Timeout", "TimeoutError", "Fehler: größer", 'said "no"', "two\nlines"),
    "model": ("gpt-9", "gpt-9x", "gpt-9-mini"),
    "exit_reason": ("stop", "stop_limit", "target"),
    "rule": ("max_daily_loss", "최대 손실"),
    "action": ("halt", "reduce"),
}
_EDGES: tuple[Any, ...] = (
    None, "n/a", "", "60000.10", "-7.25", "+1e3", ".5", "5.", " 5", 0, -0.0, 1e15, -1e6, 1e-9, True, [1], {"a": 1},
)  # fmt: skip
"""What may stand where a number belongs; the writer turns NaN into `null`.

There is no `-1e15`: where it stands beside `1e15`, the last digits of a sum depend on its order.
"""

_EVERY: dict[str, tuple[int, ...]] = {
    "HEARTBEAT": (1,), "API_CALL": (1, 3), "POSITION": (5,), "EQUITY": (7,), "SIGNAL": (11,), "ORDER": (9,), "TRADE": (13,),
    "NOTIFICATION": (31,), "INDICATOR": (15,), "CANDLE": (15,), "ERROR": (37,), "RATE_LIMIT": (29,), "WS": (53,), "RISK": (61,),
    "LIFECYCLE": (240,), "AI_CALL": (23,),
}  # fmt: skip
"""Minutes between two lines of an event."""
_EVERY |= {event: (41,) for event in CATALOGUE if event not in _EVERY}


def day(end: int, seed: int, app: str, env: str = "testnet") -> list[Entry]:
    """The lines of 24 hours before `end` (µs), in the order in which a bot's files have them."""
    chance = random.Random(seed)
    moments = sorted(_moments(chance, end), key=lambda moment: moment[0])
    found: list[Entry] = []
    last = 0
    runs: dict[str, int] = defaultdict(int)
    numbers: dict[str, int] = defaultdict(int)
    for at, bot, event in moments:
        # no two lines have one time, so that the newest is one and the same on every engine
        at = max(at, last + 1)
        last = at
        if event == "LIFECYCLE":
            runs[bot] += 1
        run_id = f"run-{BOTS.index(bot)}-{runs[bot]}"
        numbers[run_id] += 1
        found.append(_entry(chance, at, bot, event, app, env, run_id, numbers[run_id]))
        if chance.random() < 0.004:
            text = chance.choice(
                [
                    "Traceback (most recent call last):",
                    "  File 'a.py'",
                    "Segmentation fault",
                    "끝 \t✓",
                ]
            )
            found.append(Entry(at, found[-1].job, f"{text} {len(found)}", None))
    return found


def _moments(chance: random.Random, end: int) -> Iterator[tuple[int, str, str | None]]:
    for bot in BOTS:
        silent = chance.randrange(2, 20) * HOUR  # half an hour without a line
        for event, minutes in (*_EVERY.items(), (None, (17,))):
            for each in minutes:
                for at in range(end - 24 * HOUR, end + MINUTE, each * MINUTE):
                    exact = event == "HEARTBEAT" or chance.random() < 0.1  # on the edges of windows
                    moved = at if exact else at + chance.randrange(-MINUTE, MINUTE)
                    if (
                        end - 24 * HOUR <= moved <= end
                        and not silent <= end - moved < silent + HOUR // 2
                        and chance.random() < 0.95
                    ):
                        yield moved, bot, event


def _entry(
    chance: random.Random,
    at: int,
    bot: str,
    event: str | None,
    app: str,
    env: str,
    run_id: str,
    seq: int,
) -> Entry:
    body: dict[str, Any] = {
        "timestamp": timestamp(at),
        "level": "info",
        "app": app,
        "env": env,
        "bot_name": bot,
        "logger": "bot",
    }
    job = f"{app}-bot"
    if event is None:
        body |= {
            "level": chance.choice(["debug", "info", "warning"]),
            "message": chance.choice(["plain", "한글 메시지", 'a "b" \\n']),
        }
    else:
        known = CATALOGUE[event]
        job = job_label(app, known.stream)
        body |= {"message": f"{event} of {bot}", "event": event, "level": known.level}
        for field in known.fields.values():
            if (field.required and field.kind == "choice") or chance.random() < 0.93:
                body[field.name] = _value(chance, field, at)
        for name, value, level in known.levels:
            if str(body.get(name)).lower() == value:
                body["level"] = level
    body |= {"run_id": run_id, "seq": seq, "v": 1}
    text = orjson.dumps(body).decode()
    return Entry(at, job, text, orjson.loads(text), seq)


def _value(chance: random.Random, field: Field, at: int) -> Any:
    if field.name == "signal":
        return chance.choice(field.choices)
    if field.numeric and not field.low_cardinality and chance.random() < 0.06:
        return chance.choice(_EDGES)
    match field.kind:
        case "choice":
            return chance.choice(field.choices)
        case "boolean":
            return chance.random() < 0.8
        case "id":
            return f"{field.name[0]}{chance.randrange(40)}"
        case "integer":
            return (
                chance.choice([200, 200, 429, 503])
                if field.name == "status"
                else chance.randrange(5)
            )
        case "time":
            return at // 1000 - chance.randrange(10**6)
        case "number":
            value = (
                round(chance.gauss(0, 50), 4)
                if "pnl" in field.name
                else round(chance.random() * (field.high or 1000), 4)
            )
            return f"{value:.2f}" if chance.random() < 0.1 else value
        case "object":
            return {"type": "E", "frames": []}
        case _:
            return chance.choice(_TEXTS.get(field.name, ("a", "ab", "")))


def push(loki: Any, entries: list[Entry], app: str, env: str = "testnet") -> None:
    """Give the lines to Loki as an agent would, the older half of each stream after the newer one."""
    streams: dict[tuple[tuple[str, str], ...], list[tuple[int, str, dict[str, str]]]] = defaultdict(
        list
    )
    for entry in entries:
        labels = {"job": entry.job, "app": app, "env": env}
        metadata: dict[str, str] = {}
        if entry.fields is not None:
            labels |= {
                name: str(value)
                for name in LABELS
                if name != "job" and (value := entry.fields.get(name)) is not None
            }
            metadata = {
                name: str(value)
                for name in STRUCTURED_METADATA
                if (value := entry.fields.get(name)) is not None
            }
        streams[tuple(sorted(labels.items()))].append((entry.ts * 1000, entry.text, metadata))
    for labels_of, lines in streams.items():
        middle = len(lines) // 2
        for part in (lines[middle:], lines[:middle]):
            if part:
                loki.push(dict(labels_of), part)
