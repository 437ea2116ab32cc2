"""What of the segments and the archive is not read yet, as files that DuckDB can read line by line.

A segment is known by its stem: its ``.gz`` in the archive is not new. Most closed segments are given to DuckDB as they
are; the rest of a growing one is cut at its last newline and copied, since DuckDB takes an unfinished line for a row.
"""

from __future__ import annotations

import contextlib
import gzip
import struct
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logging_kit.events.model import STREAMS
from logging_kit.store.age import name_time
from logging_kit.store.reader import list_segments

_QUIET_S: Final = 10.0
"""A segment that nothing was written to for so long is read where it is."""

_LONGEST: Final = 1 << 20
_STEP: Final = 512
"""Compressed bytes that are given up at a fault in a ``.gz``."""

_DISTURBING: Final = b"\x00\x01\r"


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of a segment that are not read yet: from ``start`` to ``end``, the last newline or beyond."""

    path: Path
    stem: str
    start: int
    end: int
    quiet: bool = False

    @property
    def growing(self) -> bool:
        """Whether a part of the segment was read before."""
        return self.start > 0

    @property
    def packed(self) -> bool:
        """Whether the segment is in the archive."""
        return self.path.suffix == ".gz"


class SegmentCursor:
    """Remembers how much of each segment was read.

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

    def next_pieces(self, most: int) -> tuple[list[Piece], bool]:
        """What to read next, newest segments first, and whether more is left.

        Args:
            most: Bytes at a time; one piece is read whole, however long it is.
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

    def advance(self, stems: Iterable[tuple[str, int]]) -> None:
        """Note up to where segments were read."""
        self._read_to.update(stems)

    def mark_seen(self, pieces: Iterable[Piece]) -> None:
        """Note that pieces were looked at, whatever lines they had: they do not come again before there is more of them.

        An archived segment does not grow, and what a damaged one states as its length may be any number.
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
            # a damaged one may state 0, and have lines
            end = max(_unpacked_size(path), 1) if packed else status.st_size
        except OSError:  # it has just been archived, or deleted
            return None
        newest = max(status.st_mtime, _end_of_day(path))  # a time of change may be wrong
        if end <= start or (start == 0 and newest < self._since):
            if packed:
                self._packed.add(stem)
            return None
        if not packed and self._seen.get(stem) == end:
            return None
        return Piece(
            path,
            stem,
            start,
            end,
            # st_ctime cannot be set by hand
            quiet=not packed and time.time() - max(status.st_mtime, status.st_ctime) > _QUIET_S,
        )


def stage(piece: Piece, directory: Path, *, copy: bool = False) -> tuple[Path, int] | None:
    """A file with whole, clean lines of a piece, named after its segment, and up to where it reads the segment.

    Args:
        piece: What to read.
        directory: Where copies go.
        copy: Whether to copy and clean it in any case.

    Returns:
        ``None`` if there is no whole line, or the file has gone.
    """
    try:
        if piece.quiet and not piece.growing and not copy and _ends_whole(piece.path):
            return piece.path, piece.end
        data = _bytes(piece)
    except OSError:
        return None
    whole = data.rfind(b"\n") + 1
    if not whole:
        return None
    target = directory / f"{piece.stem}.log"
    target.write_bytes(clean(data[:whole]))
    return target, piece.start + whole


def clean(data: bytes) -> bytes:
    """The lines as DuckDB's reader takes them: valid UTF-8, none of the bytes 0, 1 and 13, none of more than 1 MiB."""
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode(errors="replace").encode()
    if any(byte in data for byte in (b"\x00", b"\x01", b"\r")):
        data = data.translate(None, _DISTURBING)
    if len(data) > _LONGEST or b"\n\n" in data or data.startswith(b"\n"):
        cut = (
            line[:_LONGEST].decode(errors="ignore").encode() for line in data.split(b"\n") if line
        )
        data = b"".join(line + b"\n" for line in cut)
    return data


def _bytes(piece: Piece) -> bytes:
    if piece.packed:
        return _unpacked(piece.path)[piece.start :]
    with piece.path.open("rb") as file:
        file.seek(piece.start)
        return file.read(piece.end - piece.start)


def _unpacked(path: Path) -> bytes:
    """The content, or what can be read of it: a cut ``.gz`` is no reason to see nothing."""
    data = path.read_bytes()
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        unpacker = zlib.decompressobj(wbits=31)
        found = bytearray()
        with contextlib.suppress(zlib.error):
            for start in range(0, len(data), _STEP):
                found += unpacker.decompress(data[start : start + _STEP])
        return bytes(found)


def _end_of_day(path: Path) -> float:
    """Return when the day of a segment's name ends, in Unix time: none of its lines is newer."""
    begun = name_time(path)
    return float("inf") if begun is None else begun - begun % 86_400 + 86_400


def _unpacked_size(path: Path) -> int:
    """The length that the end of the ``.gz`` states (https://www.rfc-editor.org/rfc/rfc1952#page-8)."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        return int(struct.unpack("<I", file.read(4))[0])


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
