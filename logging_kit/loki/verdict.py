"""Meaning of an answer: accepted, to be tried again, or too much or wrong in this form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Final

from .entry import Entry

_LATER: Final = frozenset((408, 425, 429))
_SMALLER: Final = frozenset((400, 413, 422))
_OLDEST: Final = re.compile(r"oldest acceptable timestamp is: (\S+?Z)\b")
_NO_METADATA: Final = re.compile(r"structured metadata.{0,60}(disallowed|not allowed)", re.DOTALL)


class Verdict(Enum):
    """Meaning of a status code."""

    ACCEPTED = auto()
    LATER = auto()
    """The server cannot accept it now."""
    SPLIT = auto()
    """Something of it is wrong or too large: halves show which entry."""
    MISCONFIGURED = auto()
    """Wrong address or credentials: no entry is to blame, and a person has to act."""


def verdict_of(status: int) -> Verdict:
    """Return the meaning of a status code."""
    if 200 <= status < 300:
        return Verdict.ACCEPTED
    if status in _LATER or status >= 500:
        return Verdict.LATER
    if status in _SMALLER:
        return Verdict.SPLIT
    return Verdict.MISCONFIGURED


def refuses_metadata(text: str) -> bool:
    """Return True if an answer says that the server allows no structured metadata."""
    return _NO_METADATA.search(text) is not None


def oldest_accepted(text: str) -> int | None:
    """Return the time before which the server refuses entries; `None` if the answer has none.

    Args:
        text: Body of an answer; Loki writes `oldest acceptable timestamp is: 2026-…Z`.

    Returns:
        Nanoseconds since 1970-01-01 UTC.
    """
    times = [_nanoseconds(found) for found in _OLDEST.findall(text)]
    known = [time for time in times if time is not None]
    if not known:
        return None
    return min(known)


def _nanoseconds(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError):
        return None


def split_by_time(
    entries: Sequence[Entry], oldest_ns: int
) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Return the entries before a moment, and the others."""
    old = [entry for entry in entries if entry.time_ns < oldest_ns]
    young = [entry for entry in entries if entry.time_ns >= oldest_ns]
    return old, young
