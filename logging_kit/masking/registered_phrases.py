"""Registered values of several words: mnemonics and passphrases, of which no two words may show.

The words of a phrase are found in order, whatever stands between them: line ends, quotes, commas
or numbers.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile("(?:[^\\W\\d_][\u0300-\u036f\u3099\u309a]*)+")
_WIDEST_GAP: Final = 16
_LETTERS_OF_TWO: Final = 10
_MNEMONIC_LENGTHS: Final = frozenset((12, 13, 15, 18, 21, 24, 25))


class PhraseIndex:
    """Pairs of neighbouring words of the registered phrases."""

    def __init__(self) -> None:
        self._phrases_of: dict[tuple[str, str], tuple[str, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._phrases_of)

    def add(self, phrase: str) -> None:
        """Add a phrase of two or more words; a value of one word is no phrase."""
        for pair in _pairs(phrase):
            known = self._phrases_of.get(pair, ())
            if phrase not in known:
                self._phrases_of[pair] = (*known, phrase)

    def discard(self, phrase: str) -> None:
        """Remove a phrase; the others are found all the time."""
        for pair in _pairs(phrase):
            rest = tuple(other for other in self._phrases_of.get(pair, ()) if other != phrase)
            if rest:
                self._phrases_of[pair] = rest
            else:
                self._phrases_of.pop(pair, None)

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and phrase of each run of words that tells a part of a phrase."""
        words = list(_WORD.finditer(text))
        lower = [word[0].lower() for word in words]
        found: list[tuple[int, int, str]] = []
        at = 0
        while at < len(words) - 1:
            phrases = self._phrases_of.get((lower[at], lower[at + 1]), ())
            best, owner = at, ""
            for phrase in phrases:
                last = _run(words, lower, at, phrase)
                if last > best:
                    best, owner = last, phrase
            if owner:
                found.append(_with_cut_words(words, lower, at, best, owner))
                at = best
            at += 1
        return found


def _words(phrase: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(phrase)]


def _pairs(phrase: str) -> list[tuple[str, str]]:
    if not any(char.isspace() for char in phrase.strip()):
        return []
    words = _words(phrase)
    return list(dict.fromkeys(pairwise(words)))


def _run(words: list[re.Match[str]], lower: list[str], at: int, phrase: str) -> int:
    """Return the index of the last word that continues a phrase, or `at` if it tells nothing."""
    inside = _words(phrase)
    best = at
    for first in range(len(inside) - 1):
        if inside[first] != lower[at]:
            continue
        last = at
        for word in inside[first + 1 :]:
            after = last + 1
            if after >= len(words) or lower[after] != word:
                break
            if words[after].start() - words[last].end() > _WIDEST_GAP:
                break
            last = after
        best = max(best, last)
    count = best - at + 1
    letters = sum(map(len, lower[at : best + 1]))
    is_mnemonic = len(inside) in _MNEMONIC_LENGTHS
    if count >= 3 or (count == 2 and (is_mnemonic or letters >= _LETTERS_OF_TWO)):
        return best
    return at


def _with_cut_words(
    words: list[re.Match[str]], lower: list[str], first: int, last: int, phrase: str
) -> tuple[int, int, str]:
    """Return the run with the cut words at its ends: "rrect horse battery stap"."""
    inside = _words(phrase)
    run = lower[first : last + 1]
    start, end = words[first].start(), words[last].end()
    for at in range(len(inside) - len(run) + 1):
        if inside[at : at + len(run)] != run:
            continue
        before, after = first - 1, last + 1
        if at > 0 and before >= 0 and inside[at - 1].endswith(lower[before]):
            start = min(start, words[before].start())
        rest = at + len(run)
        if rest < len(inside) and after < len(words) and inside[rest].startswith(lower[after]):
            end = max(end, words[after].end())
    return start, end, phrase
