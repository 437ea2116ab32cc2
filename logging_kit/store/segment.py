"""Segment files, each appended to by one process and closed by size or at midnight UTC.

A name such as `trade-20261121T020000Z-3fa9.log` is never reused and never renamed. A shipper that
follows the pattern `trade-*.log` neither misses nor repeats a line, however long it was away.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..line import LINE_LIMIT, begins_line
from .filesystem import (
    FileId,
    check_own,
    close_own,
    file_id,
    is_same_file,
    lock,
    open_fd,
    stat_own,
)

SEGMENTS: Final = "segments"
ARCHIVE: Final = "archive"
DAY_US: Final = 86_400_000_000
_CONTINUE: Final = os.O_RDWR | os.O_APPEND
_CREATE: Final = _CONTINUE | os.O_CREAT | os.O_EXCL
_MODE: Final = 0o640


@dataclass(slots=True)
class Segment:
    """An open segment; only this process appends to it."""

    stream: str
    path: Path
    fd: int
    day: int
    size: int
    checked: float = 0.0
    torn: bool = False
    """True if it ends within a line that could not be taken back: no other may follow then."""
    changed: bool = False
    """True if another program has written to it or cut it."""
    copy: Callable[[bytes | memoryview], None] = field(default=lambda _: None, repr=False)
    """Called with lines that were written; keeps them under a name for people as well."""
    _own: FileId = field(init=False)

    def __post_init__(self) -> None:
        self._own = file_id(self.fd)

    def write(self, line: bytes) -> None:
        """Append one line with one system call.

        Raises:
            OSError: When it was not written. A part that a full disk accepted is removed again.
        """
        written = os.write(self.fd, line)
        if written == len(line):
            self.size += written
            self.copy(line)
            return
        try:
            os.ftruncate(self.fd, self.size)
        except OSError:  # it may only be appended to
            self.torn = True
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def check(self) -> None:
        """Refuse to go on when the bot has closed the segment's descriptor.

        Raises:
            OSError: When the descriptor does not belong to the segment any more.
        """
        check_own(self.fd, self._own)

    def close(self) -> None:
        """Close it; it is not opened again."""
        close_own(self.fd, self._own)

    def is_open(self) -> bool:
        """Return True if lines that are written to it will be found."""
        stat = stat_own(self.fd, self._own)
        if stat is None or (not stat.st_nlink and not self.exists()):
            return False
        if stat.st_size != self.size and not self._is_own_line(stat.st_size):
            self.changed = True
            return False
        self.size = stat.st_size
        return True

    def _is_own_line(self, size: int) -> bool:
        """Return True if the file has grown by one line, whose write a signal handler broke off."""
        if not self.size < size <= self.size + LINE_LIMIT:
            return False
        try:
            data = os.pread(self.fd, size - self.size, self.size)
        except (OSError, AttributeError):  # Windows has no pread()
            return False
        return begins_line(data) and data.find(b"\n") == len(data) - 1

    def exists(self) -> bool:
        """Return True if the file is still in its folder."""
        return is_same_file(self.fd, self.path)


def segment_name(stream: str, time_us: int) -> str:
    """Make up the name of a new segment, such as `trade-20261121T020000Z-3fa9.log`."""
    begun = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time_us // 1_000_000))
    return f"{stream}-{begun}-{os.urandom(2).hex()}.log"


def stream_of(path: Path) -> str:
    """Return the stream of a segment: `trade` for `trade-20261121T020000Z-3fa9.log`."""
    return path.name.partition("-")[0]


def new_segment(directory: Path, stream: str, time_us: int) -> Segment:
    """Make a segment.

    Args:
        directory: The log folder.
        stream: `bot`, `trade`, `ai_signal` or `error`.
        time_us: Time of its first line, in microseconds since 1970-01-01 UTC.

    Raises:
        OSError: When the folder or the file cannot be made.
    """
    folder = directory / SEGMENTS
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    while True:
        path = folder / segment_name(stream, time_us)
        if (directory / ARCHIVE / f"{path.name}.gz").exists():
            continue
        try:
            fd = open_fd(path, _CREATE, _MODE)
        except FileExistsError:  # the same four random digits within one second
            continue
        # a starting process or the archiver may have locked it first
        own = file_id(fd)
        if lock(fd) is not False and is_same_file(fd, path):
            return Segment(stream, path, fd, time_us // DAY_US, 0)
        close_own(fd, own)


def adopt_segment(directory: Path, stream: str, time_us: int, limit: int) -> Segment | None:
    """Continue today's newest free segment below the limit, if there is one.

    Args:
        directory: The log folder.
        stream: `bot`, `trade`, `ai_signal` or `error`.
        time_us: Time of the line to come, in microseconds since 1970-01-01 UTC.
        limit: Size in bytes from which on a segment is not continued.
    """
    return next(_free(directory / SEGMENTS, stream, time_us // DAY_US, limit), None)


def _free(folder: Path, stream: str, day: int, limit: int) -> Iterator[Segment]:
    today = time.strftime("%Y%m%dT", time.gmtime(day * DAY_US // 1_000_000))
    for path in sorted(folder.glob(f"{stream}-{today}*.log"), reverse=True):
        try:
            fd = open_fd(path, _CONTINUE)
        except OSError:
            continue
        # the archiver may have removed it between the listing and the lock; nothing follows a torn
        # end
        own = file_id(fd)
        if os.fstat(fd).st_size < limit and lock(fd) and is_same_file(fd, path):
            size = os.fstat(fd).st_size  # under the lock: it may have grown
            if size < limit and _is_whole(fd, size):
                yield Segment(stream, path, fd, day, size)
                return
        close_own(fd, own)


def _is_whole(fd: int, size: int) -> bool:
    if not size:
        return True
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1) == b"\n"


def list_segments(
    directory: Path, streams: Iterable[str] | None = None, *, archive: bool = False
) -> list[Path]:
    """List the segments of a log folder by name; links, pipes and folders are left out.

    Args:
        directory: The log folder.
        streams: Whose segments, such as `("trade", "error")`; `None` for all.
        archive: Include compressed segments.
    """
    if streams is None:
        wanted = None
    else:
        wanted = frozenset(streams)
    found = [
        path for path in _files((directory / SEGMENTS).glob("*-*.log")) if _is_wanted(path, wanted)
    ]
    if archive:
        # the archiver shows a segment in both folders for a moment
        names = {path.name for path in found}
        packed = _files((directory / ARCHIVE).glob("*-*.log.gz"))
        found = [
            path for path in packed if _is_wanted(path, wanted) and path.stem not in names
        ] + found
    return found


def _is_wanted(path: Path, streams: frozenset[str] | None) -> bool:
    return streams is None or stream_of(path) in streams


def start_time(path: Path) -> str:
    """Return the time in a segment's name as a timestamp, or `""`; none of its lines is older."""
    stamp = path.name.split("-")[1]
    if len(stamp) != 16 or not stamp[:8].isdigit():
        return ""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:15]}"


def _files(paths: Iterable[Path]) -> list[Path]:
    return [path for path in sorted(paths) if not path.is_symlink() and path.is_file()]
