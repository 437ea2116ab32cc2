"""Counters of the pipeline, and the protocol of the store that it writes to."""

from __future__ import annotations

from typing import Protocol


class BodyStore(Protocol):
    """Destination of finished bodies."""

    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Stamp the body with time and sequence number and write it to one file."""

    def count_interrupted(self, error: BaseException) -> None:
        """Count the line of a call that a signal handler interrupted, unless it is counted."""


class Counters:
    """Numbers of what the pipeline has done since the process started."""

    __slots__ = ("failed", "masked", "schema_errors", "truncated")

    def __init__(self) -> None:
        self.masked = 0
        self.schema_errors = 0
        self.truncated = 0
        self.failed = 0
