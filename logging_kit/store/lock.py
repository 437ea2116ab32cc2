"""The store's lock, which knows its holder and lets go of it whatever a signal handler does."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import call
from time import sleep
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
_ATTEMPTS: Final = 20


class SignalSafeLock:
    """A lock that a signal handler or a finalizer can find held by its own thread, which it has interrupted.

    Enter it by ``for _ in filter(None, map(call, guard.tries)):`` (`operator.call`) and leave it in ``finally`` by
    ``guard.holder = 0; guard.release()``. Between the call in ``if lock.acquire(): try:`` and the ``try`` a signal handler
    may run, and when it raises, the lock is taken for ever; an iterator is asked without that.

    A thread that finds it taken first lets the others run, again and again, before it queues for the lock: threads that queue
    get it in turn, each time with a switch of threads, and go on queueing when nobody would have to.

    Args:
        wait_s: How long the last of the ``tries`` waits, in seconds, before it gives up.
        before_leaving: Called by `run` while the lock is still held.

    Attributes:
        tries: What is called, one after the other, until one returns true: then this thread holds it.
        holder: Id of the thread that holds it, or 0.
        drainers: Ids of the threads that move lines from the journal to the segments, or wait for their turn to do so.
        deferred: What a thread is to do when it has left the lock and drains no more, by its id.
    """

    def __init__(self, wait_s: float, before_leaving: Callable[[], None]) -> None:
        lock = threading.Lock()
        attempt, wait = partial(lock.acquire, False), partial(lock.acquire, True, wait_s)
        self.tries: tuple[Any, ...] = (attempt, *(partial(sleep, 0), attempt) * _ATTEMPTS, wait)
        self.release = lock.release
        self.holder = 0
        self.drainers: set[int] = set()
        self.deferred: dict[int, deque[Callable[[], None]]] = {}
        self._acquire = lock.acquire
        self._before_leaving = before_leaving
        self._forking = 0

    @property
    def interrupted(self) -> bool:
        """Whether this thread holds it: then it is a signal handler or a finalizer that asks."""
        return self.holder == threading.get_ident()

    def run(self, act: Callable[[], _T], wait_s: float = -1.0) -> _T:
        """Do something under the lock, which this thread must not hold already.

        Args:
            act: What is done; its result is returned.
            wait_s: How long to wait for the lock, in seconds; as long as it takes when it is -1.

        Raises:
            TimeoutError: When another thread has held it all the time.
        """
        me = threading.get_ident()
        assert self.holder != me
        for _ in iter(partial(self._acquire, True, wait_s), False):
            self.holder = me
            try:
                result = act()
                self._before_leaving()
            finally:
                self.holder = 0
                self.release()
                if self.deferred:
                    self.do_deferred()
            return result
        raise TimeoutError

    def when_free(self, act: Callable[[], None]) -> None:
        """Call something now; when its own thread is interrupted in here or while it drains, as soon as that has ended."""
        me = threading.get_ident()
        if self.holder == me or me in self.drainers:
            self.deferred.setdefault(me, deque()).append(act)
        else:
            act()

    def do_deferred(self) -> None:
        """Do what had to wait until this thread has left the lock and drains no more."""
        me = threading.get_ident()
        acts = self.deferred.get(me)
        while acts and me not in self.drainers:
            acts.popleft()()
        if acts is not None and not acts:
            self.deferred.pop(me, None)

    def before_fork(self) -> None:
        """Keep other threads out, so that the child finds everything whole; gives up when that takes too long."""
        me = threading.get_ident()
        if self.holder == me:
            return
        for _ in filter(None, map(call, self.tries)):
            self._forking = self.holder = me
            break

    def after_fork_in_parent(self) -> None:
        """Let other threads in again, if it was this one that has kept them out: several may fork at the same time."""
        if self._forking != threading.get_ident():
            return
        try:
            self._before_leaving()
        finally:
            self._forking = self.holder = 0
            self.release()
            if self.deferred:
                self.do_deferred()
