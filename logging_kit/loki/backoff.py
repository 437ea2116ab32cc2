"""Waits between tries: exponential with full jitter, and what a server asks for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final

_MOST_DOUBLINGS: Final = 30

Uniform = Callable[[float, float], float]
"""Returns a random number between two."""


class Backoff:
    """The wait after each failure: a random part of a limit that doubles up to a maximum.

    Args:
        min_s: Limit after the first failure, in seconds.
        max_s: Largest limit, in seconds.
        max_asked_s: Longest wait that a server may ask for, in seconds.
        uniform: Source of random numbers.
    """

    def __init__(
        self, min_s: float, max_s: float, max_asked_s: float, uniform: Uniform = random.uniform
    ) -> None:
        self._min_s, self._max_s, self._max_asked_s = min_s, max_s, max_asked_s
        self._uniform = uniform
        self.failures = 0

    def succeed(self) -> None:
        """Begin with the smallest limit again."""
        self.failures = 0

    def fail(self, asked_s: float | None = None) -> float:
        """Count a failure, and return the seconds to wait.

        Args:
            asked_s: Seconds that the server asked for.
        """
        limit = min(self._max_s, self._min_s * 2 ** min(self.failures, _MOST_DOUBLINGS))
        self.failures += 1
        wait_s = self._uniform(0.0, limit)
        if asked_s is None:
            return wait_s
        # the jitter stays on top: else all bots come back in the same moment
        return min(asked_s, self._max_asked_s) + wait_s


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait; `None` if it asks for nothing readable.

    Args:
        headers: Headers of an answer; `Retry-After` has seconds or a date.
    """
    text = next(
        (value for name, value in headers.items() if name.lower() == "retry-after"), ""
    ).strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    if not seconds >= 0:  # also when it is not a number
        return 0.0
    return seconds
