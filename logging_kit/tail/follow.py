"""Follow several folders and files: new lines as they come, across rotations and restarts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from ..store.line_blocks import open_regular
from ..store.line_order import FIRST, Line, make_line
from ..store.reader import Follower

_MOST_AT_ONCE: Final = 1 << 20


class FileFollower:
    """Reads the new lines of one file, also after it was cut or replaced by another.

    Args:
        path: The file; it need not exist.
        offset: Offset in bytes at which to begin.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._offset = offset
        self._rest = b""
        self._file: BinaryIO | None = None
        self._place = FIRST

    def poll(self) -> list[Line]:
        """Return the lines that have come since the last call; at most 1 MiB is read at a time."""
        try:
            if self._file is None:
                self._file = open_regular(self._path)
            size = os.fstat(self._file.fileno()).st_size
            if size < self._offset:  # it was cut
                self._offset, self._rest = 0, b""
            self._file.seek(self._offset)
            data = self._file.read(_MOST_AT_ONCE)
        except OSError:
            self.close()
            return []
        self._offset += len(data)
        if not data and self._is_replaced():
            self.close()
            self._offset = 0
            rest, self._rest = self._rest, b""
            return self._lines([rest])
        *pieces, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MOST_AT_ONCE:
            pieces.append(self._rest)
            self._rest = b""
        return self._lines(pieces)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lines(self, pieces: Iterable[bytes]) -> list[Line]:
        found = []
        for piece in filter(None, pieces):
            line = make_line(piece, self._place, self._path)
            self._place = line.place
            found.append(line)
        return found

    def _is_replaced(self) -> bool:
        """Return True if the path means another file by now."""
        assert self._file is not None
        try:
            now = self._path.stat()
        except OSError:
            return False  # between the two steps of a rotation
        before = os.fstat(self._file.fileno())
        return (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino)


class Following:
    """Follows several folders and files at once.

    Args:
        followers: One for each folder and file.
    """

    def __init__(self, followers: Iterable[Follower | FileFollower]) -> None:
        self._followers = list(followers)

    def poll(self) -> list[Line]:
        """Return the lines that have come since the last call, in the order of their time."""
        found = [line for one in self._followers for line in one.poll()]
        if len(self._followers) > 1:
            found.sort(key=lambda line: line.place)
        return found

    def close(self) -> None:
        """Close all files."""
        for one in self._followers:
            one.close()
