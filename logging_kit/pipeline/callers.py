"""The place in the user's code that a line comes from."""

from __future__ import annotations

import sys
import traceback
from types import CodeType, FrameType
from typing import Final

_LOGGING: Final = frozenset(("logging_kit", "structlog", "logging"))
_MOST: Final = 10_000


_passed: Final[dict[int, CodeType]] = {}
"""Code of the logging modules by its id, which is quicker than its hash; being kept here, no other code gets that id."""


def caller() -> FrameType:
    """The innermost frame that belongs neither to us nor to structlog or `logging`.

    It is asked from within the pipeline, so the innermost frames are always ours.
    """
    frame = sys._getframe(5)
    while frame.f_back is not None and (id(frame.f_code) in _passed or _is_logging(frame)):
        frame = frame.f_back
    return frame


def _is_logging(frame: FrameType) -> bool:
    if (frame.f_globals.get("__name__") or "").partition(".")[0] not in _LOGGING:
        return False
    if len(_passed) < _MOST:
        _passed[id(frame.f_code)] = frame.f_code
    return True


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
