"""Find the lines of a dead process's journal that pass their checksums, whatever is damaged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from zlib import adler32

from ..exceptions import NotAJournalError
from ..line import LINE_LIMIT, PREFIX, parse_stamp, second_of, time_of
from .age import last_time, name_time
from .journal_format import SLOT, Half, file_length, halves_of, read_header, split_by_stream
from .line_blocks import iter_blocks
from .segment import ARCHIVE, SEGMENTS, stream_of

_DAY_S: Final = 86_400.0


class JournalLine(NamedTuple):
    """A line of a journal that passes its checksum.

    Attributes:
        stream: The stream that it goes to.
        data: The line with its newline.
        offset: Its offset in its half.
    """

    stream: str
    data: bytes
    offset: int

    @property
    def id(self) -> tuple[str | None, int]:
        """The run's id, and the line's number in the run."""
        stamp = parse_stamp(self.data)
        if stamp is None:
            return (None, 0)
        return stamp[1:]


@dataclass(slots=True)
class Scan:
    """The lines of one half, and the state of the rest.

    Attributes:
        lines: The lines that pass their checksums, in the order of their offsets.
        end: Offset behind the last of them.
        damaged: Bytes that are neither such lines, nor marks, nor an unfinished last line.
        is_whole: True if everything in the half, its checkpoints included, is as it was written.
    """

    lines: list[JournalLine] = field(default_factory=list)
    end: int = 0
    damaged: int = 0
    is_whole: bool = False

    def waiting(self, half: Half) -> list[JournalLine]:
        """Return the lines that have not reached the segments, as far as the checkpoint tells."""
        if half.is_note_damaged:
            return self.lines
        return [line for line in self.lines if line.offset >= half.note.done]


def scan_half(half: Half, streams: Sequence[str]) -> Scan:
    """Verify each line of a half on its own.

    Args:
        half: A half that no process fills.
        streams: The journal's names of the streams.
    """
    raw = half.raw()
    table = half.sums()
    try:
        scan = _scan(raw, table, streams)
    finally:
        table.release()
    note = half.note
    scan.is_whole = (
        not scan.damaged
        and not half.is_note_damaged
        and (not scan.lines or note.done <= note.end <= scan.end)
        and all(Path(name).name == name for name, _ in note.targets.values())
        and _marks_agree(raw[: scan.end], scan.lines, streams)
    )
    return scan


def _scan(raw: bytes, table: memoryview, streams: Sequence[str]) -> Scan:
    scan = Scan()
    begin = raw.find(PREFIX)
    while begin >= 0:
        stop = raw.find(b"\n", begin) + 1
        if not stop:
            break
        line = raw[begin:stop]
        stream = _verified(line, begin, table, streams)
        if stream is None:
            begin = raw.find(PREFIX, begin + 1)
            continue
        scan.damaged += _foreign(raw[scan.end : begin], streams)
        scan.lines.append(JournalLine(stream, line, begin))
        scan.end = stop
        begin = raw.find(PREFIX, stop)
    rest = raw[scan.end :]
    if not table[scan.end >> SLOT] and not table[min(scan.end + 1, len(raw)) >> SLOT]:
        rest = rest[LINE_LIMIT + 1 :]  # a kill has broken off the last line before its checksum
    scan.damaged += _foreign(rest, streams)
    return scan


def _verified(line: bytes, at: int, table: memoryview, streams: Sequence[str]) -> str | None:
    """Return the stream of a line that passes its checksum, else `None`."""
    # a mark may stand before the line, and the entry is that of the mark then
    expected = {table[at >> SLOT], table[max(0, at - 1) >> SLOT]}
    for code, stream in enumerate(streams, 1):
        if adler32(line, code) in expected:
            return stream
    return None


def _foreign(gap: bytes, streams: Sequence[str]) -> int:
    """Count the bytes between lines that are neither zeros nor one mark."""
    if len(gap) <= 1:
        return len(gap.translate(None, bytes(range(len(streams) + 1))))
    return len(gap.translate(None, b"\0"))


def _marks_agree(data: bytes, lines: Iterable[JournalLine], streams: Sequence[str]) -> bool:
    """Return True if the marks give each line the stream that its checksum confirms."""
    stretches = list(split_by_stream(data, streams))
    index = 0
    for line in lines:
        while index < len(stretches) and stretches[index][1] <= line.offset:
            index += 1
        if index == len(stretches) or stretches[index][2] != line.stream:
            return False
    return True


def read_image(fd: int) -> tuple[list[str], tuple[Half, Half]]:
    """Read a journal without mapping or changing it, also one that was cut off.

    Returns:
        The names of the streams, and the halves.

    Raises:
        NotAJournalError: When no header can be read.
    """
    streams, size = read_header(fd)
    length = file_length(size)
    os.lseek(fd, 0, os.SEEK_SET)
    data = bytearray()
    while block := os.read(fd, length - len(data)):
        data += block
    if not data:
        raise NotAJournalError("it is empty")
    return streams, halves_of(bytes(data.ljust(length, b"\0")), size)


def written_before(
    directory: Path, lines: Sequence[JournalLine]
) -> frozenset[tuple[str | None, int]]:
    """Find the lines of a journal that are in segments or archives already.

    A backup of a journal may be older than the segments beside it.

    Args:
        directory: The log folder.
        lines: The journal's lines.

    Returns:
        The run and number of each such line.
    """
    if not lines:
        return frozenset()
    wanted = {line.id for line in lines}
    streams = {line.stream for line in lines}
    first = min(second_of(line.data) for line in lines)
    since = time_of(first) / 1e6
    found = set()
    for path in (*directory.glob(f"{SEGMENTS}/*-*.log"), *directory.glob(f"{ARCHIVE}/*-*.log.gz")):
        if stream_of(path) not in streams or not _reaches(path, since):
            continue
        for block in iter_blocks(path):
            for data in block.data.split(b"\n"):
                if data >= first and (stamp := parse_stamp(data)) is not None:
                    found.add(stamp[1:])
    return frozenset(found & wanted)


def _reaches(path: Path, since: float) -> bool:
    """Return True if a segment may hold lines of that second or later ones."""
    begun = name_time(path)
    if begun is not None and begun - begun % _DAY_S + _DAY_S < since:
        return False  # a segment ends with its day
    last = last_time(path)
    return last is None or last >= since
