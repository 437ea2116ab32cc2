"""Seed phrases: words of one list that are nearly all different, wherever they stand."""

from __future__ import annotations

import random
import sys

import pytest

from logging_kit.masking.rules.mnemonics import find_mnemonics
from tests.support.masking.form_values import ENGLISH, KOREAN

MAKE = random.Random(11)


def _phrase(count: int, words: tuple[str, ...] | list[str] = ENGLISH) -> str:
    return " ".join(MAKE.sample(words, count))


def _calls(text: str) -> int:
    """Return how many functions are called to search a text, the same on every machine."""
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(tick)
    try:
        find_mnemonics(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("count", [12, 15, 18])
@pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["English", "Korean"])
@pytest.mark.parametrize("before", [0, 1, 5, 11, 12, 30])
def test_a_phrase_is_found_after_any_number_of_words(
    count: int, words: tuple[str, ...], before: int
) -> None:
    phrase = _phrase(count, words)
    lead = "order " * before + "zzz "
    start = len(lead)
    assert find_mnemonics(f"{lead}{phrase} zzz") == [(start, start + len(phrase))]


def test_a_phrase_with_a_few_words_twice_is_found() -> None:
    words = MAKE.sample(ENGLISH, 9)
    phrase = " ".join([*words[:8], *words[:3], words[8]])
    assert find_mnemonics(phrase) == [(0, len(phrase))]


def test_two_phrases_are_both_found() -> None:
    first, second = _phrase(12), _phrase(12, KOREAN)
    text = f"zzz: {first}\nzzz: {second}"
    found = find_mnemonics(text)
    assert [text[start:end] for start, end in found] == [first, second]


def test_numbers_and_lines_between_the_words() -> None:
    words = _phrase(12).split()
    text = "\n".join(f"{number}. {word}" for number, word in enumerate(words, 1))
    assert find_mnemonics(text) == [(3, len(text))]


@pytest.mark.parametrize(
    "part",
    ["한글 ", "some text ", "buy sell ", "가격 시장 ", "able\n", "market order limit price "],
)
@pytest.mark.parametrize("count", [12, 100, 5_000])
def test_repeated_words_are_no_phrase(part: str, count: int) -> None:
    assert find_mnemonics(part * count) == []


def test_a_phrase_between_repeated_words_is_found() -> None:
    phrase = _phrase(12)
    noise = "able able able able able able able able able able able able "
    text = f"{noise}{phrase} {noise}"
    (found,) = find_mnemonics(text)
    assert found[0] <= len(noise)
    assert found[1] >= len(noise) + len(phrase)


def test_words_of_two_lists_are_no_phrase() -> None:
    assert find_mnemonics(f"{_phrase(11)} {_phrase(11, KOREAN)}") == []


@pytest.mark.parametrize(
    "part",
    ["some text ", "한글 ", "the market is open and we wait for the next price to come ", "a b ",
     "able about above absent absorb abstract absurd abuse access ", "x\n"],
)  # fmt: skip
def test_the_work_grows_with_the_length(part: str) -> None:
    small, large = (_calls((part * size)[:size]) for size in (12_000, 48_000))
    assert large <= 5 * small + 100
    assert large <= 48_000
