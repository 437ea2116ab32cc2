"""Call sites: the sites in the user's code that lines come from."""

from __future__ import annotations

import sys
import traceback
from types import CodeType, FrameType
from typing import Final

_LOGGING: Final = frozenset(("logging_kit", "structlog", "logging"))
_MOST: Final = 10_000


_logging_code: Final[dict[int, tuple[bool, CodeType]]] = {}
"""Code objects by id, and True for those of logging modules. An id is quicker than a hash; holding
the object keeps its id from being reused."""


def caller() -> FrameType:
    """Return the innermost frame outside of this package, structlog and `logging`.

    Only the pipeline calls it, so the first frames always belong to this package.
    """
    frame = sys._getframe(5)
    while (_logging_code.get(id(frame.f_code)) or _remember(frame))[0]:
        back = frame.f_back
        if back is None:
            break
        frame = back
    return frame


def _remember(frame: FrameType) -> tuple[bool, CodeType]:
    known = (frame.f_globals.get("__name__") or "").partition(".")[0] in _LOGGING, frame.f_code
    if len(_logging_code) < _MOST:
        _logging_code[id(frame.f_code)] = known
    return known


def stack_text() -> str:
    """Return the stack of the caller, as a traceback shows it."""
    return "".join(traceback.format_stack(caller()))


class SeenCallSites:
    """Call sites that were seen already; at most 10,000 are told apart."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def add(self) -> tuple[str, int] | None:
        """Return file and line of the caller, or `None` if it was seen before."""
        frame = caller()
        site = (id(frame.f_code), frame.f_lasti)
        if site in self._seen or len(self._seen) >= _MOST:
            return None
        self._seen.add(site)
        return frame.f_code.co_filename, frame.f_lineno
