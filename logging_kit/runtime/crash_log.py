"""The file that faulthandler writes to when the interpreter itself crashes."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from ..store.filesystem import open_fd

_CRASH_LOG_MODE: Final = 0o640
_HIGH_FD: Final = 1_000


def open_crash_log(log_dir: Path) -> int:
    """Open `crash.log` for appending, no more readable than the other log files."""
    log_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    fd = open_fd(log_dir / "crash.log", flags, _CRASH_LOG_MODE)
    mode = stat.S_IMODE(os.fstat(fd).st_mode)
    if mode & ~_CRASH_LOG_MODE and hasattr(os, "fchmod"):
        os.fchmod(fd, mode & _CRASH_LOG_MODE)
    return _high(fd)


def _high(fd: int) -> int:
    """Move a descriptor to a number that no other file gets soon after a daemon closed all of them.

    A crash handler cannot check what its number stands for before it writes.
    """
    if sys.platform == "win32":
        return fd
    import fcntl
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit > _HIGH_FD:
        limit = _HIGH_FD
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(3, limit - 24))
    except OSError:
        return fd
    os.close(fd)
    return high
