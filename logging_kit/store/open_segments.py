"""The open segments of one process: one for each stream, with the rules for beginning the next."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path

from ..diagnostics import warn_once
from ..line import LINE_LIMIT
from .copies import Copies
from .segment import DAY_US, Segment, adopt_segment, new_segment


class OpenSegments:
    """Opens, continues and closes the segments of one process.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        adopting: Makes the context in which a segment of another process may be continued; it
            yields whether that is allowed.
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
        self.copies = Copies(directory)
        self._open: dict[str, Segment] = {}
        self._begun: set[str] = set()
        self._closed: list[Segment] = []

    def segment_for(self, stream: str, time_us: int) -> Segment:
        """Return the segment that a line of this time goes to.

        A new one is begun by size, at midnight, and when the former was removed or changed.

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
            self._closed.append(segment)
            if segment.changed:
                warn_once(
                    "changed",
                    f"another program has changed {segment.path}; a new segment is begun, and "
                    "readers leave out what is not a line of this package",
                )
            self._on_rotate()
        segment = self._adopt(stream, time_us) or new_segment(self.directory, stream, time_us)
        segment.copy = partial(self.copies.write, stream)
        self._begun.add(stream)
        self._open[stream] = segment
        return segment

    def _adopt(self, stream: str, time_us: int) -> Segment | None:
        """Continue the segment of an earlier process, at the first line of a stream only."""
        if stream in self._begun:
            return None
        with self._adopting() as allowed:
            if allowed:
                return adopt_segment(self.directory, stream, time_us, self.limit)
            return None

    def named(self, name: str) -> Segment | None:
        """Return the open segment of this name, unless it was removed."""
        return next(
            (
                segment
                for segment in self._open.values()
                if segment.path.name == name and segment.exists()
            ),
            None,
        )

    def written(self) -> list[Segment]:
        """Return the segments that may have grown.

        Those that are open, and those closed since the last call.
        """
        closed, self._closed = self._closed, []
        return [*closed, *self._open.values()]

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
        """Return an instance with segments of its own; this one keeps the open segments."""
        other = OpenSegments(self.directory, self.limit, self._adopting, self._on_rotate)
        other._begun = set(self._begun)
        return other

    def _still_there(self, segment: Segment) -> bool:
        """Check once a second that the folder was not moved away.

        No reader would find the lines there.
        """
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
