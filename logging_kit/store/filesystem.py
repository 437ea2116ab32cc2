"""File operations that differ between systems: locks that end with the process, safe opening."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final

WINDOWS: Final = sys.platform == "win32"
"""True where an open file can be neither renamed nor removed."""

FileId = tuple[int, int]
"""Device and inode of a file."""

if sys.platform == "win32":
    import msvcrt

    _LOCKED_AT: Final = 0x7FFF_0000  # beyond any segment: other processes cannot read a locked byte

    def lock(fd: int) -> bool | None:
        """Lock an open file for this process without waiting; the lock ends when the process does.

        Returns:
            Whether it is locked now, or `None` where the file system has no locks.
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
            Whether it is locked now, or `None` where the file system has no locks.
        """
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True

    def unlock(fd: int) -> None:
        """End the lock, also for forked children that still have the file open."""
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)


_SAFE: Final = (
    getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # a link may lead to any file that this user may write
    | getattr(os, "O_NONBLOCK", 0)  # a pipe must not keep the bot waiting
    | getattr(os, "O_NOCTTY", 0)
)


_REFUSED: Final = (errno.ELOOP, errno.EISDIR, errno.ENXIO)


class ForeignFileError(OSError):
    """A file that must not be opened for writing: a link, a pipe, or a file of another user."""


def open_fd(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a regular file of this user that has no other name.

    The descriptor is closed on exec. It is never 0, 1 or 2: other code still writes to the standard
    descriptors that a daemon has closed.

    Args:
        path: The file. A symbolic link, a pipe, a socket or a device is refused.
        flags: As for `os.open`, without `O_TRUNC`: the file is checked after it is open.
        mode: Permissions of a file that is created.

    Raises:
        ForeignFileError: When the file is refused.
        OSError: When it cannot be opened.
    """
    try:
        fd = _open_above_2(path, flags, mode)
    except OSError as error:
        if error.errno in _REFUSED:
            raise ForeignFileError(error.errno, error.strerror, str(path)) from error
        raise
    try:
        stat = os.fstat(fd)
        if not S_ISREG(stat.st_mode):
            raise ForeignFileError(errno.EINVAL, "not a regular file", str(path))
        if stat.st_nlink > 1:
            raise ForeignFileError(errno.EMLINK, "the file has a second name", str(path))
        if not WINDOWS and stat.st_uid != os.geteuid():
            raise ForeignFileError(errno.EPERM, "the file belongs to another user", str(path))
    except OSError:
        os.close(fd)
        raise
    return fd


def open_to_read(path: Path) -> BinaryIO:
    """Open a regular file for reading, whoever owns it.

    Raises:
        OSError: When it cannot be opened, or is a link, a pipe, a folder or a device.
    """
    fd = _open_above_2(path, os.O_RDONLY, 0)
    try:
        if not S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return open(fd, "rb")
    except OSError:
        os.close(fd)
        raise


def open_lock(path: Path, mode: int = 0o600) -> int:
    """Open a lock file, and replace what is no lock file of this user.

    Raises:
        OSError: When the file can be neither opened nor replaced.
    """
    flags = os.O_RDWR | os.O_CREAT
    try:
        return open_fd(path, flags, mode)
    except OSError:
        if not os.path.lexists(path):
            raise
        # a link, a pipe, a folder or a file of another user; in a folder of this user it may be
        # moved
        path.rename(path.with_name(f"{path.name}.{os.urandom(4).hex()}.foreign"))
        return open_fd(path, flags, mode)


def why_unsafe(folder: Path) -> str | None:
    """Tell why other users can put files into a log folder, or return `None` if they cannot.

    Args:
        folder: The log folder, or its `segments`; one that does not exist yet is safe.
    """
    if WINDOWS:
        return None
    try:
        status = folder.stat()
    except OSError:
        return None
    mode = status.st_mode
    if status.st_uid not in (os.geteuid(), 0):
        return "it belongs to another user"
    if mode & 0o002:
        return "every user may write to it"
    if mode & 0o020 and status.st_gid not in (os.getegid(), 0):
        return "another group may write to it"
    return None


def sync_folder(folder: Path) -> None:
    """Let the names in a folder survive a power cut, where the system can do that.

    Raises:
        OSError: When the disk reports a fault.
    """
    if WINDOWS:
        return
    fd = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    with closing_own(fd):
        os.fsync(fd)


def _open_above_2(path: Path, flags: int, mode: int) -> int:
    fd = os.open(path, flags | _SAFE, mode)
    low = []
    try:
        while fd < 3:
            low.append(fd)
            fd = os.dup(fd)
    finally:
        for number in low:
            os.close(number)
    return fd


def file_id(fd: int) -> FileId:
    """Return the device and the inode of an open file, which no other file has meanwhile.

    Raises:
        OSError: When the descriptor is closed.
    """
    stat = os.fstat(fd)
    return stat.st_dev, stat.st_ino


def stat_own(fd: int, own: FileId) -> os.stat_result | None:
    """Return the status of a descriptor while it belongs to its file, else `None`.

    A daemon closes every descriptor, and the next file that is opened gets the number.

    Args:
        fd: The descriptor.
        own: The file's device and inode, from `file_id` when it was opened.
    """
    try:
        stat = os.fstat(fd)
    except OSError:
        return None
    if (stat.st_dev, stat.st_ino) == own:
        return stat
    return None


def check_own(fd: int, own: FileId) -> None:
    """Refuse a descriptor that the bot has closed; its number may belong to another file.

    Raises:
        OSError: When it does not belong to the file any more.
    """
    if stat_own(fd, own) is None:
        raise OSError(errno.EBADF, "the bot has closed the descriptor of a log file")


def close_own(fd: int, own: FileId) -> None:
    """Close a descriptor if it still belongs to the file it was opened for."""
    if stat_own(fd, own) is not None:
        os.close(fd)


@contextmanager
def closing_own(fd: int) -> Iterator[FileId]:
    """Close a descriptor at the end of the block, unless its number belongs to another file."""
    own = file_id(fd)
    try:
        yield own
    finally:
        close_own(fd, own)


def is_same_file(fd: int, path: Path) -> bool:
    """Return True if the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False
