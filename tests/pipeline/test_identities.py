"""Ids are text on every line.

Promtail reads a number as a float, which has no room for 19 digits.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from logging_kit import BotLogger
from logging_kit.events.identities import IDENTITIES

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
ID = 1_000_000_000_000_000_501

WAYS: dict[str, Callable[..., None]] = {
    "plain line": lambda log, **fields: log.info("sent", **fields),
    "error": lambda log, **fields: log.error("order failed", **fields),
    "other event": lambda log, **fields: log.ws("connected", ws_connections=1, **fields),
    "logging": lambda _log, **fields: logging.getLogger("lib").info("sent", extra=fields),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_id_is_text_on_every_line(way: Callable[..., None], start: Start, lines: Lines) -> None:
    log = start(strict=True, hooks=("stdlib",))
    for _ in range(3):  # also when the check of these fields is written out already
        way(log, order_id=ID, trade_id=uuid.UUID(int=5), correlation_id=np.int64(ID), symbol=7203)
    for line in lines():
        assert (line["order_id"], line["trade_id"]) == (str(ID), str(uuid.UUID(int=5)))
        assert (line["correlation_id"], line["symbol"]) == (str(ID), "7203")
        assert "schema_error" not in line


@pytest.mark.parametrize("value", [None, ["BTC/USDT", "ETH/USDT"], {"a": 1}, True])
def test_where_an_id_is_no_field_of_the_event_nothing_else_is_changed(
    value: Any, start: Start, lines: Lines
) -> None:
    log = start()
    for _ in range(3):
        log.info("x", symbol=value, order_id=value)
        log.heartbeat(uptime_s=1, symbol=value)
    for line in lines():
        assert line["symbol"] == value
        assert "schema_error" not in line


def test_what_the_ids_are() -> None:
    assert {name: field.kind for name, field in IDENTITIES.items()} == {
        "symbol": "text", "exchange": "text", "strategy": "text", "correlation_id": "id", "order_id": "id", "trade_id": "id",
    }  # fmt: skip
    assert not any(field.required for field in IDENTITIES.values())


def test_an_id_of_numpy_is_one_of_the_event_too(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    log.order("submitted", order_id=np.int64(ID), symbol="s", exchange="e", side="buy", qty=1)  # type: ignore[arg-type]
    assert lines()[0]["order_id"] == str(ID)
