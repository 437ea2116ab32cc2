"""The shipped configurations of Promtail and Loki, on hand-made lines as DESIGN's section on the line fixes them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from logging_kit.events.model import LABELS, STREAMS, STRUCTURED_METADATA
from tests.support.servers.loki import PAGE, Loki
from tests.support.servers.process import wait_for
from tests.support.servers.promtail import CONFIG, Promtail

pytestmark = pytest.mark.servers

JOBS = {
    "bot": "trading-bot",
    "trade": "trading-trade",
    "ai_signal": "trading-ai-signal",
    "error": "trading-error",
}
SCRAPES = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
HOUR = 3600.0


def test_labels_are_those_of_the_catalogue() -> None:
    """Each job sets its own label, takes the others from the line, and keeps the catalogue's structured metadata."""
    for scrape in SCRAPES:
        stages = {name: body for stage in scrape["pipeline_stages"] for name, body in stage.items()}
        assert set(stages["labels"]) == set(LABELS)
        assert set(stages["structured_metadata"]) == set(STRUCTURED_METADATA)
        assert set(stages["json"]["expressions"]) == {
            "timestamp",
            *(set(stages["labels"]) - {"job"}),
            *stages["structured_metadata"],
        }


def test_jobs_are_those_of_the_catalogue() -> None:
    """Every file of the catalogue is read by one job, under the label that the catalogue gives it."""
    jobs = {}
    for scrape in SCRAPES:
        (target,) = scrape["static_configs"]
        labels = target["labels"]
        assert set(labels) == {"job", "app", "env", "stream", "__path__"}
        assert labels["job"] == f"{labels['app']}-{labels['stream']}"
        jobs[labels["__path__"]] = labels["job"]
    assert jobs == {f"/logs/segments/{file}-*.log": job for file, job in JOBS.items()}
    assert set(JOBS) == set(STREAMS)


def line(app: str, at: float, level: str = "info", **fields: Any) -> str:
    """One line of the log, as the library writes it."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = {
        "timestamp": stamp,
        "level": level,
        "app": app,
        "env": "paper",
        "bot_name": "btc-grid",
        "message": "text",
    }
    return json.dumps({**head, **fields, "run_id": "01KRUN", "seq": 1, "v": 1}) + "\n"


def write(log_dir: Path, file: str, *lines: str, stamp: str = "20261121T020000Z") -> None:
    """Append lines to a segment of a file."""
    segments = log_dir / "segments"
    segments.mkdir(parents=True, exist_ok=True)
    with (segments / f"{file}-{stamp}-a1b2.log").open("a", encoding="utf-8") as output:
        output.writelines(lines)


class Shipped:
    """One line of each kind, written, read by Promtail and taken by Loki."""

    def __init__(self, loki: Loki, app: str) -> None:
        self.loki = loki
        self.app = app
        self.start = time.time() - 60
        self.end = time.time() + 60

    def lines(self, selector: str) -> list[Any]:
        return self.loki.lines(selector.replace("APP", self.app), self.start, self.end)


@pytest.fixture(scope="module")
def shipped(loki: Loki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shipped]:
    log_dir = tmp_path_factory.mktemp("logs")
    promtail = Promtail(
        tmp_path_factory.mktemp("promtail"),
        log_dir=log_dir,
        loki_url=loki.url,
        app="golden",
        env="static",
    )
    result = Shipped(loki, "golden-from-line")
    app, now = result.app, time.time()
    try:
        promtail.start()
        long = {
            "event": "SIGNAL",
            "signal": "LONG",
            "confidence": 0.91,
            "symbol": "BTC/USDT",
            "strategy": "ema",
            "correlation_id": "k3f9",
        }
        write(
            log_dir,
            "ai_signal",
            line(app, now - 9, **long),
            line(app, now - 8, **{**long, "signal": "WAIT"}),
        )
        order = {
            "event": "ORDER",
            "order_id": "1000000000000000501",
            "symbol": "BTC/USDT",
            "exchange": "binance",
            "side": "buy",
        }
        trade = {
            "event": "TRADE",
            "trade_id": "t-7",
            "symbol": "BTC/USDT",
            "position_side": "LONG",
            "order_id": order["order_id"],
        }
        write(log_dir, "trade", line(app, now - 7, **order), line(app, now - 6, **trade))
        write(
            log_dir,
            "error",
            line(
                app,
                now - 5,
                level="error",
                event="ERROR",
                error_type="ValueError",
                error="여보세요 🙂",
            ),
        )
        write(
            log_dir,
            "bot",
            line(app, now - 4, event="HEARTBEAT", uptime_s=60.5),
            line(app, now - 3, level="warning"),
        )
        write(log_dir, "bot", "Traceback: no JSON, no time\n")
        promtail.wait_until_delivered()
        yield result
    finally:
        promtail.close()


def test_labels_in_loki_are_few(shipped: Shipped) -> None:
    """Loki indexes the catalogue's labels, its own service_name, and nothing else."""
    streams = shipped.loki.series(f'{{app=~"golden|{shipped.app}"}}', shipped.start, shipped.end)
    assert set().union(*streams) == {*LABELS, "service_name"}
    assert len(streams) == 7


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ('{app="APP", signal="LONG"}', [("ai-signal", "info", "SIGNAL")]),
        ('{app="APP", job="APP-ai-signal"}', [("ai-signal", "info", "SIGNAL")] * 2),
        ('{app="APP", level="error"}', [("error", "error", "ERROR")]),
        ('{app="APP", level="warning"}', [("bot", "warning", None)]),
        (
            '{app="APP", env="paper", job="APP-bot"} | event="HEARTBEAT"',
            [("bot", "info", "HEARTBEAT")],
        ),
        (
            '{app="APP"} | order_id="1000000000000000501"',
            [("trade", "info", "ORDER"), ("trade", "info", "TRADE")],
        ),
        ('{app="APP"} | trade_id="t-7"', [("trade", "info", "TRADE")]),
    ],
)
def test_lines_are_found(
    shipped: Shipped, selector: str, expected: list[tuple[str, str, str | None]]
) -> None:
    """Queries of a person in Explore find the lines, in the order of their times."""
    found = shipped.lines(selector)
    assert [
        (line.labels["job"], line.labels["level"], line.metadata.get("event")) for line in found
    ] == [(f"{shipped.app}-{stream}", level, event) for stream, level, event in expected]


def test_structured_metadata_is_the_lines_own(shipped: Shipped) -> None:
    """Each identity that the line has is kept beside it, ids with all their digits."""
    for found in shipped.lines('{app="APP"}'):
        expected = {
            name: found.fields[name] for name in STRUCTURED_METADATA if name in found.fields
        }
        assert {
            key: value for key, value in found.metadata.items() if key != "detected_level"
        } == expected


def test_the_lines_time_and_text_are_kept(shipped: Shipped) -> None:
    """Loki has the microsecond of the line, and every byte of its text."""
    (found,) = shipped.lines('{app="APP", level="error"}')
    stamp = datetime.fromisoformat(found.fields["timestamp"])
    assert found.time_ns // 1000 == round(stamp.timestamp() * 1e6)
    assert found.fields["error"] == "여보세요 🙂"


def test_text_that_is_not_json_arrives(shipped: Shipped) -> None:
    """It has the labels that the configuration gives it, and the time at which it was read."""
    (found,) = shipped.lines('{app="golden"}')
    assert found.text == "Traceback: no JSON, no time"
    assert (found.labels["job"], found.labels["env"]) == ("golden-bot", "static")
    assert "level" not in found.labels


def test_a_line_half_an_hour_late_shows_in_a_panel_already_looked_at(
    loki: Loki, make_promtail: Callable[..., Promtail], tmp_path: Path, app: str
) -> None:
    """The results cache does not keep an answer that has become wrong."""
    promtail = make_promtail(log_dir=tmp_path, loki_url=loki.url)
    now = time.time()
    expr = f'sum(count_over_time({{app="{app}"}}[1m]))'
    window = (now - 2 * HOUR, now, 60)

    def counted() -> float:
        return sum(
            value for _, series in loki.query_range(expr, *window) for value in series.values()
        )

    write(tmp_path, "bot", *(line(app, now - 60 - number) for number in range(5)))
    wait_for(lambda: promtail.undelivered() == 0 and counted() == 5, 30, "five lines in the panel")
    assert counted() == 5

    write(tmp_path, "bot", *(line(app, now - HOUR / 2 - number) for number in range(7)))
    wait_for(lambda: counted() == 12, 30, "the late lines in the panel")


def test_the_segments_of_a_long_outage_all_arrive(
    loki: Loki, make_promtail: Callable[..., Promtail], tmp_path: Path, app: str
) -> None:
    """Promtail reads the segments of four days side by side, the newest lines among the first, and Loki refuses none."""
    now = time.time()
    written = set()
    for day in range(4):
        texts = [
            line(app, now - 60 - day * 24 * HOUR - number / 10, number=number, padding="." * 200)
            for number in range(1500)
        ]
        write(tmp_path, "bot", *reversed(texts), stamp=f"2026112{5 - day}T000000Z")
        written |= {text.rstrip() for text in texts}
    promtail = make_promtail(log_dir=tmp_path, loki_url=loki.url)
    promtail.wait_until_delivered()
    found = [found.text for found in loki.lines(f'{{app="{app}"}}', now - 100 * HOUR, now)]
    assert len(found) == len(written) == 6000
    assert set(found) == written
    assert promtail.metric("promtail_dropped_entries_total") == 0


def test_promtails_health_check(
    loki: Loki, make_promtail: Callable[..., Promtail], tmp_path: Path
) -> None:
    """The command that the compose file gives says unhealthy while there is nothing to read, and healthy then."""
    compose = yaml.safe_load((CONFIG.parents[1] / "docker-compose.yml").read_text())
    promtail = make_promtail(log_dir=tmp_path, loki_url=loki.url)
    kind, *command = compose["services"]["promtail"]["healthcheck"]["test"]
    assert kind == "CMD"
    command = [part.replace("/9080", f"/{promtail.port}") for part in command]

    def healthy() -> bool:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert not healthy()
    write(tmp_path, "bot", line("any", time.time()))
    wait_for(healthy, 15, "healthy")


def test_retention_is_in_force(loki: Loki) -> None:
    """30 days, a year for trades, and the compactor that deletes."""
    config = loki.config()
    limits = config["limits_config"]
    assert limits["retention_period"] in ("720h", "30d")
    assert [(stream["selector"], stream["period"]) for stream in limits["retention_stream"]] == [
        ('{job=~".+-trade"}', "1y")
    ]
    assert limits["max_query_lookback"] in ("8760h", "1y")
    assert config["compactor"]["retention_enabled"] is True
    assert config["compactor"]["delete_request_store"] == "filesystem"
    assert config["analytics"]["reporting_enabled"] is False


def test_lines_pages_through_everything(loki: Loki, app: str) -> None:
    """More lines than one query may return, many of them at the same moment, each exactly once."""
    now = time.time_ns() - 60_000_000_000
    texts = [f"line {number}" for number in range(PAGE + 700)]
    loki.push(
        {"app": app}, [(now + number // 300 * 1000, text) for number, text in enumerate(texts)]
    )
    found = loki.lines(f'{{app="{app}"}}', now, now + 10**9)
    assert sorted(line.text for line in found) == sorted(texts)


def test_a_restart_and_a_kill_keep_what_was_taken(make_loki: Callable[..., Loki], app: str) -> None:
    """Loki answers from its write-ahead log after a kill, and from disk after a restart."""
    loki = make_loki()
    now = time.time_ns()
    loki.push({"app": app}, [(now, "before the kill", {"order_id": "7"})])
    loki.kill()
    with pytest.raises(httpx.TransportError):
        loki.http.get("/ready")
    loki.start()
    loki.push({"app": app}, [(now + 1, "after the kill")])
    loki.restart()
    found = loki.lines(f'{{app="{app}"}}', now - 10**9, now + 10**9)
    assert [(line.text, line.metadata.get("order_id")) for line in found] == [
        ("before the kill", "7"),
        ("after the kill", None),
    ]


def test_a_query_that_loki_refuses_is_an_assertion(loki: Loki) -> None:
    """A test sees Loki's own words."""
    assert (
        loki.format_query('sum(count_over_time({app="trading"}[1h]))')
        == 'sum(count_over_time({app="trading"}[1h]))'
    )
    with pytest.raises(AssertionError, match="unexpected unwrap"):
        loki.format_query('{app="trading"} | json | unwrap confidence | avg_over_time(1h)')
