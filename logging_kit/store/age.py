"""The age of a segment, by its name, its last line and the time of its last change."""

from __future__ import annotations

import calendar
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from ..line import begins_line, time_of
from .archiving import claimed
from .filesystem import open_to_read
from .line_blocks import BLOCK, iter_blocks
from .segment import ARCHIVE, SEGMENTS


def is_older(path: Path, now: float, age: float) -> bool:
    """Return True if all facts agree that a segment's newest line is older than an age.

    Args:
        path: The segment, or the archive of one.
        now: Seconds since 1970-01-01 UTC.
        age: The age in seconds.
    """
    status = file_status(path)
    if status is None or now - status.st_mtime <= age:
        return False
    begun = name_time(path)
    if begun is not None and now - begun <= age:
        return False
    last = last_time(path)
    if last is not None:
        return now - last > age
    return begun is not None


def newest_time(directory: Path) -> float | None:
    """Return the time of the newest line that no living process is writing.

    Args:
        directory: The log folder.

    Returns:
        Seconds since 1970-01-01 UTC, or `None` when there is no such line.
    """
    times = [name_time(path) for path in (directory / ARCHIVE).glob("*-*.log.gz")]
    for path in (directory / SEGMENTS).glob("*-*.log"):
        with suppress(OSError), claimed(path) as claim:
            if claim is not None:
                times += [name_time(path), last_time(path)]
    return max((one for one in times if one is not None), default=None)


def name_time(path: Path) -> float | None:
    """Return the time in a segment's name, in seconds since 1970-01-01 UTC.

    None of its lines is older.
    """
    stamp = path.name.split("-")[1][:16]
    try:
        date, clock = stamp[:8], stamp[9:15]
        parts = (date[:4], date[4:6], date[6:], clock[:2], clock[2:4], clock[4:])
        return float(calendar.timegm(tuple(map(int, parts))))
    except (ValueError, OverflowError):
        return None


def last_time(path: Path) -> float | None:
    """Return the time of a segment's last line, in seconds since 1970-01-01 UTC, if it has one."""
    last = b""
    with suppress(OSError):
        for block in _end_of(path):
            last = block
    for line in reversed(last.split(b"\n")):
        if begins_line(line):
            return time_of(line) / 1e6
    return None


def count_lines(path: Path) -> int:
    """Count the lines of a segment or an archive, as many as can be read."""
    return sum(block.data.count(b"\n") for block in iter_blocks(path))


def _end_of(path: Path) -> Iterator[bytes]:
    """Yield the last block of a segment, or all blocks of an archive."""
    if path.suffix == ".gz":
        yield from (block.data for block in iter_blocks(path))
        return
    with open_to_read(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - BLOCK))
        yield file.read(BLOCK)


def oldest_first(paths: Iterable[Path]) -> list[Path]:
    """Sort regular files by the time in their names, or else by the time of their last change."""

    def key(path: Path) -> tuple[float, str]:
        begun = name_time(path)
        if begun is None:
            status = file_status(path)
            if status is not None:
                begun = status.st_mtime
            else:
                begun = 0.0
        return begun, path.name

    return sorted((path for path in paths if file_status(path) is not None), key=key)


def file_status(path: Path) -> os.stat_result | None:
    """Return the status of a regular file; `None` for all else."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if S_ISREG(status.st_mode):
        return status
    return None
