"""Track how far each segment was read, and read the rest as clean text for DuckDB.

A segment is known by its stem: its `.gz` in the archive is not new. Files are read here and handed
to DuckDB as values, because its own access to files is switched off.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from logging_kit.events.model import STREAMS
from logging_kit.store.age import name_time
from logging_kit.store.dead_journals import dead_lines
from logging_kit.store.line_blocks import ReadProblems, iter_blocks, open_regular, squeezed
from logging_kit.store.reader import list_segments

_LONGEST: Final = 1 << 20
_DISTURBING: Final = b"\x00\x01\r"


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of a segment that are not read yet.

    From `start` to `end`, the last newline or beyond.
    """

    path: Path
    stem: str
    start: int
    end: int

    @property
    def growing(self) -> bool:
        """True if a part of the segment was read before."""
        return self.start > 0

    @property
    def packed(self) -> bool:
        """True if the segment is in the archive."""
        return self.path.suffix == ".gz"


class Text(NamedTuple):
    """Some whole, clean lines of a segment."""

    stem: str
    text: str
    """The lines, separated by newlines, without one at the end."""
    end: int
    """Offset in the segment of the byte behind them."""


class SegmentCursor:
    """Read positions in each segment.

    Args:
        directory: The log folder; it need not exist yet.
        since: Unix time in seconds; a segment that was last written to before is left out.
    """

    def __init__(self, directory: Path, since: float = 0.0) -> None:
        self._directory = directory
        self._since = since
        self._read_to: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._packed: set[str] = set()
        self._journals: set[Path] = set()

    def next_pieces(self, most: int) -> tuple[list[Piece], bool]:
        """List what to read next, newest segments first, and tell if more is left.

        Args:
            most: Bytes at a time; the piece that exceeds it is the last one of the list.
        """
        found = [
            piece
            for path in list_segments(self._directory, STREAMS, archive=True)
            if (piece := self._piece(path)) is not None
        ]
        found.sort(key=lambda piece: (piece.growing, piece.stem.split("-")[1]), reverse=True)
        total = 0
        for i, piece in enumerate(found):
            total += piece.end - piece.start
            if total > most:
                return found[: i + 1], i + 1 < len(found)
        return found, False

    def dead_texts(self) -> list[Text]:
        """Read the lines that wait in the journals of dead processes, each journal once."""
        found = []
        read: set[Path] = set()
        for stream in STREAMS:
            lines = [
                line
                for line in dead_lines(self._directory, (stream,))
                if line.path not in self._journals
            ]
            read.update(line.path for line in lines)
            if lines:
                second = re.sub("[-:]", "", lines[0].place.timestamp[:19])
                data = clean(b"".join(line.data + b"\n" for line in lines))
                text = data[:-1].decode(errors="replace")
                found.append(Text(f"{stream}-{second}Z-journal", text, len(data)))
        self._journals |= read
        return found

    def advance(self, offsets: Iterable[tuple[str, int]]) -> None:
        """Note up to where segments were read."""
        self._read_to.update(offsets)

    def mark_seen(self, pieces: Iterable[Piece]) -> None:
        """Leave pieces out until there is more of them, whatever lines they had.

        An archived segment does not grow, and the length that a damaged one states may be any
        number.
        """
        for piece in pieces:
            if piece.packed:
                self._packed.add(piece.stem)
            else:
                self._seen[piece.stem] = piece.end

    def _piece(self, path: Path) -> Piece | None:
        packed = path.suffix == ".gz"
        stem = path.stem.removesuffix(".log")
        if packed and stem in self._packed:
            return None
        start = self._read_to.get(stem, 0)
        try:
            status = path.stat()
            if packed:
                end = _unpacked_size(path)
            else:
                end = status.st_size
        except OSError:  # it has just been archived, or deleted
            return None
        newest = max(status.st_mtime, _end_of_day(path))  # a time of change may be wrong
        if end <= start or (start == 0 and newest < self._since):
            if packed:
                self._packed.add(stem)
            return None
        if not packed and self._seen.get(stem) == end:
            return None
        return Piece(path, stem, start, end)


def read_piece(piece: Piece, problems: ReadProblems) -> Iterator[Text]:
    """Yield the whole lines of a piece in texts of about 1 MiB.

    Args:
        piece: What to read.
        problems: Collects what could not be read.
    """
    for block in iter_blocks(piece.path, piece.start, problems):
        data = clean(block.data)
        if data:
            yield Text(piece.stem, data[:-1].decode(errors="replace"), block.end)


def clean(data: bytes) -> bytes:
    """Return lines as DuckDB takes them.

    They are valid UTF-8 without the bytes 0, 1 and 13; none is empty or longer than 1 MiB.
    """
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode(errors="replace").encode()
    if any(byte in data for byte in (b"\x00", b"\x01", b"\r")):
        data = data.translate(None, _DISTURBING)
    data = squeezed(data)
    if len(data) > _LONGEST:
        cut = (
            line[:_LONGEST].decode(errors="ignore").encode() for line in data.split(b"\n") if line
        )
        data = b"".join(line + b"\n" for line in cut)
    return data


def _end_of_day(path: Path) -> float:
    """Return when the day of a segment's name ends, in Unix time: none of its lines is newer."""
    begun = name_time(path)
    if begun is None:
        return float("inf")
    return begun - begun % 86_400 + 86_400


def _unpacked_size(path: Path) -> int:
    """Return the length that the end of a `.gz` states, at least 1: a damaged one may have lines.

    https://www.rfc-editor.org/rfc/rfc1952#page-8
    """
    try:
        with open_regular(path) as file:
            file.seek(-4, os.SEEK_END)
            return max(int(struct.unpack("<I", file.read(4))[0]), 1)
    except FileNotFoundError:
        raise
    except (OSError, struct.error):  # reading it will say what is wrong
        return 1
