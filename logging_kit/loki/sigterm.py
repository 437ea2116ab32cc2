"""Sending of what waits before SIGTERM ends the process."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from ..diagnostics import attempt_all

_flushes: Final[list[weakref.WeakMethod[Callable[[], object]]]] = []


class _Installed:
    """The handler that was there before."""

    previous: Any = None


def flush_before_sigterm(flush: Callable[[], object]) -> bool:
    """Call a function when SIGTERM arrives, then do what the signal did before.

    Args:
        flush: A method of an object; it is forgotten with the object.

    Returns:
        Whether that is possible: only the main thread may install it, and not if the program
        ignores the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    current = signal.getsignal(signal.SIGTERM)
    if current is signal.SIG_IGN or current is None:
        return False
    _flushes.append(weakref.WeakMethod(flush))
    if current is not _handle:
        _Installed.previous = current
        signal.signal(signal.SIGTERM, _handle)
    return True


def _handle(number: int, frame: FrameType | None) -> None:
    found = [reference() for reference in _flushes]
    attempt_all("push", *(flush for flush in found if flush is not None))
    previous = _Installed.previous
    if callable(previous):
        previous(number, frame)
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
