from __future__ import annotations

from collections.abc import Callable
from typing import Any

import logging_kit
from logging_kit.integrations.connections import Stream, open_connections


def test_a_stream_counts_gaps_and_attempts(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    now = [100.0]
    stream = Stream(
        start(strict=True), "wss://x.example.com/ws/btc_usdt@trade", "okx", clock=lambda: now[0]
    )
    before = open_connections()
    stream.disconnected(1000)  # never opened
    stream.reconnecting(OSError("refused"))
    now[0] += 2.5
    stream.connected()
    stream.connected()
    assert open_connections() == before + 1
    stream.disconnected(1001, "going away")
    stream.disconnected(1001, "going away")
    stream.connected()
    stream.reconnecting("no pong")
    assert open_connections() == before
    found = events("WS")
    assert [line["state"] for line in found] == [
        "reconnecting", "connected", "disconnected", "connected", "disconnected", "reconnecting",
    ]  # fmt: skip
    assert found[0]["reason"] == "OSError: refused"
    assert (found[1]["gap_s"], found[1]["attempt"]) == (2.5, 2)
    assert (found[2]["code"], found[2]["reason"]) == (1001, "going away")
    assert found[3]["gap_s"] == 0
    assert {line["exchange"] for line in found} == {"okx"}


def test_two_streams_count_together(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    log = start(strict=True)
    first, second = Stream(log, "wss://a/x"), Stream(log, "wss://b/y")
    before = open_connections()
    first.connected()
    second.connected()
    first.disconnected(True)
    second.disconnected()
    counts = [line["ws_connections"] - before for line in events("WS")]
    assert counts == [1, 2, 1, 0]
    assert all("code" not in line for line in events("WS"))
