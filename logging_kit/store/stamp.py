"""A run's identity and clock.

Increasing timestamps, gapless numbers, a new run after a step back.
"""

from __future__ import annotations

import os
import time
from typing import Final

from ..diagnostics import warn_once
from ..line import DROPPED_KEY, PREFIX, RUN_KEY, SECOND_FORMAT, SEQ_KEY, SUFFIX, Clock

_STEP_BACK_US: Final = 1_000_000
_FIRST_US: Final = -30_610_224_000_000_000
_LAST_US: Final = 253_402_214_400_000_000
"""The moments that a timestamp can express: from 1000-01-01 to 9999-12-31."""
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SECOND_FORMAT: Final = f"{PREFIX.decode()}{SECOND_FORMAT}."
# Looking three digits up takes less time than formatting them.
_DIGITS: Final = tuple(b"%03d" % number for number in range(1_000))
_END_OF_TIME: Final = tuple(digits + b'Z",' for digits in _DIGITS)
_END_OF_NUMBER: Final = tuple(digits + SUFFIX + b"\n" for digits in _DIGITS)
_NUMBER: Final = b"%d" + SUFFIX + b"\n"
_NUMBER_AND_DROPPED: Final = b"%d" + DROPPED_KEY + b"%d" + SUFFIX + b"\n"


def new_run_id(time_us: int) -> str:
    """Make the id of a run.

    A ULID, 26 characters that sort by time (https://github.com/ulid/spec).
    """
    number = (max(0, time_us // 1000) % 2**48) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


class Stamper:
    """Give each line its time and its number in the run; used under the store's lock."""

    __slots__ = (
        "_clock",
        "_last_us",
        "_numbered",
        "_prefix",
        "_second_us",
        "_seen_us",
        "_tail",
        "_thousand",
        "run_id",
        "seq",
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second_us = -1_000_000
        self._prefix = b""
        self._numbered = b""
        self.begin_run()

    def begin_run(self) -> None:
        """Begin a new run, with sequence numbers from 1."""
        now = self._clock() // 1000
        if not _FIRST_US <= now <= _LAST_US:
            now = self._system_time(now)
        self._last_us = now - 1
        self._seen_us = now
        self.run_id = new_run_id(now)
        self._thousand = -1
        self._tail = RUN_KEY + self.run_id.encode() + SEQ_KEY
        self.seq = 0

    def stamp(self, body: bytes, dropped: int) -> tuple[bytes, int]:
        """Make a line of a body.

        Args:
            body: The line's values without braces.
            dropped: Lines that were lost since the last one that was kept; their numbers are left
                out.

        Returns:
            The whole line with its newline, and its time in microseconds since 1970-01-01 UTC.
        """
        now = self._clock() // 1000
        if self._last_us < now <= _LAST_US:
            self._seen_us = now
        else:
            now = self._not_later(now)
        self._last_us = now
        rest = now - self._second_us
        if not 0 <= rest < 1_000_000:
            rest = self._begin_second(now)
        self.seq = seq = self.seq + 1 + dropped
        high, thousand = rest // 1_000, seq // 1_000
        low = _END_OF_TIME[rest - high * 1_000]
        if dropped or not thousand:
            end = _NUMBER % seq
            if dropped:
                end = _NUMBER_AND_DROPPED % (seq, dropped)
            return b"".join((self._prefix, _DIGITS[high], low, body, self._tail, end)), now
        if thousand != self._thousand:
            self._begin_thousand(thousand)
        end = _END_OF_NUMBER[seq - thousand * 1_000]
        return b"".join((self._prefix, _DIGITS[high], low, body, self._numbered, end)), now

    def _begin_thousand(self, thousand: int) -> None:
        """Render the part of a line that a thousand lines have in common."""
        self._thousand = -1  # a signal handler that raises in here leaves nothing wrong behind
        self._numbered = self._tail + str(thousand).encode()
        self._thousand = thousand

    def _not_later(self, now: int) -> int:
        """Return the time of a line whose clock stands still, goes back or is impossible."""
        if not _FIRST_US <= now <= _LAST_US:
            now = self._system_time(now)
        if now < self._seen_us - _STEP_BACK_US:
            self.begin_run()
        self._seen_us = now
        return max(now, self._last_us + 1)

    @staticmethod
    def _system_time(wrong: int) -> int:
        """Return the system's time instead of one whose year does not have four digits."""
        warn_once(
            "clock", f"the clock gives {wrong:.6g} microseconds since 1970; the system's is used"
        )
        return min(max(_FIRST_US, time.time_ns() // 1000), _LAST_US)

    def _begin_second(self, now: int) -> int:
        """Render the second of a moment; return the microseconds of it that are over."""
        seconds, rest = divmod(now, 1_000_000)
        self._prefix = time.strftime(_SECOND_FORMAT, time.gmtime(seconds)).encode()
        self._second_us = now - rest
        return rest

    def stamp_lost(self, body: bytes, dropped: int) -> bytes:
        """Make a line, for people only, of a lost body: it has the number that is left out for it.

        Args:
            body: The line's values without braces.
            dropped: Lines that were lost before it, since the last one that was kept.
        """
        seq, run = self.seq, self.run_id
        try:
            self.seq += dropped
            return self.stamp(body, 0)[0]
        finally:
            if self.run_id == run:
                self.seq = seq
            else:
                self.seq = 0

    def take_back(self, number: int) -> None:
        """Use a line's number, and those that it left out, again: it was lost."""
        self.seq = max(0, self.seq - number)
