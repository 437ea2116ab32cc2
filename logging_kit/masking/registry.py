"""The values that are known to be secret, in all their encodings, and the search for them.

A text is searched in steps of seven characters: six of them are looked up in a table of all six-character pieces of all
encodings. Whatever stretch of twelve characters a text shares with a secret, one of those steps falls on it, so the cost does
not depend on how many secrets there are.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Iterable
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from .encodings import encodings
from .rules.value_shapes import has_digit, has_letter, is_dense, is_opaque

PIECE: Final = 6
STEP: Final = 7
WINDOW: Final = PIECE + STEP - 1
_LONGEST_STEP: Final = 64
_WINDOWS_FROM: Final = 20
_MAX_PIECES_ALIKE: Final = 16
_MAX_VALUE: Final = 16_384
_MOST_PIECES: Final = 64


@cache
def _cutter(count: int, step: int) -> Callable[[str], tuple[str, ...]]:
    """Return a function that cuts the first pieces of a text at every step, in one call of C."""
    return itemgetter(*(slice(at * step, at * step + PIECE) for at in range(max(2, count))))


_CUTTERS: Final = tuple(_cutter(count, STEP) for count in range(_MOST_PIECES + 1))
_ARMOUR = re.compile(r"-----[A-Z0-9 ]+-----")
_SPACED_HEX = re.compile(r"[0-9a-fA-F]{2}(?:[ :][0-9a-fA-F]{2})*")
_HEX = re.compile(r"[0-9a-fA-F-]{10}|[0-9a-fA-F]{8}")
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_BOTH_CASES = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z+/=]+")
_PARTS = re.compile(r"[\s/?&:@=;,'\"{}()\[\]<>|]+")


class Found(NamedTuple):
    """A registered value, or a part of one, in a text."""

    start: int
    end: int
    name: str


class _Form(NamedTuple):
    text: str
    name: str
    windows: bool
    """Whether a part of it is hidden too."""
    generated: bool
    """Whether it looks made at random, so that letters alone are no word."""


def _forms(value: str, name: str) -> list[_Form]:
    one_token = not any(char.isspace() for char in value) and "://" not in value
    windows = len(value) >= _WINDOWS_FROM and one_token
    forms = dict.fromkeys(encodings(value), windows)
    if not one_token:
        lines = [line.strip() for line in value.splitlines() if not _ARMOUR.fullmatch(line.strip())]
        pieces = {"".join(lines), *lines} if len(lines) > 1 else set()
        pieces |= {part for part in _PARTS.split(value) if is_opaque(part)}
        for piece in pieces:
            # a line of a key file may lack digits by chance; elsewhere a piece without them is a word
            if (
                len(piece) >= 8
                and has_letter(piece)
                and (has_digit(piece) or (piece in lines and len(lines) < value.count("\n")))
            ):
                opaque = len(piece) >= _WINDOWS_FROM and not any(char.isspace() for char in piece)
                for form in encodings(piece):
                    forms[form] = forms.get(form, False) or opaque
    return [
        _Form(form, name, partly, is_dense(form))
        for form, partly in forms.items()
        if len(form) >= min(PIECE, len(value))
    ]


class Registry:
    """The secrets of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, str] = {}
        self._pieces: dict[str, tuple[tuple[_Form, int], ...]] = {}
        self._keys = self._pieces.keys()
        self._short: tuple[tuple[_Form, re.Pattern[str]], ...] = ()
        self.shortest = WINDOW
        """Length of the shortest form, in characters; no shorter text can hold a secret."""
        self._whole_step = _LONGEST_STEP
        self._listeners: weakref.WeakSet[Any] = weakref.WeakSet()
        self.has_hex = False
        """Whether a value consists of hex digits and dashes, so that a UUID may hold it."""
        self.has_numbers = False
        """Whether a value could be written as a number."""
        self.loose: tuple[str, ...] = ()
        """The forms that hold no twelve characters without a space, besides spaced hex."""

    def listen(self, masker: Any) -> None:
        """Tell a masker (its ``forget``) of every change."""
        self._listeners.add(masker)

    def _changed(self) -> None:
        for masker in list(self._listeners):
            masker.forget_clean()

    def __len__(self) -> int:
        return len(self._values)

    def add(self, items: Iterable[tuple[str, str]]) -> int:
        """Add pairs of value and name; return how many were new."""
        with self._lock:
            new = {
                value[:_MAX_VALUE]: name
                for value, name in items
                if value[:_MAX_VALUE] not in self._values
            }
            for value, name in new.items():
                self._values[value] = name
                self.has_hex = self.has_hex or _HEX.search(value) is not None
                self.has_numbers = self.has_numbers or _NUMBER.fullmatch(value) is not None
                self._insert(_forms(value, name))
            if new:
                self._changed()
            return len(new)

    def discard(self, value: str) -> bool:
        """Forget a value; return whether it was known."""
        with self._lock:
            if self._values.pop(value[:_MAX_VALUE], None) is None:
                return False
            self._pieces, self._short, self.shortest, self._whole_step, self.loose = (
                {},
                (),
                WINDOW,
                _LONGEST_STEP,
                (),
            )
            self.has_hex = self.has_numbers = False
            self._keys = self._pieces.keys()
            for kept, name in self._values.items():
                self.has_hex = self.has_hex or _HEX.search(kept) is not None
                self.has_numbers = self.has_numbers or _NUMBER.fullmatch(kept) is not None
                self._insert(_forms(kept, name))
            self._changed()
            return True

    def _insert(self, forms: list[_Form]) -> None:
        # The table is filled in place: readers see a piece or do not, and the maskers are told when all are there.
        short = []
        for form in forms:
            if len(
                max(form.text.split(), key=len, default="")
            ) < WINDOW and not _SPACED_HEX.fullmatch(form.text):
                self.loose = (*self.loose, form.text)
            if len(form.text) < WINDOW:
                # A short value is only one when it stands alone: a PIN of 4821 must not blank a part of a price.
                left = r"(?<![^\W_])" if form.text[0].isalnum() else ""
                right = r"(?![^\W_])" if form.text[-1].isalnum() else ""
                bounded = form.text == form.name or len(form.text) < 8 or form.text.isalpha()
                escaped = re.escape(form.text)
                short.append((form, re.compile(f"{left}{escaped}{right}" if bounded else escaped)))
                self.shortest = min(self.shortest, len(form.text))
                continue
            self._whole_step = max(STEP, min(self._whole_step, len(form.text) - PIECE + 1))
            for at in range(len(form.text) - PIECE + 1):
                piece = form.text[at : at + PIECE]
                known = self._pieces.get(piece, ())
                if len(known) < _MAX_PIECES_ALIKE:
                    self._pieces[piece] = (*known, (form, at))
        self._short += tuple(short)

    def is_clean(self, text: str) -> bool:
        """Whether no value can stand in a short text; ``False`` says that `find` must be asked."""
        if self._keys:
            count = (len(text) - PIECE) // STEP + 1
            if count > _MOST_PIECES or (
                count > 0 and not self._keys.isdisjoint(_CUTTERS[count](text))
            ):
                return False
        return not self._short or not any(form.text in text for form, _ in self._short)

    def is_loose(self, text: str) -> bool:
        """Whether one of the `loose` forms stands in a text."""
        return any(form in text for form in self.loose)

    def find(self, text: str, *, whole: bool = False) -> list[Found]:
        """Return where registered values stand in a text.

        Args:
            text: A decoded string.
            whole: Only whole values, no parts of them.
        """
        found: list[Found] = []
        pieces = self._pieces
        if pieces and len(text) >= WINDOW:
            # Whole values only: a stretch as long as the shortest of them allows longer steps.
            step = self._whole_step if whole else STEP
            count = (len(text) - PIECE) // step + 1
            if count > _MOST_PIECES:
                hits: Iterable[int] = [
                    at for at in range(0, count * step, step) if text[at : at + PIECE] in pieces
                ]
            elif pieces.keys().isdisjoint(
                (_cutter(count, step) if whole else _CUTTERS[count])(text)
            ):
                hits = ()
            else:
                hits = range(0, count * step, step)
            if hits:
                found = self._extend(text, hits, whole=whole)
        for form, pattern in self._short:
            if form.text in text and not (whole and len(form.text) < PIECE):
                found += [
                    Found(match.start(), match.end(), form.name) for match in pattern.finditer(text)
                ]
        return found

    def _extend(self, text: str, hits: Iterable[int], *, whole: bool) -> list[Found]:
        found: list[Found] = []
        done: dict[str, int] = {}
        for hit in hits:
            for form, offset in self._pieces.get(text[hit : hit + PIECE], ()):
                if done.get(form.text, -1) > hit:
                    continue
                start, end = _common(text, hit, form.text, offset)
                complete = end - start == len(form.text)
                if not complete and (whole or not form.windows or end - start < WINDOW):
                    continue
                if complete or _is_part(text[start:end], form):
                    done[form.text] = end
                    found.append(Found(start, end, form.name))
        return found


def _is_part(shared: str, form: _Form) -> bool:
    """Whether a stretch gives a part of a secret away: "production-db" of a password does not."""
    if has_digit(shared):
        return has_letter(shared)
    return form.generated and _BOTH_CASES.fullmatch(shared) is not None


def _common(text: str, at: int, form: str, offset: int) -> tuple[int, int]:
    """Return the stretch around ``text[at]`` that equals the form around ``form[offset]``."""
    left = 0
    most = min(at, offset)
    while left < most and text[at - left - 1] == form[offset - left - 1]:
        left += 1
    right = PIECE
    most = min(len(text) - at, len(form) - offset)
    while right < most and text[at + right] == form[offset + right]:
        right += 1
    return at - left, at + right
