"""Times as readers in different time zones see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from logging_kit.time_zones import ReaderClock, local_zone, offset_text, parse_time_zone

STAMP = "2026-11-21T02:00:00.123456Z"


@pytest.fixture
def machine_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Seoul", "2026-11-21 11:00:00.123+09:00"),
        ("UTC", "2026-11-21 02:00:00.123Z"),
        ("America/New_York", "2026-11-20 21:00:00.123-05:00"),
        ("Asia/Kathmandu", "2026-11-21 07:45:00.123+05:45"),
    ],
)
def test_a_time_has_the_offset_of_its_zone(
    zone: str, expected: str, machine_zone: pytest.MonkeyPatch
) -> None:
    assert ReaderClock(parse_time_zone(zone)).text(STAMP) == expected
    machine_zone.setenv("TZ", zone)
    time.tzset()
    assert ReaderClock.local().text(STAMP) == expected


def test_the_offset_follows_the_change_of_the_clocks() -> None:
    clock = ReaderClock(parse_time_zone("Europe/Berlin"))
    assert clock.text("2026-10-25T00:59:59.999000Z") == "2026-10-25 02:59:59.999+02:00"
    assert clock.text("2026-10-25T01:00:00.000000Z") == "2026-10-25 02:00:00.000+01:00"


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-21T02:00:00Z", "2026-13-41T02:00:00.123456Z", "0001-01-01T00:00:00.0Z"],
)
def test_a_text_that_is_no_timestamp_stays(text: str) -> None:
    assert ReaderClock(parse_time_zone("Asia/Seoul")).text(text) == text


def test_a_moment_outside_of_the_calendar_stays() -> None:
    stamp = "9999-12-31T23:59:59.000000Z"
    assert ReaderClock(parse_time_zone("Asia/Seoul")).text(stamp) == stamp


def test_a_moment_is_read_from_microseconds() -> None:
    moment = ReaderClock(parse_time_zone("Asia/Seoul")).at(1_795_226_400_123_456)
    assert moment.isoformat() == "2026-11-21T11:00:00.123456+09:00"
    assert offset_text(moment) == "+09:00"
    assert offset_text(datetime(2026, 11, 21, tzinfo=UTC)) == "Z"


def test_an_impossible_zone_of_the_machine_is_utc(machine_zone: pytest.MonkeyPatch) -> None:
    machine_zone.setenv("TZ", "UTC+25")
    time.tzset()
    assert local_zone() is UTC


def test_only_names_of_the_database_are_zones() -> None:
    for name in ("Mars", "", "Asia", "../etc/passwd", "/etc/passwd", "A" * 5_000):
        with pytest.raises(ValueError, match="there is no time zone"):
            parse_time_zone(name)
