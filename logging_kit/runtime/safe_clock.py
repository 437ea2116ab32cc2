"""A clock of the bot's own, whose faults cost no line."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ..diagnostics import warn_once
from ..exceptions import SettingsError
from ..line import Clock


@dataclass(frozen=True, slots=True)
class SafeClock:
    """Reads a clock, and the system's clock when that one raises or returns no number.

    Attributes:
        clock: Returns the time in nanoseconds since 1970-01-01 UTC.
    """

    clock: Clock

    def __call__(self) -> int:
        """Return the time in nanoseconds since 1970-01-01 UTC."""
        try:
            return int(self.clock())
        except Exception as error:
            warn_once("clock", f"the clock raised {type(error).__name__}; the system's is used")
            return time.time_ns()


def checked_clock(clock: Any) -> Clock:
    """Return a clock that raises nothing, after one reading.

    Args:
        clock: The argument of `setup`; `None` for the system's clock.

    Raises:
        SettingsError: If it cannot be called, raises, or does not return a number.
    """
    if clock is None or clock is time.time_ns:
        return time.time_ns
    wanted = "clock must be a function that returns nanoseconds since 1970 as an int"
    try:
        now = clock()
        int(now)
    except Exception as error:
        raise SettingsError(f"{wanted}; it raised {type(error).__name__}") from error
    if isinstance(now, (str, bytes)):
        raise SettingsError(f"{wanted}, not a {type(now).__name__}")
    return SafeClock(clock)
