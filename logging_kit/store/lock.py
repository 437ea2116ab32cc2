"""The store's lock, which survives whatever a signal handler or the end of the interpreter does.

`docs/decisions/signal-safety.md` explains the design.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import call
from typing import Any, Final, TypeVar

from .native import get_ident, new_lock, sleep

_T = TypeVar("_T")
_ATTEMPTS: Final = 20


class SignalSafeLock:
    """A lock that knows its owner: a signal handler can tell that it interrupted its own thread.

    Enter it by `for _ in filter(None, map(call, lock.attempts)):` (`operator.call`), and leave it
    in `finally` by `lock.owner = 0; lock.release()`. The usual `if lock.acquire(): try:` leaves a
    gap before the `try`: a signal handler that raises there would leave the lock taken for good.
    The iterator has no such gap, because C code alone runs between the acquisition and the loop's
    body.

    A thread that finds the lock taken lets other threads run a few times before it queues. Threads
    that queue cost a switch each, and keep queueing when nothing makes them.

    Args:
        wait_s: Longest wait of the last attempt, in seconds.
        before_leaving: Called by `run` while the lock is still held.
        on_reclaim: Called with the lock held, after it was taken from a thread that no longer runs.

    Attributes:
        attempts: Functions to call one after the other until one returns true and has the lock.
        owner: Id of the thread that has the lock, or 0.
        drainers: Ids of the threads that drain the journal, or wait for their turn to do so.
        deferred: Functions that a thread calls when it has left the lock and drains no more, by its
            id.
    """

    def __init__(
        self,
        wait_s: float,
        before_leaving: Callable[[], None],
        on_reclaim: Callable[[], None] = lambda: None,
    ) -> None:
        self._wait_s = wait_s
        self._use(new_lock())
        self.owner = 0
        self.drainers: set[int] = set()
        self.deferred: dict[int, deque[Callable[[], None]]] = {}
        self._before_leaving = before_leaving
        self._on_reclaim = on_reclaim
        self._forking = 0

    def _use(self, lock: Any) -> None:
        attempt, wait = partial(lock.acquire, False), partial(lock.acquire, True, self._wait_s)
        retries = (partial(sleep, 0), attempt) * _ATTEMPTS
        self.attempts: tuple[Any, ...] = (attempt, *retries, self._reclaim, wait)
        self.release: Callable[[], None] = lock.release
        self._acquire: Callable[..., bool] = lock.acquire

    @property
    def interrupted(self) -> bool:
        """True if this thread has the lock: then a signal handler or a finalizer is asking."""
        return self.owner == get_ident()

    def run(self, function: Callable[[], _T], wait_s: float = -1.0) -> _T:
        """Call a function under the lock, which this thread must not have already.

        Args:
            function: Its result is returned.
            wait_s: How long to wait for the lock, in seconds; -1 waits as long as it takes.

        Raises:
            TimeoutError: When another thread had the lock all the time.
        """
        me = get_ident()
        assert self.owner != me
        self._reclaim()
        for _ in iter(partial(self._acquire, True, wait_s), False):
            self.owner = me
            try:
                result = function()
                self._before_leaving()
            finally:
                self.owner = 0
                self.release()
                if self.deferred:
                    self.run_deferred()
            return result
        raise TimeoutError

    def _reclaim(self) -> bool:
        """Free the lock of an owner that never runs again; return false, as the caller has no lock.

        Once the interpreter finalizes, only the thread that ends it runs. Every other one stops for
        good as soon as it needs the interpreter, and keeps the lock if it has it.
        """
        if not sys.is_finalizing() or self.interrupted:
            return False
        if not self._acquire(False):  # the owner may have stopped before it could say who it is
            self.owner = get_ident()
            self._on_reclaim()
        self.owner = 0
        try:
            self.release()
        except RuntimeError:  # its owner stopped halfway into it: nothing can release it any more
            self._use(new_lock())
        return False

    def run_when_released(self, function: Callable[[], None]) -> None:
        """Call a function now, or later for a signal handler within this lock."""
        me = get_ident()
        if self.owner == me or me in self.drainers:
            self.deferred.setdefault(me, deque()).append(function)
        else:
            function()

    def run_deferred(self) -> None:
        """Call the functions that waited until this thread left the lock and stopped draining."""
        me = get_ident()
        functions = self.deferred.get(me)
        while functions and me not in self.drainers:
            functions.popleft()()
        if functions is not None and not functions:
            self.deferred.pop(me, None)

    def before_fork(self) -> None:
        """Keep other threads out, so that the child finds a consistent store.

        Give up after a while.
        """
        me = get_ident()
        if self.owner == me:
            return
        for _ in filter(None, map(call, self.attempts)):
            self._forking = self.owner = me
            break

    def after_fork_in_parent(self) -> None:
        """Let other threads in again, if this one kept them out: several may fork at once."""
        if self._forking != get_ident():
            return
        try:
            self._before_leaving()
        finally:
            self._forking = self.owner = 0
            self.release()
            if self.deferred:
                self.run_deferred()
