"""What processes that were killed left in their journals goes to the segments, once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from .drain import Drain
from .files import lock, open_fd, unlock
from .journal import JOURNALS, Journal
from .rotation import Segments
from .stderr import note

_POLL_S: Final = 0.02
_WAIT_S: Final = 5.0
_STALE_S: Final = 60.0


def recover(directory: Path, limit: int, wait_s: float = _WAIT_S) -> int:
    """Bring the lines of dead processes' journals to the segments, and remove the journals.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        wait_s: How long to wait, in seconds, while another process does the same.

    Returns:
        How many journals were brought in.

    Raises:
        OSError: When a segment cannot be written, or the other process takes longer.
    """
    folder = directory / JOURNALS
    if not folder.is_dir():
        return 0
    with alone(folder, wait_s):
        return _recover(directory, limit)


def _recover(directory: Path, limit: int) -> int:
    folder = directory / JOURNALS
    with ExitStack() as stack:
        journals: list[Journal] = []
        for path in sorted(folder.glob("*.journal")):
            journal = _dead(path)
            if journal is not None:
                journals.append(journal)
                stack.callback(journal.close, remove=False)
        for path in folder.glob("*.new"):  # its process died before it was whole
            with suppress(FileNotFoundError):  # it has got its name meanwhile
                if time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()
        segments = Segments(directory, limit)
        stack.callback(segments.close)
        # broken-off portions first, all of them: only then may their segments take other lines
        for journal in journals:
            for half in journal.oldest_first():
                Drain(segments, journal.files).finish(half)
        for journal in journals:
            for half in journal.oldest_first():
                Drain(segments, journal.files).half(half)
                half.clear()
            journal.path.unlink(missing_ok=True)
        return len(journals)


@contextmanager
def adopting(directory: Path, limit: int) -> Iterator[bool]:
    """Recover, and keep others from doing so while a segment of a dead process is looked for and taken over.

    Yields:
        Whether such a segment may be continued; not when lines could not be recovered, since they may belong to it.
    """
    folder = directory / JOURNALS
    with ExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(alone(folder, _WAIT_S))
            _recover(directory, limit)
        except OSError as error:
            note("recovery", f"lines of an earlier run could not be recovered yet: {error.strerror or error}")
            yield False
        else:
            yield True


@contextmanager
def alone(folder: Path, wait_s: float) -> Iterator[None]:
    """Keep other processes from recovering, and from continuing segments, meanwhile.

    Raises:
        OSError: When another process holds the lock longer than ``wait_s`` seconds.
    """
    fd = open_fd(folder / "lock", os.O_RDWR | os.O_CREAT)
    locked: bool | None = None
    try:
        deadline = time.monotonic() + wait_s
        while not (locked := lock(fd)):
            if locked is None:
                raise OSError(37, "the file system has no locks")
            if time.monotonic() > deadline:
                raise TimeoutError(110, "another process is still recovering lines")
            time.sleep(_POLL_S)
        yield
    finally:
        if locked:
            unlock(fd)
        os.close(fd)


def _dead(path: Path) -> Journal | None:
    try:
        return Journal(path)
    except BlockingIOError:  # its process lives
        return None
    except (OSError, ValueError) as error:
        if path.exists() and path.stat().st_size:
            path.rename(path.with_suffix(".unreadable"))
            note("recovery", f"{path.name} is not a journal that can be read: {error}; it is kept as .unreadable")
        return None
