"""Several folders and files as one stream of wanted lines, each line once."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from ..events.model import STREAMS
from ..store.dead_journals import dead_lines
from ..store.line_blocks import ReadProblems
from ..store.line_order import Line, LineOrder, SeenLines
from ..store.reader import end_offsets, list_segments, start_time
from ..store.segment import SEGMENTS
from . import files as one_file
from .filters import Filter

_ALWAYS: Final = ""
_END: Final = "~"
"""Sorts behind every timestamp."""


@dataclass(slots=True)
class _Newest:
    """An entry of the heap that has the newest line on top."""

    place: LineOrder
    number: int

    def __lt__(self, other: _Newest) -> bool:
        return self.place > other.place


class _Part(NamedTuple):
    """A file or a journal, with the times between which its lines are."""

    low: str
    high: str
    forward: Callable[[], Iterator[Line]]
    backward: Callable[[], Iterator[Line]]


@dataclass(slots=True)
class Sources:
    """The places that lines are read from.

    Args:
        folders: Log folders.
        files: Single files, plain or gzipped.
        wanted: The filter.
        problems: Collects what could not be read.
        ends: Length of each segment up to which it is read; what comes later is followed.
    """

    folders: list[Path]
    files: list[Path]
    wanted: Filter
    problems: ReadProblems = field(default_factory=ReadProblems)
    ends: dict[Path, int] = field(default_factory=dict)

    def mark_ends(self) -> None:
        """Note the present length of all segments and files: reading stops there."""
        for folder in self.folders:
            self.ends |= end_offsets(folder, problems=self.problems)
        for path in self.files:
            if path.suffix == ".gz":
                continue
            try:
                self.ends[path] = path.stat().st_size
            except OSError:
                self.ends[path] = 0

    def oldest_first(self) -> Iterator[Line]:
        """Yield the wanted lines in the order of their time."""
        waiting = sorted(self._parts(), key=lambda part: part.low, reverse=True)
        heap: list[tuple[LineOrder, int, Line, Iterator[Line]]] = []
        opened = 0
        seen = SeenLines()
        while heap or waiting:
            while waiting and (not heap or waiting[-1].low <= heap[0][0].timestamp):
                opened += 1
                _push(heap, opened, waiting.pop().forward())
            if not heap:
                continue
            _, number, line, rest = heapq.heappop(heap)
            _push(heap, number, rest)
            if self._is_first(line, seen):
                yield line

    def newest(self, count: int) -> list[Line]:
        """Return the last wanted lines in the order of their time.

        Args:
            count: The largest number of lines.
        """
        return list(islice(self.newest_first(), count))[::-1]

    def newest_first(self) -> Iterator[Line]:
        """Yield the wanted lines, the newest first; only as much is read as is taken."""
        waiting = sorted(self._parts(), key=lambda part: part.high)
        heap: list[_Newest] = []
        heads: dict[int, tuple[Line, Iterator[Line]]] = {}
        opened = 0
        seen = SeenLines()
        while heap or waiting:
            while waiting and (not heap or waiting[-1].high >= heap[0].place.timestamp):
                opened += 1
                _push_newest(heap, heads, opened, waiting.pop().backward())
            if not heap:
                continue
            number = heapq.heappop(heap).number
            line, rest = heads.pop(number)
            _push_newest(heap, heads, number, rest)
            if self._is_first(line, seen):
                yield line

    def _is_first(self, line: Line, seen: SeenLines) -> bool:
        """Return True unless the line was read from another file already."""
        if not line.is_own:
            if line.data.startswith(b"{"):
                return True
            self.problems.foreign[line.path] += 1
            return True
        if seen.add(*line.place[1:]):
            return True
        self.problems.doubles[line.path] += 1
        return False

    def _parts(self) -> Iterator[_Part]:
        for folder in self.folders:
            dead = [
                line
                for line in dead_lines(folder)
                if self.wanted(line.data) and self.wanted.is_in_time(line.place.timestamp)
            ]
            if dead:
                yield _Part(
                    dead[0].place.timestamp, _END, partial(iter, dead), partial(reversed, dead)
                )
            plain = {path.name for path in list_segments(folder, STREAMS)}
            for path in list_segments(folder, STREAMS, archive=True):
                if path.suffix == ".gz" and path.stem in plain:
                    continue
                if self.ends and path.suffix != ".gz" and path not in self.ends:
                    continue  # it has come since, or it cannot be read
                low = start_time(path)
                high = _END
                if low:
                    high = f"{low[:10]}{_END}"  # a segment ends with its day
                if high < self.wanted.since or (self.wanted.until and low > self.wanted.until):
                    continue
                yield self._part(path, low, high)
        for path in self.files:
            yield self._part(path, _ALWAYS, _END)

    def _part(self, path: Path, low: str, high: str) -> _Part:
        end = self.ends.get(path)
        return _Part(
            low,
            high,
            lambda: one_file.oldest_first(path, self.wanted, self.problems, end),
            lambda: one_file.newest_first(path, self.wanted, self.problems, end),
        )


def _push(
    heap: list[tuple[LineOrder, int, Line, Iterator[Line]]], number: int, rest: Iterator[Line]
) -> None:
    line = next(rest, None)
    if line is not None:
        heapq.heappush(heap, (line.place, number, line, rest))


def _push_newest(
    heap: list[_Newest],
    heads: dict[int, tuple[Line, Iterator[Line]]],
    number: int,
    rest: Iterator[Line],
) -> None:
    line = next(rest, None)
    if line is not None:
        heads[number] = line, rest
        heapq.heappush(heap, _Newest(line.place, number))


def split_paths(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Return the log folders and the single files that paths mean, each once.

    A path to the `segments` of a log folder, or to one of its convenience files such as
    `logs/bot.log`, means the folder: it has all lines in order.
    """
    folders: dict[Path, None] = {}
    files: dict[Path, None] = {}
    for path in paths:
        is_file = path.is_file()
        is_segments = path.name == SEGMENTS and not is_file
        if is_segments or (is_file and (path.parent / SEGMENTS).is_dir()):
            folders[path.parent] = None
        elif is_file:
            files[path] = None
        else:
            folders[path] = None
    return list(folders), list(files)
