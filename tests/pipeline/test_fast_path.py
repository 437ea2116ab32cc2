"""A call whose fields were seen before gives the same line as one whose fields were not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import logging_kit
from logging_kit import BotLogger
from logging_kit.pipeline import fields
from tests.support.masking.maker import Maker

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

KEY = Maker(5).b62(40)
REGISTERED = Maker(6).b62(32)


class Side(StrEnum):
    LONG = "LONG"


class Stubborn(str):
    """A text of another library."""

    __slots__ = ()

    def lower(self) -> str:
        raise RuntimeError("no")


VALUES = st.sampled_from(
    [
        "LONG", "SHORT", "WAIT", "HOLD", "", "BTC/USDT", "x" * 2000, f"api_key={KEY}", f"with {REGISTERED} in it",
        "price 64010.5 crossed", "\ud800",
        "***", "1h", 0, 1, -1, 0.5, 1.5, 2**53, 2**63 - 1, 2**63, 10**30, math.nan, math.inf, -0.0, True, False, None,
        Decimal("0.01"), Side.LONG, Stubborn("rejected"), b"bytes", [1, 2], (), {"a": 1, "b": "up"},
        {"api_key": KEY}, {"n": math.nan}, {1: 2},
        {"a": {"b": 1}}, {"key": KEY, "sign": "x"}, object, KEY,
    ]
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "symbol", "confidence", "price", "reason", "strategy", "indicators", "correlation_id", "api_key", "token", "status", "ok",
        "latency_ms", "method", "path", "exchange", "level", "signal", "any", "masked", "truncated", "bot_name", "message", "pnl",
    ]
)  # fmt: skip
CALLS = st.dictionaries(NAMES, st.tuples(VALUES, VALUES), max_size=8)


def write(log: BotLogger, kind: str, fields: dict[str, Any]) -> None:
    if fields.get("correlation_id") in (None, ""):  # a signal without one gets another each time
        fields.pop("correlation_id", None)
    match kind:
        case "plain":
            log.info(fields.pop("message", "a message"), **fields)
        case "signal":
            log.signal(
                fields.pop("signal", "LONG"),
                **{"symbol": "BTC/USDT", "confidence": 0.5, "correlation_id": "c", **fields},
            )
        case "api_call":
            given = {
                "exchange": "binance",
                "method": "GET",
                "path": "/x",
                "latency_ms": 5.0,
                "status": 200,
                **fields,
            }
            with log.api_call(**given):
                pass
        case "exit":
            closed = {"pnl": 1.5, "quote": "USDT", "result": "win"}
            log.trade(
                "exit",
                **{
                    "trade_id": "t",
                    "position_side": "LONG",
                    "symbol": "X",
                    "qty": 1,
                    "price": 2.0,
                    **closed,
                    **fields,
                },
            )
        case "trade":
            log.trade(
                "entry",
                **{
                    "trade_id": "t",
                    "position_side": "LONG",
                    "symbol": "X",
                    "qty": 1,
                    "price": 2.0,
                    **fields,
                },
            )


def only(lines: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    found = [line for line in lines if line["logger"] != "logging_kit"][-1]
    varying = {
        "timestamp",
        "seq",
        "run_id",
        *(("latency_ms", "message") if kind == "api_call" else ()),
    }
    return {name: value for name, value in found.items() if name not in varying}


@pytest.mark.slow
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(calls=CALLS, kind=st.sampled_from(["plain", "signal", "api_call", "trade", "exit"]))
@example(calls={"api_key": (KEY, KEY), "reason": ("a b", f"secret={KEY}")}, kind="signal")
@example(calls={"confidence": (0.5, 1.5)}, kind="signal")
@example(calls={"symbol": ("X", "")}, kind="signal")
@example(calls={"api_key": (KEY, "")}, kind="plain")
@example(calls={"status": (200, 2**70)}, kind="api_call")
def test_the_line_is_the_same(
    start: Start, lines: Lines, calls: dict[str, tuple[Any, Any]], kind: str
) -> None:
    assert logging_kit.register_secret(REGISTERED)
    log = start(mask_env=False)
    target = {name: value for name, (_, value) in calls.items()}
    write(log, kind, dict(target))
    expected = only(lines(), kind)
    start(mask_env=False)  # everything that was learned is forgotten
    for _ in range(3):
        write(log, kind, {name: value for name, (value, _) in calls.items()})
    write(log, kind, dict(target))
    assert only(lines(), kind) == expected


def test_a_number_in_the_message_is_written_as_python_writes_it(start: Start, lines: Lines) -> None:
    log, chance = start(mask_env=False), random.Random(1)
    given = [
        0.0005, 0.001, 1e15, 1e16, 0.0, 1, *(chance.choice((1, -1)) * 10 ** chance.uniform(-9, 19) for _ in range(2000))
    ]  # fmt: skip
    for number in given:
        log.trade(
            "exit",
            trade_id="t",
            position_side="LONG",
            symbol="X",
            qty=1,
            price=2.0,
            pnl=number,
            quote="USDT",
            result="win",
        )
    found = [line["message"].partition(" pnl ")[2] for line in lines()]
    assert found == [str(number) for number in given]


def test_a_secret_that_is_registered_later_is_masked(start: Start, lines: Lines) -> None:
    log, secret = start(mask_env=False), Maker(7).b62(32)
    for _ in range(3):
        log.info("a message", note=secret)
    assert lines()[-1]["note"] == secret
    assert logging_kit.register_secret(secret)
    log.info("a message", note=secret)
    assert [line["note"] for line in lines() if "note" in line][-1] == "***"
    assert logging_kit.forget_secret(secret)


def test_a_secret_that_is_registered_while_a_line_is_compiled_is_masked(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, secret, build = start(mask_env=False), Maker(8).hex(32), fields.build_fast_path

    def meanwhile(*given: Any) -> Any:
        made = build(*given)
        monkeypatch.setattr(fields, "build_fast_path", build)
        assert logging_kit.register_secret(secret)
        log.info("a line of another thread")
        return made

    log.info("a message", order_id="a1")
    monkeypatch.setattr(fields, "build_fast_path", meanwhile)
    for order_id in ("a2", secret, secret, secret):
        log.info("a message", order_id=order_id)
    assert [line["order_id"] for line in lines() if line["message"] == "a message"] == [
        "a1",
        "a2",
        "***",
        "***",
        "***",
    ]
    assert logging_kit.forget_secret(secret)


@pytest.mark.parametrize("reason", ["a b", "x" * 2000])
def test_a_secret_under_its_name_is_counted_and_pointed_out_once(
    start: Start, lines: Lines, reason: str
) -> None:
    log = start(mask_env=False)
    for number in range(5):
        log.signal(
            "LONG", symbol="BTC/USDT", confidence=0.5, api_key=f"{KEY}{number}", reason=reason
        )
    found = lines()
    assert [line["masked"] for line in found if line.get("event") == "SIGNAL"] == [1] * 5
    pointed = [line for line in found if line["logger"] == "logging_kit"]
    assert [(line["field"], line["rule"]) for line in pointed] == [("api_key", "name")]
    assert logging_kit.stats()["masked"] >= 5
