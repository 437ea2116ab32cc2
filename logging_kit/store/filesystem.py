"""The few operations on files that differ between systems: locks that end with the process, and links to the newest segment."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

WINDOWS: Final = sys.platform == "win32"
"""Whether a file that somebody has open can neither be renamed nor removed."""

if sys.platform == "win32":
    import msvcrt

    _LOCKED_AT: Final = (
        0x7FFF_0000  # beyond any segment: nobody else can read a byte that is locked
    )

    def lock(fd: int) -> bool | None:
        """Lock an open file for this process without waiting; the lock ends when the process does.

        Returns:
            Whether it is locked now, or ``None`` where the file system has no locks.
        """
        return _locking(fd, msvcrt.LK_NBLCK)

    def unlock(fd: int) -> None:
        """End the lock."""
        _locking(fd, msvcrt.LK_UNLCK)

    def _locking(fd: int, mode: int) -> bool:
        try:
            position = os.lseek(fd, 0, os.SEEK_CUR)
            try:
                os.lseek(fd, _LOCKED_AT, os.SEEK_SET)
                msvcrt.locking(fd, mode, 1)
            finally:
                os.lseek(fd, position, os.SEEK_SET)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock(fd: int) -> bool | None:
        """Lock an open file for this process without waiting; the lock ends when the process does.

        Returns:
            Whether it is locked now, or ``None`` where the file system has no locks.
        """
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True

    def unlock(fd: int) -> None:
        """End the lock, also for children that were forked meanwhile and still have the file open."""
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)


def open_fd(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file for bytes, closed on exec, never as descriptor 0 to 2: what a daemon has closed others still write to.

    Raises:
        OSError: When it cannot be opened.
    """
    fd = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0), mode)
    low = []
    try:
        while fd < 3:
            low.append(fd)
            fd = os.dup(fd)
    finally:
        for number in low:
            os.close(number)
    return fd


def stat_own(fd: int, inode: int) -> os.stat_result | None:
    """What a descriptor says while it is that of our file: daemons close every descriptor, and others get the number."""
    try:
        stat = os.fstat(fd)
    except OSError:
        return None
    return stat if stat.st_ino == inode else None


def close_own(fd: int, inode: int) -> None:
    """Close a descriptor while it is that of our file."""
    if stat_own(fd, inode) is not None:
        os.close(fd)


def is_same_file(fd: int, path: Path) -> bool:
    """Whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def link(target: Path, name: Path) -> None:
    """Point a name at a file in one step, by a relative symlink, or a hard link where there are none.

    Args:
        target: The file, below the folder of the name.
        name: The link; readers see the old file or the new one, never none. A file of somebody else's that has the
            name is kept, with ``.old`` behind its name.

    Raises:
        OSError: When the link cannot be made.
    """
    _keep(name)
    new = name.with_name(f".{name.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    try:
        try:
            new.symlink_to(target.relative_to(name.parent))
        except OSError:  # Windows without the privilege, or a file system without symlinks
            new.hardlink_to(target)
        new.replace(name)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _keep(name: Path) -> None:
    """Move a log file aside that was there before us; ours are links."""
    try:
        stat = name.lstat()
    except OSError:
        return
    if S_ISREG(stat.st_mode) and stat.st_nlink == 1:
        old, number = name.with_name(f"{name.name}.old"), 1
        while old.exists():
            number += 1
            old = name.with_name(f"{name.name}.old{number}")
        name.rename(old)
