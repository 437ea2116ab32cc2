"""The journal: finished lines in shared memory that belongs to a file, so that a killed process loses none of them.

A line is copied into a mapped page without any system call. The kernel owns the page: ``kill -9`` between the copy
and the write to a segment loses nothing, and the caller never gives the interpreter's lock up.

The file holds a header and two halves. Callers fill one half while the writer drains the other. A half is zeros
before lines are put into it, so it is readable up to its first zero byte, and a copy that was cut off by a kill is
never taken for a line: it has no newline, or begins with a zero. A byte below 32 stands before the first line of
each stretch that goes to another file; it cannot occur in JSON.

Before the writer writes a portion of a half it notes in the half where the portion goes and how long those segments
are. Whoever continues after a kill, at any point, sees from the segments' lengths how much of it has arrived.
"""

from __future__ import annotations

import errno
import mmap
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from ..exceptions import NotAJournalError
from .filesystem import WINDOWS, close_own, is_same_file, lock, open_fd, stat_own

JOURNALS: Final = ".journal"
HALF: Final = 1 << 20
_PAGE: Final = 4096
_BLOCK: Final = 1 << 16
_ZEROS: Final = memoryview(bytes(_BLOCK))
_MAGIC: Final = b"logging_kit journal 1\n"


_left_open: Final[list[mmap.mmap]] = []


@dataclass(frozen=True, slots=True)
class DrainCheckpoint:
    """What a half says of its draining.

    Attributes:
        serial: Grows with each note; the highest readable one counts.
        generation: Order of the halves: the lower one was filled first.
        done: Bytes of the half that have arrived in their segments.
        end: End of the portion that is being written, or ``done``.
        targets: Name and length before the portion of the segment that each file's lines go to.
    """

    serial: int = 0
    generation: int = 0
    done: int = 0
    end: int = 0
    targets: dict[str, tuple[str, int]] = field(default_factory=dict)


class Half:
    """One half of a journal.

    Attributes:
        size: Its bytes.
        used: Those that may hold lines.
        marks: Offsets of its marks, some twice and some where none is: all of ``used`` is whole lines then. With ``None`` that has
            to be looked for.
        note: What it says of its draining.
    """

    __slots__ = ("_map", "_start", "marks", "note", "size", "used")

    def __init__(self, map_: mmap.mmap, start: int, size: int) -> None:
        self._map = map_
        self._start = start
        self.size = size
        notes = [note for slot in (0, 1) if (note := self._read_note(slot)) is not None]
        self.note = max(notes, key=lambda note: note.serial, default=DrainCheckpoint())
        self.used = size
        self.marks: list[int] | None = None

    @property
    def data_start(self) -> int:
        """Where in the journal its lines begin."""
        return self._start + 2 * _PAGE

    def read(self) -> bytes:
        """Its whole lines and the marks between them."""
        data = self._map[self.data_start : self.data_start + self.used]
        if self.marks is not None:
            return data
        end = data.find(0)
        return data[: data.rfind(b"\n", 0, end if end >= 0 else len(data)) + 1]

    def write_note(
        self, *, generation: int, done: int, end: int, targets: dict[str, tuple[str, int]]
    ) -> None:
        """Replace the note; a kill in between leaves the former one."""
        note = DrainCheckpoint(self.note.serial + 1, generation, done, end, targets)
        text = orjson.dumps(note)
        assert len(text) <= _PAGE - 8
        at = self._start + _PAGE * (note.serial % 2)
        self._map[at : at + 8 + len(text)] = (
            zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
        )
        self.note = note

    def clear(self) -> None:
        """Make it empty again."""
        # the first byte goes first: whoever reads it after a kill finds nothing
        self._map[self.data_start] = 0
        for at in range(self.data_start, self.data_start + self.used, len(_ZEROS)):
            end = min(at + len(_ZEROS), self.data_start + self.used)
            self._map[at:end] = _ZEROS[: end - at]
        self.marks = None  # it is read again when a signal handler breaks off whoever drains it
        self.write_note(generation=self.note.generation, done=0, end=0, targets={})

    def _read_note(self, slot: int) -> DrainCheckpoint | None:
        at = self._start + _PAGE * slot
        crc, length = (int.from_bytes(self._map[at + i : at + i + 4], "little") for i in (0, 4))
        text = self._map[at + 8 : at + 8 + length]
        if not length or length > _PAGE - 8 or zlib.crc32(text) != crc:
            return None
        match orjson.loads(text):
            case {
                "serial": int(serial),
                "generation": int(generation),
                "done": int(done),
                "end": int(end),
                "targets": dict(targets),
            }:
                return DrainCheckpoint(
                    serial,
                    generation,
                    done,
                    end,
                    {file: (name, length) for file, (name, length) in targets.items()},
                )
        raise NotAJournalError("its notes are not ours")


class Journal:
    """A journal file, mapped and locked by this process.

    Args:
        path: The file; made when streams are given, opened otherwise.
        streams: Names of the streams that lines go to, at most eight.
        half: Bytes of each half, for a new journal.

    Raises:
        OSError: When there is no space for it, when the file system cannot map it, or when another process holds it.
        NotAJournalError: When the file is there, and is something else.
    """

    def __init__(self, path: Path, streams: Sequence[str] = (), half: int = HALF) -> None:
        self.path = path
        # a new one gets its name when it is whole and locked: whoever looks for dead journals must not take it for one
        draft = path.with_suffix(".new") if streams and not WINDOWS else path
        with ExitStack() as undo:
            self._fd = open_fd(draft, os.O_RDWR | (os.O_CREAT | os.O_EXCL if streams else 0))
            if streams:
                undo.callback(draft.unlink, missing_ok=True)
            undo.callback(os.close, self._fd)
            self._inode = os.fstat(self._fd).st_ino
            _lock(self._fd)
            self.streams, size = (list(streams), half) if streams else _read_header(self._fd)
            # also of one that is there: a copy of it may have holes
            _reserve(self._fd, _length(size))
            self._map = mmap.mmap(self._fd, 0)
            undo.callback(self._map.close)
            if streams:
                header = _MAGIC + orjson.dumps({"files": self.streams, "half": size})
                self._map[: len(header)] = header
                if draft != path:
                    draft.rename(path)
            self.halves = tuple(
                Half(self._map, _PAGE + h * (2 * _PAGE + size), size) for h in (0, 1)
            )
            undo.pop_all()
        self._mark_of = {stream: bytes((code,)) for code, stream in enumerate(self.streams, 1)}
        self._marks: list[int] = []
        self._active = 0
        self.pending: Half | None = None
        self._generation = 1
        self._base = self.halves[0].data_start
        self.limit = size - 2  # a mark may come before a line, and the last byte stays zero
        self._middle = size // 2
        self.offset = 0
        self._stream = ""

    def put(self, stream: str, line: bytes) -> bool:
        """Copy a line into the half that is being filled, which has room for it; the caller holds the store's lock.

        Returns:
            Whether the half became half full by it.
        """
        at = self.offset
        if stream != self._stream:
            self._marks.append(at)
            line = self._mark_of[stream] + line
        end = at + len(line)
        self._map[self._base + at : self._base + end] = line
        self.offset = end
        self._stream = stream
        return at < self._middle <= end

    def swap(self) -> bool:
        """Hand the half that is being filled to the writer and go on with the other; the caller holds the store's lock.

        Returns:
            Whether there was anything to hand over, and the other half was free.
        """
        if self.pending is not None or not self.offset:
            return False
        full, free = self.halves[self._active], self.halves[self._active ^ 1]
        # the note is what tells recovery the order of the halves; it is written before the first line of the half
        free.write_note(generation=self._generation + 1, done=0, end=0, targets={})
        base = free.data_start
        # no calls from here on: a signal handler that raises must find the change made, or not yet begun
        full.used, full.marks = self.offset, self._marks
        free.used, free.marks, self._marks = free.size, None, []
        self._generation += 1
        self._active ^= 1
        self._base = base
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
        """Whether recovery would find it; not when somebody has removed the folder."""
        return is_same_file(self._fd, self.path)

    def oldest_first(self) -> Iterator[Half]:
        """The halves in the order in which they were filled; for recovery."""
        return iter(sorted(self.halves, key=lambda half: half.note.generation))

    def close(self, *, remove: bool) -> None:
        """Unmap and unlock it.

        Args:
            remove: Whether the file goes as well, because nothing is left in it.
        """
        if stat_own(self._fd, self._inode) is not None:
            self._map.close()
        else:  # a daemon has closed every descriptor: the one that the map has for itself may be somebody else's by now
            _left_open.append(self._map)
        close_own(self._fd, self._inode)
        if remove:  # at last, because of Windows
            with suppress(
                OSError
            ):  # a file system that is read-only by now; the next start removes it
                self.path.unlink()

    def forget(self) -> None:
        """Let go of the parent's journal in a forked child, which must neither write to it nor keep it locked."""
        self.close(remove=False)


def split_by_stream(
    data: bytes, streams: Sequence[str], marks: list[int] | None = None
) -> Iterator[tuple[int, int, str]]:
    """Split a half's data at its marks.

    Args:
        data: What `Half.read` has returned.
        streams: The journal's names of the streams.
        marks: See `Half.marks`; they are looked for when not given.

    Yields:
        Offset of the stretch, the offset behind it, and the stream that its lines go to.
    """
    if marks is None:
        found = sorted(
            offset for code in range(1, len(streams) + 1) for offset in _offsets(data, code)
        )
    else:
        found = [
            mark
            for mark in dict.fromkeys(marks)
            if mark < len(data) and 0 < data[mark] <= len(streams)
        ]
    at, stream = 0, ""
    for mark in found:
        if mark > at:
            yield at, mark, stream
        stream, at = streams[data[mark] - 1], mark + 1
    if at < len(data):
        yield at, len(data), stream


def _offsets(data: bytes, code: int) -> Iterator[int]:
    at = data.find(
        code
    )  # a search for one byte goes by the machine's word, a regular expression by the byte
    while at >= 0:
        yield at
        at = data.find(code, at + 1)


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
    except Exception as error:  # whatever a system lacks: lines can be written without a journal
        raise OSError(errno.EINVAL, f"{type(error).__name__}: {error}") from error


def _length(half: int) -> int:
    return _PAGE + 2 * (2 * _PAGE + half)


def _lock(fd: int) -> None:
    locked = lock(fd)
    if locked is None:
        raise OSError(errno.ENOLCK, "the file system has no locks")
    if not locked:
        raise BlockingIOError(errno.EAGAIN, "another process holds the journal")


def _read_header(fd: int) -> tuple[list[str], int]:
    """Return the names of the streams and the bytes of a half; read without mapping, since the file may be short or have holes."""
    os.lseek(fd, 0, os.SEEK_SET)
    page = os.read(fd, _PAGE)
    if not page.startswith(_MAGIC):
        raise NotAJournalError("it does not begin like one")
    try:
        header = orjson.loads(page[len(_MAGIC) :].rstrip(b"\0"))
    except ValueError:
        header = None
    match header:
        # a file's name becomes a part of paths
        case {"files": [str(), *_] as streams, "half": int(half)} if all(
            str(stream).isidentifier() for stream in streams
        ):
            if os.fstat(fd).st_size == _length(half):
                return streams, half
            raise NotAJournalError("its length is not what it says")
    raise NotAJournalError("it does not say what it holds")


def _reserve(fd: int, size: int) -> None:
    """Make sure that the file's space exists: a page that the disk has no room for would end the bot by SIGBUS."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
        return
    for at in range(0, size, _BLOCK):
        length = min(_BLOCK, size - at)
        os.lseek(fd, at, os.SEEK_SET)
        block = os.read(fd, length)  # one that is there keeps its lines
        os.lseek(fd, at, os.SEEK_SET)
        if os.write(fd, block.ljust(length, b"\0")) < length:
            raise OSError(errno.ENOSPC, "no space left on device")
