"""The journal: finished lines in shared memory that belongs to a file.

A line is copied into a mapped page without any system call. The kernel owns the page: `kill -9`
between the copy and the write to a segment loses nothing, and the caller keeps the interpreter's
lock.

Callers fill one half of the file while the writer drains the other. Before the writer writes a
portion of a half, it puts a checkpoint into the half: the segments that the portion goes to, and
how long these are. After a kill at any point, recovery sees from the segments' lengths how much
arrived.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final
from zlib import adler32

from ..exceptions import NotAJournalError
from .filesystem import (
    WINDOWS,
    check_own,
    close_own,
    file_id,
    is_same_file,
    lock,
    open_fd,
    stat_own,
    sync_folder,
)
from .journal_format import (
    SLOT,
    Half,
    file_length,
    halves_of,
    read_header,
    split_by_stream,
    write_header,
)

__all__ = ["HALF", "JOURNALS", "Half", "Journal", "new_journal", "split_by_stream"]

JOURNALS: Final = ".journal"
HALF: Final = 1 << 20
_BLOCK: Final = 1 << 16

_left_open: Final[list[mmap.mmap]] = []


class Journal:
    """A journal file, mapped and locked by this process.

    Args:
        path: The file; made when streams are given, opened otherwise.
        streams: Names of the streams that lines go to, at most eight.
        half: Bytes of each half, for a new journal.

    Raises:
        OSError: When there is no space for it, when the file system cannot map it, or when another
            process holds it.
        NotAJournalError: When the file exists and is no whole journal.
    """

    def __init__(self, path: Path, streams: Sequence[str] = (), half: int = HALF) -> None:
        self.path = path
        # a new one gets its name when it is whole and locked, or it would be taken for a dead one
        draft = path
        if streams and not WINDOWS:
            draft = path.with_suffix(".new")
        with ExitStack() as undo:
            flags = os.O_RDWR
            if streams:
                flags |= os.O_CREAT | os.O_EXCL
            self._fd = open_fd(draft, flags)
            if streams:
                undo.callback(draft.unlink, missing_ok=True)
            undo.callback(os.close, self._fd)
            self._own = file_id(self._fd)
            _lock(self._fd)
            self.streams, size = list(streams), half
            if not streams:
                self.streams, size = read_header(self._fd)
                if os.fstat(self._fd).st_size != file_length(size):
                    raise NotAJournalError("it has another length than its header says")
            _reserve(self._fd, file_length(size))  # a copy of a journal may have holes
            self._map = _map(self._fd)
            undo.callback(self._map.close)
            if streams:
                write_header(self._map, streams, size)
                if draft != path:
                    draft.rename(path)
            self.halves = halves_of(self._map, size)
            undo.pop_all()
        self._tables = tuple(half.sums() for half in self.halves)
        codes = range(1, len(self.streams) + 1)
        self._codes = dict(zip(self.streams, codes, strict=True))
        self._mark_of = {stream: bytes((code,)) for stream, code in self._codes.items()}
        self._marks: list[int] = []
        self._active = 0
        self.pending: Half | None = None
        self._generation = 1
        self._base = self.halves[0].data_start
        self._sums = self._tables[0]
        self.limit = size - 2  # a mark may come before a line, and the last byte stays zero
        self._middle = size // 2
        self.offset = 0
        self._stream = ""
        self._code = 0

    def put(self, stream: str, line: bytes) -> bool:
        """Copy a line into the half that is being filled; the caller holds the store's lock.

        Args:
            stream: One of the journal's streams.
            line: The line with its newline. The half has room for it.

        Returns:
            True if this line took the half past its midpoint.
        """
        if stream != self._stream:
            return self._put_marked(stream, line)
        at = self.offset
        end = at + len(line)
        self._map[self._base + at : self._base + end] = line
        self._sums[at >> SLOT] = adler32(line, self._code)
        self.offset = end
        return at < self._middle <= end

    def _put_marked(self, stream: str, line: bytes) -> bool:
        """Copy a line that goes to another stream than the line before it."""
        self._stream = ""  # a signal handler that raises in here leaves no wrong code behind
        at = self.offset
        end = at + 1 + len(line)
        self._marks.append(at)
        self._code = self._codes[stream]
        self._map[self._base + at : self._base + end] = self._mark_of[stream] + line
        self._sums[at >> SLOT] = adler32(line, self._code)
        self.offset = end
        self._stream = stream
        return at < self._middle <= end

    def swap(self) -> bool:
        """Hand the filled half to the writer and go on with the other.

        The caller holds the store's lock.

        Returns:
            Whether there was anything to hand over, and the other half was free.
        """
        if self.pending is not None or not self.offset:
            return False
        full, free = self.halves[self._active], self.halves[self._active ^ 1]
        # recovery takes the order of the halves from the checkpoint, which comes before the first
        # line
        free.write_note(generation=self._generation + 1, done=0, end=0, targets={})
        base, sums = free.data_start, self._tables[self._active ^ 1]
        # no calls from here on: a signal handler that raises finds the change made, or not begun
        full.used, full.marks = self.offset, self._marks
        free.used, free.marks, self._marks = free.size, None, []
        self._generation += 1
        self._active ^= 1
        self._base = base
        self._sums = sums
        self.offset = 0
        self._stream = ""
        self.pending = full
        return True

    @property
    def filling(self) -> Half:
        """The half that lines are put into."""
        return self.halves[self._active]

    @property
    def used(self) -> int:
        """Bytes of lines that are not yet in their segments."""
        pending = self.pending
        return self.offset + (pending.used if pending is not None else 0)

    def is_there(self) -> bool:
        """Return True if recovery would find it; not after its file was removed."""
        return is_same_file(self._fd, self.path)

    def oldest_first(self) -> Iterator[Half]:
        """Return the halves in the order in which they were filled; for recovery."""
        return iter(sorted(self.halves, key=lambda half: half.note.generation))

    def sync_creation(self) -> None:
        """Let the journal and its name survive a power cut; the writer calls it once.

        Raises:
            OSError: When the disk reports a fault.
        """
        check_own(self._fd, self._own)
        os.fsync(self._fd)
        sync_folder(self.path.parent)

    def close(self, *, remove: bool) -> None:
        """Unmap and unlock it.

        Args:
            remove: True to remove the file too, because nothing is left in it.
        """
        for table in self._tables:
            table.release()
        if self._may_unmap():
            self._map.close()
        else:
            # The bot has closed every descriptor. The map has one of its own, whose number may
            # belong to another file by now.
            _left_open.append(self._map)
        close_own(self._fd, self._own)
        if remove:  # at last, because of Windows
            with suppress(OSError):  # on a file system that is read-only by now it stays
                self.path.unlink()

    def _may_unmap(self) -> bool:
        """Return True if closing the map closes no file of the bot."""
        if _MAP_HAS_NO_FD:
            return True
        try:
            is_whole = self._map.size() == len(self._map)
        except (OSError, ValueError):  # its descriptor is closed, or it is closed itself
            return False
        return is_whole and stat_own(self._fd, self._own) is not None

    def forget(self) -> None:
        """Close the parent's journal in a forked child, which must not use or lock it."""
        self.close(remove=False)


def new_journal(directory: Path, streams: Sequence[str], half: int) -> Journal:
    """Make the journal of this process in the log folder.

    Raises:
        OSError: When there is no space for it, or the file system cannot map it.
    """
    folder = directory / JOURNALS
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Journal(folder / f"{os.getpid()}-{os.urandom(4).hex()}.journal", streams, half)
    except OSError:
        raise
    except Exception as error:  # lines can be written without a journal
        raise OSError(errno.EINVAL, f"{type(error).__name__}: {error}") from error


if sys.version_info >= (3, 13) and not WINDOWS:
    _MAP_HAS_NO_FD: Final = True

    def _map(fd: int) -> mmap.mmap:
        return mmap.mmap(fd, 0, trackfd=False)

else:
    _MAP_HAS_NO_FD: Final = False

    def _map(fd: int) -> mmap.mmap:
        return mmap.mmap(fd, 0)


def _lock(fd: int) -> None:
    locked = lock(fd)
    if locked is None:
        raise OSError(errno.ENOLCK, "the file system has no locks")
    if not locked:
        raise BlockingIOError(errno.EAGAIN, "another process holds the journal")


def _reserve(fd: int, size: int) -> None:
    """Reserve the file's space: a mapped page without room on the disk ends the bot by SIGBUS."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
        return
    for at in range(0, size, _BLOCK):
        length = min(_BLOCK, size - at)
        os.lseek(fd, at, os.SEEK_SET)
        block = os.read(fd, length)  # a journal that exists keeps its lines
        os.lseek(fd, at, os.SEEK_SET)
        if os.write(fd, block.ljust(length, b"\0")) < length:
            raise OSError(errno.ENOSPC, "no space left on device")
