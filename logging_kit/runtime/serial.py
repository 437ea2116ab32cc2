"""Serialise `setup()` and `shutdown()`, including calls made from a signal handler."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..diagnostics import warn_once

Change = Callable[[], None]


class ReconfigureQueue:
    """Let one thread at a time reconfigure the logging."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._owner = 0
        self._waiting: deque[Change] = deque()

    def run(self, change: Change, run_when_released: Callable[[Change], None]) -> None:
        """Run a change when no other one is running.

        In a signal handler that has interrupted its own thread, the change may run later. If it
        fails then, a note is written, because there is no caller left to raise to.

        Args:
            change: Reconfigures the logging; runs in this thread.
            run_when_released: Calls a function as soon as this thread is not inside a log call.
        """
        late = False

        def attempt() -> None:
            try:
                change()
            except Exception as error:
                if not late:
                    raise
                warn_once(
                    "setup",
                    f"setup() or shutdown() in a signal handler failed: {type(error).__name__}",
                )

        run_when_released(lambda: self._run_alone(attempt))
        late = True

    def _run_alone(self, change: Change) -> None:
        me = threading.get_ident()
        if self._owner == me:
            self._waiting.append(change)
            return
        with self._lock:
            self._owner = me
            try:
                change()
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._owner = 0

    def after_fork_in_child(self) -> None:
        """Start over in a forked child, unless the forking thread itself owns the queue.

        Another thread of the parent may have owned it; the child does not have that thread.
        """
        if self._owner != threading.get_ident():
            self._reset()
