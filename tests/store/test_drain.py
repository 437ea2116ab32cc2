"""A segment that was archived, deleted or is held while lines were on their way to it.

Each line is somewhere, once.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
from pathlib import Path

import pytest

from logging_kit.store import drain as drain_module
from logging_kit.store.drain import Drain
from logging_kit.store.filesystem import lock
from logging_kit.store.open_segments import OpenSegments
from logging_kit.store.recovery import recover
from logging_kit.store.retention import compress
from tests.support.journals import line, living, numbers

LIMIT = 16_000_000


def left(log_dir: Path) -> list[Path]:
    return sorted((log_dir / ".journal").glob("*.journal"))


class Stopping:
    """The module `os` of a disk that takes so many bytes and then fails."""

    def __init__(self, taken: int) -> None:
        self._left = taken

    def __getattr__(self, name):
        return getattr(os, name)

    def write(self, fd, data):
        part = bytes(data)[: self._left]
        if not part:
            raise OSError(errno.EIO, "Input/output error")
        self._left -= len(part)
        return os.write(fd, part)


def broken_off(log_dir: Path, taken: int, count: int = 10) -> Path:
    """Stop a process after so many bytes of its lines have arrived.

    The segment that they are in.
    """
    journal = living(log_dir, range(count))
    journal.put("trade", line(count))
    assert journal.swap()
    segments = OpenSegments(log_dir, LIMIT, lambda: contextlib.nullcontext(False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drain_module, "os", Stopping(taken))
        with contextlib.suppress(OSError):
            Drain(segments, journal.streams).half(journal.pending)
    segments.close()
    journal.close(remove=False)
    (path,) = (log_dir / "segments").glob("bot-*.log")
    assert path.stat().st_size == min(taken, sum(len(line(number)) for number in range(count)))
    return path


def everywhere(log_dir: Path) -> list[int]:
    """The numbers of all whole lines, compressed ones too.

    No segment but compressed ones may be torn.
    """
    found = numbers(log_dir)
    assert all(path.read_bytes()[-1:] in (b"\n", b"") for path in (log_dir / "segments").iterdir())
    for path in (log_dir / "archive").glob("*.gz"):
        found += [
            json.loads(one)["number"]
            for one in gzip.decompress(path.read_bytes()).split(b"\n")[:-1]
        ]
    return sorted(found)


LENGTH = len(line(0))
ARRIVED = [
    0,
    1,
    LENGTH - 1,
    LENGTH,
    LENGTH + 1,
    4 * LENGTH + 50,
    9 * LENGTH,
    10 * LENGTH - 1,
    10 * LENGTH,
    10 * LENGTH + 1,
]


@pytest.mark.parametrize("taken", ARRIVED)
@pytest.mark.parametrize("second", [None, 0, 1, LENGTH, LENGTH + 7, 4 * LENGTH])
def test_lines_whose_segment_was_archived_go_to_another_one(log_dir, taken, second):
    path = broken_off(log_dir, taken)
    assert compress(path, log_dir / "archive")
    if second is not None:  # the recovery is broken off as well
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(drain_module, "os", Stopping(second))
            with contextlib.suppress(OSError):
                recover(log_dir, LIMIT)
    recover(log_dir, LIMIT)
    assert everywhere(log_dir) == list(range(11))
    assert left(log_dir) == []


def test_archived_twice(log_dir):
    assert compress(broken_off(log_dir, 4 * LENGTH + 50), log_dir / "archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drain_module, "os", Stopping(2 * LENGTH + 20))
        with pytest.raises(OSError):
            recover(log_dir, LIMIT)
    (path,) = (log_dir / "segments").glob("bot-*.log")
    assert compress(path, log_dir / "archive")
    assert recover(log_dir, LIMIT) == 1
    assert everywhere(log_dir) == list(range(11))


@pytest.mark.parametrize("taken", ARRIVED)
def test_lines_whose_segment_was_deleted_go_to_another_one(log_dir, taken):
    broken_off(log_dir, taken).unlink()
    assert recover(log_dir, LIMIT) == 1
    assert everywhere(log_dir) == list(range(11))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: b"no gzip", lambda data: b""]
)
def test_a_damaged_archive_does_not_stop_the_recovery(log_dir, damage):
    path = broken_off(log_dir, 4 * LENGTH + 50)
    assert compress(path, log_dir / "archive")
    (packed,) = (log_dir / "archive").iterdir()
    packed.write_bytes(damage(packed.read_bytes()))
    assert recover(log_dir, LIMIT) == 1
    assert set(range(4, 11)) <= set(numbers(log_dir))


def test_drain_waits_for_a_locked_segment(log_dir):
    path = broken_off(log_dir, 4 * LENGTH + 50)
    content = path.read_bytes()
    fd = os.open(path, os.O_RDWR)
    try:
        assert lock(fd)
        with pytest.raises(BlockingIOError):
            recover(log_dir, LIMIT)
        assert path.read_bytes() == content
        assert len(left(log_dir)) == 1
    finally:
        os.close(fd)
    assert recover(log_dir, LIMIT) == 1
    assert path.read_bytes().count(b"\n") == 10
    assert everywhere(log_dir) == list(range(11))


def test_another_journal_s_unfinished_segment_takes_no_foreign_line(log_dir):
    """Also not when the segment of the first one was removed."""
    gone = broken_off(log_dir, 4 * LENGTH)
    gone.rename(log_dir / gone.name)
    other = broken_off(log_dir, 6 * LENGTH, count=9)
    (log_dir / gone.name).unlink()
    first, second = left(log_dir)
    if (
        first.stat().st_mtime_ns > second.stat().st_mtime_ns
    ):  # in whichever order they are looked at
        first.rename(log_dir / "swap")
        second.rename(first)
        (log_dir / "swap").rename(second)
    assert recover(log_dir, LIMIT) == 2
    assert everywhere(log_dir) == sorted([*range(11), *range(10)])
    assert [json.loads(one)["number"] for one in other.read_bytes().splitlines()][:9] == list(
        range(9)
    )


def test_a_half_whose_drain_was_broken_off_behind_its_work_is_drained_again(tmp_path: Path) -> None:
    journal = living(tmp_path, range(10))
    assert journal.swap()
    segments = OpenSegments(tmp_path, LIMIT, lambda: contextlib.nullcontext(False))
    for _ in range(2):  # a signal handler has raised before the half was free
        Drain(segments, journal.streams).half(journal.pending)
        journal.pending.clear()
    segments.close()
    journal.close(remove=True)
    (path,) = (tmp_path / "segments").glob("bot-*.log")
    assert path.read_bytes() == b"".join(line(number) for number in range(10))
