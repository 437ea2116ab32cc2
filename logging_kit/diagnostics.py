"""Notes of the library itself on stderr, for example when lines cannot be written."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import CodeType
from typing import Any, Final

_INTERVAL_S: Final = 60.0


class _Notes:
    """The time of the last note of each kind, and how many were suppressed since.

    Threads use it without a lock: a race costs at most one note too many.
    """

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def admit(self, kind: str, *, once: bool) -> int | None:
        """Return how many notes of this kind were suppressed, or `None` to suppress this one."""
        now, last = time.monotonic(), self._last.get(kind)
        if last is not None and (once or now - last < _INTERVAL_S):
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return None
        self._last[kind] = now
        return self._suppressed.pop(kind, 0)

    def clear(self) -> None:
        """Forget every note; for tests."""
        self._last.clear()
        self._suppressed.clear()


_notes: Final = _Notes()


def warn_once(kind: str, text: str, *, once: bool = False) -> None:
    """Write a note to stderr, at most one a minute of each kind.

    Args:
        kind: Notes of one kind are at least a minute apart; the next one counts those between.
        text: One line that contains nothing of a caller's values.
        once: Write only the first note of this kind in this process.
    """
    # stderr may have been closed when the interpreter began: descriptor 2 may be anything by now
    if sys.__stderr__ is None:
        return
    suppressed = _notes.admit(kind, once=once)
    if suppressed is None:
        return
    if suppressed:
        suffix = f" ({suppressed} more since the last note)"
    else:
        suffix = ""
    with suppress(OSError):  # a closed stderr leaves nowhere to report to
        if _takes_bytes(2):
            os.write(2, f"logging_kit: {text}{suffix}\n".encode("utf-8", "backslashreplace"))


def attempt_all(kind: str, *steps: Callable[[], object]) -> None:
    """Call functions one after the other; one that raises is noted on stderr and stops no other.

    Args:
        kind: Kind of the notes, and what failed, in one word.
        steps: The functions.
    """
    for step in steps:
        try:
            step()
        except Exception as error:
            warn_once(kind, f"a step of {kind} failed: {type(error).__name__}: {error}")


def _takes_bytes(fd: int) -> bool:
    """Return True if a write to a descriptor ends at once: a full pipe would stop the caller."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(0))


def raised_by_signal_handler(error: BaseException) -> bool:
    """Return True if an exception came out of one of the signal handlers that are installed now."""
    codes = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in codes:
            return True
        traceback = traceback.tb_next
    return False


def _code_of(handler: Any) -> CodeType | None:
    while isinstance(handler, partial):
        handler = handler.func
    handler = getattr(handler, "__func__", handler)  # of a bound method
    if not hasattr(handler, "__code__"):
        handler = vars(type(handler)).get("__call__")
    return getattr(handler, "__code__", None)
