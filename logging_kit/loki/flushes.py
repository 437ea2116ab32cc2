"""Requests of threads that wait until the shipper has sent everything."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..store.native import Empty, SimpleQueue


class Flushes:
    """The waiting threads; true while the shipper works for some of them."""

    def __init__(self) -> None:
        self._new: deque[SimpleQueue[bool]] = deque()
        self._waiting: list[SimpleQueue[bool]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def ask(self, timeout_s: float, wake: Callable[[], None]) -> bool:
        """Wait for the answer of the shipper, which another thread runs.

        Args:
            timeout_s: Longest wait, in seconds.
            wake: Wakes the shipper.

        Returns:
            Its answer; False if it took too long.
        """
        done: SimpleQueue[bool] = SimpleQueue()
        self._new.append(done)
        wake()
        try:
            return done.get(timeout=max(0.0, timeout_s))
        except Empty:
            return False

    def begin(self) -> bool:
        """Take the new requests; return whether there were some."""
        found = False
        while self._new:
            self._waiting.append(self._new.popleft())
            found = True
        return found

    def answer(self, shipped: bool) -> None:
        """Answer the requests that were taken."""
        while self._waiting:
            self._waiting.pop().put(shipped)

    def forget(self) -> None:
        """Forget the threads of the parent, in a forked child."""
        self._new.clear()
        self._waiting.clear()
