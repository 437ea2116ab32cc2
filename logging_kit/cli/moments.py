"""Moments as a person writes them: ages, dates, times of today."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ..line import parse_duration

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_CLOCK: Final = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?")


def parse_moment(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    """Read a moment.

    Args:
        text: An age such as `24h`, `now`, `today`, `yesterday`, a time of today such as `09:30`,
            or a date with or without a time, such as `2026-11-01` or `2026-11-01T09:00+09:00`.
        now: The present moment.
        zone: Time zone of a text that names none; None for that of this machine.

    Raises:
        ValueError: If it is something else.
    """
    word = text.strip().lower()
    try:
        return max(now - timedelta(microseconds=parse_duration(word.removeprefix("-"))), FIRST)
    except OverflowError:
        return FIRST
    except ValueError:
        pass  # then it is a moment
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if word == "now":
        return now
    if word in ("today", "yesterday"):
        return in_zone(day - timedelta(days=word == "yesterday"), zone)
    if _CLOCK.fullmatch(word):
        word = f"{day:%Y-%m-%d}T{word:0>5}"
    try:
        found = datetime.fromisoformat(word.upper())
    except ValueError:
        raise ValueError(
            f"{text!r} is neither an age such as 24h or 7d nor a time such as 2026-11-01, 09:30 "
            "or yesterday"
        ) from None
    # before it has a zone: the first and the last day of all have no offset
    if found.year <= FIRST.year:
        return FIRST
    if found.year >= LAST.year:
        return LAST
    if found.tzinfo is not None:
        return found
    return in_zone(found, zone)


def in_zone(naive: datetime, zone: tzinfo | None) -> datetime:
    """Return a moment of a zone; None for that of this machine."""
    if zone is None:
        return naive.astimezone()
    return naive.replace(tzinfo=zone)
