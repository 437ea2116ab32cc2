"""The place in the user's code that a line comes from."""

from __future__ import annotations

import sys
import traceback
from types import CodeType, FrameType
from typing import Final

_LOGGING: Final = frozenset(("logging_kit", "structlog", "logging"))
_MOST: Final = 10_000


_known: Final[dict[int, tuple[bool, CodeType]]] = {}
"""Whether code is that of a logging module, by its id, which is quicker than its hash; kept here, no other code gets that id."""


def caller() -> FrameType:
    """The innermost frame that belongs neither to us nor to structlog or `logging`.

    It is asked from within the pipeline, so the innermost frames are always ours.
    """
    frame = sys._getframe(5)
    while (_known.get(id(frame.f_code)) or _look_at(frame))[0]:
        back = frame.f_back
        if back is None:
            break
        frame = back
    return frame


def _look_at(frame: FrameType) -> tuple[bool, CodeType]:
    found = (frame.f_globals.get("__name__") or "").partition(".")[0] in _LOGGING, frame.f_code
    if len(_known) < _MOST:
        _known[id(frame.f_code)] = found
    return found


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
