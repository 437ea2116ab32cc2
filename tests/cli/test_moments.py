"""Moments as a person writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from logging_kit.cli.moments import FIRST, LAST, parse_moment
from logging_kit.time_zones import parse_time_zone

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
SEOUL = parse_time_zone("Asia/Seoul")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-21T02:30:00+00:00"),
        ("90m", "2026-11-21T01:00:00+00:00"),
        ("-24h", "2026-11-20T02:30:00+00:00"),
        ("today", "2026-11-21T00:00:00+09:00"),
        ("Yesterday", "2026-11-20T00:00:00+09:00"),
        ("9:30", "2026-11-21T09:30:00+09:00"),
        ("09:30:15", "2026-11-21T09:30:15+09:00"),
        ("2026-11-01", "2026-11-01T00:00:00+09:00"),
        ("2026-11-01T09:00", "2026-11-01T09:00:00+09:00"),
        ("2026-11-01T09:00Z", "2026-11-01T09:00:00+00:00"),
        ("2026-11-01 09:00-05:00", "2026-11-01T09:00:00-05:00"),
    ],
)
def test_moments(text: str, expected: str) -> None:
    assert parse_moment(text, NOW, SEOUL).isoformat() == expected


def test_moments_outside_of_all_lines() -> None:
    assert parse_moment("999999999999999999w", NOW, SEOUL) == FIRST
    assert parse_moment("90000d", NOW, SEOUL) == FIRST
    assert parse_moment("0001-01-01", NOW, SEOUL) == FIRST
    assert parse_moment("9999-12-31", NOW, SEOUL) == LAST


def test_the_zone_of_the_machine() -> None:
    assert parse_moment("2026-11-01", NOW, None) == datetime(2026, 11, 1).astimezone()


@pytest.mark.parametrize("text", ["", "noon", "25:99", "2026-13-01", "tomorrow"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither an age"):
        parse_moment(text, NOW, SEOUL)
