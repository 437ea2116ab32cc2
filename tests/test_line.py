"""Tests of `logging_kit.line`: stamps, numbers, times, durations and sizes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from logging_kit import line
from logging_kit.store.stamp import Stamper

US = 1_795_226_400_123_456
STAMP = "2026-11-21T02:00:00.123456Z"
MOMENT = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)


def stamped(body: bytes = b'"level":"info"', *, dropped: int = 0) -> tuple[bytes, Stamper]:
    stamper = Stamper(lambda: US * 1000)
    return stamper.stamp(body, dropped)[0], stamper


class TestStamp:
    """The offsets and keys of a stamp."""

    @pytest.mark.parametrize("dropped", [0, 1, 10**15])
    def test_the_parser_reads_the_stamp_that_the_store_puts_on(self, dropped: int) -> None:
        data, stamper = stamped(dropped=dropped)
        assert line.parse_stamp(data) == (STAMP, stamper.run_id, 1 + dropped)

    @pytest.mark.parametrize(
        "body",
        [
            b'"message":"\\",\\"run_id\\":\\"X\\",\\"seq\\":99"',
            b'"message":"","data":{"run_id":"X","seq":99}',
            '"message":"\N{HANGUL SYLLABLE HAN}"'.encode(),
        ],
    )
    def test_a_body_does_not_confuse_the_parser(self, body: bytes) -> None:
        data, stamper = stamped(body)
        assert line.parse_stamp(data) == (STAMP, stamper.run_id, 1)

    @pytest.mark.parametrize(
        "data",
        [b"", b"{}", b'{"timestamp":"yesterday"}', b' {"timestamp":"2026-11-21T02:00:00.123456Z"}'],
    )
    def test_other_bytes_have_no_stamp(self, data: bytes) -> None:
        assert line.parse_stamp(data) is None
        assert not line.begins_line(data)

    def test_a_line_of_no_run_has_a_time_only(self) -> None:
        data = line.unnumbered_line(b'"level":"info"', US)
        assert data == b'{"timestamp":"%b","level":"info","v":1}' % STAMP.encode()
        assert line.parse_stamp(data) == (STAMP, None, 0)

    def test_a_stamp_keeps_to_its_limit(self) -> None:
        stamper = Stamper(lambda: 253_402_300_799_999_999_000)
        stamper.seq = 10**18
        data, _ = stamper.stamp(b"", 10**18)
        assert len(data) <= line.STAMP_LIMIT

    def test_time_and_date_at_an_offset(self) -> None:
        data, _ = stamped()
        for at, text in ((0, data), (7, b"another" + data)):
            assert line.time_of(text, at) == US // 10**6 * 10**6
            assert line.date_of(text, at) == b"2026-11-21"
        assert line.second_of(data) == b'{"timestamp":"2026-11-21T02:00:00'
        assert line.begins_line(data)

    @pytest.mark.parametrize("stamp", ["2026-1a-21T02:00:00", "2026-11-21 02:00:00", "T::"])
    def test_a_time_that_does_not_exist(self, stamp: str) -> None:
        data = line.PREFIX + stamp.encode()
        assert not line.begins_line(data)
        with pytest.raises(ValueError):
            line.time_of(data)


class TestTime:
    """Timestamps as text."""

    @pytest.mark.parametrize(
        "moment",
        [
            MOMENT,
            MOMENT.astimezone(timezone(timedelta(hours=9))),
            MOMENT.astimezone(timezone(-timedelta(hours=3, minutes=30))),
        ],
    )
    def test_a_moment_has_one_timestamp(self, moment: datetime) -> None:
        assert line.timestamp_of(moment) == line.rfc3339(US) == STAMP
        assert line.parse_timestamp(STAMP) == moment

    @pytest.mark.parametrize("us", [0, -1, 253_402_300_799_999_999, 1_582_934_399_999_999])
    def test_edges(self, us: int) -> None:
        moment = line.parse_timestamp(line.rfc3339(us))
        assert (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) == us
        assert line.timestamp_of(moment) == line.rfc3339(us)

    @pytest.mark.parametrize("text", ["", "2026-11-21", "2026-11-21T02:00:00", "now"])
    def test_a_time_without_zone_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            line.parse_timestamp(text)


@pytest.mark.parametrize("text", ["0", "-1", "+1.5", ".5", "5.", "1e9", "1E-9", "007", "9" * 400])
def test_numbers(text: str) -> None:
    assert line.is_number(text)
    float(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "1_000",
        "0x10",
        "inf",
        "nan",
        "1,5",
        "e9",
        ".",
        "\N{FULLWIDTH DIGIT ONE}",
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert not line.is_number(text)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("15m", 900_000_000), ("500ms", 500_000), ("1.5 h", 5_400_000_000), (" 30 days ", 2_592_000_000_000),
        ("1 DAY", 86_400_000_000), ("2 weeks", 1_209_600_000_000), ("0s", 0), ("0.000001s", 1), ("90 secs", 90_000_000),
        ("123456789012345678ms", 123_456_789_012_345_678_000),
    ],
)  # fmt: skip
def test_durations(text: str, us: int) -> None:
    assert line.parse_duration(text) == us


@pytest.mark.parametrize(
    "text",
    ["", "15", "m", "-15m", "1,5h", "15 months", "1d2h", "9" * 19 + "s", "15M s", "1.h", "5\u017f"],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        line.parse_duration(text)


@pytest.mark.parametrize("text", ["15m", "1s", "24h", "7d", "2w", "90m"])
def test_windows_are_durations(text: str) -> None:
    assert line.is_window(text)
    assert line.parse_duration(text)


@pytest.mark.parametrize("text", ["0m", "015m", "1.5h", "15 m", "15M", "15", "500ms", "15m\n"])
def test_what_is_no_window(text: str) -> None:
    assert not line.is_window(text)


@pytest.mark.parametrize("text", ["", "MB", "16 XB", "1,5 MB", "-16 MB", "1e3", "16 MB!", "0x10"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        line.parse_size(text)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ('b\'{"timestamp":', "line.py"),
        (r"[0-9]+\.?[0-9]*", "line.py"),
        ("ZoneInfoNotFoundError", "time_zones.py"),
        ("get_close_matches", "suggestions.py"),
    ],
)
def test_one_module_owns_each_rule(text: str, owner: str) -> None:
    """A second copy of a rule would drift away from the first."""
    package = Path(line.__file__).parent
    assert {path.name for path in package.rglob("*.py") if text in path.read_text("utf-8")} == {
        owner
    }
