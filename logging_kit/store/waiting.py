"""Lines that wait for the store's lock or for room in the journal."""

from __future__ import annotations

from typing import Final

from .native import Empty, SimpleQueue

_TAKEN_S: Final = 0.05


class WaitingLine:
    """A line that whoever has the lock next puts into the journal, in the order of arrival.

    Args:
        stream: The line's stream.
        body: Its values without braces.
        urgent: True if it is written to its segment at once.
        awaited: True if a call waits for it; a signal handler's call cannot.
    """

    __slots__ = ("_answer", "awaited", "body", "stream", "urgent")

    def __init__(self, stream: str, body: bytes, urgent: bool, *, awaited: bool) -> None:
        self.stream = stream
        self.body = body
        self.urgent = urgent
        self.awaited = awaited
        self._answer: SimpleQueue[bool] = SimpleQueue()

    def settle(self) -> None:
        """Tell the waiting call that the line is kept or counted."""
        self._answer.put(True)

    def is_settled(self, timeout_s: float = _TAKEN_S) -> bool:
        """Wait until the line is kept or counted; return whether it is."""
        try:
            return self._answer.get(timeout=timeout_s)
        except Empty:
            return False
