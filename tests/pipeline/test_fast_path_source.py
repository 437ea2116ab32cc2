"""Tests of the code that a fast path consists of.

Its name, its source, and the rules that it is written from.
"""

from __future__ import annotations

import gc
import inspect
import linecache
from enum import StrEnum
from typing import Any

import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import Event, Field
from logging_kit.events.rules import RULES, rules_of
from logging_kit.events.validation import validate_value
from logging_kit.masking.masker import Masker
from logging_kit.pipeline.body import Head
from logging_kit.pipeline.fast_path import FastPath
from logging_kit.pipeline.fields import FieldNormaliser
from logging_kit.pipeline.normalise import Normaliser

SIGNAL = {"signal": "LONG", "symbol": "BTC/USDT", "confidence": 0.5}
SAMPLES: dict[type, tuple[Any, ...]] = {
    str: ("LONG", "", "submitted", "buy", "entry", "x"),
    int: (0, 1, -1, 10**18),
    float: (0.0, 0.5, -1.5, 1e18),
    bool: (True, False),
    dict: ({}, {"a": 1}),
    type(None): (None,),
}


def fast_path(event: Event | None, **fields: Any) -> FastPath:
    masker = Masker(mask_env=False)
    normaliser = FieldNormaliser(masker)
    normaliser.normalise(event, dict(fields), Normaliser(masker))
    found = normaliser.fast_path(event, fields)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("event", "fields", "name"),
    [
        (CATALOGUE["SIGNAL"], SIGNAL, "<logging_kit fast path SIGNAL"),
        (CATALOGUE["CANDLE"], {}, "<logging_kit fast path CANDLE"),
        (None, {"price": 1.5}, "<logging_kit fast path of plain lines"),
    ],
)
def test_the_source_is_found_under_the_name_of_the_code(
    event: Event | None, fields: dict[str, Any], name: str
) -> None:
    if event is not None and not fields:
        fields = dict.fromkeys(event.required, 1)
    path = fast_path(event, **fields)
    assert path.filename.startswith(name)
    assert path.body.__code__.co_filename == path.filename
    assert inspect.getsource(path.body) == path.source
    assert path.source.startswith("def body(fields, message, head):\n")


def test_a_traceback_shows_the_line_of_the_source() -> None:
    path = fast_path(None, price=1.5)
    with pytest.raises(ValueError) as caught:
        path.body({}, "message", None)  # type: ignore[arg-type]
    entry = caught.traceback[-1]
    assert str(entry.path) == path.filename or entry.frame.code.raw.co_filename == path.filename
    assert "fields.values()" in linecache.getline(path.filename, entry.lineno + 1)


def test_each_fast_path_has_a_source_of_its_own_while_it_lives() -> None:
    first, second = fast_path(CATALOGUE["SIGNAL"], **SIGNAL), fast_path(None, price=1)
    third = fast_path(CATALOGUE["SIGNAL"], **SIGNAL, reason="x")
    names = {first.filename, second.filename, third.filename}
    assert len(names) == 3
    assert names <= linecache.cache.keys()
    del first, second, third
    gc.collect()
    assert not names & linecache.cache.keys()


FIELDS = sorted(
    {field for event in CATALOGUE.values() for field in event.fields.values()}, key=lambda f: f.name
)


@pytest.mark.parametrize("spec", FIELDS, ids=lambda field: field.name)
def test_validation_and_the_fast_path_agree(spec: Field) -> None:
    """A value that the fast path takes is right for the catalogue, and is not converted."""
    for rule in rules_of(spec):
        for kind in rule.types:
            for value in SAMPLES[kind]:
                converted, problem = validate_value(spec, value)
                if rule.test == "choice":
                    assert (not problem) == (converted in spec.choices)
                elif rule.test != "range" and value is not None:
                    assert problem == ""
                if not problem and (rule.test != "choice" or value in spec.choices):
                    assert converted is value


def test_each_kind_of_field_has_rules() -> None:
    assert {field.kind for field in FIELDS} <= RULES.keys()


class Name(StrEnum):
    PRICE = "price"
    SYMBOL = "symbol"


class Odd(str):
    """A string that shows itself as code, and is equal to any other one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "__import__('os').abort()"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("symbol")

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_names_become_plain_strings() -> None:
    masker = Masker(mask_env=False)
    normaliser = FieldNormaliser(masker)
    for fields in (
        {"price": 1, "symbol": "A"},
        {Name.PRICE: 1, Name.SYMBOL: "A"},
        {"price": 1, Odd("api_key"): "A"},
        {"price": 1, Odd("symbol"): "A", "x": 1},
    ):
        for _ in range(3):
            given: dict[str, Any] = dict(fields)
            found = normaliser.fast_path(None, given)
            if any(type(name) is not str for name in given):
                assert found is None or found.body(given, "m", Head({}, {})) is None
            plain, problems = normaliser.normalise(None, given, Normaliser(masker))
            assert problems == []
            assert {type(name) for name in plain} == {str}
            assert [*plain] == [str.__str__(name) for name in fields]
            assert plain.get("api_key", "***") == "***"
