r"""Texts with their escapes undone, and where each of their characters came from.

A secret in JSON in a log line in JSON is escaped twice, and a Korean name may stand there as `\u`
escapes or percent-encoded; the rules for plain text then apply to what it means, and what they find
is masked where it stands.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtbf\"'\\/`])")
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_ENTITY: Final = re.compile(r"&(?:quot|apos|lt|gt|amp|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
_MEANING: Final = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "quot": '"', "apos": "'", "lt": "<",
    "gt": ">", "amp": "&",
}  # fmt: skip
_ANSI: Final = re.compile(r"\x1b\[[\d;]{0,12}[a-zA-Z]")
ODD_CHARACTERS: Final = re.compile(
    "(?P<invisible>[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]+)|[\uff01-\uff5e\u3000]|[\u1100-\u11ff]{2,}"
    "|[A-Za-z\u0430-\u044f\u0410-\u042f\u3040-\u30ff][\u0300-\u036f\u3099\u309a]+"
)
"""Invisible characters, full-width letters, and letters in pieces (NFD)."""

_MAX_VIEWS: Final = 3
_LONG: Final = 16_384


class View(NamedTuple):
    """A text with one level of escapes undone."""

    text: str
    starts: list[int]
    """Positions in this text at which the distance to the original changes."""
    origins: list[int]
    """The positions in the original of these."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of this text stands in the original."""
        return self._origin(start), self._origin(end)

    def _origin(self, at: int) -> int:
        index = bisect_right(self.starts, at) - 1
        return self.origins[index] + at - self.starts[index]


def views(text: str) -> Iterator[tuple[str, list[View]]]:
    """Yield the text with one, two and three levels of escapes undone, each with its way back.

    Args:
        text: The text as it is.
    """
    way: list[View] = []
    dense = len(text) > _LONG and text.count("\\") + text.count("%") > len(text) // 6
    levels = 2
    if dense:
        levels = 1
    elif len(text) < _LONG:
        levels = _MAX_VIEWS
    for _ in range(levels):
        view = _undone(text)
        if view is None:
            return
        way = [*way, view]
        text = view.text
        yield text, way


def original(way: list[View], start: int, end: int) -> tuple[int, int]:
    """Map a stretch of the last view back to the original text."""
    for view in reversed(way):
        start, end = view.span(start, end)
    return start, end


def unquoted(value: str) -> str:
    """Undo percent-encoding."""
    return _PERCENT.sub(
        lambda match: bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace"), value
    )


def _undone(text: str) -> View | None:
    if "\x1b" in text:
        pattern = _ANSI
    elif _has_odd_character(text):
        pattern = ODD_CHARACTERS
    elif "\\" in text:
        pattern = _ESCAPE
    elif "%" in text:
        pattern = _PERCENT
    elif "&" in text:
        pattern = _ENTITY
    else:
        return None
    pieces: list[str] = []
    starts, origins = [0], [0]
    at = length = 0
    for match in pattern.finditer(text):
        start = match.start()
        if start > at:
            pieces.append(text[at:start])
            length += start - at
        for meaning, end in _meanings(match):
            pieces.append(meaning)
            length += 1
            starts.append(length)
            origins.append(end)
        at = match.end()
        if origins[-1] != at:
            starts.append(length)
            origins.append(at)
    if not at:
        return None
    pieces.append(text[at:])
    return View("".join(pieces), starts, origins)


def _has_odd_character(text: str) -> bool:
    return not (text.isascii() and text.isprintable()) and ODD_CHARACTERS.search(text) is not None


def _separates(match: re.Match[str]) -> bool:
    """Return True if control characters stand between fields: of FIX, or of an environment."""
    if "\x01" in match[0]:
        return True
    if "\x00" not in match[0]:
        return False
    text, start = match.string, match.start()
    is_utf16 = text.count("\x00") * 3 > len(text)
    return not is_utf16 and "=" in text[text.rfind("\x00", 0, start) + 1 : start]


def _composed(match: re.Match[str]) -> Iterable[tuple[str, int]]:
    """Return the usual form of an odd character, and where each part of it ends."""
    if match["invisible"] is not None:
        if _separates(match):
            return ((" ", match.end()),)
        return ()
    usual = unicodedata.normalize("NFKC", match[0])
    ends = [min(match.start() + at + 1, match.end()) for at in range(len(usual))]
    return zip(usual, [*ends[:-1], match.end()], strict=True)


def _meanings(match: re.Match[str]) -> Iterable[tuple[str, int]]:
    """Return each character that an escape stands for, and where it ends."""
    if match.re is ODD_CHARACTERS:
        return _composed(match)
    found = match[0]
    if found[0] == "\\":
        if found[1] not in "ux":
            return ((_MEANING.get(found[1], found[1]), match.end()),)
        code = int(f"0{found[1:].replace('u', 'x')}", base=0)
        return (("\ufffd" if 0xD800 <= code < 0xE000 else chr(code), match.end()),)
    if found[0] == "\x1b":
        return ()
    if found[0] == "%":
        at = match.start()
        chars = []
        for char in bytes.fromhex(found.replace("%", "")).decode("utf-8", "replace"):
            at += 3 * (len(char.encode()) if char != "\ufffd" else 1)
            chars.append((char, at))
        return chars
    name = found[1:-1]
    if name[0] != "#":
        return ((_MEANING[name], match.end()),)
    digits = name[1:].lstrip("0") or "0"
    if name[1] == "x":
        digits = f"0{name[1:]}"
    code = int(digits, base=0)
    if code < 0xD800:
        return ((chr(code), match.end()),)
    return ((" ", match.end()),)


def lower_case(text: str) -> str:
    """Return a text in lower case of the same length; that of some letters ("İ") is longer."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
