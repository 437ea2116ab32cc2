"""Notes of the library itself on stderr, for example when lines cannot be written."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Final

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
    suffix = f" ({suppressed} more since the last note)" if suppressed else ""
    with suppress(OSError):  # a closed stderr leaves nowhere to report to
        os.write(2, f"logging_kit: {text}{suffix}\n".encode("utf-8", "backslashreplace"))
