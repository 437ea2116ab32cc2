"""The end of a process that `multiprocessing` started: `os._exit`, without `atexit`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


class MultiprocessingExit:
    """Has something called before such a process ends.

    Args:
        act: What is called.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._finalizer: Any = None

    def call_in_time(self) -> None:
        """Have it called in this process, if it may be one of those; once, also after several calls."""
        if "multiprocessing.util" not in sys.modules:
            return
        from multiprocessing.util import Finalize

        self.cancel()  # a child has its parent's, which is not called there
        self._finalizer = Finalize(None, self._act, exitpriority=0)

    def cancel(self) -> None:
        """Have it called no more."""
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None
