"""Offset file of a shipper: how many bytes of each segment a log server has confirmed.

The shipper writes the file, and retention reads it, in another process or in the same one. The
file is one line of JSON and a line with its checksum. A file that does not pass its checksum
confirms nothing.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from .filesystem import open_to_read
from .segment import SEGMENTS

SHIPPER: Final = ".shipper"
"""Folder of the shipper in the log folder."""

OFFSETS: Final = "offsets.json"
"""Name of the offset file in it."""

_LARGEST: Final = 16 << 20
_BLOCK: Final = 1 << 18


def seal(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of an offset file."""
    data = orjson.dumps(content)
    return b"%b\n%08x\n" % (data, zlib.crc32(data))


def unseal(data: bytes) -> dict[str, Any] | None:
    """Return the content of an offset file, or `None` if it is damaged."""
    payload, _, checksum = data.partition(b"\n")
    if checksum != b"%08x\n" % zlib.crc32(payload):
        return None
    try:
        content = orjson.loads(payload)
    except ValueError:
        return None
    if isinstance(content, dict) and isinstance(content.get("segments"), dict):
        return content
    return None


def read_offsets(path: Path) -> dict[str, Any] | None:
    """Return the content of an offset file; `None` if it is damaged.

    Raises:
        FileNotFoundError: When there is none.
        OSError: When it cannot be read, or is no regular file of this user.
    """
    with open_to_read(path) as file:
        status = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and status.st_uid not in (os.geteuid(), 0):
            raise PermissionError(f"{path} belongs to another user")
        return unseal(file.read(_LARGEST))


class Acknowledged:
    """Answers for retention whether a shipper has sent all of a segment.

    Args:
        directory: The log folder.
        expected: True if a shipper is configured for the folder, so that a missing offset file
            confirms nothing. Otherwise a folder without one has no shipper.
    """

    def __init__(self, directory: Path, *, expected: bool = False) -> None:
        self._directory = directory
        self._expected = expected
        self._file = directory / SHIPPER / OFFSETS
        self._stamp: tuple[int, int, int] | None = None
        self._segments: Mapping[str, Any] | None = {}

    def __call__(self, name: str, size: int) -> bool:
        """Return True if all lines of a segment are confirmed, or no shipper works here.

        Args:
            name: File name of the segment.
            size: Its size in bytes.
        """
        segments = self._read()
        if segments is None:
            return True
        try:
            done = int(segments[name][0])
        except (KeyError, IndexError, TypeError, ValueError):
            done = 0
        return done >= size or not self._has_line(name, done)

    def _read(self) -> Mapping[str, Any] | None:
        """Return the offsets by segment; `None` if no shipper works in the folder."""
        try:
            status = self._file.lstat()
        except OSError:
            if self._expected or self._file.parent.is_dir():
                return {}
            return None
        stamp = status.st_ino, status.st_mtime_ns, status.st_size
        if stamp != self._stamp:
            try:
                content = read_offsets(self._file) or {}
            except OSError:
                content = {}
            self._segments, self._stamp = content.get("segments", {}), stamp
        return self._segments

    def _has_line(self, name: str, start: int) -> bool:
        """Return True if a whole line stands behind an offset; a torn end is no line."""
        try:
            with open_to_read(self._directory / SEGMENTS / name) as file:
                file.seek(start)
                return any(b"\n" in block for block in iter(lambda: file.read(_BLOCK), b""))
        except OSError:
            return True
