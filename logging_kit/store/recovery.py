"""What processes that were killed left in their journals goes to the segments, once.

A journal whose content is wrong is set aside as ``.unreadable``. One that cannot be opened or written away at the
moment stays for the next time, and meanwhile no segment of an earlier process is continued: it may be the one that
the journal's lines belong to.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Final

from ..diagnostics import warn_once
from ..exceptions import NotAJournalError
from ..line import begins_line, second_of
from .drain import Drain
from .filesystem import close_own, lock, open_fd, unlock
from .forks import held
from .journal import JOURNALS, Journal, split_by_stream
from .open_segments import OpenSegments

_POLL_S: Final = 0.02
_WAIT_S: Final = 5.0
_MOMENT_S: Final = 0.1
_STALE_S: Final = 60.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_TEXT: Final = b"\n" + bytes(range(32, 256))


def recover(directory: Path, limit: int, wait_s: float = _WAIT_S) -> int:
    """Bring the lines of dead processes' journals to the segments, and remove the journals.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        wait_s: How long to wait, in seconds, while another process does the same.

    Returns:
        How many journals were brought in.

    Raises:
        OSError: When a journal stays, since it cannot be opened or its lines cannot be written, or when the other
            process takes longer; what could be brought in has been.
    """
    folder = directory / JOURNALS
    if not folder.is_dir():
        return 0
    with alone(folder, wait_s):
        recovery = _Recovery(directory, limit)
        recovery.run()
    if recovery.fault is not None:
        raise recovery.fault
    return recovery.brought


def living(directory: Path) -> int:
    """Count the journals whose processes live."""
    return sum(_is_held(path) for path in (directory / JOURNALS).glob("*.journal"))


def _is_held(path: Path) -> bool:
    try:
        fd = open_fd(path, os.O_RDWR)
    except OSError:
        return False
    try:
        locked = lock(fd)
        if locked:
            unlock(fd)
        return locked is False
    finally:
        os.close(fd)


class _Recovery:
    """One round over the journals of a folder, of which one at a time is open.

    Attributes:
        brought: How many journals were brought in.
        fault: Why a journal had to stay.
    """

    def __init__(self, directory: Path, limit: int) -> None:
        self.brought = 0
        self.fault: OSError | None = None
        self._directory = directory
        self._limit = limit
        self._folder = directory / JOURNALS
        self._full = False

    def run(self) -> None:
        """Bring in what can be."""
        for path in self._folder.glob("*.new"):  # its process died before it was whole
            with suppress(
                OSError
            ):  # it has got its name meanwhile, or the folder cannot be changed
                if time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()
        # broken-off portions first, all of them: only then may their segments take other lines
        waiting = [path for path in sorted(self._folder.glob("*.journal")) if self._finish(path)]
        while waiting:
            with self._segments(continuing=self.fault is None) as segments:
                while waiting and self._bring_in(waiting.pop(0), segments):
                    pass  # else they may end within a line now

    @contextmanager
    def _segments(self, *, continuing: bool) -> Iterator[OpenSegments]:
        segments = OpenSegments(self._directory, self._limit, lambda: nullcontext(continuing))
        with closing(segments), held(segments.forget):
            yield segments

    def _finish(self, path: Path) -> bool:
        """Write the rest of broken-off portions; whether all of them are whole now."""
        with self._segments(continuing=False) as segments:

            def act(journal: Journal) -> None:
                for half in journal.oldest_first():
                    Drain(segments, journal.streams).finish(half)

            return self._do(path, act)

    def _bring_in(self, path: Path, segments: OpenSegments) -> bool:
        """Write all lines and remove the journal; whether that is done."""

        def act(journal: Journal) -> None:
            for half in journal.oldest_first():
                Drain(segments, journal.streams).half(half)
                half.clear()

        done = self._do(path, act, remove=True)
        self.brought += done
        return done

    def _do(self, path: Path, act: Callable[[Journal], None], *, remove: bool = False) -> bool:
        """Open a dead process's journal and do something with it; whether that was done."""
        done = False
        if self._full:
            return False
        try:
            journal = _dead(path)
            if journal is None:
                return False
            try:
                with held(journal.forget):
                    _check(journal)
                    act(journal)
                    done = True
            finally:
                journal.close(remove=remove and done)
        except OSError as error:
            self._leave(error)
        except MemoryError:
            self._leave(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))
        except Exception as error:  # wrong content; or a fault of ours, over which each later bot would fall as well
            _set_aside(path, error)
        return done

    def _leave(self, error: OSError) -> None:
        self.fault = self.fault or error
        self._full = self._full or error.errno in _FULL


def _dead(path: Path) -> Journal | None:
    """Open a journal whose process lives no more."""
    try:
        return Journal(path)
    except (BlockingIOError, FileNotFoundError):  # its process lives, or somebody has removed it
        return None


def _check(journal: Journal) -> None:
    """Look whether what is in it may go to segments.

    Raises:
        NotAJournalError: When not all of it is lines of ours.
    """
    text = _TEXT + bytes(range(1, len(journal.streams) + 1))
    for half in journal.halves:
        data, note = half.read(), half.note
        if data and note.end > len(data):
            raise NotAJournalError("lines that it speaks of are not there")
        if data.translate(None, text):
            raise NotAJournalError("there is something else between its lines")
        if not all(Path(name).name == name for name, _ in note.targets.values()):
            raise NotAJournalError("its lines would go somewhere else")
        for start, stop, stream in split_by_stream(data, journal.streams):
            seconds = {second_of(line) for line in data[start:stop].split(b"\n")[:-1]}
            if not stream or not all(map(begins_line, seconds)):
                raise NotAJournalError("it holds lines that are not ours")


def _set_aside(path: Path, error: Exception) -> None:
    reason = str(error) or type(error).__name__
    kept = path
    with suppress(OSError):
        if not path.stat().st_size:
            path.unlink()
            return
        kept = path.rename(path.with_suffix(".unreadable"))
    warn_once(
        "unreadable",
        f"{path.name} is not a journal that can be read: {reason}; it is kept as {kept.name}",
    )


@contextmanager
def adopting(directory: Path, limit: int, *, in_caller: bool = False) -> Iterator[bool]:
    """Recover, and keep others from doing so while a segment of a dead process is looked for and taken over.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        in_caller: Whether it is a log call that writes: it waits for others a moment only, and does not recover, which
            takes longer than a call may.

    Yields:
        Whether such a segment may be continued; not when lines could not be recovered, since they may belong to it.
    """
    folder = directory / JOURNALS
    with ExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(alone(folder, _MOMENT_S if in_caller else _WAIT_S))
            if in_caller:
                allowed = all(map(_is_held, folder.glob("*.journal")))
            else:
                recovery = _Recovery(directory, limit)
                recovery.run()
                if recovery.fault is not None:
                    raise recovery.fault
                allowed = True
        except OSError as error:
            allowed = False
            if not in_caller:
                warn_once(
                    "recovery",
                    f"lines of an earlier run could not be recovered yet: {error.strerror or error}",
                )
        yield allowed


@contextmanager
def alone(folder: Path, wait_s: float) -> Iterator[None]:
    """Keep other processes from recovering, and from continuing segments, meanwhile.

    Raises:
        OSError: When another process holds the lock longer than ``wait_s`` seconds.
    """
    fd = open_fd(folder / "lock", os.O_RDWR | os.O_CREAT)
    locked: bool | None = None
    try:
        with held(partial(close_own, fd, os.fstat(fd).st_ino)):
            deadline = time.monotonic() + wait_s
            while not (locked := lock(fd)):
                if locked is None:
                    raise OSError(errno.ENOLCK, "the file system has no locks")
                if time.monotonic() > deadline:
                    raise TimeoutError(errno.ETIMEDOUT, "another process is still recovering lines")
                time.sleep(_POLL_S)
            yield
    finally:
        if locked:
            unlock(fd)
        os.close(fd)
