"""Wrong values, missing values and values that raise.

A typed event is written all the same, and the bot goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.events.model import Event, Field
from logging_kit.processors import SchemaError
from logging_kit.runtime import signatures
from tests.support.events import METHODS, Hostile, all_fields, wrong

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

each_event = pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)


@each_event
def test_missing_fields_are_named_and_raise_nothing(
    event: Event, start: Start, lines: Lines
) -> None:
    start()
    filled_in = signatures.FILLED_IN.get(event.name, frozenset())
    getattr(logging_kit.get_logger("mine"), event.method)(
        **({"latency_ms": 1} if filled_in else {})
    )
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    missing = [name for name in event.required if name not in filled_in]
    assert line["schema_error"] == "; ".join(f"{name} is missing" for name in missing)
    assert (line["event"], line["_file"]) == (event.name, event.stream)


@each_event
def test_none_is_the_same_as_missing(event: Event, start: Start, lines: Lines) -> None:
    start()
    fields = {**all_fields(event), **dict.fromkeys(event.required)}
    if "latency_ms" in fields:
        fields["latency_ms"] = 1
    getattr(logging_kit.get_logger("mine"), event.method)(**fields)
    (line,) = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    filled_in = signatures.FILLED_IN.get(event.name, frozenset())
    for name in event.required:
        assert (f"{name} is missing" in line["schema_error"]) == (
            name not in filled_in and name != "latency_ms"
        )


@pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)
def test_a_wrong_value_is_written_down_and_counted(
    event: Event, start: Start, lines: Lines
) -> None:
    cases = [(field, value) for field in event.fields.values() for value in wrong_of(event, field)]
    start()
    log = logging_kit.get_logger("mine")
    for count, (field, value) in enumerate(cases, 1):
        getattr(log, event.method)(**{**all_fields(event), field.name: value})
        assert logging_kit.stats()["schema_errors"] == count
    written = [line for line in lines(lifecycle=True) if line["logger"] == "mine"]
    assert len(written) == len(cases)
    assert all(line["event"] == event.name and line["_file"] == event.stream for line in written)
    for (field, value), line in zip(cases, written, strict=True):
        assert line["schema_error"].startswith(f"{field.name} is "), (field.name, value)
        assert ("signal_" if field.name == "signal" else field.name) in line, (field.name, value)
    assert all(
        "signal" not in line or line["signal"] in ("LONG", "SHORT", "WAIT") for line in written
    )


def wrong_of(event: Event, field: Field) -> list[Any]:
    # log.signal makes an id of whatever it is given
    return [] if (event.name, field.name) == ("SIGNAL", "correlation_id") else wrong(field)


@pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)
def test_a_wrong_value_raises_when_strict(event: Event, start: Start, lines: Lines) -> None:
    start(strict=True)
    log = logging_kit.get_logger("mine")
    for field in event.fields.values():
        for value in wrong_of(event, field)[:2]:
            with pytest.raises(SchemaError, match=rf"^{event.name}: {field.name} is "):
                getattr(log, event.method)(**{**all_fields(event), field.name: value})
    assert [line for line in lines(lifecycle=True) if line["logger"] == "mine"] == []


@pytest.mark.parametrize("chain", [False, True], ids=["alone", "in a chain"])
@pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)
def test_no_value_can_make_a_call_raise(
    event: Event, chain: bool, start: Start, lines: Lines
) -> None:
    import numpy as np

    start(processors_before=[lambda _logger, _method, event_dict: event_dict] if chain else [])
    log = logging_kit.get_logger("mine")
    cruel = [Hostile(), np.array([1, 2]), 10**5_000, Decimal("1e999999"), "\ud800", type, ...]
    for value in cruel:
        for name in event.fields:
            getattr(log, event.method)(**{**all_fields(event), name: value, "latency_ms": 1})
        getattr(log, event.method)(
            *[value] * 4,
            **dict.fromkeys({*event.fields, "latency_ms"} - set(event.positional), value),
        )
    written = [line for line in lines(lifecycle=True) if line["logger"] in ("mine", "logging_kit")]
    assert len(written) == len(cruel) * (len(event.fields) + 1)
    assert all(line["event"] == event.name and line["_file"] == event.stream for line in written)
    assert logging_kit.stats()["failed"] == 0


@pytest.mark.parametrize(
    "value", ["1_000", "1,5", " 1", "1 ", "0x10", "nan", "inf", "١", "", "1e", "+", "."]
)
def test_texts_that_neither_loki_nor_sql_reads_as_a_number(
    value: str, start: Start, lines: Lines
) -> None:
    start().equity(value, quote="USDT")
    assert lines()[0]["schema_error"] == "equity is not a number"


def test_a_signal_is_a_label_so_it_is_one_of_three_and_on_signals_only(
    start: Start, lines: Lines
) -> None:
    log = start()
    log.info("plain", signal="LONG")
    log.trade(
        "entry", trade_id="1", position_side="LONG", symbol="a", qty=1, price=1, signal="LONG"
    )
    log.bind(signal="SHORT").heartbeat(uptime_s=1)
    log.signal("sideways", symbol="a", confidence=1)
    log.signal(None, symbol="a", confidence=1)  # type: ignore[arg-type]
    log.signal("SHORT", symbol="a", confidence=1, signal_="mine")
    *others, short = sorted(lines(), key=lambda line: line["seq"])
    assert all(line.get("signal") is None for line in others)
    assert [line.get("signal_") for line in others] == ["LONG", "LONG", "SHORT", "sideways", None]
    assert (short["signal"], short["signal_"]) == ("SHORT", "mine")
