"""A clock that a simulation sets, so that a day of lines is written in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

US: Final = 1_000
"""Nanoseconds in a microsecond, the resolution of a line's timestamp."""

SECOND: Final = 1_000_000_000


class SimulatedClock:
    """A clock for `setup(clock=…)` that stands still until it is set; whole microseconds.

    Args:
        start_ns: Nanoseconds since 1970-01-01 UTC.

    Example:
        >>> clock = SimulatedClock(1_795_226_400_000_000_000)
        >>> clock.advance(0.25)
        >>> clock()
        1795226400250000000
    """

    def __init__(self, start_ns: int) -> None:
        self._now = start_ns // US * US
        self._real: Callable[[], int] | None = None

    def __call__(self) -> int:
        """Return the time, in nanoseconds since 1970-01-01 UTC."""
        return self._now

    def go_live(self, real: Callable[[], int] = time.time_ns) -> None:
        """Follow another clock from now on.

        From then on `tick` reads that clock, and `advance` has no effect.
        """
        self._real = real

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if self._real is None:
            self._now += max(0, round(seconds * 1e6)) * US

    def advance_to(self, time_ns: int) -> None:
        """Move to a time, in nanoseconds since 1970-01-01 UTC, unless it has passed."""
        if self._real is None:
            self._now = max(self._now, time_ns // US * US)

    def tick(self) -> int:
        """Advance by at least a microsecond, so that no two lines have the same time.

        Returns:
            The new time, in nanoseconds since 1970-01-01 UTC.
        """
        self._now += US
        if self._real is not None:
            self._now = max(self._now, self._real() // US * US)
        return self._now
