"""Parts of registered values: prefixes, windows and cut copies that stand alone in a text.

Twelve characters in a row of a value are found anywhere (`PieceIndex`). A shorter part is hidden
only where it stands alone, like the first six characters of a key before "...": anywhere else,
five characters of a key in hex occur by chance in every hash.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from .acceptance import COMMON
from .rules.value_shapes import has_digit, has_letter, is_dense

SHORTEST_PART: Final = 5
_START: Final = re.compile(r"(?:(?<![^\W_])[^\W_]|[^\w\s]|_)(?=.{4})", re.DOTALL)
_NO_GRAM: Final = re.compile(r"(?!)")
_MOST_CANDIDATES: Final = 16
_LARGE: Final = 4_096
_BITS_PER_GRAM: Final = 16

_ONE_CASE: Final = re.compile(r"[a-z]+|[A-Z]+")
_BOTH_CASES: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z+/=_-]+")
_NO_WORD: Final = re.compile(r"(?i)[bcdfghjklmnpqrstvwxz]{5}")
_WORD_FROM: Final = 8
_MARK: Final = re.compile(r"[^\w\s.:,/-]")
_HEX: Final = re.compile(r"[0-9a-fA-F-]+")
_HEX_WORDS: Final = frozenset(
    ("added", "faced", "faded", "decaf", "ceded", "decade", "facade", "deface", "efface", "accede")
)
_DOTS: Final = ("..", "…", "**", "••", "xx")


class _Joined(NamedTuple):
    """All values, made at the first search after a change."""

    changes: int
    """How many changes were made before."""
    text: str
    grams: frozenset[str]
    pattern: re.Pattern[str]


class PartIndex:
    """The registered values of one token, for parts of five or more characters that stand alone."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._joined: _Joined = _Joined(0, "", frozenset(), _NO_GRAM)
        self._changes = 0
        self._size = 0
        self._grams: tuple[bytearray, int] | None = None

    def add(self, value: str) -> None:
        """Add a value."""
        self._values[value] = None
        self._size += len(value)
        if self._grams is not None and self._size * _BITS_PER_GRAM <= len(self._grams[0]) * 8:
            _set_bits(self._grams, value)
        elif self._size > _LARGE:
            bits = 1 << (2 * self._size * _BITS_PER_GRAM).bit_length()
            table = (bytearray(bits // 8), bits - 1)
            for known in tuple(self._values):
                _set_bits(table, known)
            self._grams = table
        self._changes += 1

    def discard(self, value: str) -> None:
        """Remove a value. Its bits stay in the table, which only makes a search slower."""
        if value in self._values:
            del self._values[value]
            self._size -= len(value)
            self._changes += 1

    def is_clean(self, token: str) -> bool:
        """Return True if a token can hold no part; `False` means that `find` must be asked."""
        return not self._may_hold(token[:SHORTEST_PART]) or not self.find(token)

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and value of each part that stands alone in a text."""
        found: list[tuple[int, int, str]] = []
        if not self._values:
            return found
        every = self._all()
        if self._grams is None and every.grams.isdisjoint(every.pattern.findall(text)):
            return found
        joined = every.text
        past = 0
        for match in _START.finditer(text):
            start = match.start()
            if start < past:
                continue
            gram = text[start : start + SHORTEST_PART]
            if not self._may_hold(gram) or gram not in joined:
                continue
            end, value = _longest(text, start, gram, joined)
            if value:
                found.append((start, end, value))
                past = end
        return found

    def _may_hold(self, gram: str) -> bool:
        grams = self._grams
        if grams is None:
            return gram in self._all().grams
        bit = hash(gram) & grams[1]
        return grams[0][bit >> 3] & (1 << (bit & 7)) != 0

    def _all(self) -> _Joined:
        """Return the values as one text, with their grams while they are few."""
        every = self._joined
        if every.changes != self._changes:
            # The number is read before the values: a change in between makes the text stale, not
            # wrong.
            changes = self._changes
            values = tuple(self._values)
            grams: frozenset[str] = frozenset()
            pattern = _NO_GRAM
            if self._grams is None:
                grams = frozenset(
                    value[at : at + SHORTEST_PART]
                    for value in values
                    for at in range(len(value) - SHORTEST_PART + 1)
                )
                pattern = _gram_pattern("".join(sorted(set("".join(grams)))))
            text = "\n" + "\n".join(values) + "\n"
            every = self._joined = _Joined(changes, text, grams, pattern)
        return every


@lru_cache(maxsize=64)
def _gram_pattern(characters: str) -> re.Pattern[str]:
    """Return the pattern of the grams at which a part may start, of these characters only.

    It consumes the rest of a word, in which no part starts.
    """
    if not characters:
        return _NO_GRAM
    gram = f"[{re.escape(characters)}]{{{SHORTEST_PART}}}"
    return re.compile(rf"(?=({gram}))(?:[^\W_]+|.)", re.DOTALL)


def _set_bits(table: tuple[bytearray, int], value: str) -> None:
    bits, mask = table
    for at in range(len(value) - SHORTEST_PART + 1):
        bit = hash(value[at : at + SHORTEST_PART]) & mask
        bits[bit >> 3] |= 1 << (bit & 7)


def _longest(text: str, start: int, gram: str, joined: str) -> tuple[int, str]:
    """Return end and value of the longest part that starts at a position, or an empty value."""
    best, owner = start, ""
    at = joined.find(gram)
    for _ in range(_MOST_CANDIDATES):
        if at < 0:
            break
        end, other = start + SHORTEST_PART, at + SHORTEST_PART
        while end < len(text) and text[end] == joined[other] != "\n":
            end += 1
            other += 1
        if end > best and _is_alone(text, end):
            first = joined.rfind("\n", 0, at) + 1
            value = joined[first : joined.find("\n", at)]
            if _is_telling(text, start, end, value, at - first):
                best, owner = end, value
        at = joined.find(gram, at + 1)
    return best, owner


def _is_alone(text: str, end: int) -> bool:
    return end >= len(text) or not text[end].isalnum() or not text[end - 1].isalnum()


def _is_telling(text: str, start: int, end: int, value: str, offset: int) -> bool:
    shared = text[start:end]
    if len(shared) == len(value):
        return len(value) >= 6
    if gives_away(shared, value) or _MARK.search(shared) is not None:
        return True
    if not is_generated(value) or shared.lower() in COMMON or shared.lower() in _HEX_WORDS:
        return False
    if shared.strip("-").isdigit():
        is_cut = text.startswith(_DOTS, end) or text[:start].endswith(_DOTS)
        return len(shared) >= 8 or is_cut
    if _HEX.fullmatch(value) is not None:
        return shared[0] != "-"
    return _ONE_CASE.fullmatch(shared) is None or not _is_word(value, offset, shared)


def _is_word(value: str, offset: int, shared: str) -> bool:
    """Return True if a part in one case belongs to letters that read like words."""
    same = str.isupper
    if shared.islower():
        same = str.islower
    first, last = offset, offset + len(shared)
    while first > 0 and same(value[first - 1]):
        first -= 1
    while last < len(value) and same(value[last]):
        last += 1
    least = _WORD_FROM
    if is_dense(value):
        least += 4
    return last - first >= least and _NO_WORD.search(value, first, last) is None


def gives_away(shared: str, value: str) -> bool:
    """Return True if a part tells something: "production-db" of a password does not.

    Args:
        shared: The part.
        value: The registered value, or the form of it, that holds the part.
    """
    if len(shared) * 20 >= len(value) * 17:
        return True
    if has_digit(shared):
        return has_letter(shared) or value.isdigit()
    is_mixed = _BOTH_CASES.fullmatch(shared) is not None and is_generated(value)
    return is_mixed or _NO_WORD.search(shared) is not None


def is_generated(value: str) -> bool:
    """Return True if a value looks random, so that letters alone are no word."""
    if len(value) >= 16 and has_digit(value) and _HEX.fullmatch(value) is not None:
        return True
    return is_dense(value) or _NO_WORD.search(value) is not None
