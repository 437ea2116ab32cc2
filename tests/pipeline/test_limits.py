"""Values that are too deep, too long, too many or changing are cut quickly, and give one strict line."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logging_kit
from logging_kit import BotLogger
from tests.support.lines import LINE_LIMIT, strict
from tests.support.values import Model, Order, Side

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
Written = Callable[[Any], Any]


def test_cycles(written: Written) -> None:
    around: dict[str, Any] = {"a": 1}
    around["self"] = around
    around["list"] = [around, [around]]
    model = Model(qty=Decimal(1))
    model.me = model  # type: ignore[attr-defined]
    order = Order(Decimal(1))
    order.inner = order
    assert written([around, model, order]) == [
        {"a": 1, "self": "<cycle>", "list": ["<cycle>", ["<cycle>"]]},
        {"qty": "1", "when": None, "me": "<cycle>"},
        {"price": "1", "side": "buy", "tags": ["a", "b"], "inner": "<cycle>"},
    ]


def test_the_same_object_twice_is_no_cycle(written: Written) -> None:
    shared = {"a": [1]}
    assert written([shared, shared, {"b": shared}]) == [shared, shared, {"b": shared}]


@pytest.mark.parametrize(
    "wrap",
    [lambda x: [x], lambda x: {"k": x}, lambda x: (x,), lambda x: Order(x)],
    ids=["list", "dict", "tuple", "dataclass"],
)
def test_deep_nests_end(wrap: Callable[[Any], Any], start: Start, lines: Lines) -> None:
    nest: Any = 1
    for _ in range(5_000):
        nest = wrap(nest)
    start().info("x", value=nest)
    (line,) = lines()
    assert line["truncated"] is True
    assert "<too-deep>" in str(line["value"])


def test_thirty_levels_are_kept(written: Written) -> None:
    nest: Any = 1
    for _ in range(29):
        nest = [nest]
    assert written(nest) == nest


BIG: dict[str, Callable[[], Any]] = {
    "1 MB of ASCII": lambda: "x y " * 250_000,
    "1 MB of Korean": lambda: "한글 " * 330_000,
    "control characters": lambda: "\x01" * 100_000,
    "1 MB of bytes": lambda: b"\xff" * 1_000_000,
    "10k items": lambda: list(range(10_000)),
    "10k keys": lambda: {f"key {number}": number for number in range(10_000)},
    "10k in a set": lambda: set(range(10_000)),
    "a long key": lambda: {"k" * 200_000: 1},
    "many long keys": lambda: {f"{number}" + "k" * 5_000: 1 for number in range(1_000)},
    "a million texts": lambda: [["a"] * 1_000] * 1_000,
    "a milliard texts": lambda: [[["a"] * 1_000] * 1_000] * 1_000,
    "a milliard numbers": lambda: [[[1] * 1_000] * 1_000] * 1_000,
    "a million keys": lambda: [{str(number): number for number in range(1_000)}] * 1_000,
    "a thousand long texts": lambda: ["a b c " * 10_000] * 1_000,
    "long keys a thousand times": lambda: [{"some word " * 100: 1}] * 1_000,
    "decimals": lambda: [Decimal("1." + "1" * 100_000)] * 100,
    "ints": lambda: [10**300] * 900,
    "a repr": lambda: type("Long", (), {"__repr__": lambda self: "r" * 1_000_000})(),
    "an exception": lambda: ValueError("e" * 1_000_000),
    "a generator of nothing": lambda: iter(()),
}


@contextmanager
def thread_time() -> Iterator[list[float]]:
    """Measure the CPU seconds of a block, without those of a tracer that measures coverage."""
    tracer, took = sys.gettrace(), []
    sys.settrace(None)
    began = time.thread_time()
    try:
        yield took
    finally:
        took.append(time.thread_time() - began)
        sys.settrace(tracer)


@pytest.mark.parametrize("name", BIG)
def test_what_is_too_big_is_cut_and_quickly(name: str, start: Start, lines: Lines) -> None:
    log, value = start(), BIG[name]()
    with thread_time() as took:
        log.order(
            "filled",
            order_id="o-1",
            raw=value,
            symbol="BTC/USDT",
            exchange="binance",
            side="buy",
            qty=1,
            price=2,
        )
    (line,) = lines("trade")
    assert (line["event"], line["order_id"], line["symbol"], line["qty"], line["price"]) == (
        "ORDER",
        "o-1",
        "BTC/USDT",
        1,
        2,
    )
    assert line.get("truncated", False) is (name != "a generator of nothing")
    assert logging_kit.stats()["truncated"] == (name != "a generator of nothing")
    assert logging_kit.stats()["failed"] == 0
    assert took[0] < 0.5  # a quarter of a second is promised; the rest is for a busy machine


def test_many_fields_at_once(start: Start, lines: Lines) -> None:
    log = start()
    fields = {f"field_{number}": "some text " * 1_000 for number in range(3_000)}
    with thread_time() as took:
        log.info("x" * 100_000, **fields)
    assert took[0] < 0.5
    (line,) = lines()
    assert (line["truncated"], line["level"], line["v"]) == (True, "info", 1)
    assert len(line["message"]) >= 256


def test_a_line_that_just_fits_is_not_cut(start: Start, lines: Lines, log_dir: Path) -> None:
    log = start()
    log.info("x", text="y" * 64_000)
    assert len(lines()[0]["text"]) == 64_000
    assert "truncated" not in lines()[0]
    log.info("x", text="y" * 65_400)
    assert lines()[1]["truncated"] is True
    assert max(map(len, next(log_dir.glob("segments/*")).read_bytes().split(b"\n"))) < LINE_LIMIT


def test_containers_say_how_much_is_missing(start: Start, lines: Lines) -> None:
    log = start()
    log.info("x", a=list(range(1_005)), b={str(number): number for number in range(1_003)})
    (line,) = lines()
    assert (len(line["a"]), line["a"][-1], line["b"]["..."]) == (1_001, "<5 more>", "<3 more>")


def test_a_container_that_grows_meanwhile(start: Start, lines: Lines) -> None:
    log, shared, ended = start(), {"a": 1}, threading.Event()

    def grow() -> None:
        number = 0
        while not ended.is_set():
            shared[f"k{number % 500}"] = number
            shared.pop(f"k{(number + 250) % 500}", None)
            number += 1

    thread = threading.Thread(target=grow)
    thread.start()
    for _ in range(200):
        log.info("x", shared=shared)
    ended.set()
    thread.join()
    assert len(lines()) == 200
    assert logging_kit.stats()["failed"] == 0


KEYS = (
    st.text(st.characters(), max_size=10)
    | st.integers()
    | st.none()
    | st.tuples(st.integers(), st.text(max_size=3))
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=50) | st.decimals()
    | st.binary(max_size=20) | st.datetimes() | st.dates() | st.timedeltas() | st.uuids() | st.fractions() | st.complex_numbers()
    | st.sampled_from(list(Side)),
    lambda inner: st.lists(inner, max_size=6) | st.sets(st.integers() | st.text(max_size=5), max_size=5) | st.tuples(inner, inner)
    | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@pytest.mark.slow
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    message=st.text(st.characters(), max_size=20) | JSON,
    fields=st.dictionaries(st.text(st.characters(), max_size=12), JSON, max_size=5),
    repeat=st.sampled_from([1, 1, 1, 3_000]),
)
def test_any_nest_of_values_gives_one_strict_line(
    message: Any, fields: dict[str, Any], repeat: int, start: Start, log_dir: Path
) -> None:
    log = logging_kit.get_logger() if logging_kit.stats() else start(segment_size="1 GB")
    (path,) = log_dir.glob("segments/bot-*.log") if logging_kit.flush() else ()
    before = path.stat().st_size
    log.info(message, **{**fields, "repeated": [message] * repeat})
    assert logging_kit.flush()
    *new, end = path.read_bytes()[before:].split(b"\n")
    assert end == b""
    (parsed,) = (
        line for line in map(strict, new) if line["logger"] != "logging_kit"
    )  # it may have something to say of a secret
    assert parsed["level"] == "info"
    assert "repeated" in parsed or parsed["truncated"]
    assert logging_kit.stats()["failed"] == 0
