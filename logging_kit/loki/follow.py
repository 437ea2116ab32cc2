"""Follow the segments of a log folder behind their writers, and merge their lines by time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from sys import intern
from typing import Final

from ..store.age import count_lines, is_older, name_time
from ..store.line_blocks import ReadProblems, iter_blocks
from ..store.segment import ARCHIVE, SEGMENTS, stream_of
from .entry import Entry
from .line_entries import Labelling
from .merge import Batch, Followed, Horizon, Limits, Merge
from .offsets import Position, is_valid

_BEGINNING: Final = Position()
_LIST_AGAIN_S: Final = 60.0
_HOT_S: Final = 60.0
_TICK_NS: Final = 100_000_000
"""Longest step of the clock of a file system, with a margin."""

_NS: Final = 1_000_000_000
_ENDLESS: Final = 1 << 62
"""Size of an archive, whose end is known when it was read."""


class SegmentFollower:
    """Reads what a log folder's segments have got since the last acknowledged line.

    Args:
        directory: The log folder; it need not exist yet.
        labeller: Makes entries of lines.
        positions: Where to begin in each segment, by its name.
        monotonic: Returns seconds; for tests.

    Attributes:
        segments: The followed segments by name.
        lost_bytes: Bytes that were deleted before they were read.
        problems: Files that could not be read.
    """

    def __init__(
        self,
        directory: Path,
        labeller: Labelling,
        positions: Mapping[str, Position] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.segments: dict[str, Followed] = {}
        self.lost_bytes = 0
        self.problems = ReadProblems()
        self._folder = directory / SEGMENTS
        self._prefix = f"{self._folder}{os.sep}"
        self._archive = directory / ARCHIVE
        self._labeller = labeller
        self._positions = dict(positions or {})
        self._monotonic = monotonic
        self._listed_at = -_LIST_AGAIN_S
        self._changed_ns = -1
        self._first = True
        self._hot: dict[str, Followed] = {}
        self._unread: dict[str, Followed] = {}

    def look(self) -> bool:
        """Look for new bytes; return whether there are some.

        Segments that can hardly grow are looked at once a minute, and the folder is listed again
        when it has changed, so that an idle folder costs a few system calls.
        """
        now = self._monotonic()
        try:
            changed_ns = os.stat(self._prefix).st_mtime_ns  # noqa: PTH116
        except OSError:
            changed_ns = 0
        if changed_ns != self._changed_ns or now - self._listed_at >= _LIST_AGAIN_S:
            self._changed_ns, self._listed_at = changed_ns, now
            if 0 <= time.time_ns() - changed_ns < _TICK_NS:  # it may change again unnoticed
                self._changed_ns = -1
            self._list(now)
        else:
            for name, one in list(self._hot.items()):
                self._look_at(name, one, now)
        return bool(self._unread)

    def unread_bytes(self) -> int:
        """Return the number of bytes that were seen and not read yet."""
        return sum(
            one.size - one.position.offset for one in self._unread.values() if not one.is_archived
        )

    def oldest_unread(self) -> float | None:
        """Return the time since 1970 of the oldest unread line's predecessor, in seconds."""
        times = [
            max(one.position.time_ns / _NS, one.begun)
            for one in self._unread.values()
            if one.position.time_ns or one.begun
        ]
        return min(times, default=None)

    def take(
        self,
        horizon: Horizon,
        limits: Limits | None = None,
        only: Mapping[str, int] | None = None,
    ) -> Batch:
        """Take the oldest unread lines.

        Args:
            horizon: The times that the server accepts.
            limits: Bounds of the batch.
            only: End of the batch in each segment: exactly the lines before are taken.

        Returns:
            The batch; `acknowledge` moves the positions behind it.
        """
        return Merge(self, horizon, limits or Limits(), only).run()

    def acknowledge(self, batch: Batch) -> None:
        """Go on behind a batch."""
        for name, position in batch.ends.items():
            one = self.segments.get(name)
            if one is not None:
                one.position = position
                self._note(name, one)

    def lines(self, one: Followed) -> Iterator[tuple[bytes, int]]:
        """Yield the unread whole lines of a segment, each with the offset behind it."""
        for block in iter_blocks(self.path(one), one.position.offset, self.problems):
            at = block.end - len(block.data)
            for line in block.data[:-1].split(b"\n"):
                at += len(line) + 1
                yield line, at

    def path(self, one: Followed) -> Path:
        """Return the file that has the unread lines of a segment."""
        if one.is_archived:
            return self._archive / f"{one.name}.gz"
        return self._folder / one.name

    def unread(self) -> Mapping[str, Followed]:
        """Return the segments that have unread bytes."""
        return self._unread

    def entry(self, one: Followed, data: bytes, before_ns: int) -> Entry:
        """Make the entry of a line.

        A line without a time of its own has that of the line before it and a nanosecond more: the
        same whenever it is read, and no two lines of a segment are alike.
        """
        return self._labeller.entry(one.stream, data, before_ns + 1)

    def _list(self, now: float) -> None:
        found: dict[str, os.stat_result] = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    name = entry.name
                    if (
                        name.endswith(".log")
                        and "-" in name
                        and entry.is_file(follow_symlinks=False)
                    ):
                        found[name] = entry.stat(follow_symlinks=False)
        except OSError:
            pass
        for name in self.segments.keys() - found.keys():
            self._vanished(name)
        for name, status in found.items():
            one = self.segments.get(name)
            if one is None or one.is_archived:
                self.segments[name] = one = self._make(name, one)
                one.used = now
            self._grown(name, one, status.st_size, now)
        if self._first:
            self._first = False
            for name, position in self._positions.items():
                self._go_on_in_archive(name, position)
        newest: dict[str, str] = {}
        for name, one in self.segments.items():
            newest[one.stream] = max(newest.get(one.stream, ""), name)
        recent = {
            name: one
            for name, one in self.segments.items()
            if now - one.used < _HOT_S and not one.is_archived
        }
        self._hot = recent | {
            name: self.segments[name]
            for name in newest.values()
            if not self.segments[name].is_archived
        }

    def _make(self, name: str, before: Followed | None) -> Followed:
        position = before.position if before is not None else self._positions.pop(name, _BEGINNING)
        path = self._folder / name
        if not is_valid(path, position):
            position = _BEGINNING
        return Followed(name, intern(stream_of(path)), name_time(path) or 0.0, 0, position)

    def _look_at(self, name: str, one: Followed, now: float) -> None:
        try:
            size = os.stat(f"{self._prefix}{name}").st_size  # noqa: PTH116 - a third of the time
        except OSError:
            self._listed_at = -_LIST_AGAIN_S
            return
        self._grown(name, one, size, now)

    def _grown(self, name: str, one: Followed, size: int, now: float) -> None:
        if size == one.size:
            return
        if size < one.position.offset:  # another program has cut it
            one.position = one.position._replace(offset=size, tail_size=0, tail=0)
        one.size, one.used = size, now
        self._hot[name] = one
        self._note(name, one)

    def _note(self, name: str, one: Followed) -> None:
        if one.size > one.position.offset:
            self._unread[name] = one
        else:
            self._unread.pop(name, None)

    def _vanished(self, name: str) -> None:
        """Go on in the archive if a segment was compressed before all of it was read."""
        one = self.segments[name]
        self._hot.pop(name, None)
        if one.is_archived:
            return
        del self.segments[name]
        if self._unread.pop(name, None) is None:
            return
        if not self._go_on_in_archive(name, one.position):
            self.lost_bytes += one.size - one.position.offset

    def _go_on_in_archive(self, name: str, position: Position) -> bool:
        """Read the rest of a segment from its archive; return whether there is one."""
        path = self._archive / f"{name}.gz"
        if path.is_symlink() or not path.is_file():
            return False
        stream, begun = intern(stream_of(path)), name_time(path) or 0.0
        one = Followed(name, stream, begun, _ENDLESS, position, is_archived=True)
        self.segments[name] = self._unread[name] = one
        return True

    def finish(self, name: str) -> None:
        """Note that a segment has no whole line behind its position at the moment."""
        one = self.segments.get(name)
        self._unread.pop(name, None)
        if one is not None and one.is_archived:
            del self.segments[name]

    def skip(self, one: Followed, oldest_ns: int, now: float) -> int | None:
        """Pass over a segment of which every line is too old; return the number of its lines.

        Returns `None` if it may have a newer line.
        """
        if one.position.offset or one.is_archived:
            return None
        path = self.path(one)
        if not is_older(path, now, now - oldest_ns / _NS):
            return None
        return count_lines(path)
