"""Seed phrases: twelve or more words in a row of one of BIP-39's word lists, numbered or not."""

from __future__ import annotations

import base64
import re
import unicodedata
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

from ._mnemonic_words import PACKED

_WORD: Final = re.compile("(?:[^\\W\\d_][\u0300-\u036f\u3099\u309a]*)+")
_ASCII_WORD: Final = re.compile("[A-Za-z]+")
_GAP: Final = re.compile(r"[\s\d.,;:|\"'`\\*-]{1,16}")
_FEWEST: Final = 12
_LONG: Final = 1_024
_FEWEST_DIFFERENT: Final = 9
"""Different words among twelve in a row: random words hardly ever repeat, those of a text do."""


@cache
def _languages() -> dict[str, int]:
    """Return each word with a bit for each language that it belongs to."""
    found: dict[str, int] = {}
    lists = zlib.decompress(base64.b85decode(PACKED)).decode().split("\n")
    for bit, words in enumerate(lists):
        for word in words.split(" "):
            for form in (word, _without_accents(word)):
                found[form] = found.get(form, 0) | 1 << bit
    return found


def _without_accents(word: str) -> str:
    if word.isascii() or word[0] > "\u02ff":
        return word
    plain = unicodedata.normalize("NFD", word)
    return "".join(char for char in plain if not unicodedata.combining(char))


def find_mnemonics(text: str) -> list[tuple[int, int]]:
    """Return start and end of each run of twelve or more words of one list, nearly all different.

    Args:
        text: A decoded string.
    """
    found: list[tuple[int, int]] = []
    if len(text) < 2 * _FEWEST or _count_separators(text) < _FEWEST - 1:
        return found
    if len(text) > _LONG and sum(map(len, set(text.split()))) < 2 * _FEWEST_DIFFERENT - 1:
        return found  # repeated: so few different characters are no nine words
    pattern = _WORD
    if text.isascii():
        pattern = _ASCII_WORD
    words = pattern.findall(text)
    if len(words) < _FEWEST or len(set(words)) < _FEWEST_DIFFERENT:
        return found
    places: list[tuple[int, int]] = []
    known = _Known()
    for first, last in _runs_of_known_words(words, known):
        places = places or [match.span() for match in pattern.finditer(text)]
        found += _phrases(text, words[first:last], places[first:last], known)
    return found


def _count_separators(text: str) -> int:
    return text.count(" ") + text.count("\n") + text.count(",") + text.count("\u3000")


class _Known(dict[str, int]):
    """The languages of the words of one text, looked up once for each different word."""

    def __missing__(self, word: str) -> int:
        """Look a word up."""
        low = word.lower()
        if not low.isascii():
            low = unicodedata.normalize("NFC", low)
        languages = self[word] = _languages().get(low, 0)
        return languages


def _runs_of_known_words(words: list[str], known: _Known) -> Iterator[tuple[int, int]]:
    """Yield first and last index of each run of twelve or more words of any list.

    Every run holds a twelfth word of the text, so only these are looked up, and their neighbours
    where one of them is known.
    """
    count, past = len(words), 0
    for at in range(_FEWEST - 1, count, _FEWEST):
        if at < past or not known[words[at]]:
            continue
        first, last = at, at + 1
        while first > past and known[words[first - 1]]:
            first -= 1
        while last < count and known[words[last]]:
            last += 1
        past = last
        if last - first >= _FEWEST and len(set(words[first:last])) >= _FEWEST_DIFFERENT:
            yield first, last


def _phrases(
    text: str, words: list[str], places: list[tuple[int, int]], known: _Known
) -> Iterator[tuple[int, int]]:
    """Yield start and end of each phrase among words that stand in any of the lists."""
    languages = [known[word] for word in words]
    is_apart = [
        text[before[1] : after[0]] != " " and _GAP.fullmatch(text, before[1], after[0]) is None
        for before, after in pairwise(places)
    ]
    for bit in range(max(languages).bit_length()):
        first = 0
        for at, of_word in enumerate(languages):
            is_other = not of_word >> bit & 1
            if not is_other and not (at and is_apart[at - 1]):
                continue
            if at - first >= _FEWEST:
                yield from _different(words, places, first, at)
            first = at
            if is_other:
                first = at + 1
        yield from _different(words, places, first, len(words))


def _different(
    words: list[str], places: list[tuple[int, int]], first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Yield start and end of each stretch in which every twelve words are nearly all different."""
    start = end = first
    for at in range(first, last - _FEWEST + 1):
        if len(set(words[at : at + _FEWEST])) < _FEWEST_DIFFERENT:
            continue
        if at > end:
            if end > start:
                yield places[start][0], places[end - 1][1]
            start = at
        end = at + _FEWEST
    if end > start:
        yield places[start][0], places[end - 1][1]
