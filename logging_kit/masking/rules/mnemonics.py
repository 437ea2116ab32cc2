"""Seed phrases: twelve or more words in a row of one of BIP-39's word lists, numbered or not."""

from __future__ import annotations

import base64
import re
import unicodedata
import zlib
from functools import cache
from typing import Final

from ._mnemonic_words import PACKED

_WORD: Final = re.compile("(?:[^\\W\\d_][\u0300-\u036f\u3099\u309a]*)+")
_FEWEST: Final = 12
_GAP: Final = re.compile(r"[\s\d.,;:|\"'`\\*-]{1,16}")
_REGION: Final = re.compile(
    r"(?<![^\W_])[^\W\d_]{3,10}+(?:(?:\\[nrt]|[\s\d.,;:|\"'`\\*-]){1,16}+[^\W\d_]{3,10}+){11,}+"
)
"""Twelve short words in a row, with little between them."""

_SEPARATORS: Final = str.maketrans("\n,\u3000", "   ")


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
    if word[0] > "\u02ff":
        return word
    plain = unicodedata.normalize("NFD", word)
    return "".join(char for char in plain if not unicodedata.combining(char))


def find_mnemonics(text: str) -> list[tuple[int, int]]:
    """Return start and end of each run of twelve or more words of one list.

    Args:
        text: A decoded string.
    """
    if len(text) < 2 * _FEWEST or text.translate(_SEPARATORS).count(" ") < _FEWEST - 1:
        return []
    if not text.isascii():
        return _find_in(text, 0, len(text))
    found = []
    for region in _REGION.finditer(text):
        found += _find_in(text, *region.span())
    return found


def _find_in(text: str, start: int, end: int) -> list[tuple[int, int]]:
    words = list(_WORD.finditer(text, start, end))
    found: list[tuple[int, int]] = []
    if len(words) < _FEWEST:
        return found
    languages = _languages()
    first = bits = 0
    for at, word in enumerate(words):
        own = languages.get(unicodedata.normalize("NFC", word[0].lower()), 0)
        is_next = at > first and _GAP.fullmatch(text, words[at - 1].end(), word.start())
        together = bits & own
        if not (is_next and together):
            _close(words, first, at, bits, found)
            first, bits = at, own
        else:
            bits = together
    _close(words, first, len(words), bits, found)
    return found


def _close(
    words: list[re.Match[str]], first: int, last: int, bits: int, found: list[tuple[int, int]]
) -> None:
    if bits and last - first >= _FEWEST:
        found.append((words[first].start(), words[last - 1].end()))
