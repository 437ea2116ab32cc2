"""The place in the user's code that a line comes from."""

from __future__ import annotations

import sys
import traceback
from types import FrameType
from typing import Final

_LOGGING: Final = frozenset(("logging_kit", "structlog", "logging"))
_MOST: Final = 10_000


def caller() -> FrameType:
    """The innermost frame that belongs neither to us nor to structlog or `logging`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (frame.f_globals.get("__name__") or "").partition(".")[0] in _LOGGING:
        frame = frame.f_back
    return frame


def stack_text() -> str:
    """The stack of the caller, as a traceback shows it."""
    return "".join(traceback.format_stack(caller()))


class Places:
    """Places in the code that were met already."""

    def __init__(self) -> None:
        self._met: set[tuple[int, int]] = set()

    def new(self) -> tuple[str, int] | None:
        """File and line of the caller, if it was not met before; at most 10,000 places are told apart."""
        frame = caller()
        place = (id(frame.f_code), frame.f_lasti)
        if place in self._met or len(self._met) >= _MOST:
            return None
        self._met.add(place)
        return frame.f_code.co_filename, frame.f_lineno
