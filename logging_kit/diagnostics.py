"""The library's own voice: short notes on stderr when lines cannot be written, at most one a minute of each kind."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Final

_INTERVAL_S: Final = 60.0
_last: Final[dict[str, float]] = {}
_suppressed: Final[dict[str, int]] = {}


def warn_once(kind: str, text: str) -> None:
    """Say something on stderr.

    Args:
        kind: Notes of one kind are at least a minute apart; the next one says how many were left out.
        text: One line without anything that came from a caller's values.
    """
    if (
        sys.__stderr__ is None
    ):  # it was closed when the interpreter began: descriptor 2 may be anything by now
        return
    now = time.monotonic()
    if now - _last.get(kind, -_INTERVAL_S) < _INTERVAL_S:
        _suppressed[kind] = _suppressed.get(kind, 0) + 1
        return
    _last[kind] = now
    more = _suppressed.pop(kind, 0)
    suffix = f" ({more} more since the last note)" if more else ""
    with suppress(OSError):  # a closed stderr leaves nowhere to report to
        os.write(2, f"logging_kit: {text}{suffix}\n".encode("utf-8", "backslashreplace"))
