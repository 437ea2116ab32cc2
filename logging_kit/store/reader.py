r"""Read the segments: all lines in the order of their time, or the newest ones.

A line ends with the byte `\n` and nothing else: a text may hold U+2028 or a carriage return. A torn
end, which a full disk or a loss of power leaves behind, is no line.
"""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from .dead_journals import dead_lines
from .filesystem import open_to_read
from .follower import Follower
from .journal import JOURNALS
from .line_blocks import ReadProblems
from .line_blocks import iter_lines as iter_data
from .line_order import FIRST, Line, LineOrder, SeenLines, make_line, order_key
from .segment import list_segments, start_time

__all__ = [
    "Follower",
    "Line",
    "LineOrder",
    "end_offsets",
    "iter_lines",
    "iter_segment",
    "list_segments",
    "order_key",
    "start_time",
    "tail",
]

_BLOCK: Final = 65_536

_LONGEST_TAIL: Final = 32 << 20
"""Bytes that are read from the end of a file: its lines may be longer than memory."""


def iter_lines(
    directory: Path,
    streams: Iterable[str] | None = None,
    *,
    archive: bool = False,
    since: str = "",
    problems: ReadProblems | None = None,
) -> Iterator[Line]:
    """Yield all lines of a log folder in the order of their time, each once.

    Lines that wait in the journals of dead processes are among them; the journals stay as they are.
    Bytes that this package did not write come as lines with `is_own` false.

    Args:
        directory: The log folder.
        streams: The streams whose lines are wanted; `None` for all.
        archive: Include compressed segments.
        since: Segments of the days before this timestamp are not opened, because a segment ends
            with its day.
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
    seen = SeenLines()
    dead = dead_lines(directory, streams)
    _push(heap, opened, iter(line for line in dead if line.place.timestamp[:10] >= since[:10]))
    while heap or waiting:
        while waiting and (not heap or waiting[-1][0] <= heap[0][0].timestamp):
            opened += 1
            _push(heap, opened, iter_segment(waiting.pop()[1], problems))
        if heap:
            _, number, line, rest = heapq.heappop(heap)
            _push(heap, number, rest)
            if not line.is_own or seen.add(line.place.run_id, line.place.seq):
                if problems is not None and not line.is_own:
                    problems.foreign[line.path] += 1
                yield line
            elif problems is not None and line.path.parent.name != JOURNALS:
                problems.doubles[line.path] += 1


def _push(
    heap: list[tuple[LineOrder, int, Line, Iterator[Line]]], number: int, rest: Iterator[Line]
) -> None:
    line = next(rest, None)
    if line is not None:
        heapq.heappush(heap, (line.place, number, line, rest))


def iter_segment(path: Path, problems: ReadProblems | None = None) -> Iterator[Line]:
    """Yield the lines of one segment, compressed or not, as far as it can be read.

    Args:
        path: The segment; one that was deleted meanwhile has no lines.
        problems: Collects what could not be read.
    """
    place = FIRST
    for data in iter_data(path, problems):
        line = make_line(data, place, path)
        place = line.place
        yield line


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
            with open_to_read(path) as file:
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
    """Return the newest lines of a log folder in the order of their time, each once.

    Args:
        directory: The log folder.
        count: The largest number of lines.
        until: Length of each segment to read; `end_offsets` when not given. Archives are read when
            the segments and the journals of dead processes have fewer lines.
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
    found = _newest(dead_lines(directory), count)
    for place, path in newest:
        if len(found) == count and place < found[0].place:
            break
        found = _newest([*found, *_tail(path, lengths[path], count)], count)
    names = {path.name for path in lengths}
    for path in reversed(list_segments(directory, archive=True)):
        # a segment ends with its day
        if len(found) == count and start_time(path)[:10] < found[0].place.timestamp[:10]:
            continue
        if path.suffix == ".gz" and path.stem not in names:
            found = _newest([*found, *deque(iter_segment(path), count)], count)
    return found


def _newest(lines: Iterable[Line], count: int) -> list[Line]:
    """Return the last lines of some, each once."""
    seen = SeenLines()
    own = [one for one in lines if not one.is_own or seen.add(one.place.run_id, one.place.seq)]
    return sorted(own, key=lambda line: line.place)[-count:]


def _tail(path: Path, end: int, count: int) -> list[Line]:
    """Read the last lines of a segment from its end."""
    data = b""
    start = end
    try:
        with open_to_read(path) as file:
            while start > 0 and data.count(b"\n") <= count and len(data) < _LONGEST_TAIL:
                size = min(_BLOCK, start)
                start -= size
                file.seek(start)
                data = file.read(size) + data
    except OSError:
        return []
    pieces = data.split(b"\n")[:-1]
    place = FIRST
    found = []
    for piece in pieces[1:] if start > 0 else pieces:
        line = make_line(piece, place, path)
        place = line.place
        if piece:
            found.append(line)
    return found[-count:]
