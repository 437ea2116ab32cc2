"""One token of each vendor's shape."""

from __future__ import annotations

import re
import string

import pytest

from logging_kit import mask
from logging_kit.masking.rules.token_formats import _CLASSES, PREFIXED
from logging_kit.masking.rules.vendor_tokens import SOURCES, VENDOR_TOKENS
from tests.support.masking.maker import Maker

sre = re._parser  # type: ignore[attr-defined]


def made(pattern: str, make: Maker) -> str:
    """Make a text that a pattern matches."""
    for mark, stands_for in _CLASSES.items():
        pattern = pattern.replace(mark, stands_for)
    return _of(sre.parse(pattern), make)


def _of(parsed: object, make: Maker) -> str:
    text = ""
    for op, argument in parsed:  # type: ignore[attr-defined]
        match str(op):
            case "LITERAL":
                text += chr(argument)
            case "IN":
                text += make.random.choice(_characters(argument))
            case "MAX_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = argument
                count = make.random.randint(low, min(high, low + 8))
                text += "".join(_of(inner, make) for _ in range(count))
            case "SUBPATTERN":
                text += _of(argument[3], make)
            case "BRANCH":
                text += _of(make.random.choice(argument[1]), make)
    return text


def _characters(parts: list[tuple[object, object]]) -> str:
    found = ""
    for op, argument in parts:
        if str(op) == "LITERAL":
            found += chr(argument)  # type: ignore[arg-type]
        elif str(op) == "RANGE":
            first, last = argument  # type: ignore[misc]
            found += "".join(map(chr, range(first, last + 1)))
        else:
            found += string.digits
    return found


@pytest.mark.parametrize("row", PREFIXED, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_token_of_each_shape_is_masked(row: tuple[str, str, str, str]) -> None:
    _, prefix, rest, holds = row
    make = Maker(len(prefix + rest))
    for _ in range(5):
        token = made(prefix + rest, make)
        if holds and not (re.search("[0-9]", token) and re.search("[a-z]", token)):
            continue
        for frame in ("sent {} on", "[{}]", "x={}"):
            assert token not in mask(frame.format(token)), token
            assert token[-12:] not in mask(frame.format(token)), token


def test_each_shape_has_a_source_with_a_date() -> None:
    assert all(source in SOURCES for *_, source in VENDOR_TOKENS)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in SOURCES.values())
