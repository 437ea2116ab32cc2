"""Other forms of a secret: escaped, percent-encoded, in HTML, in base64, in hex.

Escaped forms are made from the value. Base64 and hex are decoded from the text instead, because
their forms depend on the bytes around the value.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, NamedTuple

_HEX_VALUE: Final = re.compile(r"(?:0x)?[0-9a-fA-F-]{8,}")
_UNRESERVED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")

_HEX_RUN: Final = re.compile(
    r"[0-9a-fA-F]{12,}|[0-9a-fA-F]{2}(?:([ :-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4,}"
)
_PRINTABLE_HEX: Final = re.compile(r"[2-7](?:[0-9a-fA-F][ :-]?[2-7]){5}[0-9a-fA-F]")
"""Six printable ASCII characters in hex, which few hashes hold."""

_BASE64_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_SHORT_BASE64_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_FEWEST_SHARED: Final = 6
"""Characters of a value that a decoded text must hold at least, unless the value is shorter."""
_WORDS: Final = re.compile(r"/?(?:[A-Z]?[a-z]+|[A-Z]+|\d+)(?:[-_/](?:[A-Z]?[a-z]+|[A-Z]+|\d+))*")
_TO_STANDARD: Final = str.maketrans("-_", "+/")


class Decoded(NamedTuple):
    """A run of base64 or hex in a text, decoded to one character for each byte."""

    text: str
    span: Callable[[int, int], tuple[int, int]]
    """Return where a stretch of the decoded text stands in the original."""


def encodings(value: str) -> set[str]:
    """Return the value with every form of it that escaping and quoting makes.

    Args:
        value: The secret, as the program uses it.

    Returns:
        One form for a value of letters and digits; several for one with special characters.
    """
    found = {value, value.strip()} | _escaped(value) | _quoted(value)
    if not value.isascii():
        found.add(value.encode("utf-8", "replace").decode("latin-1"))
    if _HEX_VALUE.fullmatch(value):
        bare = value.removeprefix("0x").replace("-", "").lower()
        found |= {value.upper(), value.lower(), bare, bare.upper()}
        if len(bare) % 2 == 0:
            pairs = [bare[at : at + 2] for at in range(0, len(bare), 2)]
            for separator in ":", " ", "-":
                joined = separator.join(pairs)
                found |= {joined, joined.upper()}
    return {form for form in found if form}


@cache
def _printable(count: int) -> re.Pattern[bytes]:
    """Return the pattern of some printable ASCII characters in a row, which few hashes hold."""
    return re.compile(rb"[\t\n\r -~]{%d}" % count)


def decoded_runs(text: str, *, short: int, ascii_only: bool) -> Iterator[Decoded]:
    """Yield what the runs of hex and base64 in a text decode to, at each alignment.

    Args:
        text: The text.
        short: Length of the shortest value if it has fewer than twelve characters, else 0.
        ascii_only: Skip runs that hold too few printable ASCII characters in a row.
    """
    if not ascii_only or _PRINTABLE_HEX.search(text) is not None:
        for run in _HEX_RUN.finditer(text):
            yield from _from_hex(run)
    printable = None
    if ascii_only:
        printable = _printable(min(short or _FEWEST_SHARED, _FEWEST_SHARED))
    pattern = _BASE64_RUN
    if short:
        pattern = _SHORT_BASE64_RUN
    for run in pattern.finditer(text):
        if _WORDS.fullmatch(run[0]) is None:
            yield from _from_base64(run, printable)


def holds_ascii_hex(token: str) -> bool:
    """Return True if a token holds six printable ASCII characters in hex."""
    return _PRINTABLE_HEX.search(token) is not None


def _from_hex(run: re.Match[str]) -> Iterator[Decoded]:
    start = run.start()
    if run[1] is not None:
        raw = bytes.fromhex(run[0].replace(run[1], ""))
        yield Decoded(raw.decode("latin-1"), lambda at, to: (start + 3 * at, start + 3 * to - 1))
        return
    for shift in 0, 1:
        size = (len(run[0]) - shift) // 2 * 2
        raw = bytes.fromhex(run[0][shift : shift + size])

        def span(at: int, to: int, first: int = start + shift) -> tuple[int, int]:
            return first + 2 * at, first + 2 * to

        yield Decoded(raw.decode("latin-1"), span)


def _from_base64(run: re.Match[str], printable: re.Pattern[bytes] | None) -> Iterator[Decoded]:
    body = run[0].rstrip("=").translate(_TO_STANDARD)
    for shift in range(4):
        piece = body[shift:]
        rest = len(piece) % 4
        if rest == 1:
            piece, rest = piece[:-1], 0
        try:
            raw = binascii.a2b_base64(piece + "=" * (-rest % 4))
        except binascii.Error:
            continue
        if printable is not None and printable.search(raw) is None:
            continue
        first, last = run.start() + shift, run.end()

        def span(at: int, to: int, first: int = first, last: int = last) -> tuple[int, int]:
            end = first + -(-to * 4 // 3)
            return first + at * 4 // 3, last if end + 2 >= last else end

        yield Decoded(raw.decode("latin-1"), span)


def _percent(value: str, safe: str = "") -> str:
    kept = _UNRESERVED + safe
    pieces = []
    for char in value:
        if char in kept:
            pieces.append(char)
        else:
            pieces += [f"%{byte:02X}" for byte in char.encode("utf-8", "replace")]
    return "".join(pieces)


def _lower_percent(value: str) -> str:
    return _PERCENT.sub(lambda found: found[0].lower(), value)


def _escaped(value: str) -> set[str]:
    """Return the value in JSON, in `repr` and in shells, escaped once and twice."""
    once = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    once.add(repr(value.encode("utf-8", "replace"))[2:-1])
    once.add(value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'"))
    return once | {json.dumps(form)[1:-1] for form in once} | {repr(form)[1:-1] for form in once}


def _quoted(value: str) -> set[str]:
    """Return the value percent-encoded, in a form body and in HTML."""
    percent = _percent(value)
    double = _percent(percent)
    found = {percent, _percent(value, "/"), double}
    found |= {_lower_percent(form) for form in found}
    plus = _percent(value, " ").replace(" ", "+")
    html = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    quotes = html.replace('"', "&quot;")
    apostrophes = {quotes.replace("'", "&#x27;"), quotes.replace("'", "&#39;")}
    return found | {plus, _lower_percent(plus), html, quotes} | apostrophes
