"""The lock that lets one process at a time recover journals and continue segments."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .filesystem import close_own, file_id, lock, open_lock, stat_own, unlock
from .forks import close_in_forked_child

_POLL_S: Final = 0.02


@contextmanager
def recovery_lock(folder: Path, wait_s: float) -> Iterator[None]:
    """Keep other processes from recovering and from continuing segments.

    Raises:
        OSError: When another process holds the lock longer than `wait_s` seconds.
    """
    fd = open_lock(folder / "lock")
    own = file_id(fd)
    locked: bool | None = None
    try:
        with close_in_forked_child(partial(close_own, fd, own)):
            deadline = time.monotonic() + wait_s
            while not (locked := lock(fd)):
                if locked is None:
                    raise OSError(errno.ENOLCK, "the file system has no locks")
                if time.monotonic() > deadline:
                    raise TimeoutError(errno.ETIMEDOUT, "another process is still recovering lines")
                time.sleep(_POLL_S)
            yield
    finally:
        if locked and stat_own(fd, own) is not None:
            unlock(fd)
        close_own(fd, own)
