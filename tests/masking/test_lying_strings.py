"""Subclasses of `str` whose methods lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from logging_kit import mask
from logging_kit.masking import process_masker, register_secret
from tests.support.masking.maker import Maker
from tests.support.masking.registry import emptied_registry

V = Maker(43).b62(40)


class Liar(str):
    """A text that hides its content from every method that a search would use."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("BTC")

    def __len__(self) -> int:
        return 1

    def __getitem__(self, at: Any) -> str:
        return "x"

    def __contains__(self, part: object) -> bool:
        return False

    def __str__(self) -> str:
        return "clean"

    def __iter__(self) -> Iterator[str]:
        return iter("clean")

    def lower(self) -> str:
        return "clean"

    def encode(self, *args: Any, **kwargs: Any) -> bytes:
        return b"clean"

    def isascii(self) -> bool:
        return True


class Shown:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return Liar(self.text)

    __str__ = __repr__


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with emptied_registry():
        register_secret(V)
        yield


@pytest.mark.parametrize(
    "value",
    [
        Liar(f"key {V}"),
        Shown(f"key {V}"),
        [Liar(V)],
        {"note": Liar(f"api_key={V[::-1]}")},
        {Liar(f"key {V}"): 1},
        (Shown(V),),
    ],
    ids=["text", "repr", "list", "assignment", "key", "tuple"],
)
def test_a_lying_text_shows_no_secret(value: Any) -> None:
    shown = mask(value)
    for text in (
        str.__str__(shown) if isinstance(shown, str) else repr(shown),
        repr(mask([value])),
    ):
        assert V not in text
        assert V[::-1] not in text


def test_a_lying_text_does_not_poison_what_is_known_to_be_clean() -> None:
    masker = process_masker()
    assert mask("BTC") == "BTC"
    assert mask(Liar(f"key {V}")) == "key ***"
    assert mask(f"key {V}") == "key ***"
    assert all(type(text) is str for text in masker.clean)
