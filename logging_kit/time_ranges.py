"""Time ranges that a reader names: `today`, `yesterday`, `24h`, from one time to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from logging_kit.line import parse_duration

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)
LONGEST_S: Final = 366 * 86_400
"""The longest range of a dashboard, in seconds."""

_DAYS: Final = {"today": 0, "yesterday": 1}
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_BETWEEN: Final = re.compile(r"\s*(?:\.\.|…|–|—|\bto\b| - )\s*")


def day_start(moment: datetime, zone: tzinfo | None, days_ago: int = 0) -> datetime:
    """Return the midnight that began a day of the calendar, also when the clocks change.

    Args:
        moment: A moment of the day.
        zone: The reader's time zone; None for that of this machine.
        days_ago: Number of days to go back from that day.
    """
    day = moment.astimezone(zone).date() - timedelta(days=days_ago)
    return _in_zone(datetime.combine(day, time()), zone)


def parse_moment(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    """Return the moment that a text names.

    Args:
        text: An age such as `24h`, a day or a time such as `2026-11-01T09:00`, a time of today
            such as `09:00`, or `now`, `today` and `yesterday`, which begin at midnight.
        now: The current time.
        zone: The reader's time zone; None for that of this machine.

    Raises:
        ValueError: If the text is none of these.
    """
    word = text.strip().lower()
    if word == "now":
        return now
    if word in _DAYS:
        return day_start(now, zone, _DAYS[word])
    try:
        return max(now - timedelta(microseconds=parse_duration(word)), FIRST)
    except OverflowError:
        return FIRST
    except ValueError:
        pass  # then it is a moment
    try:
        if clock := _CLOCK.fullmatch(word):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            found = datetime.combine(now.astimezone(zone).date(), time(hour, minute, second))
        else:
            found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is neither an age such as 24h or 7d nor a time such as 2026-11-01, "
            "2026-11-01T09:00, 09:00, today or yesterday"
        ) from None
    # checked before it has a zone: the first and the last day of all have no offset
    if found.year <= FIRST.year:
        return FIRST
    if found.year >= LAST.year:
        return LAST
    if found.tzinfo is not None:
        return found
    return _in_zone(found, zone)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The time range of a screen: the last hours, a day of the calendar, or a fixed range.

    Args:
        span_s: Length in seconds, of a range that is no day.
        until_ms: Fixed end, in ms since 1970-01-01 UTC; None for a range that ends now.
        days_ago: A day of the calendar, counted back from today; None for a range that is no day.
    """

    span_s: int = 86_400
    until_ms: int | None = None
    days_ago: int | None = None

    def bounds(self, now_ms: int, zone: tzinfo | None) -> tuple[int, int]:
        """Return start and end in ms since 1970-01-01 UTC.

        Args:
            now_ms: The current time, in ms since 1970-01-01 UTC.
            zone: The reader's time zone; None for that of this machine.
        """
        if self.days_ago is None:
            end = now_ms
            if self.until_ms is not None:
                end = self.until_ms
            return end - self.span_s * 1000, end
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        start = _ms(day_start(now, zone, self.days_ago))
        if self.days_ago == 0:
            return min(start, now_ms - 1000), now_ms
        return start, _ms(day_start(now, zone, self.days_ago - 1))

    def before(self, now_ms: int, zone: tzinfo | None) -> tuple[int, int]:
        """Return the range to compare with: as long, and just before this one.

        Today is compared with yesterday up to the same time of the day.
        """
        start, end = self.bounds(now_ms, zone)
        if self.days_ago is None:
            return start - (end - start), start
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        earlier = _ms(day_start(now, zone, self.days_ago + 1))
        return earlier, min(earlier + end - start, start)

    def stepped(self, windows: int, now_ms: int) -> TimeRange:
        """Return the range that is some windows later, or earlier; none ends in the future.

        Args:
            windows: Number of windows; negative for earlier ones.
            now_ms: The current time, in ms since 1970-01-01 UTC.
        """
        if self.days_ago is not None:
            return TimeRange(self.span_s, days_ago=max(self.days_ago - windows, 0))
        end = now_ms
        if self.until_ms is not None:
            end = self.until_ms
        end += windows * self.span_s * 1000
        if end >= now_ms:
            return TimeRange(self.span_s)
        return TimeRange(self.span_s, end)


def parse_range(text: str, now: datetime, zone: tzinfo | None) -> TimeRange:
    """Return the time range that a text names.

    Args:
        text: `24h`, `today`, `yesterday`, a day such as `2026-11-20`, or two moments of
            `parse_moment` with `..` or `to` between them.
        now: The current time.
        zone: The reader's time zone; None for that of this machine.

    Raises:
        ValueError: If the text names no range, or one that is empty or too long.

    Example:
        >>> parse_range("6h", datetime.now(UTC), UTC)
        TimeRange(span_s=21600, until_ms=None, days_ago=None)
    """
    word = text.strip()
    if word.lower() in _DAYS:
        return TimeRange(days_ago=_DAYS[word.lower()])
    first, *rest = _BETWEEN.split(word)
    if len(rest) == 1:
        start = parse_moment(first, now, zone)
        end = now
        if rest[0]:
            end = parse_moment(rest[0], now, zone)
        return TimeRange(_length(start, end, text), _ms(end))
    try:
        seconds = parse_duration(word) // 1_000_000
    except ValueError:
        day = _day(word, zone, text)
        _length(day, now, text)
        return TimeRange(days_ago=(now.astimezone(zone).date() - day.date()).days)
    if not 0 < seconds <= LONGEST_S:
        raise ValueError(
            f"a range, such as 24h, is at most {LONGEST_S // 86_400}d long, not {text!r}"
        )
    return TimeRange(seconds)


def _day(word: str, zone: tzinfo | None, text: str) -> datetime:
    try:
        return _in_zone(datetime.strptime(word, "%Y-%m-%d"), zone)
    except ValueError:
        raise ValueError(
            f"{text!r} is no range, such as 24h, today, yesterday, 2026-11-20, "
            "2026-11-20T09:00..2026-11-20T15:00 or 09:00..15:00"
        ) from None


def _length(start: datetime, end: datetime, text: str) -> int:
    seconds = int((end - start).total_seconds())
    if seconds <= 0:
        raise ValueError(f"the range {text!r} is empty: its end is not after its start")
    if seconds > LONGEST_S + 86_400:
        raise ValueError(
            f"a range, such as 24h, is at most {LONGEST_S // 86_400}d long, not {text!r}"
        )
    return seconds


def _in_zone(naive: datetime, zone: tzinfo | None) -> datetime:
    if zone is None:
        return naive.astimezone()
    return naive.replace(tzinfo=zone)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
