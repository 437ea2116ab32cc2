"""The wanted lines of one file, from its beginning or from its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ..store.line_blocks import MAX_LINE, ReadProblems, iter_blocks, open_regular, squeezed
from ..store.line_order import FIRST, Line, LineOrder, make_line
from .filters import Filter

_FIRST_BLOCK: Final = 1 << 16
_LARGEST_BLOCK: Final = 1 << 21
_SMALL: Final = 1 << 21
"""Bytes of a range in which the first line of a time is not searched for."""


def lines_of(data: bytes, wanted: Filter, before: LineOrder, path: Path) -> list[Line]:
    """Return the wanted lines of a block.

    Args:
        data: Whole lines, each with its newline.
        wanted: The filter.
        before: The place of the line before the block.
        path: The file.
    """
    found: list[Line] = []
    for piece in wanted.find(data):
        line = make_line(piece, before, path)
        before = line.place
        if not wanted.has_range or wanted.is_in_time(line.place.timestamp):
            found.append(line)
    return found


def oldest_first(
    path: Path, wanted: Filter, problems: ReadProblems, end: int | None = None
) -> Iterator[Line]:
    """Yield the wanted lines of a file, plain or gzipped, in their order.

    Args:
        path: The file.
        wanted: The filter.
        problems: Collects what could not be read.
        end: Offset at which to stop; the end of the file if not given.
    """
    start = 0
    if wanted.since and path.suffix != ".gz":
        start = offset_of(path, wanted.since)
    before = FIRST
    for block in iter_blocks(path, start, problems, unfinished=path.suffix == ".gz"):
        data = block.data
        if end is not None and block.end > end:
            data = data[: max(len(data) - (block.end - end), 0)]
        lines = lines_of(data, wanted, before, path)
        yield from lines
        if lines:
            before = lines[-1].place
        if end is not None and block.end >= end:
            return


def newest_first(
    path: Path, wanted: Filter, problems: ReadProblems, end: int | None = None
) -> Iterator[Line]:
    """Yield the wanted lines of a file, the last one first; only as much is read as is taken.

    Args:
        path: The file; a gzipped one is read whole.
        wanted: The filter.
        problems: Collects what could not be read.
        end: Offset at which to begin; the end of the file if not given.
    """
    if path.suffix == ".gz":
        yield from reversed(list(oldest_first(path, wanted, problems)))
        return
    try:
        with open_regular(path) as file:
            problems.forget(path)
            for data in _blocks_backwards(file, end):
                lines = lines_of(data, wanted, FIRST, path)
                yield from reversed(_placed(lines))
                if wanted.since and _ended(data, wanted.since):
                    return
    except FileNotFoundError:
        problems.forget(path)
    except OSError as error:
        problems.add(path, error.strerror or str(error), closed=True)


def _placed(lines: list[Line]) -> list[Line]:
    """Give lines without a time at the beginning of a block the place of the next line."""
    known = next((line.place for line in lines if line.place.timestamp), FIRST)
    return [
        line if line.place.timestamp else line._replace(place=known._replace(seq=0))
        for line in lines
    ]


def _ended(data: bytes, since: str) -> bool:
    """Return True if the first line of a block is older than a timestamp."""
    first = make_line(data[: data.find(b"\n")], FIRST, Path())
    return bool(first.place.timestamp) and first.place.timestamp < since


def _blocks_backwards(file: BinaryIO, end: int | None) -> Iterator[bytes]:
    """Yield blocks of whole lines from the end of a file; a torn end is left out."""
    if end is None:
        end = file.seek(0, os.SEEK_END)
    size = _FIRST_BLOCK
    rest = b""
    at_end = True
    while end > 0:
        start = max(0, end - size)
        file.seek(start)
        data = _read(file, end - start) + rest
        end, size = start, min(size * 2, _LARGEST_BLOCK)
        if at_end:
            data = data[: data.rfind(b"\n") + 1]
            at_end = not data
        cut = 0
        if start > 0:
            cut = data.find(b"\n") + 1
            if not cut and len(data) < MAX_LINE:
                rest = data
                continue
        rest = data[:cut]
        if data[cut:]:
            yield squeezed(data[cut:])
    if rest:
        yield squeezed(rest)


def _read(file: BinaryIO, size: int) -> bytes:
    found = b""
    while len(found) < size and (data := file.read(size - len(found))):
        found += data
    return found


def offset_of(path: Path, timestamp: str) -> int:
    """Return an offset in a file before which all lines are older than a timestamp.

    Args:
        path: The file; its lines are in the order of their time, as those of segments are.
        timestamp: The first wanted time, in the form of lines.
    """
    try:
        with open_regular(path) as file:
            low, high = 0, file.seek(0, os.SEEK_END)
            while high - low > _SMALL:
                middle = (low + high) // 2
                found = _time_behind(file, middle)
                if found is None or found >= timestamp:
                    high = middle
                else:
                    low = middle
            if low:
                file.seek(low)
                low += _read(file, MAX_LINE).find(b"\n") + 1
            return low
    except OSError:
        return 0


def _time_behind(file: BinaryIO, offset: int) -> str | None:
    """Return the time of the first line that begins behind an offset."""
    file.seek(offset)
    for piece in _read(file, _FIRST_BLOCK).split(b"\n")[1:]:
        place = make_line(piece, FIRST, Path()).place
        if place.timestamp:
            return place.timestamp
    return None
