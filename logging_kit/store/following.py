"""The destination of the sinks that is in force at a call, in order with other output."""

from __future__ import annotations

import sys
import time
import weakref
from contextvars import copy_context
from typing import Final

from .sinks.group import Sinks
from .writer import Writer

WAIT_S: Final = 0.25
"""Longest wait of a log call, in seconds."""

_SHOW_S: Final = 0.1
_UNWATCHED_S: Final = 5.0
_UNSEEN: Final = object()


class DestinationFollower:
    """Follows the destination of the sinks, such as a `sys.stdout` that a program redirects.

    Args:
        sinks: The sinks; at least one.
    """

    def __init__(self, sinks: Sinks) -> None:
        self.threads = sinks.threads
        """Idents of the threads that call the sinks."""
        self.destination = sinks.destination
        """Function that returns the destination in force."""
        self.seen: object = _UNSEEN
        """Destination of the last line."""
        self.watched = False
        """True while people watch the destination, so that calls wait for their lines."""
        self._sinks = sinks
        self._aspect: object = None
        self._unwatched_until = 0.0

    def follow(self, writer: Writer | None) -> None:
        """Let lines reach the destination that is in force now; earlier lines reach the former.

        Args:
            writer: The writer that has the earlier lines.
        """
        destination = self.destination()
        aspect = self._sinks.aspect_of(destination)
        if destination is self.seen and aspect is self._aspect:
            return
        if writer is not None and self.seen is not _UNSEEN:
            writer.ask(WAIT_S)
        self.seen, self._aspect = destination, aspect
        self.watched = self._sinks.follow(destination, copy_context())

    def show_now(self, writer: Writer | None) -> None:
        """Wait until the line is shown, so that people see it in order with other output.

        Args:
            writer: The writer that has the line.
        """
        begun = time.monotonic()
        if begun < self._unwatched_until:
            return
        if writer is None or writer.ask(_SHOW_S):
            self._sinks.flush(_SHOW_S)
        took_s = time.monotonic() - begun
        if took_s > _SHOW_S:  # no program reads it, or the disk is slow
            self._unwatched_until = begun + _UNWATCHED_S


def runs_finalizer() -> bool:
    """Return True if this thread runs a finalizer: the garbage collector may do so anywhere.

    A line of `__del__` or of `weakref.finalize` is then no line of the code that the thread was in.
    """
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code.co_filename == weakref.__file__:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
