"""The thread that syncs segments to the disk, so that a power cut loses little."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Literal

from ..diagnostics import warn_once
from .filesystem import WINDOWS, closing_own, open_fd, sync_folder
from .native import Empty, SimpleQueue, Thread, get_ident, new_thread
from .open_segments import OpenSegments

Durability = Literal["process", "1s", "line"]
"""When lines are synced: never by the package, within a second, or before the call returns."""

_INTERVAL_S: Final = 1.0
_CLOSE_S: Final = 1.0
_MOST_SIZES: Final = 1_000
_FLAGS: Final = os.O_RDWR if WINDOWS else os.O_RDONLY
_sync_data: Final = getattr(os, "fdatasync", os.fsync)


class Syncer:
    """Syncs what the writer has written: each second, and at once for some streams.

    It has a thread of its own, because a sync may take longer than the journal has room for lines.
    The thread opens each segment by its name: the writer's descriptors stay the writer's.

    Args:
        durability: Nothing is synced with `process`.
        at_once: Names of the streams that do not wait for the next second.
    """

    def __init__(self, durability: Durability, at_once: Collection[str] = ()) -> None:
        self.durability = durability
        self.at_once = frozenset(at_once)
        self._reset()

    def _reset(self) -> None:
        self._sizes: dict[Path, int] = {}
        self._dirty: dict[Path, None] = {}
        self._known: set[Path] = set()
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._scheduled = self._broken = False

    @property
    def each_line(self) -> bool:
        """True if a call waits until its line is synced."""
        return self.durability == "line"

    def created(self, sync: Callable[[], None]) -> None:
        """Sync a journal that was made."""
        if self.durability != "process":
            self._put(partial(_sync_unless_closed, sync))

    def written(self, segments: OpenSegments) -> None:
        """Schedule the sync of segments that have grown; the thread that wrote to them calls it."""
        if self.durability == "process":
            return
        urgent = False
        for segment in segments.written():
            if self._sizes.get(segment.path) != segment.size:
                self._sizes[segment.path] = segment.size
                self._dirty[segment.path] = None
                urgent |= segment.stream in self.at_once
        if len(self._sizes) > _MOST_SIZES:
            self._sizes.clear()
        if urgent:
            self._put(self._sync)
        elif self._dirty and not self._scheduled:
            self._scheduled = True
            self._put(self._wait)

    def sync(self, timeout_s: float) -> bool:
        """Wait until everything is synced that `written` was called for.

        Returns:
            Whether it is within the time.
        """
        if self.durability == "process" or not (self._thread or self._dirty):
            return True
        if sys.is_finalizing():  # no other thread runs any more
            return False
        done: SimpleQueue[bool] = SimpleQueue()
        self._put(lambda: done.put(self._sync()))
        with suppress(Empty):
            return done.get(timeout=timeout_s)
        return False

    def close(self) -> None:
        """Sync what is left and end the thread; gives up after a second."""
        self.sync(_CLOSE_S)
        thread = self._thread
        if thread is not None:
            self._jobs.put(None)
            if thread.ident != get_ident():
                thread.join(_CLOSE_S)

    def after_fork_in_child(self) -> None:
        """Forget the parent's thread."""
        self._reset()

    def _put(self, job: Callable[[], object]) -> None:
        self._jobs.put(job)
        if self._thread is None and not self._broken and not sys.is_finalizing():
            thread = new_thread(self._run, "logging_kit-sync")
            try:
                self._thread = thread
                thread.start()
            except (
                RuntimeError
            ):  # the interpreter is shutting down, or the system has no threads left
                self._thread, self._broken = None, True

    def _run(self) -> None:
        jobs = self._jobs
        while (job := jobs.get()) is not None:
            try:
                job()
            except Exception as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                warn_once("sync", f"cannot sync: {reason}; a power cut may lose more than a second")

    def _wait(self) -> None:
        """Let a second pass, unless a job comes that cannot wait, and sync."""
        due = time.monotonic() + _INTERVAL_S
        with suppress(Empty):
            job = self._jobs.get(timeout=due - time.monotonic())
            self._jobs.put(job)  # behind the sync below, which does its work
        self._sync()

    def _sync(self) -> bool:
        self._scheduled = False
        while self._dirty:
            path, _ = self._dirty.popitem()
            try:
                fd = open_fd(path, _FLAGS)
            except FileNotFoundError:  # it was archived meanwhile, which syncs the archive
                continue
            try:
                with closing_own(fd):
                    _sync_data(fd)
            except OSError:
                self._dirty[path] = None
                raise
            if path not in self._known:
                self._known.add(path)
                sync_folder(path.parent)
        return True


def _sync_unless_closed(sync: Callable[[], None]) -> None:
    """Sync a journal, unless the bot has closed its descriptor: another journal follows then."""
    try:
        sync()
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
