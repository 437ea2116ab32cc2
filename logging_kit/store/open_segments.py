"""The open segments of one process, one for each file, and when the next one is begun."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from ..line import LINE_LIMIT
from .filesystem import link
from .segment import DAY_US, Segment, adopt_segment, new_segment


class OpenSegments:
    """Opens, continues and closes the segments of one process.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        adopting: Makes the context in which a segment that another process left may be continued; it says whether that is allowed.
        on_rotate: Called when a segment was closed.
    """

    def __init__(
        self,
        directory: Path,
        limit: int,
        adopting: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
        on_rotate: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory
        self.limit = limit
        self._adopting = adopting
        self._on_rotate = on_rotate
        self._open: dict[str, Segment] = {}
        self._begun: set[str] = set()

    def segment_for(self, stream: str, time_us: int) -> Segment:
        """The segment that a line of this time goes to; closed and begun anew by size, at midnight, and when it was removed.

        Raises:
            OSError: When none can be opened.
        """
        segment = self._open.get(stream)
        if segment is not None:
            there = segment.is_open() and self._still_there(segment)
            if (
                there
                and not segment.torn
                and segment.day == time_us // DAY_US
                and segment.size < self.limit
            ):
                return segment
            del self._open[stream]
            segment.close()
            self._on_rotate()
        segment = self._adopt(stream, time_us) or new_segment(self.directory, stream, time_us)
        self._begun.add(stream)
        self._open[stream] = segment
        with suppress(OSError):  # the link is a comfort for people; the line matters more
            link(segment.path, self.directory / f"{stream}.log")
        return segment

    def _adopt(self, stream: str, time_us: int) -> Segment | None:
        """Continue what an earlier process left, once: later on only a segment of our own is known to be whole."""
        if stream in self._begun:
            return None
        with self._adopting() as allowed:
            return adopt_segment(self.directory, stream, time_us, self.limit) if allowed else None

    def named(self, name: str) -> Segment | None:
        """The open segment of this name, unless somebody has removed it."""
        return next(
            (
                segment
                for segment in self._open.values()
                if segment.path.name == name and segment.exists()
            ),
            None,
        )

    def last_lines(self) -> list[bytes]:
        """Return the last whole line of each open segment, as far as it can be read."""
        found = []
        for segment in self._open.values():
            with suppress(OSError, AttributeError):  # Windows has no pread()
                size = os.fstat(segment.fd).st_size
                end = os.pread(segment.fd, LINE_LIMIT + 1, max(0, size - LINE_LIMIT - 1))
                found += end.split(b"\n")[-2:-1]
        return found

    def successor(self) -> OpenSegments:
        """The same with segments of its own; this one keeps those that are open."""
        other = OpenSegments(self.directory, self.limit, self._adopting, self._on_rotate)
        other._begun = set(self._begun)
        return other

    def _still_there(self, segment: Segment) -> bool:
        """Look once a second whether the folder was moved away, since nobody would look for the lines there."""
        now = time.monotonic()
        if now - segment.checked < 1.0:
            return True
        segment.checked = now
        return segment.exists()

    def forget(self) -> None:
        """Close a forked child's copies; the child begins segments of its own."""
        self.close()
        self._begun.clear()

    def close(self) -> None:
        """Close all of them."""
        while self._open:
            self._open.popitem()[1].close()
