"""The thread that moves lines from the journal to the segments and to the sinks, in batches."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from ..diagnostics import warn_once
from .drain import Drain
from .filesystem import open_fd
from .journal import Half, Journal
from .lock import SignalSafeLock
from .native import Empty, SimpleQueue, get_ident, new_lock, new_thread
from .open_segments import OpenSegments
from .sinks.group import Sinks
from .sync import Syncer
from .tee import Tee

_GATHER_S: Final = 0.02  # errors and a half-full half do not wait so long
_CHECK_S: Final = 0.25  # between two checks that the journal's file still exists
_RETRY_S: Final = 1.0
_ALIVE_S: Final = 0.2


class Writer:
    """Drains a journal; sleeps without a timeout while there is nothing to write.

    To wake a thread costs the caller more than a line, so a line does it only when the writer has
    had nothing to write for a while.

    Args:
        journal: Journal that the lines come from.
        segments: Segments that they go to.
        tee: Object that hands them to the sinks as well.
        guard: The store's lock, under which the journal's halves change places.
        syncer: Object that syncs the segments.
        on_removed: Called under that lock when the file of the empty journal was removed.
        on_damage: Called under that lock with the number of lines of a half that cannot be read.
    """

    def __init__(
        self,
        journal: Journal,
        segments: OpenSegments,
        tee: Tee,
        guard: SignalSafeLock,
        syncer: Syncer,
        on_removed: Callable[[], None],
        on_damage: Callable[[int], None],
    ) -> None:
        self._journal = journal
        self._segments = segments
        self._tee = tee
        self._guard = guard
        self._syncer = syncer
        self._on_removed = on_removed
        self._on_damage = on_damage
        self._drain = Drain(segments, journal.streams)
        self._draining = new_lock()
        # a signal handler or a finalizer that logs may interrupt put(), but no Event.set()
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._ended = False
        self._asleep = False
        self._checked_at = 0.0
        self._since: float | None = None
        self._oldest: float | None = None
        self._asked: deque[SimpleQueue[bool]] = deque()
        self._pid = os.getpid()
        self.high_water = 0
        """Most bytes of lines that have waited in the journal so far, as of the last drain."""
        self.stuck: Exception | None = None
        """Why the segments take nothing; `None` when they do."""
        self._thread = new_thread(self._run, "logging_kit-writer")
        self._thread.start()

    def wake(self, *, now: bool) -> None:
        """Wake the writer because there are lines.

        Args:
            now: True to write them at once.
        """
        if self._since is None:
            self._since = time.monotonic()
        if now or self._asleep:
            self._wakes.put(now)

    @property
    def is_this_thread(self) -> bool:
        """True if the writer's thread is asking."""
        return self._thread.ident == get_ident() and self._thread.is_alive()

    @property
    def lag_s(self) -> float:
        """Return the age of the oldest line that is not in its segment yet, in seconds."""
        since = self._oldest or self._since
        return 0.0 if since is None else time.monotonic() - since

    def waiting(self) -> int:
        """Count the lines in the journal now, which takes a moment."""
        pending, filling, end = self._journal.pending, self._journal.filling, self._journal.offset
        behind = pending.read().count(b"\n", pending.note.done) if pending is not None else 0
        return behind + filling.read().count(b"\n", 0, end)

    def ask(self, wait_s: float) -> bool:
        """Let the thread write what is in the journal now, and wait for that.

        Args:
            wait_s: Longest wait in seconds.

        Returns:
            Whether it is in the segments.
        """
        me = get_ident()
        if me in self._guard.drainers:  # a signal handler or a finalizer has interrupted it at that
            return False
        if not self._journal.used:
            return True
        if self.is_this_thread:  # a finalizer, which it has come upon while it waits
            return self.drain(wait_s)
        deadline = time.monotonic() + wait_s
        answer: SimpleQueue[bool] = SimpleQueue()
        self._asked.append(answer)
        self._wakes.put(True)
        while self._thread.is_alive():
            left_s = deadline - time.monotonic()
            with suppress(Empty):
                return answer.get(timeout=max(0.0, min(left_s, _ALIVE_S)))
            if left_s <= 0:
                return False
        # a forked child that has interrupted itself must not use its parent's journal
        return (
            os.getpid() == self._pid
            and not self._ended
            and self.drain(max(0.0, deadline - time.monotonic()))
        )

    def drain(self, wait_s: float, emptied: Callable[[], None] | None = None) -> bool:
        """Write what is in the journal now, in this thread; others may add to it meanwhile.

        Args:
            wait_s: Longest wait in seconds, while another thread does the same.
            emptied: Function that is called under the store's lock when no line is left.

        Returns:
            Whether it is in the segments.
        """
        guard, me = self._guard, get_ident()
        if me in guard.drainers:  # a signal handler or a finalizer has interrupted it in here
            return False
        try:
            guard.drainers.add(me)
            # acquired as SignalSafeLock does it, so that no signal handler leaves it locked
            for _ in iter(partial(self._draining.acquire, True, wait_s), False):
                try:
                    return self._drain_now(emptied)
                finally:
                    self._draining.release()
            return False
        finally:
            guard.drainers.discard(me)
            if guard.deferred:
                guard.run_deferred()

    def _drain_now(self, emptied: Callable[[], None] | None) -> bool:
        try:
            for _ in range(2):
                if not self._drain_half(self._guard.run(self._take)):
                    break
            if emptied is not None:
                self._guard.run(partial(self._drain_rest, emptied))
        except Exception as error:  # also a lack of memory: the thread tries again
            self.stuck = error
            reason = getattr(error, "strerror", None) or type(error).__name__
            warn_once(
                "write",
                f"cannot write to {self._segments.directory}: {reason}; lines wait in the journal "
                "while it has room",
            )
            if not self.is_this_thread:
                self._wakes.put(True)  # it tries again each second
            self._tee.show(*self._guard.run(self._filling))
            return False
        finally:
            self._tee.show_lost()
            self._syncer.written(self._segments)
        return True

    def _filling(self) -> tuple[Half, int]:
        return self._journal.filling, self._journal.offset

    def _take(self) -> Half | None:
        """Return the half to drain next."""
        journal = self._journal
        if journal.pending is not None:
            self._oldest = self._oldest or self._since
        else:
            # what is put into the other half from now on waits from then on
            self._oldest, self._since = self._since if journal.swap() else None, None
        return journal.pending

    def _drain_half(self, half: Half | None) -> bool:
        if half is None:
            return False
        try:
            self._move(half)
        except (OSError, MemoryError):
            raise
        except Exception as error:  # unreadable lines would keep all later ones waiting
            self._set_aside(half, error)
        self.high_water = max(self.high_water, self._journal.used)
        self._journal.pending = self._oldest = None
        return True

    def _drain_rest(self, emptied: Callable[[], None]) -> None:
        while self._drain_half(self._take()):
            pass
        emptied()

    def _move(self, half: Half) -> None:
        self._tee.show(half, half.used)
        self._drain.half(half)
        generation = half.note.generation
        half.clear()
        self._tee.forget(generation)
        self.stuck = None

    def _set_aside(self, half: Half, error: Exception) -> None:
        """Keep a damaged half in a file of its own, count its lines as lost, and clear it."""
        data = half.read()[half.note.done :]
        path = self._journal.path.with_suffix(f".{half.note.generation}.unreadable")
        with suppress(OSError):
            fd = open_fd(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with open(fd, "wb") as file:
                file.write(data)
        warn_once(
            "unreadable",
            f"{self._journal.path.name} holds {len(data)} bytes that are no lines: "
            f"{type(error).__name__}; they are kept as {path.name}",
        )
        generation, lines = half.note.generation, data.count(b"\n")
        half.clear()
        self._tee.forget(generation)
        self._guard.run(partial(self._on_damage, lines))
        self.stuck = None

    def show_lost(self, line: bytes) -> bool:
        """Let the sinks show a line that the journal had no room for.

        Returns:
            Whether there is room for it; the caller holds the store's lock.
        """
        if not self._tee.put_lost(line):
            return False
        if self._asleep or self._tee.is_half_full:
            self._wakes.put(True)
        return True

    def use(self, sinks: Sinks) -> None:
        """Give further lines to other sinks.

        Wait for a write in progress, unless the disk hangs.
        """
        for _ in iter(partial(self._draining.acquire, True, _RETRY_S), False):
            self._tee.sinks = sinks
            self._draining.release()
            return
        self._tee.sinks = sinks

    def close(self) -> bool:
        """End the thread and return whether it has ended; lines in the journal stay there."""
        self._ended = True
        self._wakes.put(True)
        if not self.is_this_thread:
            self._thread.join(_RETRY_S + 1.0)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._ended:
            asked: list[SimpleQueue[bool]] = []
            written = False
            try:
                self._wait()
                asked = self._all_asked()
                written = (
                    not self._ended
                    and self.drain(_RETRY_S)
                    and (not self._is_time_to_check(asked) or self._is_safe())
                )
            except Exception as error:  # a bug must not end the thread, and must be reported
                warn_once("writer", f"the writer failed: {type(error).__name__}: {error}")
            for answer in asked:
                answer.put(written)
            if not written and not self._ended:
                with suppress(Empty):
                    self._wakes.get(timeout=_RETRY_S)
                self._wakes.put(True)
        for answer in self._all_asked():
            answer.put(False)

    def _all_asked(self) -> list[SimpleQueue[bool]]:
        return [self._asked.popleft() for _ in range(len(self._asked))]

    def _wait(self) -> None:
        """Let lines gather; while there are none, wait for the first one."""
        while True:
            with suppress(Empty):
                self._wakes.get(timeout=_GATHER_S)
                while True:
                    self._wakes.get_nowait()
            if not self._guard.run(self._fall_asleep):
                return
            now = self._wakes.get()
            self._asleep = False
            if now:
                return

    def _fall_asleep(self) -> bool:
        """Let the next line wake the writer, if there is nothing to do; under the store's lock.

        Whoever asks, or ends it, puts something into the queue afterwards.
        """
        self._asleep = not (
            self._journal.used or self._asked or self._tee.lost_waiting or self._ended
        )
        return self._asleep

    def _is_time_to_check(self, asked: list[SimpleQueue[bool]]) -> bool:
        """Return True if the journal's file must be checked now; a check costs a thread switch."""
        now = time.monotonic()
        if not asked and now < self._checked_at + _CHECK_S:
            return False
        self._checked_at = now
        return True

    def _is_safe(self) -> bool:
        """End this writer when its journal's file was removed: a kill would lose the lines."""
        if self._journal.is_there():
            return True
        if not self.drain(_RETRY_S, emptied=self._on_removed):
            return False
        self._ended = True
        self._journal.close(remove=False)
        return True
