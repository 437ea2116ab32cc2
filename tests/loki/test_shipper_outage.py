"""A day without Loki, in simulated time: every line arrives, in order, without a storm.

`OUTAGE_LINES` is the number of lines, 4,000 when not given.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logging_kit.loki.shipper import Shipper
from tests.support.loki.shipping import NOW, Clock, MemoryLoki, Segments, answer, shipper

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.slow

LINES = int(os.environ.get("OUTAGE_LINES") or 4_000)
DAY = 86_400.0


def write_a_day(segments: Segments, since: float) -> None:
    """Lines of four streams over a day; each stream begins a segment every two hours."""
    streams = ("bot", "bot", "bot", "trade", "ai_signal", "error")
    step_s = DAY / LINES
    every = [(streams[number % len(streams)], since + number * step_s) for number in range(LINES)]
    texts: dict[Path, list[str]] = {}
    for stream, at in every:
        begun = at - (at - since) % 7_200
        texts.setdefault(segments.path(stream, begun), []).append(segments.line(at))
    for path, of_path in texts.items():
        segments.append(path, *of_path)


def test_a_day_without_the_server(log_dir: Path) -> None:
    """The attempts while it is away are few, and 429 answers slow the shipper down."""
    clock, server = Clock(), MemoryLoki(down=True)
    segments = Segments(log_dir)
    made = shipper(log_dir, server, clock, now=lambda: NOW + clock.now)
    write_a_day(segments, NOW)
    while clock.now < DAY:
        made._round()
        made._wait(clock.now)
    assert server.attempts + server.questions < DAY / 2
    server.down = False
    server.script = [answer(429, 5.0)] * 10
    begun, attempts = clock.now, server.attempts
    assert made.run(until_idle=True)
    assert server.texts == sorted(segments.written)
    assert clock.now - begun < 300
    assert server.attempts - attempts <= LINES / 1_000 + 30


@pytest.mark.servers
def test_a_day_arrives_in_a_real_loki(
    make_loki: Callable[..., Loki], log_dir: Path, app: str
) -> None:
    loki = make_loki()
    segments = Segments(log_dir, f"run-{app}")
    line = segments.line
    segments.line = lambda at, **fields: line(at, **{"app": app, **fields})  # type: ignore[method-assign]
    since = time.time() - DAY - 60
    write_a_day(segments, since)
    made = Shipper([log_dir], loki.url)
    begun = time.monotonic()
    assert made.run(until_idle=True)
    took_s = time.monotonic() - begun
    print(f"{LINES} lines in {took_s:.1f} s: {made.counters()}")
    assert took_s < 300
    assert made.counters()["failures"] < 50
    found = loki.lines(f'{{app="{app}"}}', since - 60, time.time())
    assert [line.text for line in found] == sorted(segments.written)
