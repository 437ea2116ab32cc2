"""The check of a clock that a bot gives to `setup`."""

from __future__ import annotations

import time
from typing import Any

from ..exceptions import SettingsError
from ..line import Clock


def checked_clock(clock: Any) -> Clock:
    """Return the clock after one reading.

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
    checked: Clock = clock
    return checked
