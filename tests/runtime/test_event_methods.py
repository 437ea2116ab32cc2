"""Every typed method.

What it takes, what its line says, and that nothing it is given can make it raise.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.events.model import Event
from tests.support.events import METHODS, all_fields, required_fields, right

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
ROOT = Path(__file__).resolve().parents[2]

each_event = pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)


@each_event
def test_a_line_has_all_the_fields_and_goes_to_its_file(
    event: Event, start: Start, lines: Lines
) -> None:
    start()
    getattr(logging_kit.get_logger("mine"), event.method)(**all_fields(event), anything="more")
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert (line["event"], line["_file"], line["level"]) == (
        event.name,
        event.stream,
        _expected_level(event, all_fields(event)),
    )
    assert {name: line[name] for name in event.fields} == {
        name: right(field)[1] for name, field in event.fields.items()
    }
    assert line["anything"] == "more"
    assert "schema_error" not in line


@each_event
def test_the_required_fields_are_enough(event: Event, start: Start, lines: Lines) -> None:
    start(strict=True)
    getattr(logging_kit.get_logger("mine"), event.method)(**required_fields(event))
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert event.required
    assert line.keys() >= {*event.required, "timestamp", "run_id", "seq", "v"}


@each_event
def test_positional_values(event: Event, start: Start, lines: Lines) -> None:
    log = start().bind(symbol="bound")
    fields = all_fields(event)
    values = [fields.pop(name) for name in event.positional]
    getattr(log, event.method)(*values, **fields)
    getattr(log, event.method)(**all_fields(event))
    first, second = [line for line in lines(lifecycle=True) if line.get("symbol")]
    assert {**first, "timestamp": 0, "seq": 0} == {**second, "timestamp": 0, "seq": 0}


@each_event
def test_too_many_positional_values_are_kept(event: Event, start: Start, lines: Lines) -> None:
    start()
    log = logging_kit.get_logger("mine")
    fields = {"latency_ms": 1} if event.name == "API_CALL" else {}
    getattr(log, event.method)(*["a"] * len(event.positional), 1, [2], **fields)
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert line["args"] == [1, [2]]


@each_event
@pytest.mark.parametrize("kind", ["right", "extra"])
def test_a_message_of_ones_own(event: Event, kind: str, start: Start, lines: Lines) -> None:
    start()
    fields = {**all_fields(event), "message": "in my words"} | (
        {"self": 1, "event": "mine", "level": 3} if kind == "extra" else {}
    )
    getattr(logging_kit.get_logger("mine"), event.method)(**fields)
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert (line["message"], line["event"]) == ("in my words", event.name)
    if kind == "extra":
        assert (line["self"], line["event_"], line["level_"]) == (1, "mine", 3)


SUMMARIES = {
    "SIGNAL": "LONG some symbol 0.5",
    "ORDER": "submitted buy 12.50 some symbol 12.50",
    "TRADE": "entry LONG 12.50 some symbol 12.50 pnl 12.50",
    "POSITION": "LONG 12.50 some symbol 12.50",
    "EQUITY": "12.50 some quote",
    "HEARTBEAT": "HEARTBEAT",
    "API_CALL": "some method some path 3 12.50",
    "NOTIFICATION": "discord some kind ok",
    "INDICATOR": "some symbol some timeframe",
    "CANDLE": "some symbol some timeframe 12.50",
    "RATE_LIMIT": "limited some exchange some path",
    "WS": "connected some exchange some stream",
    "RISK": "some rule warning 12.50 12.50",
    "LIFECYCLE": "startup live some reason",
    "AI_CALL": "some provider some model 12.50",
}


@pytest.mark.parametrize(
    "event", [METHODS[name] for name in SUMMARIES], ids=lambda event: event.name
)
def test_the_usual_message(event: Event, start: Start, lines: Lines) -> None:
    start()
    getattr(logging_kit.get_logger("mine"), event.method)(**all_fields(event))
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert line["message"] == SUMMARIES[event.name]


def _expected_level(event: Event, fields: dict[str, Any]) -> str:
    return next(
        (level for name, value, level in event.levels if str(fields.get(name)).lower() == value),
        event.level,
    )


LEVELS = [
    (event, name, value, level) for event in METHODS.values() for name, value, level in event.levels
]


@pytest.mark.parametrize(
    ("event", "name", "value", "level"), LEVELS, ids=lambda part: getattr(part, "type", part)
)
def test_a_value_decides_the_level(
    event: Event, name: str, value: str, level: str, start: Start, lines: Lines
) -> None:
    start(level="CRITICAL")  # typed events are written all the same
    values = {"true": True, "false": False}
    getattr(logging_kit.get_logger("mine"), event.method)(
        **{**all_fields(event), name: values.get(value, value)}
    )
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert line["level"] == level
    assert "schema_error" not in line


class Side(StrEnum):
    LONG = "LONG"


class Plain(Enum):
    LONG = "LONG"
    PRICE = Decimal("1.5")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"signal": Side.LONG}, {"signal": "LONG"}),
        ({"signal": Plain.LONG}, {"signal": "LONG"}),
        ({"price": Plain.PRICE}, {"price": "1.5"}),
        ({"price": "64000.5"}, {"price": "64000.5"}),
        ({"price": 2**60}, {"price": 2**60}),
        ({"confidence": 1}, {"confidence": 1}),
        ({"confidence": 0.0}, {"confidence": 0.0}),
        ({"confidence": "0.91"}, {"confidence": "0.91"}),
        ({"symbol": 7203}, {"symbol": "7203"}),
        ({"reason": 1.5}, {"reason": "1.5"}),
        ({"model": Decimal("3.10")}, {"model": "3.10"}),
        ({"order_id": 12}, {"order_id": "12"}),
        (
            {"correlation_id": uuid.UUID(int=5)},
            {"correlation_id": "00000000-0000-0000-0000-000000000005"},
        ),
        ({"correlation_id": 77}, {"correlation_id": "77"}),
    ],
)
def test_values_that_are_brought_to_their_type(
    fields: dict[str, Any], expected: dict[str, Any], start: Start, lines: Lines
) -> None:
    start(strict=True).signal(
        **{"signal": "LONG", "symbol": "BTC/USDT", "confidence": 0.91, **fields}
    )
    (line,) = lines()
    assert {name: line[name] for name in expected} == expected
    assert {name: type(line[name]) for name in expected} == {
        name: type(value) for name, value in expected.items()
    }


def test_ids_of_numpy_and_uuid(start: Start, lines: Lines) -> None:
    import numpy as np

    log = start(strict=True)
    log.order(
        "submitted", order_id=uuid.UUID(int=1), client_order_id="a", symbol="s", exchange="e", side="buy", qty=np.float64(1.5),
        price=np.int64(3), reduce_only=np.bool_(False), latency_ms=np.float32(0.5),
    )  # fmt: skip
    log.notification("discord", ok=np.bool_(False), status=np.int64(500))
    order, notification = sorted(lines(), key=lambda line: line["seq"])
    assert (order["order_id"], order["qty"], order["price"], order["reduce_only"], order["latency_ms"]) == (
        str(uuid.UUID(int=1)), 1.5, 3, False, 0.5,
    )  # fmt: skip
    assert (notification["ok"], notification["level"], notification["status"]) == (
        False,
        "warning",
        500,
    )


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        *((name, False) for name in sorted(METHODS)),
        ("SIGNAL", True),
        ("API_CALL", True),
        ("LIFECYCLE", True),
    ],
)
def test_a_muted_event_is_not_written(name: str, chain: bool, start: Start, lines: Lines) -> None:
    start(
        mute_events=[name],
        processors_before=[lambda _logger, _method, event_dict: event_dict] if chain else [],
    )
    log = logging_kit.get_logger("mine")
    for event in METHODS.values():
        getattr(log, event.method)(**all_fields(event))
    written = [line["event"] for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert sorted(written) == sorted(METHODS.keys() - {name})


def test_errors_can_be_muted_and_a_muted_signal_still_has_an_id(start: Start, lines: Lines) -> None:
    log = start(mute_events="ERROR,SIGNAL", hooks=("stdlib",))
    log.error("not written")
    log.info("written", event_type="ERROR")
    assert len(log.signal("LONG", symbol="a", confidence=1)) == 16
    assert lines() == []


def test_the_other_methods_return_nothing(start: Start) -> None:
    log = start()
    for event in METHODS.values():
        if event.name not in ("SIGNAL", "API_CALL"):
            assert getattr(log, event.method)(**all_fields(event)) is None


def test_heartbeat_is_filled_in(start: Start, lines: Lines) -> None:
    log = start()
    log.heartbeat(uptime_s=1)
    log.heartbeat(uptime_s=2, queue_depth=7, dropped_logs=8)
    first, second = lines()
    assert (first["queue_depth"], first["dropped_logs"]) == (0, 0)
    assert (second["queue_depth"], second["dropped_logs"]) == (7, 8)


def test_lifecycle_is_filled_in_only_at_startup(start: Start, lines: Lines) -> None:
    log = start(version="1.0")
    log.lifecycle("ready", mode="paper")
    log.lifecycle("startup", settings_hash="mine")
    _, ready, startup = lines(lifecycle=True)
    assert "version" not in ready
    assert (startup["version"], startup["settings_hash"]) == ("1.0", "mine")
