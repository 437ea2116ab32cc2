"""Changes of the whole logging come one after the other, also when a signal handler asks for one in the middle of another."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..diagnostics import warn_once

Act = Callable[[], None]


class ReconfigureQueue:
    """Lets one thread at a time change the logging."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._holder = 0
        self._waiting: deque[Act] = deque()

    def run(self, act: Act, when_free: Callable[[Act], None]) -> None:
        """Do something when it is its turn; in a signal handler that has interrupted its own thread, perhaps later.

        What fails then is noted, since nobody is left to raise it to.

        Args:
            act: What is done, by this thread.
            when_free: Calls something as soon as no log call of this thread is under way.
        """
        late = False

        def attempt() -> None:
            try:
                act()
            except Exception as error:
                if not late:
                    raise
                warn_once(
                    "setup",
                    f"setup() or shutdown() in a signal handler failed: {type(error).__name__}",
                )

        when_free(lambda: self._alone(attempt))
        late = True

    def _alone(self, act: Act) -> None:
        me = threading.get_ident()
        if self._holder == me:
            self._waiting.append(act)
            return
        with self._lock:
            self._holder = me
            try:
                act()
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._holder = 0

    def after_fork_in_child(self) -> None:
        """Begin anew: another thread, which the child does not have, may have had its turn."""
        if self._holder != threading.get_ident():
            self._begin()
