"""Whatever is logged, one line of strict JSON comes of it."""

from __future__ import annotations

import array
import asyncio
import collections
import ipaddress
import math
import subprocess
import sys
import threading
import types
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from logging_kit import BotLogger
from tests.support.values import (
    Candle,
    Colour,
    Flags,
    FloatSubclass,
    IntSubclass,
    ListSubclass,
    Model,
    Number,
    Order,
    OwnMapping,
    Point,
    Side,
    Slotted,
    StrSubclass,
)

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
Written = Callable[[Any], Any]


SEOUL = timezone(timedelta(hours=9))

EXACT: list[tuple[Any, Any]] = [
    # the rows of the serialisation matrix
    (float("nan"), None),
    (float("inf"), None),
    (-math.inf, None),
    (Decimal("1.10"), "1.10"),
    (Decimal("NaN"), None),
    (Decimal("sNaN"), None),
    (Decimal("-Infinity"), None),
    (datetime(2026, 11, 21, 9, 0, 0, 5, tzinfo=SEOUL), "2026-11-21T09:00:00.000005+09:00"),
    (Side.BUY, "buy"),
    (Order(Decimal("1.10")), {"price": "1.10", "side": "buy", "tags": ["a", "b"], "inner": None}),
    (Model(qty=Decimal("2.50"), more=1), {"qty": "2.50", "when": None, "more": 1}),
    (np.float64(1.5), 1.5),
    (np.int64(7), 7),
    (np.bool_(True), True),
    (np.float64("nan"), None),
    (np.array([1.0, 2.0]), {"shape": [2], "values": [1.0, 2.0]}),
    (pd.Series([1, 2]), {"shape": [2], "values": [1, 2]}),
    (2**70, 2**70),
    ("a\ud800b\udfffc", "a\ufffdb\ufffdc"),
    ({(1, "a"): 1}, {"(1, 'a')": 1}),
    # plain
    (None, None), (True, True), (0, 0), (-0.0, -0.0), (1e300, 1e300), (5e-324, 5e-324), (2**63, 2**63), (-(2**63), -(2**63)),
    (2**64 - 1, 2**64 - 1), (-(2**63) - 1, -(2**63) - 1), ("", ""), ("안녕 \U0001f680", "안녕 \U0001f680"),
    ("\x00\x1b[31m\n\r\u2028\u0085\x7f", "\x00\x1b[31m\n\r\u2028\u0085\x7f"), ('"\\', '"\\'),
    # subclasses
    (StrSubclass("a"), "a"), (IntSubclass(3), 3), (IntSubclass(2**70), 2**70), (FloatSubclass(1.5), 1.5),
    (FloatSubclass("nan"), None), (ListSubclass([1]), [1]), (Colour.RED, "red"), (Number.SEVEN, 7), (Flags.A | Flags.B, 3),
    (Side.NESTED, ["a", "1.5"]),
    # times
    (datetime(2026, 11, 21, 9), "2026-11-21T09:00:00"), (date(2026, 11, 21), "2026-11-21"), (clock_time(9, 30), "09:30:00"),
    (timedelta(minutes=1, milliseconds=500), 60.5), (datetime.max, "9999-12-31T23:59:59.999999"),
    # texts of other kinds
    (b"abc", "abc"), (b"\xff\x00", "\\xff\x00"), (bytearray(b"a"), "a"), (memoryview(b"a"), "a"), (Path("/a/b"), "/a/b"),
    (PurePosixPath("x"), "x"), (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"), (ValueError("bad"), "ValueError: bad"),
    (KeyError("k"), "KeyError: 'k'"),
    # containers
    ((1, 2), [1, 2]), ({3, 1, 2}, [1, 2, 3]), (frozenset("a"), ["a"]), (collections.deque([1, 2], maxlen=5), [1, 2]),
    (range(3), [0, 1, 2]),
    ([], []), ({}, {}), ((), []), (set(), []), (Point(1, Decimal("2.0")), {"x": 1, "y": "2.0"}),
    (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}), (collections.Counter("aab"), {"a": 2, "b": 1}),
    (collections.defaultdict(list, a=[1]), {"a": [1]}),
    (types.MappingProxyType({"a": 1}), {"a": 1}), (OwnMapping(), {"a": 1, "2": "b"}),
    ({"a": 1}.keys(), ["a"]),
    # keys
    ({1: "a", None: "b", False: "c"}, {"1": "a", "None": "b", "False": "c"}),
    ({1: "a", "1": "b"}, {"1": "a", "1_": "b"}), ({b"k": 1}, {"k": 1}),
    ({"\ud800": 1}, {"\ufffd": 1}), ({chr(0xD800): 1, "\ufffd": 2}, {"\ufffd": 1, "\ufffd_": 2}), ({Side.BUY: 1}, {"Side.BUY": 1}),
    ({Colour.RED: 1}, {"red": 1}), ({"": 1, "a b": 2, "é": 3}, {"": 1, "a b": 2, "é": 3}),
    ({1.5: 1, float("nan"): 2}, {"1.5": 1, "nan": 2}),
    # objects of other libraries
    (Slotted(1.5), {"x": 1.5}), (Candle(1.5), {"close": 1.5, "made": "2026-11-21T00:00:00+00:00"}),
    (np.float32(0.5), 0.5), (np.uint8(255), 255), (np.str_("a"), "a"), (np.bytes_(b"a"), "a"), (np.float16("inf"), None),
    (np.datetime64("2026-11-21T02:00:00", "s"), "2026-11-21T02:00:00"),
    (np.datetime64("2026-11-21T02:00:00.5", "ns"), "2026-11-21T02:00:00.500000000"), (np.datetime64("NaT", "s"), None),
    (np.timedelta64(1500, "ms"), 1.5), (np.timedelta64(1_500_000_000, "ns"), 1.5), (np.timedelta64("NaT", "s"), None),
    (np.array(5), {"shape": [], "values": [5]}), (np.array([[1, 2], [3, 4]]), {"shape": [2, 2], "values": [1, 2, 3, 4]}),
    (np.arange(1000), {"shape": [1000], "values": list(range(20))}), (np.array([np.nan, 1]), {"shape": [2], "values": [None, 1.0]}),
    (np.array(["a", None], dtype=object), {"shape": [2], "values": ["a", None]}),
    (np.arange(6).reshape(2, 3).T, {"shape": [3, 2], "values": [0, 3, 1, 4, 2, 5]}),
    (np.array([]), {"shape": [0], "values": []}),
    (np.array(["2026-11-21"], "datetime64[ns]"), {"shape": [1], "values": ["2026-11-21T00:00:00.000000000"]}),
    (pd.Timestamp("2026-11-21 02:00", tz="UTC"), "2026-11-21T02:00:00+00:00"), (pd.NaT, None), (pd.NA, None),
    (pd.Timedelta("1.5s"), 1.5),
    (pd.Series([1.0, np.nan, None]), {"shape": [3], "values": [1.0, None, None]}),
    (pd.Index(["a", "b"]), {"shape": [2], "values": ["a", "b"]}),
    (pd.Series(range(100)), {"shape": [100], "values": list(range(20))}),
    (pd.DataFrame({"a": [1, 2], 5: ["x", None]}), {"shape": [2, 2], "rows": [{"a": 1, "5": "x"}, {"a": 2, "5": None}]}),
    (pd.DataFrame(), {"shape": [0, 0], "rows": []}),
    (pl.Series([1, None]), {"shape": [2], "values": [1, None]}),
    (pl.DataFrame({"a": [1.5, float("nan")]}), {"shape": [2, 1], "rows": [{"a": 1.5}, {"a": None}]}),
    # not forever
    (10**400, str(10**400)), (-(10**400), str(-(10**400))), (10**5000, "<int of 16610 bits>"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), EXACT, ids=lambda part: type(part).__name__)
def test_values_that_become_exactly_this(value: Any, expected: Any, written: Written) -> None:
    found = written(value)
    assert found == expected
    assert type(found) is type(expected)


def raises(*_: Any) -> Any:
    raise RuntimeError("must not be seen")


async def _coroutine() -> None:
    pass


def hostile(name: str, **methods: Any) -> Any:
    return type(name, (), {"__repr__": raises, **methods})()


SHOWN: list[tuple[str, Any, str]] = [
    ("repr raises", hostile("Bad"), "<Bad that raised RuntimeError>"),
    (
        "str of an exception raises",
        type("Odd", (Exception,), {"__str__": raises})(),
        "<Odd that raised RuntimeError>",
    ),
    (
        "length raises",
        type("Weird", (dict,), {"__len__": raises, "items": raises})(a=1),
        "<Weird that raised RuntimeError>",
    ),
    (
        "iteration raises",
        type("Weird", (list,), {"__iter__": raises})([1]),
        "<Weird that raised RuntimeError>",
    ),
    ("complex", 1 + 2j, "(1+2j)"),
    ("type", int, "<class 'int'>"),
    ("module", math, "<module 'math'"),
    ("lock", threading.Lock(), "<unlocked _thread.lock"),
    ("array", array.array("d", [1.5]), "array('d', [1.5])"),
    ("address", ipaddress.ip_address("127.0.0.1"), "IPv4Address('127.0.0.1')"),
    ("function", raises, "<function raises"),
    ("generator", (x for x in ()), "<generator object"),
    ("ellipsis", ..., "Ellipsis"),
    ("lazy frame", pl.LazyFrame({"a": [1]}), "<LazyFrame"),
    ("frame with the same name twice", pd.DataFrame([[1, 2]], columns=["a", "a"]), ""),
]


@pytest.mark.parametrize(
    ("value", "begins"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN]
)
def test_what_is_no_value_is_shown(
    value: Any, begins: str, written: Written, log_dir: Path
) -> None:
    found = written(value)
    assert begins in found if isinstance(found, str) else found
    assert all(b"must not be seen" not in path.read_bytes() for path in log_dir.glob("segments/*"))


def test_the_bot_s_objects_are_not_changed(written: Written) -> None:
    inner = {"b": [1, 2, float("nan")], 5: {1}}
    order = Order(Decimal(1), inner=Order(Decimal(2)))
    written([inner, order])
    assert inner.keys() == {"b", 5}
    assert (inner["b"][:2], inner[5], order) == (
        [1, 2],
        {1},
        Order(Decimal(1), inner=Order(Decimal(2))),
    )  # type: ignore[index]


def test_objects_of_asyncio(start: Start, lines: Lines) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        future, coroutine = loop.create_future(), _coroutine()
        task = asyncio.ensure_future(_coroutine())
        start().info(
            "x",
            future=future,
            coroutine=coroutine,
            task=task,
            loop=loop,
            queue=asyncio.Queue(),
            lock=asyncio.Lock(),
        )
        await task
        await coroutine

    asyncio.run(main())
    (line,) = lines()
    assert "Future pending" in line["future"]
    assert "<coroutine object _coroutine" in line["coroutine"]
    assert "<Task pending" in line["task"]
    assert all(isinstance(line[name], str) for name in ("loop", "queue", "lock"))


def test_libraries_are_recognised_without_being_imported(
    run_bot: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    source = """
import sys, logging_kit
from decimal import Decimal
with logging_kit.setup(stdout="off") as log:
    log.info("x", a=Decimal("1"), b={1, 2}, c=object(), d=ValueError("x"))
    log.signal("LONG", symbol="a", confidence=1.0)
print(sorted({"numpy", "pandas", "polars", "pydantic", "ccxt"} & sys.modules.keys()))
"""
    done = run_bot(source)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_ints_beyond_the_limit_of_digits_are_safe_whatever_the_limit_is(written: Written) -> None:
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        found = written(10**700)
    finally:
        sys.set_int_max_str_digits(limit)
    assert found == "<int of 2326 bits>"


@pytest.mark.parametrize(
    "key",
    ["a.b", "a-b", "__error__", "detected_level", "1", " ", "k" * 300, "\n", "한글", "\ud800"],
)
def test_any_key_is_kept(key: str, start: Start, lines: Lines) -> None:
    start().info("x", **{key: 1})
    assert lines()[0][key.replace("\ud800", "\ufffd")] == 1
