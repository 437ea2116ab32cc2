"""The shipper and VictoriaLogs, which shares no code with Loki."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

import logging_kit
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.model import LABELS, STRUCTURED_METADATA
from logging_kit.loki.line_entries import Labeller
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.shipper import Shipper, ship
from tests.support.events import all_fields
from tests.support.loki.shipping import Segments
from tests.support.servers.victorialogs import VictoriaLogs

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[VictoriaLogs]:
    with VictoriaLogs(tmp_path) as running:
        yield running


def nanoseconds(text: str) -> int:
    fraction = text.rstrip("Z").partition(".")[2]
    seconds = round(datetime.fromisoformat(f"{text[:19]}+00:00").timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_every_line_arrives_with_its_labels_metadata_and_time(
    server: VictoriaLogs,
    start: Callable[..., logging_kit.BotLogger],
    log_dir: Path,
    encoding: str,
) -> None:
    log = start(env="paper", bot_name="btc-grid")
    for event in BUILT_IN.values():
        if event.name != "ERROR":
            log.event(event.name, **all_fields(event))
    log.info("plain", extra_field="여보세요 🙂")
    log.error("broken", order_id="1000000000000000501")
    logging_kit.shutdown()
    counters = ship([log_dir], SenderOptions(url=server.push_url, encoding=encoding))
    labeller = Labeller("trading", "testnet")
    expected = {}
    for path in (log_dir / "segments").glob("*.log"):
        for data in path.read_bytes().splitlines():
            entry = labeller.entry(path.name.partition("-")[0], data, 0)
            fields = {**entry.labels, **entry.metadata}
            expected[str(entry.line)] = (entry.time_ns, fields)
    records = server.records()
    assert len(records) == len(expected) == counters["shipped"] > len(BUILT_IN)
    for record in records:
        fields = {name: record[name] for name in (*LABELS, *STRUCTURED_METADATA) if name in record}
        assert (nanoseconds(record["_time"]), fields) == expected[record["_msg"]]


def test_it_restarts_while_lines_come(server: VictoriaLogs, log_dir: Path) -> None:
    """It cannot be asked what it has, so a batch of an uncertain end may be there twice."""
    segments = Segments(log_dir)
    segments.write(5_000, at=time.time() - 600, step_s=0.01)
    shipper = Shipper([log_dir], server.push_url)
    shipper.start()
    try:
        end = time.monotonic() + 60
        while not shipper.counters()["shipped"]:
            assert time.monotonic() < end
            time.sleep(0.01)
        server.stop()
        segments.write(100, "trade", at=time.time() - 600)
        server.start()
        end = time.monotonic() + 120
        while not shipper.flush(5):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        shipper.stop(10)
    found = Counter(record["_msg"] for record in server.records())
    assert set(found) == set(segments.written)
    assert sum(found.values()) - len(found) <= 2_000
    assert set(found.values()) <= {1, 2, 3}
