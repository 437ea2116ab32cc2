from __future__ import annotations

import copy
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from logging_kit.masking import Secret, mask
from tests.support.masking.maker import Maker

MAKE = Maker(5)
KEY = MAKE.b62(40)
Creds = namedtuple("Creds", "api_key symbol")


@dataclass(frozen=True)
class _Config:
    api_key: str
    symbol: str = "BTC/USDT"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"api_key": KEY, "n": 1}, {"api_key": "***", "n": 1}),
        ([("api_key", KEY), 7], [("api_key", "***"), 7]),
        ((1, {"secret": KEY}), (1, {"secret": "***"})),
        ({"headers": {"KEY": MAKE.hex(32), "Host": "x"}}, {"headers": {"KEY": "***", "Host": "x"}}),
        ({"key": MAKE.hex(32), "secret": KEY}, {"key": "***", "secret": "***"}),
        (
            {"op": "auth", "args": [KEY, 1662350400000, MAKE.hex(64), "API"]},
            {"op": "auth", "args": ["***", 1662350400000, "***", "API"]},
        ),
        ({"name": "api_key", "value": KEY}, {"name": "api_key", "value": "***"}),
        ({"pin": 4821, "price": 4821}, {"pin": "***", "price": 4821}),
        (
            {"credentials": {"user": "bot", "list": [1, "x", None, True, ""]}},
            {"credentials": {"user": "***", "list": ["***", "***", None, True, ""]}},
        ),
        (Creds(KEY, "BTC"), Creds("***", "BTC")),
        (_Config(KEY), _Config("***")),
        (b"api_key=" + KEY.encode(), b"api_key=***"),
        (OrderedDict(secret=KEY), OrderedDict(secret="***")),
        ({b"api_key": KEY}, {b"api_key": "***"}),
        (f"api_key={KEY}", "api_key=***"),
    ],
)  # fmt: skip
def test_objects_are_masked_and_keep_their_types(value: Any, expected: Any) -> None:
    before = copy.deepcopy(value)
    after = mask(value)
    assert after == expected
    assert type(after) is type(expected)
    assert value == before
    assert mask(after) == after


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.5,
        Decimal("64010.50"),
        "BTC/USDT",
        b"raw",
        [1, 2],
        {"a": (1, None)},
        {1, 2},
        MappingProxyType({"a": 1}),
        1 + 2j,
    ],
)
def test_what_holds_no_secret_is_the_same_object(value: Any) -> None:
    assert mask(value) is value


def test_a_secret_stays_hidden_and_usable() -> None:
    secret = Secret(KEY)
    assert mask({"a": secret})["a"] is secret


def test_cycles_and_depths_are_named() -> None:
    cycle: dict[str, Any] = {"api_key": KEY}
    cycle["self"] = cycle
    assert mask(cycle) == {"api_key": "***", "self": "<cycle>"}
    deep: list[Any] = [KEY]
    for _ in range(60):
        deep = [deep]
    assert "<too-deep>" in str(mask(deep))
    assert KEY not in str(mask([deep, {"api_key": KEY}]))


def test_an_error_hides_the_value() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(KEY)

    assert mask({"a": Broken(), "b": 1}) == {"a": "<mask-failed>", "b": 1}


def test_a_foreign_object_is_masked_as_the_text_it_shows() -> None:
    class Client:
        def __str__(self) -> str:
            return f"Client(api_key='{KEY}', id=7)"

    harmless = object()
    assert mask({"c": Client(), "o": harmless}) == {
        "c": "Client(api_key='***', id=7)",
        "o": harmless,
    }
