"""A trade that closes says what it earned, or the line says that it does not: panels add it up."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from logging_kit import BotLogger
from logging_kit.processors import SchemaError

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
TRADE: dict[str, Any] = {
    "trade_id": "t",
    "position_side": "LONG",
    "symbol": "BTC/USDT",
    "qty": 1,
    "price": 2.0,
}


@pytest.fixture(params=[False, True], ids=["alone", "with a chain"])
def log(request: pytest.FixtureRequest, start: Start) -> BotLogger:
    return start(
        processors_before=[lambda _logger, _method, event_dict: event_dict] if request.param else []
    )


@pytest.mark.parametrize(
    ("action", "fields", "error"),
    [
        ("entry", {}, None),
        ("exit", {}, "pnl is missing; quote is missing; result is missing"),
        ("exit", {"pnl": 5}, "quote is missing"),
        ("exit", {"quote": "USDT", "result": "win"}, "pnl is missing"),
        (
            "exit",
            {"pnl": None, "quote": None, "result": None},
            "pnl is missing; quote is missing; result is missing",
        ),
        ("exit", {"pnl": 5, "quote": "USDT", "result": "win"}, None),
        ("exit", {"pnl": "many", "quote": "USDT"}, "pnl is not a number; result is missing"),
        ("exit", {"pnl": float("nan"), "quote": "USDT", "result": "win"}, "pnl is not finite"),
        ("partial_exit", {}, "pnl is missing; quote is missing"),
        ("partial_exit", {"pnl": 5, "quote": "USDT"}, None),
    ],
)
def test_what_a_closing_trade_must_have(
    action: Any, fields: dict[str, Any], error: str | None, log: BotLogger, lines: Lines
) -> None:
    for _ in range(3):  # also when the check of these fields is written out already
        log.trade(action, **TRADE, **fields)
    assert [line.get("schema_error") for line in lines()] == [error] * 3


def test_an_entry_that_was_seen_first_does_not_let_an_exit_pass(
    log: BotLogger, lines: Lines
) -> None:
    for action in ("entry", "entry", "exit", "partial_exit", "entry"):
        log.trade(action, **TRADE)
    assert ["schema_error" in line for line in lines()] == [False, False, True, True, False]


class Action(enum.Enum):
    EXIT = "exit"


@pytest.mark.parametrize(
    ("pnl", "result"),
    [
        (5, "win"), (-0.5, "loss"), (0, "breakeven"), (-0.0, "breakeven"), (Decimal("0.01"), "win"), ("-3.5", "loss"),
        (np.float64(2), "win"), (np.int64(-2), "loss"), (float("nan"), None), (True, None), ("many", None), ([1], None),
    ],
)  # fmt: skip
def test_the_result_follows_from_the_profit(
    pnl: Any, result: str | None, log: BotLogger, lines: Lines
) -> None:
    for action in ("exit", "exit", Action.EXIT):
        log.trade(action, **TRADE, pnl=pnl, quote="USDT")  # type: ignore[arg-type]
    assert [line.get("result") for line in lines()] == [result] * 3


def test_what_the_bot_says_of_the_result_counts(log: BotLogger, lines: Lines) -> None:
    log.trade("exit", **TRADE, pnl=-1, quote="USDT", result="win")
    log.trade("partial_exit", **TRADE, pnl=-1, quote="USDT")
    log.trade("entry", **TRADE, pnl=-1)
    assert [line.get("result") for line in lines()] == ["win", None, None]


def test_it_holds_for_other_ways_in(start: Start, lines: Lines) -> None:
    log = start(hooks=("stdlib",))
    logging.getLogger("lib").info(
        "x", extra={"event_type": "TRADE", "action": "exit", **TRADE, "pnl": 5}
    )
    log.info("x", event_type="TRADE", action="exit", **TRADE, pnl=5)
    assert [(line["result"], line["schema_error"]) for line in lines()] == [
        ("win", "quote is missing")
    ] * 2


def test_a_strict_exit_without_profit_raises(start: Start) -> None:
    with pytest.raises(SchemaError, match="pnl is missing; quote is missing"):
        start(strict=True).trade("exit", **TRADE)
