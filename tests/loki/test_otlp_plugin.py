"""The shipper to an OTLP receiver as a thread of the bot."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.exceptions import SettingsError
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.otlp_plugin import STATE, NoReader, OtlpPlugin
from tests.support.push_server import PushServer, Request, answer


def records(request: Request) -> list[dict[str, Any]]:
    data = json.loads(gzip.decompress(request.body))
    return [
        record
        for resource in data["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def bodies(server: PushServer) -> list[str]:
    return [record["body"]["stringValue"] for each in server.requests for record in records(each)]


def test_the_lines_of_a_bot_arrive_once(start: Any) -> None:
    with PushServer() as server:
        log = start(otlp_url=server.url)
        for number in range(20):
            log.info(f"line {number}")
        log.signal("LONG", symbol="BTC/USDT", confidence=0.5)
        assert logging_kit.flush(30)
        assert logging_kit.stats()["plugins"]["otlp"]["shipped"] == 22
        logging_kit.shutdown()
        assert server.requests[0].path == "/v1/logs"
        assert [body for body in bodies(server) if body.startswith("line")] == [
            f"line {number}" for number in range(20)
        ]
        events = {record.get("eventName") for each in server.requests for record in records(each)}
        assert "SIGNAL" in events


def test_loki_and_otlp_get_the_same_lines(start: Any, log_dir: Path) -> None:
    with PushServer() as loki, PushServer() as otlp:
        log = start(otlp_url=otlp.url, loki_url=loki.url)
        log.info("both")
        assert logging_kit.flush(30)
        logging_kit.shutdown()
        pushed = [line for each in loki.requests if "push" in each.path for line in each.lines]
        assert sorted(json.loads(line)["message"] for line in pushed) == sorted(bodies(otlp))
        assert (log_dir / STATE / "offsets.json").exists()


@pytest.mark.slow
def test_the_next_start_goes_on(start: Any) -> None:
    with PushServer(otherwise=answer(503)) as server:
        log = start(otlp_url=server.url)
        log.info("while it is away")
        assert not logging_kit.flush(0.2)
        logging_kit.shutdown()
    with PushServer() as server:
        start(otlp_url=server.url)
        assert logging_kit.flush(30)
        logging_kit.shutdown()
        assert bodies(server).count("while it is away") == 1


def test_a_forked_child_does_not_ship_its_parents_lines(start: Any) -> None:
    with PushServer() as server:
        log = start(otlp_url=server.url)
        child = os.fork()
        if not child:
            try:
                log.info("child")
                logging_kit.shutdown()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        log.info("parent")
        logging_kit.flush(30)
        logging_kit.shutdown()
        assert bodies(server).count("parent") == 1
        assert bodies(server).count("child") <= 1


def test_retention_waits_for_what_is_not_confirmed(start: Any, log_dir: Path) -> None:
    with PushServer() as server:
        start(otlp_url=server.url).info("one")
        assert logging_kit.flush(30)
        (segment,) = (log_dir / "segments").glob("bot-*.log")
        plugin = OtlpPlugin(SenderOptions(url=server.url, protocol="otlp"))
        assert plugin.acknowledged_up_to(segment.name) == 0
        plugin._state = log_dir / STATE
        assert plugin.acknowledged_up_to(segment.name) == segment.stat().st_size
        assert plugin.acknowledged_up_to("another.log") == 0
        logging_kit.shutdown()


def test_a_plug_in_that_was_not_started_does_nothing() -> None:
    plugin = OtlpPlugin(SenderOptions(url="http://collector", protocol="otlp"))
    assert plugin.flush(0)
    plugin.after_fork_in_child()
    plugin.close(0)
    assert plugin.counters() == {}
    NoReader().close()
    assert NoReader().missing([]) is None  # type: ignore[func-returns-value]


def test_credentials_come_from_files(start: Any, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("kv9Q" * 6 + "\n")
    with PushServer() as server:
        start(otlp_url=server.url, otlp_username="me", otlp_password_file=file).info("one")
        assert logging_kit.flush(30)
        logging_kit.shutdown()
        assert server.requests[0].headers["authorization"].startswith("Basic ")
    with pytest.raises(SettingsError, match="otlp_password_file"):
        start(otlp_url="http://collector", otlp_password_file=tmp_path / "absent")
