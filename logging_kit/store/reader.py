r"""Reading the segment files again: all lines in the order of their time, the last ones, and new ones as they come.

Lines end with the byte ``\n`` and nothing else: a text may hold U+2028 or a carriage return. A torn end, which a full
disk or a loss of power leaves behind, is no line.
"""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ..line import parse_stamp
from .line_blocks import ReadProblems, open_regular
from .line_blocks import iter_lines as iter_data
from .segment import ARCHIVE, SEGMENTS, stream_of

_BLOCK: Final = 65_536
_MOST_AT_ONCE: Final = 1 << 20
"""Bytes that a follower reads of one file in one round; also what it takes for a line that has no end."""

_LONGEST_TAIL: Final = 32 << 20
"""Bytes that are read from the end of a file: its lines may be longer than memory."""

_IDLE_S: Final = 60.0


class LineOrder(NamedTuple):
    """Where a line stands among all lines; compares by time, then run, then number in the run."""

    timestamp: str
    run_id: str
    seq: int


class Line(NamedTuple):
    """One line of a segment."""

    place: LineOrder
    data: bytes
    """The line without its newline."""
    path: Path


_FIRST: Final = LineOrder("", "", 0)


def order_key(data: bytes, before: LineOrder = _FIRST) -> LineOrder:
    """Find a line's place without parsing all of it.

    Args:
        data: The line.
        before: The place of the line before it in its file, which a line that is no JSON of ours takes over.
    """
    stamp = parse_stamp(data)
    if stamp is None:
        return before
    timestamp, run_id, seq = stamp
    if run_id is None:
        return LineOrder(timestamp, before.run_id, before.seq)
    return LineOrder(timestamp, run_id, seq)


def list_segments(
    directory: Path, streams: Iterable[str] | None = None, *, archive: bool = False
) -> list[Path]:
    """List the segments of a log folder by name.

    Args:
        directory: The log folder.
        streams: Whose segments, such as `("trade", "error")`; `None` for all.
        archive: Whether the compressed ones too.
    """
    wanted = None if streams is None else frozenset(streams)
    found = [
        path for path in sorted((directory / SEGMENTS).glob("*-*.log")) if _is_wanted(path, wanted)
    ]
    if archive:
        names = {
            path.name for path in found
        }  # the archiver shows a segment in both folders for a moment
        packed = sorted((directory / ARCHIVE).glob("*-*.log.gz"))
        found = [
            path for path in packed if _is_wanted(path, wanted) and path.stem not in names
        ] + found
    return found


def iter_lines(
    directory: Path,
    streams: Iterable[str] | None = None,
    *,
    archive: bool = False,
    since: str = "",
    problems: ReadProblems | None = None,
) -> Iterator[Line]:
    """Yield all lines of a log folder in the order of their time.

    Args:
        directory: The log folder.
        streams: The streams whose lines are wanted; `None` for all.
        archive: Include compressed segments.
        since: Segments of the days before this timestamp are not opened: a segment ends with its day.
        problems: Collects what could not be read.
    """
    found = (
        (start_time(path), path) for path in list_segments(directory, streams, archive=archive)
    )
    waiting = sorted(
        (first, path) for first, path in found if not first or first[:10] >= since[:10]
    )
    waiting.reverse()
    heap: list[tuple[LineOrder, int, Line, Iterator[Line]]] = []
    opened = 0
    while heap or waiting:
        while waiting and (not heap or waiting[-1][0] <= heap[0][0].timestamp):
            opened += 1
            _push(heap, opened, iter_segment(waiting.pop()[1], problems))
        if heap:
            _, number, line, rest = heapq.heappop(heap)
            yield line
            _push(heap, number, rest)


def _push(
    heap: list[tuple[LineOrder, int, Line, Iterator[Line]]], number: int, rest: Iterator[Line]
) -> None:
    line = next(rest, None)
    if line is not None:
        heapq.heappush(heap, (line.place, number, line, rest))


def _is_wanted(path: Path, streams: frozenset[str] | None) -> bool:
    return streams is None or stream_of(path) in streams


def start_time(path: Path) -> str:
    """Time in the segment's name, in the form of a timestamp: none of its lines is older. Empty if it has none."""
    stamp = path.name.split("-")[1]
    if len(stamp) != 16 or not stamp[:8].isdigit():
        return ""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:15]}"


def iter_segment(path: Path, problems: ReadProblems | None = None) -> Iterator[Line]:
    """Yield the lines of one segment, compressed or not, as far as it can be read.

    Args:
        path: The segment; one that was deleted meanwhile has no lines.
        problems: Collects what could not be read.
    """
    place = _FIRST
    for data in iter_data(path, problems):
        place = order_key(data, place)
        yield Line(place, data, path)


def end_offsets(
    directory: Path, streams: Iterable[str] | None = None, problems: ReadProblems | None = None
) -> dict[Path, int]:
    """Return the length of each segment's whole lines, in bytes: where a follower may begin.

    Args:
        directory: The log folder.
        streams: The streams whose segments are wanted; `None` for all.
        problems: Collects the segments that could not be read; they are left out.
    """
    found = {}
    for path in list_segments(directory, streams):
        try:
            with open_regular(path) as file:
                found[path] = _whole(file, file.seek(0, os.SEEK_END))
        except FileNotFoundError:
            continue
        except OSError as error:
            if problems is not None:
                problems.add(path, error.strerror or str(error), closed=True)
    return found


def _whole(file: BinaryIO, end: int) -> int:
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def tail(directory: Path, count: int, until: Mapping[Path, int] | None = None) -> list[Line]:
    """The newest lines of a log folder in the order of their time.

    Args:
        directory: The log folder.
        count: How many at most.
        until: Length of each segment to look at; `end_offsets` when not given.
    """
    lengths = end_offsets(directory) if until is None else until
    if count < 1:
        return []
    newest = sorted(
        (
            (newest_line[-1].place, path)
            for path in lengths
            if (newest_line := _tail(path, lengths[path], 1))
        ),
        reverse=True,
    )
    found: list[Line] = []
    for place, path in newest:
        if len(found) == count and place < found[0].place:
            break
        found = sorted([*found, *_tail(path, lengths[path], count)], key=lambda line: line.place)[
            -count:
        ]
    return found


def _tail(path: Path, end: int, count: int) -> list[Line]:
    """The last lines of a segment, read from its end."""
    data = b""
    start = end
    try:
        with open_regular(path) as file:
            while start > 0 and data.count(b"\n") <= count and len(data) < _LONGEST_TAIL:
                size = min(_BLOCK, start)
                start -= size
                file.seek(start)
                data = file.read(size) + data
    except OSError:  # deleted, or `end_offsets` has said so
        return []
    pieces = data.split(b"\n")[:-1]
    place = _FIRST
    found = []
    for piece in pieces[1:] if start > 0 else pieces:
        place = order_key(piece, place)
        found.append(Line(place, piece, path))
    return found[-count:]


@dataclass(slots=True)
class _Followed:
    path: Path
    offset: int = 0
    before: LineOrder = _FIRST
    file: BinaryIO | None = None
    used: float = field(default_factory=time.monotonic)

    def read(self) -> list[tuple[Line, int]]:
        """The lines behind the offset, each with the offset behind it."""
        if self.file is None:
            self.file = open_regular(self.path)
        self.file.seek(self.offset)
        data = self.file.read(_MOST_AT_ONCE)
        whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == _MOST_AT_ONCE else 0)
        found = []
        place, offset = self.before, self.offset
        for piece in data[:whole].split(b"\n"):
            if offset == self.offset + whole:
                break
            place = order_key(piece, place)
            offset += len(piece) + 1
            found.append((Line(place, piece, self.path), min(offset, self.offset + whole)))
        return found

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


class Follower:
    """Reads what comes after a point: new lines, in new segments too, in the order of their time.

    Args:
        directory: The log folder; it need not exist yet.
        since: Length of each segment that has been read already, as `end_offsets` gives it.

    Example:
        >>> follower = Follower(Path("logs"), end_offsets(Path("logs")))
        >>> for line in follower.poll():
        ...     print(line.data)
    """

    def __init__(self, directory: Path, since: Mapping[Path, int] | None = None) -> None:
        self._directory = directory
        self._followed = {path: _Followed(path, length) for path, length in (since or {}).items()}

    def poll(self) -> list[Line]:
        """The lines that have come since the last call; at most 1 MiB of each file, so that memory stays bounded.

        A line that is in one file must not be shown before an older one that another file got in the meantime: the
        first look says up to which time all files are complete, the second takes what is not newer.
        """
        grown = self._grown()
        if not grown:
            return []
        complete = self._complete(grown)
        if complete is None:
            return []
        taken: list[Line] = []
        for one in self._grown():
            for line, offset in self._read(one):
                if line.place > complete:
                    break
                taken.append(line)
                one.offset, one.before = offset, line.place
        return sorted(taken, key=lambda line: line.place)

    def close(self) -> None:
        """Close the files."""
        for one in self._followed.values():
            one.close()

    def _complete(self, grown: list[_Followed]) -> LineOrder | None:
        newest: LineOrder | None = None
        oldest_cut: LineOrder | None = None
        for one in grown:
            found = self._read(one)
            if not found:
                continue
            place = found[-1][0].place
            newest = place if newest is None else max(newest, place)
            if found[-1][1] - one.offset > _MOST_AT_ONCE - _BLOCK:  # there may be more behind
                oldest_cut = place if oldest_cut is None else min(oldest_cut, place)
        return newest if oldest_cut is None else oldest_cut

    @staticmethod
    def _read(one: _Followed) -> list[tuple[Line, int]]:
        try:
            return one.read()
        except OSError:  # deleted, or not readable for us
            return []

    def _grown(self) -> list[_Followed]:
        """Segments with bytes that are not read yet; one that has just been removed is read to its end."""
        present = set(list_segments(self._directory))
        for path in present - self._followed.keys():
            self._followed[path] = _Followed(path)
        now = time.monotonic()
        grown = []
        for path, one in list(self._followed.items()):
            try:
                size = (
                    os.fstat(one.file.fileno()).st_size
                    if one.file is not None
                    else path.stat().st_size
                )
            except OSError:
                size = 0
            if size > one.offset:
                one.used = now
                grown.append(one)
            elif path not in present:
                one.close()
                del self._followed[path]
            elif now - one.used > _IDLE_S:
                one.close()
        return grown
