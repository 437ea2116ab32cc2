"""The shipper and a real Loki; and a real Promtail, to compare with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import logging_kit
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.loki.arrived import LokiReader
from logging_kit.loki.merge import Limits
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.shipper import Shipper, ShipperOptions, ship
from tests.support.events import all_fields
from tests.support.loki.shipping import Segments

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki
    from tests.support.servers.promtail import Promtail

pytestmark = [pytest.mark.servers, pytest.mark.slow]

FOREIGN = (
    "Traceback: no JSON, no time",
    '{"message":"JSON without a time","level":"info"}',
    '{"app":7,"env":true,"level":null,"signal":"","order_id":12.5,"symbol":["a","<b>"]}',
    '["a list"]',
)


def stored(loki: Loki, app: str, start: float) -> list[Any]:
    return loki.lines(f'{{app=~"{app}|7|trading"}}', start, time.time() + 60)


def counted(loki: Loki, app: str) -> float:
    """The number that a panel shows."""
    return sum(value for _, value in loki.query(f'sum(count_over_time({{app="{app}"}}[1h]))'))


def test_labels_and_metadata_are_those_of_promtail(
    loki: Loki,
    make_loki: Callable[..., Loki],
    make_promtail: Callable[..., Promtail],
    start: Callable[..., logging_kit.BotLogger],
    log_dir: Path,
    app: str,
) -> None:
    """Every event of the catalogue, plain lines and foreign ones arrive alike in two Lokis."""
    begun = time.time() - 60
    log = start(app=app, env="paper", bot_name="btc-grid")
    for event in BUILT_IN.values():
        if event.name != "ERROR":
            log.event(event.name, **all_fields(event))
    log.info("plain", extra_field="여보세요 🙂")
    log.error("broken", order_id="1000000000000000501")
    logging_kit.shutdown()
    segment = next((log_dir / "segments").glob("bot-*.log"))
    with segment.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in FOREIGN)
    other = make_loki()
    promtail = make_promtail(log_dir=log_dir, loki_url=other.url, app=app, env="static")
    promtail.wait_until_delivered()
    counters = ship([log_dir], loki.url, ShipperOptions(app=app, env="static"))
    assert counters["rejected"] == 0

    def alike(server: Loki) -> list[tuple[Any, ...]]:
        return sorted(
            (
                line.text,
                sorted(line.labels.items()),
                sorted(line.metadata.items()),
                line.time_ns if '"timestamp"' in line.text else 0,
            )
            for line in stored(server, app, begun)
        )

    ours = alike(loki)
    assert ours == alike(other)
    assert len(ours) == counters["shipped"] > len(BUILT_IN)


@pytest.fixture
def segments(log_dir: Path, app: str) -> Segments:
    """Segments whose lines carry the label of this test."""
    made = Segments(log_dir, f"run-{app}")
    line = made.line
    made.line = lambda at, **fields: line(at, **{"app": app, **fields})  # type: ignore[method-assign]
    return made


def test_the_reader_finds_exactly_what_loki_has(loki: Loki, segments: Segments, app: str) -> None:
    at = time.time() - 600
    segments.write(2_500, at=at, step_s=0.01)
    segments.append(segments.path(begun=at), "no JSON", "no JSON")
    shipper = Shipper(
        [segments.log_dir], loki.url, ShipperOptions(app=app, limits=Limits(5_000, 1 << 24))
    )
    (folder,) = shipper.folders
    assert folder.acquire()
    delivery = folder.next(shipper.courier.horizon())
    assert delivery is not None
    entries = delivery.remaining
    assert len(entries) == 2_502
    reader = LokiReader(SenderOptions(url=loki.url))
    assert reader.missing(entries) == list(entries)  # the emptiness must not stay in a cache
    half = [*entries[:1_200], entries[-1]]
    assert shipper.courier._sender.push(half).accepted == len(half)
    assert reader.missing(entries) == [one for one in entries if one not in half]
    assert reader.can_read
    assert reader.skew_s is not None
    assert abs(reader.skew_s) < 30
    reader.close()
    shipper.run(until_idle=True)
    assert counted(loki, app) == 2_502


def test_loki_is_killed_and_comes_back(
    make_loki: Callable[..., Loki], segments: Segments, app: str
) -> None:
    """Its write-ahead log has what it acknowledged, and the shipper asks for the rest."""
    loki = make_loki()
    at = time.time() - 600
    segments.write(20_000, at=at, step_s=0.01)
    shipper = Shipper([segments.log_dir], loki.url, ShipperOptions(app=app, idle_poll_s=0.5))
    shipper.start()
    try:
        end = time.monotonic() + 60
        while not shipper.counters()["shipped"]:
            assert time.monotonic() < end
            time.sleep(0.01)
        loki.kill()
        segments.write(100, "trade", at=at)
        loki.start()
        end = time.monotonic() + 120
        while not shipper.flush(5):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        shipper.stop(10)
    found = loki.lines(f'{{app="{app}"}}', at - 60, time.time())
    assert sorted(line.text for line in found) == sorted(segments.written)
    assert counted(loki, app) == len(segments.written)


def test_an_offset_file_that_is_lost_doubles_nothing(
    loki: Loki, segments: Segments, app: str
) -> None:
    at = time.time() - 600
    segments.write(5_000, at=at, step_s=0.01)
    options = ShipperOptions(app=app)
    ship([segments.log_dir], loki.url, options)
    (segments.log_dir / ".shipper" / "offsets.json").unlink()
    segments.write(10, "trade", at=at)
    counters = ship([segments.log_dir], loki.url, options)
    assert (counters["confirmed"], counters["shipped"]) == (5_000, 10)
    assert counted(loki, app) == 5_010


def test_a_line_that_loki_refuses_costs_no_other(loki: Loki, segments: Segments, app: str) -> None:
    """A month is more than this Loki's window, and the shipper was told that it takes a year."""
    now = time.time()
    old = segments.write(1, at=now - 31 * 86_400.0)
    young = segments.write(5, at=now - 60)
    counters = ship([segments.log_dir], loki.url, ShipperOptions(max_age_s=365 * 86_400.0))
    assert (counters["rejected"], counters["shipped"]) == (1, 5)
    texts = [line.text for line in loki.lines(f'{{app="{app}"}}', now - 3_600, now)]
    assert texts == young
    assert json.loads(old[0])["seq"] == 1
