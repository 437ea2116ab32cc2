"""Move the lines that killed processes left in their journals to the segments, each once.

Of a damaged journal, the lines that pass their checksums are moved, and the file is kept with the
suffix `.unreadable`. A journal that cannot be opened or written away now stays for the next time.
Meanwhile no segment of an earlier process is continued, because the journal's lines may belong to
it.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

from ..diagnostics import warn_once
from ..exceptions import NotAJournalError
from ..line import second_of, time_of
from .drain import Drain
from .filesystem import (
    ForeignFileError,
    closing_own,
    lock,
    open_fd,
    open_to_read,
    unlock,
)
from .forks import close_in_forked_child
from .journal import JOURNALS, Half, Journal
from .journal_format import KIND
from .open_segments import OpenSegments
from .recovery_lock import recovery_lock
from .salvage import JournalLine, Scan, read_image, scan_half, written_before

_WAIT_S: Final = 5.0
_MOMENT_S: Final = 0.1
_STALE_S: Final = 60.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def recover(directory: Path, limit: int, wait_s: float = _WAIT_S) -> int:
    """Move the lines of dead processes' journals to the segments, and remove the journals.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        wait_s: Longest wait, in seconds, while another process does the same.

    Returns:
        The number of journals that were recovered whole.

    Raises:
        OSError: When a journal stays because it cannot be opened or its lines cannot be written, or
            when the other process takes longer. All other journals have been recovered.
    """
    folder = directory / JOURNALS
    if not folder.is_dir():
        return 0
    with recovery_lock(folder, wait_s):
        recovery = _Recovery(directory, limit)
        recovery.run()
    if recovery.fault is not None:
        raise recovery.fault
    return recovery.brought


def living(directory: Path) -> int:
    """Count the journals whose processes live."""
    return sum(_is_held(path) for path in (directory / JOURNALS).glob("*.journal"))


def damaged_journals(directory: Path) -> set[Path]:
    """Return the journals that were kept because of damage."""
    found = set()
    for path in (directory / JOURNALS).glob("*.unreadable"):
        with suppress(OSError), open_to_read(path) as file:
            if file.read(len(KIND)) == KIND:
                found.add(path)
    return found


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


class _DamagedError(Exception):
    """Some bytes of a journal are damaged; all lines outside of them are in the segments."""


class _Recovery:
    """One round over the journals of a folder, of which one at a time is open.

    Attributes:
        brought: Number of journals that were recovered.
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
        """Recover what can be recovered now."""
        for path in self._folder.glob("*.new"):  # its process died before it was whole
            # it may have got its name meanwhile, or the folder cannot be changed
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime > _STALE_S:
                    path.unlink()
        # broken-off portions first, all of them: only then may their segments take other lines
        waiting = [path for path in sorted(self._folder.glob("*.journal")) if self._finish(path)]
        while waiting:
            with self._segments(continuing=self.fault is None) as segments:
                while waiting and self._bring_in(waiting.pop(0), segments):
                    pass  # after a fault the open segments may end within a line

    @contextmanager
    def _segments(self, *, continuing: bool) -> Iterator[OpenSegments]:
        segments = OpenSegments(self._directory, self._limit, lambda: nullcontext(continuing))
        with closing(segments), close_in_forked_child(segments.forget):
            yield segments

    def _finish(self, path: Path) -> bool:
        """Write the rest of broken-off portions.

        Return whether the journal may be recovered now.
        """
        with self._segments(continuing=False) as segments:

            def finish(journal: Journal) -> None:
                scans = _verified(journal)
                if all(scan.is_whole for _, scan in scans):
                    for half, _ in scans:
                        Drain(segments, journal.streams).finish(half)

            return self._do(path, finish, self._salvage_cut)

    def _bring_in(self, path: Path, segments: OpenSegments) -> bool:
        """Write all lines and remove the journal; return whether that was done."""

        def bring_in(journal: Journal) -> None:
            scans = _verified(journal)
            waiting = [line for half, scan in scans for line in scan.waiting(half)]
            whole = all(scan.is_whole for _, scan in scans)
            if whole and not written_before(self._directory, waiting):
                for half, _ in scans:
                    Drain(segments, journal.streams).half(half)
                    half.clear()
                return
            self._salvage(waiting)
            if not whole:
                damaged = sum(scan.damaged for _, scan in scans)
                raise _DamagedError(f"{damaged:,} bytes between its lines fail the check")

        done = self._do(path, bring_in, self._salvage_cut, remove=True)
        self.brought += done
        return done

    def _salvage_cut(self, path: Path) -> None:
        """Write the lines of a journal that was cut off or otherwise cannot be mapped."""
        fd = open_fd(path, os.O_RDWR)
        with closing_own(fd):
            if not lock(fd):
                raise BlockingIOError(errno.EAGAIN, "another process holds the journal")
            streams, halves = read_image(fd)
            waiting = [line for half in halves for line in scan_half(half, streams).waiting(half)]
            self._salvage(waiting)

    def _salvage(self, lines: list[JournalLine]) -> None:
        """Write lines that are in no segment yet, to segments of their own."""
        known = written_before(self._directory, lines)
        with self._segments(continuing=False) as segments:
            for line in sorted(lines, key=lambda line: second_of(line.data)):
                if line.id not in known:
                    segment = segments.segment_for(line.stream, time_of(line.data))
                    segment.write(line.data)

    def _do(
        self,
        path: Path,
        step: Callable[[Journal], None],
        otherwise: Callable[[Path], None],
        *,
        remove: bool = False,
    ) -> bool:
        """Open a dead process's journal and do something with it; return whether that was done.

        Args:
            path: The journal.
            step: Called with the open journal.
            otherwise: Called with the path of a journal that cannot be mapped.
            remove: True to remove the journal afterwards.
        """
        done = False
        if self._full:
            return False
        try:
            journal = _dead(path)
            if journal is None:
                return False
            try:
                with close_in_forked_child(journal.forget):
                    step(journal)
                    done = True
            finally:
                journal.close(remove=remove and done)
        except NotAJournalError as error:
            self._set_aside(path, error, otherwise)
        except ForeignFileError as error:  # it is never read, and stops no other
            warn_once("foreign", f"{path.name} is left alone: {error.strerror or error}")
        except OSError as error:
            self._leave(error)
        except MemoryError:
            self._leave(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))
        except Exception as error:  # damage, or a bug: either would fail every later start
            self._set_aside(path, error, None)
        return done

    def _set_aside(
        self, path: Path, error: Exception, salvage: Callable[[Path], None] | None
    ) -> None:
        try:
            if salvage is not None:
                salvage(path)
        except NotAJournalError:
            pass  # nothing in it can be verified
        except OSError as fault:
            self._leave(fault)
            return
        _rename_aside(path, error)

    def _leave(self, error: OSError) -> None:
        self.fault = self.fault or error
        self._full = self._full or error.errno in _FULL


def _dead(path: Path) -> Journal | None:
    """Open a journal whose process has died."""
    try:
        return Journal(path)
    except (BlockingIOError, FileNotFoundError):  # its process lives, or it was removed
        return None


def _verified(journal: Journal) -> list[tuple[Half, Scan]]:
    """Verify a journal, oldest half first, and let each half end with its last line that passes."""
    scans = []
    for half in journal.oldest_first():
        scan = scan_half(half, journal.streams)
        half.used = scan.end
        scans.append((half, scan))
    return scans


def _rename_aside(path: Path, error: Exception) -> None:
    reason = str(error) or type(error).__name__
    kept = path
    with suppress(OSError):
        if not path.stat().st_size:
            path.unlink()
            return
        kept = path.rename(path.with_suffix(".unreadable"))
    warn_once(
        "unreadable",
        f"{path.name} is damaged: {reason}; the lines outside of the damage are in the log files, "
        f"and it is kept as {kept.name}",
    )


@contextmanager
def adopting(directory: Path, limit: int, *, in_caller: bool = False) -> Iterator[bool]:
    """Recover, and keep other processes from it while a segment of a dead process is continued.

    Args:
        directory: The log folder.
        limit: Size in bytes at which a segment is closed.
        in_caller: Whether a log call writes. It waits for others a moment only and does not
            recover, which takes longer than a call may.

    Yields:
        Whether such a segment may be continued; not when lines that may belong to it could not be
        recovered.
    """
    folder = directory / JOURNALS
    with ExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(recovery_lock(folder, _MOMENT_S if in_caller else _WAIT_S))
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
                    "lines of an earlier run could not be recovered yet: "
                    f"{error.strerror or error}",
                )
        yield allowed
