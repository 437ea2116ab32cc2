"""Merge of the unread lines of several segments into one batch, by time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from ..line import LINE_LIMIT
from .entry import Entry
from .offsets import Position, position_at_end, position_behind

_NS: Final = 1_000_000_000


class Limits(NamedTuple):
    """Bounds of a batch.

    Attributes:
        lines: Most lines.
        size: Most bytes of lines.
    """

    lines: int = 1_000
    size: int = 8 * LINE_LIMIT


class Horizon(NamedTuple):
    """The times that the server accepts, in nanoseconds since 1970-01-01 UTC.

    Attributes:
        oldest_ns: Older lines are counted and left in their files.
        newest_ns: Newer lines wait until their time has come.
        latest_ns: Lines that are newer still are counted and left in their files: a wrong time must
            not stop the lines behind it for years.
    """

    oldest_ns: int
    newest_ns: int
    latest_ns: int


@dataclass(slots=True)
class Followed:
    """A segment and the place up to which it was read."""

    name: str
    stream: str
    begun: float
    """Time in its name, in seconds since 1970-01-01 UTC; 0 if it has none."""
    size: int
    position: Position
    used: float = 0.0
    """Time of its last change, by `time.monotonic`."""
    is_archived: bool = False
    """True if it was compressed before all of it was read."""


@dataclass(slots=True)
class Batch:
    """Lines of several segments in the order of their time.

    Attributes:
        entries: The lines.
        starts: Offset in each segment before the batch.
        ends: Position in each segment behind the batch.
        too_old: Lines that were left out because the server would refuse them for their age.
        too_new: Lines that were left out because their time is far in the future.
        held: Segments whose next line is too far in the future.
    """

    entries: list[Entry] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    ends: dict[str, Position] = field(default_factory=dict)
    too_old: int = 0
    too_new: int = 0
    held: int = 0


class Source(Protocol):
    """The segments of a batch; `SegmentFollower` is one."""

    segments: dict[str, Followed]

    def unread(self) -> Mapping[str, Followed]:
        """Return the segments that have unread bytes."""
        ...

    def lines(self, one: Followed) -> Iterator[tuple[bytes, int]]:
        """Yield the unread whole lines of a segment, each with the offset behind it."""
        ...

    def entry(self, one: Followed, data: bytes, before_ns: int) -> Entry:
        """Make the entry of a line."""
        ...

    def path(self, one: Followed) -> Path:
        """Return the file that has the unread lines of a segment."""
        ...

    def skip(self, one: Followed, oldest_ns: int, now: float) -> int | None:
        """Return the number of lines of a segment of which every line is too old."""
        ...

    def finish(self, name: str) -> None:
        """Note that a segment has no whole line behind its position at the moment."""
        ...


class Merge:
    """One batch in the making.

    Args:
        source: Reads the segments.
        horizon: The times that the server accepts.
        limits: Bounds of the batch.
        only: End of the batch in each segment, if it is to be exactly one of before.
    """

    def __init__(
        self,
        source: Source,
        horizon: Horizon,
        limits: Limits,
        only: Mapping[str, int] | None,
    ) -> None:
        self._source = source
        self._horizon = horizon
        self._limits = limits
        self._only = only
        self._batch = Batch()
        self._size = 0
        self._heap: list[tuple[int, str, Entry, bytes, int]] = []
        self._lines: dict[str, Iterator[tuple[bytes, int]]] = {}
        self._times: dict[str, int] = {}

    def run(self) -> Batch:
        """Return the batch."""
        waiting = sorted(
            (
                (one.begun, name, one)
                for name, one in self._source.unread().items()
                if self._only is None or name in self._only
            ),
            reverse=True,
        )
        while waiting or self._heap:
            while waiting and (not self._heap or waiting[-1][0] * _NS <= self._heap[0][0]):
                _, name, one = waiting.pop()
                self._open(name, one)
            if not self._heap:
                continue
            if self._is_full():
                break
            time_ns, name, entry, data, end = heapq.heappop(self._heap)
            if time_ns > self._horizon.newest_ns and self._only is None:
                self._batch.held += 1
                continue
            self._put(name, entry, data, end)
            self._next(name)
        for lines in self._lines.values():
            close = getattr(lines, "close", None)
            if close is not None:
                close()
        return self._batch

    def _is_full(self) -> bool:
        if self._only is not None:
            return False
        return len(self._batch.entries) >= self._limits.lines or self._size >= self._limits.size

    def _open(self, name: str, one: Followed) -> None:
        if self._only is None:
            now = time.time()
            skipped = self._source.skip(one, self._horizon.oldest_ns, now)
            if skipped is not None:
                self._batch.too_old += skipped
                self._batch.starts[name] = 0
                self._batch.ends[name] = position_at_end(self._source.path(one), one.size, 0)
                return
        begun_ns = int(one.begun * _NS)
        self._times[name] = one.position.time_ns or begun_ns
        self._lines[name] = self._source.lines(one)
        self._batch.starts[name] = one.position.offset
        self._next(name)
        waits = any(name == item[1] for item in self._heap)
        if self._only is None and not waits and name not in self._batch.ends:
            self._source.finish(name)

    def _next(self, name: str) -> None:
        one = self._source.segments[name]
        for data, end in self._lines[name]:
            if self._only is not None and end > self._only[name]:
                return
            before_ns = self._times[name]
            if not data:
                self._batch.ends[name] = position_behind(end, before_ns, data)
                continue
            entry = self._source.entry(one, data, before_ns)
            if entry.time_ns < self._horizon.oldest_ns:
                self._times[name] = entry.time_ns
                self._batch.too_old += 1
                self._batch.ends[name] = position_behind(end, entry.time_ns, data)
                continue
            if entry.time_ns > self._horizon.latest_ns:
                self._batch.too_new += 1
                self._batch.ends[name] = position_behind(end, before_ns, data)
                continue
            heapq.heappush(self._heap, (entry.time_ns, name, entry, data, end))
            return

    def _put(self, name: str, entry: Entry, data: bytes, end: int) -> None:
        self._times[name] = entry.time_ns
        self._size += len(data)
        self._batch.entries.append(entry)
        self._batch.ends[name] = position_behind(end, entry.time_ns, data)
