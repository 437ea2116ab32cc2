"""Reading segments again: in the order of time, to the last whole line, while they grow."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from logging_kit.events.model import STREAMS
from logging_kit.store.reader import (
    Follower,
    Line,
    LineOrder,
    end_offsets,
    iter_lines,
    iter_segment,
    list_segments,
    order_key,
    tail,
)

RUN = "01M7W8JSQJMFPCE517JDHKRQTC"


def row(seconds: float, seq: int, run: str = RUN, text: str = "x") -> bytes:
    body = f'"level":"info","message":"{text}","run_id":"{run}","seq":{seq},"v":1'
    return f'{{"timestamp":"2026-11-21T02:{int(seconds) // 60:02d}:{seconds % 60:09.6f}Z",{body}}}'.encode()


def write(directory: Path, name: str, rows: Iterable[bytes], end: bytes = b"") -> Path:
    path = directory / "segments" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in rows) + end)
    return path


def numbers(found: Iterable[Line]) -> list[int]:
    return [line.place.seq for line in found]


BOT, TRADE, ERROR = (
    "bot-20261121T020000Z-aaaa.log",
    "trade-20261121T020001Z-bbbb.log",
    "error-20261121T020100Z-cccc.log",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files, lines 1 to 9 by time, a torn end."""
    write(tmp_path, BOT, [row(0, 1), row(2, 3), row(4, 5), row(90, 8)], end=row(95, 10)[:40])
    write(tmp_path, TRADE, [row(1, 2), row(3, 4), row(5, 6)])
    write(tmp_path, ERROR, [row(60, 7), row(91, 9)])
    return tmp_path


def test_merges_all_files_by_time(folder: Path) -> None:
    assert numbers(iter_lines(folder)) == list(range(1, 10))


def test_reads_the_files_that_are_asked_for(folder: Path) -> None:
    assert numbers(iter_lines(folder, ("trade", "error"))) == [2, 4, 6, 7, 9]


def test_equal_times_go_by_run_and_number(tmp_path: Path) -> None:
    write(tmp_path, BOT, [row(1, 2, "B"), row(1, 11, "B")])
    write(tmp_path, TRADE, [row(1, 1, "B"), row(1, 10, "B")])
    write(tmp_path, "error-20261121T020001Z-cccc.log", [row(1, 99, "A")])
    assert numbers(iter_lines(tmp_path)) == [99, 1, 2, 10, 11]


def test_a_line_that_is_no_json_stays_behind_the_line_before_it(folder: Path) -> None:
    write(folder, TRADE, [b"printed by foreign code", row(94, 11)])
    found = [line.data for line in iter_lines(folder)]
    assert found.index(b"printed by foreign code") == found.index(row(5, 6)) + 1


def test_splits_on_newline_bytes_only(tmp_path: Path) -> None:
    text = "a\u2028b\u0085c\\rd"
    write(tmp_path, BOT, [row(1, 1, text=text), row(2, 2, text="\r")])
    assert [line.data for line in iter_lines(tmp_path)] == [
        row(1, 1, text=text),
        row(2, 2, text="\r"),
    ]
    assert [line.data for line in tail(tmp_path, 5)] == [row(1, 1, text=text), row(2, 2, text="\r")]


def test_reads_the_archive_when_asked_and_no_segment_twice(folder: Path) -> None:
    archive = folder / "archive"
    archive.mkdir()
    (archive / "bot-20261120T230000Z-dddd.log.gz").write_bytes(gzip.compress(row(0, 100) + b"\n"))
    (archive / f"{TRADE}.gz").write_bytes(gzip.compress((folder / "segments" / TRADE).read_bytes()))
    assert 100 not in numbers(iter_lines(folder))
    assert sorted(numbers(iter_lines(folder, archive=True))) == [*range(1, 10), 100]


def test_of_an_archived_segment_that_is_cut_or_broken_what_can_be_read_is_read(
    tmp_path: Path,
) -> None:
    rows = [row(i, i, text=os.urandom(30).hex()) for i in range(1000)]
    packed = gzip.compress(b"".join(line + b"\n" for line in rows))
    broken = bytearray(packed)
    broken[len(packed) // 2 : len(packed) // 2 + 200] = b"\xff" * 200
    path = tmp_path / "archive" / f"{BOT}.gz"
    path.parent.mkdir()
    for data, least in (
        (packed[:-9000], 500),
        (bytes(broken), 400),
        (packed[:-8] + bytes(8), 1000),
        (packed + b"more", 1000),
    ):
        path.write_bytes(data)
        assert [line.data for line in iter_lines(tmp_path, archive=True)][:least] == rows[:least]
    for data in (b"no gzip at all", packed[:5], b""):
        path.write_bytes(data)
        assert list(iter_lines(tmp_path, archive=True)) == []


def test_ignores_what_is_no_segment(folder: Path) -> None:
    write(folder, "other-20261121T020000Z-eeee.log", [row(0, 50)])
    write(folder, "bot-20261121T020000Z-eeee.log.partial", [row(0, 51)])
    assert [path.name for path in list_segments(folder, STREAMS)] == [BOT, ERROR, TRADE]


def test_an_empty_or_missing_folder_has_no_lines(tmp_path: Path) -> None:
    assert list(iter_lines(tmp_path)) == []
    assert tail(tmp_path / "none", 5) == []
    assert end_offsets(tmp_path) == {}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (row(1.5, 42), LineOrder("2026-11-21T02:00:01.500000Z", RUN, 42)),
        (b'{"timestamp":"2026-11-21T02:00:01.500000Z","x":{"a":1,"run_id":"no","seq":7},"run_id":"R","seq":3,"dropped":2,"v":1}',
         LineOrder("2026-11-21T02:00:01.500000Z", "R", 3)),
        (b'{"timestamp":"2026-11-21T02:00:01.500000Z","x":",\\"run_id\\":\\"no\\""}', LineOrder("2026-11-21T02:00:01.500000Z", "A", 1)),
        (b"text", LineOrder("0", "A", 1)),
        (b'{"timestamp":"n/a","run_id":"R","seq":3}', LineOrder("0", "A", 1)),
        (b"", LineOrder("0", "A", 1)),
    ],
)  # fmt: skip
def test_finds_a_lines_place(data: bytes, expected: LineOrder) -> None:
    assert order_key(data, LineOrder("0", "A", 1)) == expected


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9, 50])
def test_last_gives_the_newest_lines_of_all_files(folder: Path, count: int) -> None:
    assert (
        numbers(tail(folder, count)) == list(range(1, 10))[-count:]
        if count
        else not tail(folder, count)
    )


def test_last_reads_long_lines_across_blocks(tmp_path: Path) -> None:
    rows = [row(i, i, text="y" * 50_000) for i in range(1, 8)]
    write(tmp_path, BOT, rows)
    assert [line.data for line in tail(tmp_path, 4)] == rows[-4:]
    assert [line.data for line in tail(tmp_path, 40)] == rows


def test_last_looks_no_further_than_it_is_told(folder: Path) -> None:
    until = end_offsets(folder)
    write(folder, TRADE, [row(96, 11)])
    assert numbers(tail(folder, 2, until)) == [8, 9]


def test_follows_from_the_end_of_what_was_read(folder: Path) -> None:
    follower = Follower(folder, end_offsets(folder))
    assert follower.poll() == []
    write(folder, TRADE, [row(96, 11)])
    write(folder, ERROR, [row(95.5, 10)])
    assert numbers(follower.poll()) == [10, 11]
    assert follower.poll() == []
    follower.close()


def test_holds_a_torn_line_back_until_it_is_whole(tmp_path: Path) -> None:
    write(tmp_path, BOT, [], end=row(1, 1)[:30])
    follower = Follower(tmp_path)
    assert follower.poll() == []
    write(tmp_path, BOT, [], end=row(1, 1)[30:])
    assert follower.poll() == []
    write(tmp_path, BOT, [b"", row(2, 2)])
    assert [line.data for line in follower.poll()] == [row(1, 1), row(2, 2)]
    follower.close()


def test_follows_into_new_segments_and_files(folder: Path) -> None:
    follower = Follower(folder, end_offsets(folder))
    write(folder, "bot-20261121T020200Z-ffff.log", [row(120, 12)])
    write(folder, "ai_signal-20261121T020200Z-0000.log", [row(119, 11)])
    assert numbers(follower.poll()) == [11, 12]
    follower.close()


def test_follows_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "logs")
    assert follower.poll() == []
    write(tmp_path / "logs", BOT, [row(1, 1)])
    assert numbers(follower.poll()) == [1]
    follower.close()


def test_reads_a_segment_to_its_end_when_it_is_removed(folder: Path) -> None:
    follower = Follower(folder, end_offsets(folder))
    write(folder, ERROR, [row(95, 10)])
    assert numbers(follower.poll()) == [10]
    write(folder, ERROR, [row(96, 11)])
    (folder / "segments" / ERROR).unlink()
    assert numbers(follower.poll()) == [11]
    assert follower.poll() == []
    follower.close()


def test_shows_nothing_newer_than_what_all_files_are_known_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that comes while the files are being looked at waits for older ones of other files."""
    bot = write(tmp_path, BOT, [row(1, 1)])
    write(tmp_path, TRADE, [row(0, 0)])
    follower = Follower(tmp_path)
    grown = follower._grown
    calls = 0

    def while_looking() -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            with bot.open("ab") as file:
                file.write(row(3, 3) + b"\n")
            write(tmp_path, TRADE, [row(2, 2)])
        return grown()

    monkeypatch.setattr(follower, "_grown", while_looking)
    assert numbers(follower.poll()) == [0, 1]
    assert numbers(follower.poll()) == [2, 3]
    follower.close()


def test_follows_a_large_file_in_order_and_in_pieces(tmp_path: Path) -> None:
    write(tmp_path, BOT, [row(i / 10, 2 * i, text="y" * 2_000) for i in range(2_000)])
    write(tmp_path, TRADE, [row(i / 10 + 0.05, 2 * i + 1) for i in range(2_000)])
    follower = Follower(tmp_path)
    found: list[int] = []
    rounds = 0
    while batch := follower.poll():
        rounds += 1
        found += numbers(batch)
    follower.close()
    assert found == list(range(4_000))
    assert rounds > 3


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    write(tmp_path, BOT, [row(1, 1)], end=b"z" * 3_000_000)
    follower = Follower(tmp_path)
    found = [line.data for _ in range(6) for line in follower.poll()]
    follower.close()
    assert found[0] == row(1, 1)
    assert max(map(len, found)) <= 1 << 20


def test_a_segment_that_has_just_gone_has_no_lines(folder: Path) -> None:
    until = end_offsets(folder)
    (folder / "segments" / TRADE).unlink()
    assert list(iter_segment(folder / "segments" / TRADE)) == []
    assert numbers(tail(folder, 20, until)) == [1, 3, 5, 7, 8, 9]


def test_segments_of_days_before_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (18, 19, 20, 21):
        write(tmp_path, f"bot-202611{day}T230000Z-aaaa.log", [row(day, day)])
    write(tmp_path, "bot-copied-by-hand.log", [row(1, 1)])
    assert numbers(iter_lines(tmp_path, since="2026-11-20T05:00:00.000000Z")) == [1, 20, 21]


def test_a_name_without_a_time_is_read_too(tmp_path: Path) -> None:
    write(tmp_path, TRADE, [row(2, 2)])
    write(tmp_path, "bot-copied-by-hand.log", [row(1, 1), row(3, 3)])
    assert numbers(iter_lines(tmp_path)) == [1, 2, 3]


def test_closes_segments_that_do_not_grow_and_opens_them_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(folder, end_offsets(folder))
    write(folder, ERROR, [row(95, 10)])
    assert numbers(follower.poll()) == [10]
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr("logging_kit.store.follower._IDLE_S", -1.0)
    assert follower.poll() == []
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors - 1
    write(folder, ERROR, [row(96, 11)])
    assert numbers(follower.poll()) == [11]
    follower.close()
