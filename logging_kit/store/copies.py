"""Plain copies of the newest lines of each stream, under names that people know.

`logs/bot.log` is what people open, follow with `tail -F` and, by mistake, redirect output into. It
is therefore never a segment, nor a link to one. Whatever another program writes into a copy, or
removes from it, reaches no reader and no shipper.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

from ..diagnostics import warn_once
from ..line import PREFIX
from .filesystem import ForeignFileError, open_fd

LIMIT: Final = 4_000_000
"""Size in bytes over which a copy is set aside as `bot.log.1` and begun again."""

_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT
_MODE: Final = 0o640


class Copies:
    """Appends lines to the copies; no file stays open between two calls.

    Args:
        directory: The log folder.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ready: set[tuple[int, str]] = set()
        self._taken: set[tuple[int, str]] = set()

    def write(self, stream: str, data: bytes | memoryview) -> None:
        """Append whole lines; a fault is ignored, because the segment has them.

        Args:
            stream: The stream of the lines.
            data: The lines, each with its newline.
        """
        key = (os.getpid(), stream)
        if key in self._taken:
            return
        path = self._directory / f"{stream}.log"
        with suppress(OSError):
            if key not in self._ready:
                if not self._prepare(path):
                    self._taken.add(key)
                    return
                self._ready.add(key)
            fd = _open(path)
            try:
                if os.fstat(fd).st_size > LIMIT:
                    os.close(fd)
                    fd = _begin_again(path)
                os.write(fd, data)
            finally:
                os.close(fd)

    def _prepare(self, path: Path) -> bool:
        """Move what another program has left under the name aside; return whether it may be used.

        Raises:
            OSError: When that cannot be done.
        """
        try:
            status = path.lstat()
        except FileNotFoundError:
            return True
        for number in (1, 2):
            with suppress(OSError):
                if os.path.samestat(status, os.fstat(number)):
                    warn_once(
                        "copy",
                        f"the output of this program goes to {path}, a name for copies of its log "
                        f"lines: no lines are copied there; redirect the output to another file",
                    )
                    return False
        if S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_size:
            fd = _open(path)
            try:
                begins = os.pread(fd, len(PREFIX), 0)
            finally:
                os.close(fd)
            if begins != PREFIX:
                path.rename(_free_name(path))
        return True


def _open(path: Path) -> int:
    try:
        return open_fd(path, _FLAGS, _MODE)
    except ForeignFileError:
        status = path.lstat()
        if not (path.is_symlink() or (S_ISREG(status.st_mode) and status.st_nlink > 1)):
            raise
        path.unlink()  # only this name goes, not the file that it leads to
        return open_fd(path, _FLAGS, _MODE)


def _begin_again(path: Path) -> int:
    """Keep a copy as `bot.log.1` and replace it by an empty one, which readers always find."""
    before = path.with_name(f".{path.name}.{os.getpid()}.1.new")
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    for leftover in (before, new):
        leftover.unlink(missing_ok=True)
    with suppress(OSError):  # a file system without hard links
        before.hardlink_to(path)
        before.replace(path.with_name(f"{path.name}.1"))
    fd = open_fd(new, _FLAGS | os.O_EXCL, _MODE)
    new.replace(path)
    return fd


def _free_name(path: Path) -> Path:
    old, number = path.with_name(f"{path.name}.old"), 1
    while os.path.lexists(old):
        number += 1
        old = path.with_name(f"{path.name}.old{number}")
    return old
