"""Byte layout of a journal file.

    header page | half | half | copy of the header page

A half is two slots for checkpoints, a table of checksums, and the lines. The half is zeros before
lines are put into it. A byte below 32 stands before the first line of each stretch that goes to
another stream; it cannot occur in JSON.

The checksum of a line stands in the table at the line's offset divided by 64, since no line is
shorter. It covers the line and its stream, so each line can be verified on its own, whatever
happened to the bytes around it. It is an Adler-32, which costs a call less than a CRC-32.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ..exceptions import NotAJournalError

PAGE: Final = 4096
SLOT: Final = 6
"""Bits of an offset that its entry in the table of checksums leaves out."""

MAX_HALF: Final = 1 << 26
_BLOCK: Final = 1 << 16
_ZEROS: Final = memoryview(bytes(_BLOCK))
_MAGIC: Final = b"logging_kit journal 2\n"
KIND: Final = b"logging_kit journal "
"""First bytes of each journal, whatever its version."""

_MOST_STREAMS: Final = 8


@dataclass(frozen=True, slots=True)
class DrainCheckpoint:
    """Drain checkpoint of a half: the drained bytes, and the target of the next portion.

    Attributes:
        serial: Grows with each checkpoint; the highest readable one counts.
        generation: Order of the halves: the lower one was filled first.
        done: Bytes of the half that have arrived in their segments.
        end: End of the portion that is being written, or `done`.
        targets: By stream, the segment's name and its length before the portion.
    """

    serial: int = 0
    generation: int = 0
    done: int = 0
    end: int = 0
    targets: dict[str, tuple[str, int]] = field(default_factory=dict)


class Half:
    """One half of a journal.

    Attributes:
        size: Bytes of lines that it can hold.
        used: Bytes that may hold lines.
        marks: Offsets of its marks, some twice and some where there is none; all of `used` is whole
            lines then. `None` when the marks have to be searched for.
        note: Its newest checkpoint.
        is_note_damaged: True if there is a checkpoint that fails its checksum.
    """

    __slots__ = ("_map", "_start", "is_note_damaged", "marks", "note", "size", "used")

    def __init__(self, map_: mmap.mmap | bytes, start: int, size: int) -> None:
        self._map: Any = map_
        self._start = start
        self.size = size
        self.is_note_damaged = False
        notes = [note for slot in (0, 1) if (note := self._read_note(slot)) is not None]
        self.note = max(notes, key=lambda note: note.serial, default=DrainCheckpoint())
        self.used = size
        self.marks: list[int] | None = None

    @property
    def data_start(self) -> int:
        """Offset in the journal of the first line."""
        return self._start + 2 * PAGE + _table(self.size)

    def sums(self) -> memoryview:
        """Return the table of checksums; release it before the map is closed."""
        start = self._start + 2 * PAGE
        return memoryview(self._map)[start : start + _table(self.size)].cast("I")

    def raw(self) -> bytes:
        """Return all bytes that can hold lines."""
        return bytes(self._map[self.data_start : self.data_start + self.size])

    def read(self) -> bytes:
        """Return its whole lines and the marks between them."""
        data: bytes = self._map[self.data_start : self.data_start + self.used]
        if self.marks is not None:
            return data
        end = data.find(0)
        if end < 0:
            end = len(data)
        return data[: data.rfind(b"\n", 0, end) + 1]

    def write_note(
        self, *, generation: int, done: int, end: int, targets: dict[str, tuple[str, int]]
    ) -> None:
        """Replace the checkpoint; a kill in between leaves the former one."""
        note = DrainCheckpoint(self.note.serial + 1, generation, done, end, targets)
        text = orjson.dumps(note)
        assert len(text) <= PAGE - 8
        at = self._start + PAGE * (note.serial % 2)
        self._map[at : at + 8 + len(text)] = _framed(text)
        self.note = note

    def clear(self) -> None:
        """Make it empty again."""
        # a kill in between leaves a checkpoint that calls all of it done
        start = self.data_start
        self._zero(start, start + self.used)
        table = self._start + 2 * PAGE
        self._zero(table, table + _table(self.used))
        self.marks = None  # a signal handler may break off the drain, which reads it again then
        self.write_note(generation=self.note.generation, done=0, end=0, targets={})

    def _zero(self, start: int, stop: int) -> None:
        self._map[start] = 0  # a reader that comes after a kill finds no line
        for at in range(start, stop, _BLOCK):
            end = min(at + _BLOCK, stop)
            self._map[at:end] = _ZEROS[: end - at]

    def _read_note(self, slot: int) -> DrainCheckpoint | None:
        at = self._start + PAGE * slot
        text = _unframed(self._map[at : at + PAGE])
        if text is None:
            # a slot that was never written is all zeros
            self.is_note_damaged |= any(self._map[at : at + PAGE])
            return None
        match orjson.loads(text):
            case {
                "serial": int(serial),
                "generation": int(generation),
                "done": int(done),
                "end": int(end),
                "targets": dict(targets),
            }:
                found = {
                    str(stream): (str(name), int(length))
                    for stream, (name, length) in targets.items()
                }
                return DrainCheckpoint(serial, generation, done, end, found)
        self.is_note_damaged = True  # a bug, or another version, has written it
        return None


def split_by_stream(
    data: bytes, streams: Sequence[str], marks: list[int] | None = None
) -> Iterator[tuple[int, int, str]]:
    """Split a half's data at its marks.

    Args:
        data: The result of `Half.read`.
        streams: The journal's names of the streams.
        marks: See `Half.marks`; without them the data is searched.

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
    # a search for one byte goes by the machine's word, a regular expression by the byte
    at = data.find(code)
    while at >= 0:
        yield at
        at = data.find(code, at + 1)


def file_length(half: int) -> int:
    """Return the length of a journal file in bytes.

    Args:
        half: Bytes of lines in a half.
    """
    return 2 * PAGE + 2 * _half_length(half)


def halves_of(map_: mmap.mmap | bytes, half: int) -> tuple[Half, Half]:
    """Return the two halves of a mapped journal, or of a copy of its bytes."""
    first = PAGE
    return Half(map_, first, half), Half(map_, first + _half_length(half), half)


def write_header(map_: mmap.mmap, streams: Sequence[str], half: int) -> None:
    """Write the header and its copy."""
    text = _MAGIC + _framed(orjson.dumps({"streams": list(streams), "half": half}))
    end = file_length(half) - PAGE
    map_[end : end + len(text)] = text
    map_[: len(text)] = text


def read_header(fd: int) -> tuple[list[str], int]:
    """Read the header, or its copy, without mapping the file: it may be short or have holes.

    Returns:
        The names of the streams, and the bytes of lines in a half.

    Raises:
        NotAJournalError: When neither can be read.
    """
    size = os.fstat(fd).st_size
    for at in (0, size - PAGE):
        if at >= 0:
            os.lseek(fd, at, os.SEEK_SET)
            header = _parse_header(os.read(fd, PAGE))
            if header is not None:
                return header
    raise NotAJournalError("its header is not that of a journal of this version")


def _parse_header(page: bytes) -> tuple[list[str], int] | None:
    if not page.startswith(_MAGIC):
        return None
    text = _unframed(page[len(_MAGIC) :])
    if text is None:
        return None
    try:
        header = orjson.loads(text)
    except ValueError:
        return None
    match header:
        # a stream's name becomes a part of paths
        case {"streams": [str(), *_] as streams, "half": int(half)} if (
            all(str(stream).isidentifier() for stream in streams)
            and len(streams) <= _MOST_STREAMS
            and 0 < half <= MAX_HALF
        ):
            return streams, half
    return None


def _half_length(half: int) -> int:
    return 2 * PAGE + half + _table(half)


def _table(size: int) -> int:
    entries = (size >> SLOT) + 1
    return -(-4 * entries // PAGE) * PAGE


def _framed(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text


def _unframed(page: bytes) -> bytes | None:
    crc, length = (int.from_bytes(page[at : at + 4], "little") for at in (0, 4))
    text = page[8 : 8 + length]
    if not length or len(text) != length or zlib.crc32(text) != crc:
        return None
    return text
