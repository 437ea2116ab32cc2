"""The end of a process that `multiprocessing` started: `os._exit`, without `atexit`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


class MultiprocessingExit:
    """Calls a function before a process ends that `multiprocessing` started.

    Args:
        callback: The function.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._finalizer: Any = None

    def register(self) -> None:
        """Register the callback, once, if `multiprocessing` is in use in this process."""
        if "multiprocessing.util" not in sys.modules:
            return
        from multiprocessing.util import Finalize

        self.cancel()  # a child has its parent's, which is not called there
        self._finalizer = Finalize(None, self._callback, exitpriority=0)

    def cancel(self) -> None:
        """Take the callback back."""
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None
