"""Acknowledged offset of each segment, kept on disk atomically and with a checksum.

Losing the file costs no line: the shipper begins at the oldest line within the server's window and
asks the server what it has already.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..diagnostics import warn_once
from ..store.acknowledged import OFFSETS, SHIPPER, read_offsets, seal
from ..store.filesystem import (
    FileId,
    close_own,
    closing_own,
    file_id,
    lock,
    open_fd,
    open_lock,
    open_to_read,
)
from ..store.forks import close_in_forked_child

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_TAIL: Final = 64


class Position(NamedTuple):
    """The place behind the last acknowledged line of a segment.

    Attributes:
        offset: Bytes from the beginning of the segment.
        time_ns: Time of the last line, which lines without a time continue.
        tail_size: Number of bytes before the offset that the checksum covers.
        tail: Their checksum. It tells whether the segment still has those bytes.
    """

    offset: int = 0
    time_ns: int = 0
    tail_size: int = 0
    tail: int = 0


def position_behind(offset: int, time_ns: int, line: bytes) -> Position:
    """Return the position behind a line.

    Args:
        offset: Offset behind its newline.
        time_ns: Time of its entry.
        line: The line without its newline.
    """
    end = line[-(_TAIL - 1) :] + b"\n"
    return Position(offset, time_ns, len(end), zlib.crc32(end))


def position_at_end(path: Path, size: int, time_ns: int) -> Position:
    """Return the position at the end of a segment that is skipped as a whole.

    Raises:
        OSError: When it cannot be read.
    """
    length = min(_TAIL, size)
    return Position(size, time_ns, length, zlib.crc32(_read_tail(path, size, length)))


def is_valid(path: Path, position: Position) -> bool:
    """Return True if a segment still has the bytes before a position.

    A power cut may take back bytes that were read before, and a later bot continues the segment.
    """
    if not position.offset:
        return True
    try:
        data = _read_tail(path, position.offset, position.tail_size)
    except OSError:
        return False
    return len(data) == position.tail_size and zlib.crc32(data) == position.tail


def _read_tail(path: Path, end: int, length: int) -> bytes:
    with open_to_read(path) as file:
        file.seek(max(0, end - length))
        return file.read(length)


@dataclass(slots=True)
class Offsets:
    """The content of an offset file.

    Attributes:
        destination: The server, and its tenant, that acknowledged the lines.
        positions: Place behind the last acknowledged line, by name of the segment.
        pending: End of the batch that was being sent, by name of the segment. A batch begins at the
            positions.
        trouble: Why an earlier file was not used; empty if it was, or if there was none.
        found: True if an earlier file was used.
    """

    destination: str
    positions: dict[str, Position] = field(default_factory=dict)
    pending: dict[str, int] = field(default_factory=dict)
    trouble: str = ""
    found: bool = False


class OffsetFile:
    """The offset file of a log folder, and the lock that lets one process ship it.

    Args:
        directory: The log folder.
        state: Folder of the file and the lock; `.shipper` in the log folder by default.
    """

    def __init__(self, directory: Path, state: Path | None = None) -> None:
        self.folder = state or directory / SHIPPER
        self.path = self.folder / OFFSETS
        self._lock: tuple[int, FileId] | None = None
        self._in_child = ExitStack()

    def acquire(self) -> bool:
        """Take the lock; return whether this process ships the folder now.

        Raises:
            OSError: When the folder of the state cannot be made or written.
        """
        if self._lock is not None:
            return True
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        fd = open_lock(self.folder / "lock", 0o640)
        own = file_id(fd)
        if lock(fd) is False:
            close_own(fd, own)
            return False
        self._lock = fd, own
        # a child must not keep the lock when its parent has ended
        self._in_child.enter_context(close_in_forked_child(partial(close_own, fd, own)))
        return True

    def release(self) -> None:
        """Give the lock up, or in a forked child leave it to the parent."""
        held, self._lock = self._lock, None
        if held is not None:
            with suppress(ValueError):  # a forked child has closed it already
                self._in_child.close()
            close_own(*held)  # the lock ends with its last descriptor

    def load(self, destination: str) -> Offsets:
        """Read the file.

        Args:
            destination: The server that the lines go to now. A file of another one is not used.
        """
        try:
            content = read_offsets(self.path)
        except FileNotFoundError:
            return Offsets(destination)
        except OSError as error:
            return Offsets(destination, trouble=error.strerror or str(error))
        if content is None:
            return Offsets(destination, trouble="it is damaged")
        if content.get("destination") != destination:
            return Offsets(destination, trouble="it belongs to another server or tenant")
        try:
            positions = {str(name): Position(*map(int, values)) for name, values in _items(content)}
            pending = {str(name): int(end) for name, end in content.get("pending", {}).items()}
        except (TypeError, ValueError, AttributeError):
            return Offsets(destination, trouble="it has another format")
        return Offsets(destination, positions, pending, found=True)

    def save(self, offsets: Offsets) -> bool:
        """Replace the file; return whether that succeeded.

        A fault is reported on stderr and costs no line: after a restart the shipper asks the server
        for what the file does not have.
        """
        data = seal(
            {
                "v": 1,
                "destination": offsets.destination,
                "segments": {name: list(at) for name, at in offsets.positions.items()},
                "pending": offsets.pending,
            }
        )
        new = self.folder / f".{OFFSETS}.new"
        try:
            self._replace(new, data)
        except OSError as error:
            warn_once(
                f"offsets {self.path}",
                f"the shipper cannot write {self.path}: {error.strerror or error}; it goes on, "
                f"and asks the server after a restart what it has",
            )
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return False
        return True

    def _replace(self, new: Path, data: bytes) -> None:
        new.unlink(missing_ok=True)
        fd = open_fd(new, _FLAGS, 0o644)  # a bot of another user reads it for its retention
        with closing_own(fd):
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
        try:
            new.replace(self.path)
        except IsADirectoryError:  # not made by a shipper
            self.path.rename(self.path.with_name(f"{OFFSETS}.{os.urandom(4).hex()}.foreign"))
            new.replace(self.path)


def prune(offsets: Offsets, present: Iterable[str]) -> None:
    """Forget the positions of segments that exist no more."""
    known = frozenset(present)
    for name in [name for name in offsets.positions if name not in known]:
        del offsets.positions[name]


def _items(content: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    return content["segments"].items()  # type: ignore[no-any-return]
