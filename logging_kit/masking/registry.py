"""The values that are known to be secret, and the search for them and for parts of them.

A change never hides the other values from a search in another thread: tables are changed entry by
entry, lists are built aside and swapped.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from .encodings import decoded_runs, encodings, holds_ascii_hex
from .parts import SHORTEST_PART, PartIndex, gives_away
from .piece_index import PIECE, SAMPLED, WINDOW, PieceIndex
from .registered_phrases import PhraseIndex
from .rules.value_shapes import has_digit, has_letter, is_opaque

_MAX_VALUE: Final = 16_384
_LARGE: Final = 256
_ARMOUR: Final = re.compile(r"-----[A-Z0-9 ]+-----")
_HEX: Final = re.compile(r"[0-9a-f-]{12}")
_NUMBER: Final = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_FOREIGN: Final = re.compile(r"[^\t\n\r -~]")
_SPACED_HEX: Final = re.compile(r"[0-9a-fA-F]{2}(?:[ :][0-9a-fA-F]{2})*")
_PARTS: Final = re.compile(r"[\s/?&:@=;,'\"{}()\[\]<>|]+")


class Found(NamedTuple):
    """A registered value, or a part of one, in a text."""

    start: int
    end: int
    name: str


class _Short(NamedTuple):
    """A form that is too short for the table of pieces."""

    form: str
    value: str
    pattern: re.Pattern[str]


class Registry:
    """The secrets of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[str, str] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        self._index = PieceIndex(1)
        self._parts = PartIndex()
        self._phrases = PhraseIndex()
        self._short: tuple[_Short, ...] = ()
        self._traits = {"hex": 0, "number": 0, "foreign": 0}
        self.has_hex = False
        """Whether a value has hex digits and dashes in a row, so that a UUID may hold a part."""
        self.has_numbers = False
        """Whether a value could be written as a number."""
        self._listeners: weakref.WeakSet[Any] = weakref.WeakSet()
        self.loose: tuple[str, ...] = ()
        """Forms without twelve characters in a row that are no space, besides spaced hex."""

    @property
    def shortest(self) -> int:
        """Length of the shortest text that can hold a value or a part of one, in characters."""
        if not self._short:
            return SHORTEST_PART
        return min(SHORTEST_PART, len(self._short[0].form))

    @property
    def has_phrases(self) -> bool:
        """Return True if a value has several words, which a list may hold one by one."""
        return bool(self._phrases)

    def listen(self, masker: Any) -> None:
        """Call `forget_clean` of a masker after every change."""
        self._listeners.add(masker)

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> dict[str, str]:
        """Return a copy of the registered values, each with its name."""
        return dict(self._values)

    def add(self, items: Iterable[tuple[str, str]]) -> int:
        """Add pairs of value and name; return how many were new."""
        with self._lock:
            new = 0
            for given, name in items:
                value = given[:_MAX_VALUE]
                if value not in self._values:
                    new += 1
                    self._values[value] = name
                    self._insert(value)
            if new:
                self._changed()
            return new

    def discard(self, value: str) -> bool:
        """Forget a value; return whether it was known."""
        value = value[:_MAX_VALUE]
        with self._lock:
            if value not in self._values:
                return False
            self._remove(value)
            del self._values[value]
            self._changed()
            return True

    def _changed(self) -> None:
        for masker in list(self._listeners):
            masker.forget_clean()

    def _insert(self, value: str) -> None:
        self._count_traits(value, 1)
        self._phrases.add(value)
        for part in _raw_tokens(value):
            self._parts.add(part)
        short, loose = [], []
        for form in _forms(value):
            if form != value:
                owners = self._owners.get(form, ())
                self._owners[form] = (*owners, value)
                if owners or form in self._values:
                    continue
            elif form in self._owners:
                continue
            if _is_loose(form):
                loose.append(form)
            if len(form) < WINDOW:
                short.append(_Short(form, value, _pattern(form)))
            else:
                self._index.add(form)
        if short:
            by_length = sorted((*self._short, *short), key=lambda one: len(one.form))
            self._short = tuple(by_length)
        if loose:
            self.loose += tuple(loose)
        if self._index.form_step == 1 and len(self._values) > _LARGE:
            index = PieceIndex(SAMPLED)
            for form in (*self._values, *self._owners):
                if len(form) >= WINDOW:
                    index.add(form)
            self._index = index

    def _remove(self, value: str) -> None:
        dropped = set()
        for form in _forms(value):
            if form != value:
                rest = tuple(owner for owner in self._owners.get(form, ()) if owner != value)
                if rest:
                    self._owners[form] = rest
                else:
                    self._owners.pop(form, None)
                if rest or form in self._values:
                    continue
            elif form in self._owners:
                continue
            dropped.add(form)
            if len(form) >= WINDOW:
                self._index.discard(form)
        if any(len(form) < WINDOW for form in dropped):
            self._short = tuple(short for short in self._short if short.form not in dropped)
        if any(map(_is_loose, dropped)):
            self.loose = tuple(form for form in self.loose if form not in dropped)
        self._phrases.discard(value)
        kept = self._owners
        for part in _raw_tokens(value):
            if part == value or part not in kept:
                self._parts.discard(part)
        self._count_traits(value, -1)

    def _count_traits(self, value: str, by: int) -> None:
        self._traits["hex"] += by * (_HEX.search(value) is not None)
        self._traits["number"] += by * (_NUMBER.fullmatch(value) is not None)
        self._traits["foreign"] += by * (_FOREIGN.search(value) is not None)
        self.has_hex = self._traits["hex"] > 0
        self.has_numbers = self._traits["number"] > 0

    def is_clean(self, text: str) -> bool:
        """Return True if a token of hex digits or of digits can hold no value and no part of one.

        Args:
            text: The token; `False` means that `find` must be asked.
        """
        if not self._values:
            return True
        if not self._index.is_clean(text):
            return False
        if self._short and any(short.form in text for short in self._short):
            return False
        size = len(text)
        if size < WINDOW:
            return size < SHORTEST_PART or text.isdigit() or self._parts.is_clean(text)
        return not holds_ascii_hex(text) and not self._traits["foreign"]

    def is_loose(self, text: str) -> bool:
        """Return True if one of the `loose` forms stands in a text."""
        return any(form in text for form in self.loose)

    def holds(self, text: str) -> bool:
        """Return True if a value or a part of one stands in a text as it is, not encoded."""
        return bool(self._find_plain(text)) or bool(self._parts.find(text))

    def find_phrases(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and phrase of each run of words of a registered phrase."""
        return self._phrases.find(text)

    def find(self, text: str, *, whole: bool = False) -> list[Found]:
        """Return start, end and name of each registered value in a text.

        Args:
            text: A decoded string.
            whole: Find only whole values that are not encoded, no parts of them.
        """
        if not self._values:
            return []
        if whole:
            return self._find_plain(text, whole=True)
        found = self._find_plain(text)
        found += [self._found(*part) for part in self._parts.find(text)]
        if self._phrases:
            found += [self._found(*run) for run in self._phrases.find(text)]
        ascii_only = not self._traits["foreign"]
        short = 0
        if self._short:
            short = len(self._short[0].form)
        for run in decoded_runs(text, short=short, ascii_only=ascii_only):
            inner = self._find_plain(run.text)
            found += [Found(*run.span(start, end), name) for start, end, name in inner]
        return found

    def _find_plain(self, text: str, *, whole: bool = False) -> list[Found]:
        found = []
        for start, end, form in self._index.find(text):
            size = end - start
            if size < len(form) and (
                whole
                or size < WINDOW
                or not _is_token(form)
                or not gives_away(text[start:end], form)
            ):
                continue
            found.append(self._found(start, end, form))
        for short in self._short:
            if short.form in text and not (whole and len(short.form) < PIECE):
                found += [
                    self._found(*match.span(), short.value)
                    for match in short.pattern.finditer(text)
                ]
        return found

    def _found(self, start: int, end: int, form: str) -> Found:
        name = self._values.get(form)
        if name is None:
            owners = self._owners.get(form, ())
            name = next((self._values[one] for one in owners if one in self._values), "secret")
        return Found(start, end, name)


def _forms(value: str) -> list[str]:
    """Return the forms of a value and of its lines and opaque parts, in a fixed order."""
    forms = encodings(value)
    if not _is_token(value):
        for piece in _pieces(value):
            forms |= encodings(piece)
    return [form for form in sorted(forms) if len(form) >= min(PIECE, len(value))]


def _raw_tokens(value: str) -> list[str]:
    """Return the value, or its lines and opaque parts, of which parts are searched."""
    if _is_token(value):
        return [value]
    return [piece for piece in _pieces(value) if _is_token(piece)]


def _pieces(value: str) -> Iterator[str]:
    lines = [line.strip() for line in value.splitlines()]
    lines = [line for line in lines if not _ARMOUR.fullmatch(line)]
    pieces = {part for part in _PARTS.split(value) if is_opaque(part)}
    if len(lines) > 1:
        pieces |= {"".join(lines), *lines}
    is_key_file = len(lines) < value.count("\n")
    for piece in pieces:
        # A line of a key file may lack digits by chance; elsewhere a piece without them is a word.
        is_line = piece in lines and is_key_file
        if len(piece) >= 8 and has_letter(piece) and (has_digit(piece) or is_line):
            yield piece


def _is_token(form: str) -> bool:
    return "://" not in form and len(form.split(None, 1)) == 1 and form.strip() == form


def _is_loose(form: str) -> bool:
    longest = max(form.split(), key=len, default="")
    return len(longest) < WINDOW and _SPACED_HEX.fullmatch(form) is None


def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of a short form, which must stand alone unless it is distinctive.

    A PIN of 4821 must not blank a part of a price.
    """
    escaped = re.escape(form)
    if len(form) >= 8 and not form.isalpha():
        return re.compile(escaped)
    left = right = ""
    if form[0].isalnum():
        left = r"(?<![^\W_])"
    if form[-1].isalnum():
        right = r"(?![^\W_])"
    return re.compile(f"{left}{escaped}{right}")
