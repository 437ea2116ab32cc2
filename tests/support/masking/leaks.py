"""Checks whether a part of a secret is readable in an output."""

from __future__ import annotations

import re


def runs(secret: str) -> list[str]:
    """The parts of a secret that count as a leak.

    Runs of 60 % of it, at least 8 and at most 16 characters.
    """
    size = min(16, max(8, -(-len(secret) * 6 // 10)))
    return (
        [secret]
        if len(secret) <= size
        else [secret[at : at + size] for at in range(len(secret) - size + 1)]
    )


def leaks(secret: str, output: str) -> bool:
    """Return True if a secret, or too much of it, stands in an output."""
    return any(part in output for part in runs(secret))


_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


def undone(text: str) -> list[str]:
    """A text as it is, and with its backslash escapes undone once and twice."""
    found = [text]
    for _ in range(2):
        found.append(_ESCAPE.sub(_meaning, found[-1]))
    return found


def _meaning(escape: re.Match[str]) -> str:
    kind = escape[1]
    return chr(int(kind[1:], 16)) if len(kind) > 1 else _LETTERS.get(kind, kind)
