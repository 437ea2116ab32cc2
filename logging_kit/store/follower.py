"""Follow a log folder: new lines as they come, in new segments too."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from .filesystem import open_to_read
from .line_order import FIRST, Line, LineOrder, SeenLines, make_line
from .segment import list_segments

_BLOCK: Final = 65_536
_MOST_AT_ONCE: Final = 1 << 20
"""Bytes that a follower reads of one file in one round; also what it takes for a line that has no
end."""

_IDLE_S: Final = 60.0


@dataclass(slots=True)
class _Followed:
    path: Path
    offset: int = 0
    before: LineOrder = FIRST
    file: BinaryIO | None = None
    used: float = field(default_factory=time.monotonic)

    def read(self) -> list[tuple[Line, int]]:
        """Return the lines behind the offset, each with the offset behind it."""
        if self.file is None:
            self.file = open_to_read(self.path)
        self.file.seek(self.offset)
        data = self.file.read(_MOST_AT_ONCE)
        whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == _MOST_AT_ONCE else 0)
        found = []
        place, offset = self.before, self.offset
        for piece in data[:whole].split(b"\n"):
            if offset == self.offset + whole:
                break
            line = make_line(piece, place, self.path)
            place = line.place
            offset += len(piece) + 1
            if piece:
                found.append((line, min(offset, self.offset + whole)))
        return found

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


class Follower:
    """Reads new lines, in new segments too, in the order of their time.

    Args:
        directory: The log folder; it need not exist yet.
        since: Length of each segment that was read before, as `end_offsets` returns it.

    Example:
        >>> follower = Follower(Path("logs"), end_offsets(Path("logs")))
        >>> for line in follower.poll():
        ...     print(line.data)
    """

    def __init__(self, directory: Path, since: Mapping[Path, int] | None = None) -> None:
        self._directory = directory
        self._seen = SeenLines()
        self._followed = {path: _Followed(path, length) for path, length in (since or {}).items()}

    def poll(self) -> list[Line]:
        """Return the lines that have come since the last call, each once.

        At most 1 MiB of each file is read, so that memory stays bounded.

        A line that is in one file must not be shown before an older one that another file got in
        the meantime: the first look says up to which time all files are complete, the second takes
        what is not newer.
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
        own = [one for one in taken if not one.is_own or self._seen.add(*one.place[1:])]
        return sorted(own, key=lambda line: line.place)

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
            if newest is None:
                newest = place
            else:
                newest = max(newest, place)
            if found[-1][1] - one.offset > _MOST_AT_ONCE - _BLOCK:  # there may be more behind
                if oldest_cut is None:
                    oldest_cut = place
                else:
                    oldest_cut = min(oldest_cut, place)
        if oldest_cut is None:
            return newest
        return oldest_cut

    @staticmethod
    def _read(one: _Followed) -> list[tuple[Line, int]]:
        try:
            return one.read()
        except OSError:
            return []

    def _grown(self) -> list[_Followed]:
        """Return the segments with unread bytes; one that was just removed is read to its end."""
        present = set(list_segments(self._directory))
        for path in present - self._followed.keys():
            self._followed[path] = _Followed(path)
        now = time.monotonic()
        grown = []
        for path, one in list(self._followed.items()):
            try:
                if one.file is not None:
                    size = os.fstat(one.file.fileno()).st_size
                else:
                    size = path.stat().st_size
            except FileNotFoundError:
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
