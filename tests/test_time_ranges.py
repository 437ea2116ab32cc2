"""Time ranges as a reader names them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logging_kit.time_ranges import (
    FIRST,
    LAST,
    TimeRange,
    day_start,
    parse_moment,
    parse_range,
)
from logging_kit.time_zones import parse_time_zone

SEOUL = parse_time_zone("Asia/Seoul")
BERLIN = parse_time_zone("Europe/Berlin")
NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)  # 16:30 in Seoul
NOW_MS = int(NOW.timestamp() * 1000)
HOUR = 3_600_000


def ms(*parts: int, zone: object = SEOUL) -> int:
    return int(datetime(*parts, tzinfo=zone).timestamp() * 1000)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("24h", NOW - timedelta(days=1)),
        ("today", datetime(2026, 11, 21, tzinfo=SEOUL)),
        ("Yesterday", datetime(2026, 11, 20, tzinfo=SEOUL)),
        ("09:00", datetime(2026, 11, 21, 9, tzinfo=SEOUL)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=SEOUL)),
        ("2026-11-01T09:00", datetime(2026, 11, 1, 9, tzinfo=SEOUL)),
        ("2026-11-01T09:00Z", datetime(2026, 11, 1, 9, tzinfo=UTC)),
        ("0001-01-01", FIRST),
        ("9999-12-31", LAST),
        ("99999999999999d", FIRST),
    ],
)
def test_a_moment_is_named_by_an_age_a_word_or_a_time(text: str, expected: datetime) -> None:
    assert parse_moment(text, NOW, SEOUL) == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "tomorrow"])
def test_another_text_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match="neither an age"):
        parse_moment(text, NOW, SEOUL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6h", (NOW_MS - 6 * HOUR, NOW_MS)),
        ("today", (ms(2026, 11, 21), NOW_MS)),
        ("yesterday", (ms(2026, 11, 20), ms(2026, 11, 21))),
        ("2026-11-18", (ms(2026, 11, 18), ms(2026, 11, 19))),
        ("2026-11-21", (ms(2026, 11, 21), NOW_MS)),
        ("09:00..15:00", (ms(2026, 11, 21, 9), ms(2026, 11, 21, 15))),
        ("2026-11-01 to 2026-11-03", (ms(2026, 11, 1), ms(2026, 11, 3))),
        ("2026-11-20T22:00 – 02:00", (ms(2026, 11, 20, 22), ms(2026, 11, 21, 2))),
        ("yesterday..", (ms(2026, 11, 20), NOW_MS)),
    ],
)
def test_a_range_has_its_bounds_in_the_time_zone_of_the_reader(
    text: str, expected: tuple[int, int]
) -> None:
    assert parse_range(text, NOW, SEOUL).bounds(NOW_MS, SEOUL) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("15:00..09:00", "is empty"),
        ("2026-11-25", "is empty"),
        ("2020-01-01..now", "at most 366d"),
        ("900d", "at most 366d"),
        ("0h", "at most 366d"),
        ("lately", "is no range"),
        ("09:00..lately", "neither an age"),
    ],
)
def test_a_range_that_cannot_be_shown_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_range(text, NOW, SEOUL)


def test_days_follow_the_calendar_when_the_clocks_change() -> None:
    now = datetime(2026, 10, 26, 12, tzinfo=BERLIN)
    start, end = TimeRange(days_ago=1).bounds(int(now.timestamp() * 1000), BERLIN)
    assert end - start == 25 * HOUR
    assert day_start(now, BERLIN, 1) == datetime(2026, 10, 25, tzinfo=BERLIN)


def test_a_range_is_compared_with_the_one_before_it() -> None:
    assert TimeRange(3600).before(NOW_MS, SEOUL) == (NOW_MS - 2 * HOUR, NOW_MS - HOUR)
    assert TimeRange(days_ago=1).before(NOW_MS, SEOUL) == (ms(2026, 11, 19), ms(2026, 11, 20))
    assert TimeRange(days_ago=0).before(NOW_MS, SEOUL) == (
        ms(2026, 11, 20),
        ms(2026, 11, 20, 16, 30),
    )


def test_a_range_steps_back_and_forth_and_never_into_the_future() -> None:
    back = TimeRange(3600).stepped(-1, NOW_MS)
    assert back.bounds(NOW_MS, SEOUL) == (NOW_MS - 2 * HOUR, NOW_MS - HOUR)
    assert back.stepped(-1, NOW_MS).stepped(1, NOW_MS) == back
    assert back.stepped(1, NOW_MS) == TimeRange(3600)
    assert TimeRange(days_ago=0).stepped(-1, NOW_MS) == TimeRange(days_ago=1)
    assert TimeRange(days_ago=0).stepped(1, NOW_MS) == TimeRange(days_ago=0)


def test_the_first_second_of_a_day_is_not_an_empty_range() -> None:
    midnight = ms(2026, 11, 21)
    start, end = TimeRange(days_ago=0).bounds(midnight, SEOUL)
    assert start < end
