"""The forms in which a value may stand in a text: escaped, quoted, percent-encoded, base64, hex."""

from __future__ import annotations

import binascii
import json
import re

_HEX = re.compile(r"(?:0x)?[0-9a-fA-F-]{8,}")


def _base64(raw: bytes) -> set[str]:
    """Base64 at the three alignments, without the characters that the neighbours share."""
    found = set()
    for shift, shared in ((0, 0), (1, 2), (2, 3)):
        full = binascii.b2a_base64(b"\0" * shift + raw, newline=False).decode()
        rest = (shift + len(raw)) % 3
        piece = full[shared : len(full) - (0, 3, 2)[rest]]
        found |= {piece, piece.replace("+", "-").replace("/", "_")}
    return found


def _percent(value: str, safe: str = "") -> str:
    kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~" + safe
    return "".join(
        char
        if char in kept
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
        for char in value
    )


def _lower_percent(value: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), value)


def _escaped(value: str) -> set[str]:
    """JSON with and without ASCII only, repr, and each of them once more."""
    once = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    once.add(repr(value.encode("utf-8", "replace"))[2:-1])
    once.add(value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'"))
    return once | {json.dumps(form)[1:-1] for form in once} | {repr(form)[1:-1] for form in once}


def _quoted(value: str) -> set[str]:
    percent = _percent(value)
    double = _percent(percent)
    found = {percent, _percent(value, "/"), double}
    found |= {_lower_percent(form) for form in found}
    plus = _percent(value, " ").replace(" ", "+")
    html = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    quotes = html.replace('"', "&quot;")
    return found | {
        plus,
        _lower_percent(plus),
        html,
        quotes,
        quotes.replace("'", "&#x27;"),
        quotes.replace("'", "&#39;"),
    }


def encodings(value: str) -> set[str]:
    """Return every form of a value that is searched for, the value itself among them.

    Args:
        value: The secret, as it is used.
    """
    raw = value.encode("utf-8", "replace")
    digits = raw.hex()
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    found = {value, value.strip(), digits, digits.upper(), " ".join(pairs), ":".join(pairs)}
    found |= _escaped(value) | _quoted(value) | _base64(raw)
    if _HEX.fullmatch(value):
        found |= {value.upper(), value.lower(), value.replace("-", "")}
    return {form for form in found if form}
