"""The thread that tidies the log folder and watches the disk."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from ..diagnostics import warn_once
from .age import newest_time
from .archiving import compress, remove
from .clock_check import ClockCheck
from .filesystem import close_own, file_id, lock, open_lock, stat_own, unlock
from .forks import close_in_forked_child
from .native import Empty, SimpleQueue, Thread, new_thread
from .recovery import recover
from .tidy import MOST_SEGMENTS, Acknowledged, Deletion, Policy, tidy

__all__ = ["MOST_SEGMENTS", "Deletion", "Policy", "Retention", "compress", "remove", "tidy"]

_DISK_INTERVAL_S: Final = 60.0
_TIDY_EVERY_S: Final = 900.0
_WARN_AGAIN_S: Final = 21_600.0
_RECOVER_WAIT_S: Final = 1.0


class Retention:
    """The thread that tidies the log folder and watches the disk.

    Args:
        directory: The log folder.
        policy: How long lines are kept.
        reserve: Bytes of free space below which the disk counts as nearly full.
        segment_size: Size in bytes at which a segment is closed.
        warn: Called with a sentence when the disk is nearly full, at most every six hours, and when
            the clock has jumped.
        on_delete: Called after each deletion of a segment.
        acknowledged: See `tidy`.
    """

    def __init__(
        self,
        directory: Path,
        policy: Policy,
        *,
        reserve: int,
        segment_size: int,
        warn: Callable[[str], None],
        on_delete: Callable[[Deletion], None] = lambda _: None,
        acknowledged: Acknowledged = lambda _name, _size: True,
    ) -> None:
        self.directory = directory
        self._policy = policy
        self._reserve = reserve
        self._segment_size = segment_size
        self._warn = warn
        self._on_delete = on_delete
        self._acknowledged = acknowledged
        self._clock_check = ClockCheck(directory, lambda: newest_time(directory), warn)
        self._warned = -_WARN_AGAIN_S
        self._ended = False
        self._start()

    def _start(self) -> None:
        # a signal handler that logs may interrupt put() and call it again; Event.set() cannot stand
        # that
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._thread: Thread | None = new_thread(self._run, "logging_kit-retention")
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is shutting down
            self._ended = True

    def rotated(self) -> None:
        """Tidy the folder soon, because a segment was closed."""
        if (
            sys.is_finalizing()
        ):  # a thread that is started now never runs, and its start waits for it
            return
        if self._thread is None and not self._ended:
            self._start()
        else:
            self._wake.put(None)

    def after_fork_in_child(self) -> None:
        """Forget the parent's thread; the child starts its own when it has closed a segment."""
        self._thread = None
        self._wake = SimpleQueue()

    def close(self) -> None:
        """End the thread."""
        self._ended = True
        self._wake.put(None)
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(5.0)

    def _run(self) -> None:
        wake = self._wake
        while not self._ended:
            self._attempt(self._tidy)
            due = time.monotonic() + _TIDY_EVERY_S
            rotated = False
            while not rotated and not self._ended and time.monotonic() < due:
                self._attempt(self._watch_disk)
                rotated = _arrived(wake, _DISK_INTERVAL_S)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # one fault, or a bug, must stop neither the rest nor the thread
            reason = getattr(error, "strerror", None) or type(error).__name__
            warn_once("retention", f"cannot tidy {self.directory}: {reason}")

    def _recover(self) -> None:
        """Recover the lines of children that were killed while this bot goes on."""
        recover(self.directory, self._segment_size, _RECOVER_WAIT_S)

    def _tidy(self) -> None:
        with self._alone() as alone:
            if alone:
                self._attempt(self._recover)
                now = time.time()
                tidy(
                    self.directory,
                    self._policy,
                    now,
                    lambda: self._ended,
                    self._clock_check.is_trusted(now),
                    self._on_delete,
                    self._acknowledged,
                )

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Take the lock of the folder, since several processes may share it.

        Yield whether it was free.
        """
        if not self.directory.is_dir():
            yield False
            return
        fd = open_lock(self.directory / ".retention.lock", 0o640)
        own = file_id(fd)
        locked = lock(fd)
        try:
            # the lock of the parent's thread must not last as long as a forked child
            with close_in_forked_child(partial(close_own, fd, own)):
                yield locked is not False
        finally:
            if locked and stat_own(fd, own) is not None:
                unlock(fd)
            close_own(fd, own)

    def _watch_disk(self) -> None:
        try:
            disk = shutil.disk_usage(self.directory)
        except OSError:
            return
        if disk.free < self._reserve and time.monotonic() - self._warned >= _WARN_AGAIN_S:
            self._warned = time.monotonic()
            self._warn(
                f"the disk of {self.directory} is nearly full: "
                f"{disk.free / 1e6:.0f} MB of {disk.total / 1e6:.0f} MB are free"
            )


def _arrived(queue: SimpleQueue[None], timeout_s: float) -> bool:
    """Wait for an item and take all that are there; return whether there was one."""
    try:
        queue.get(timeout=timeout_s)
    except Empty:
        return False
    with suppress(Empty):
        while True:
            queue.get_nowait()
    return True
