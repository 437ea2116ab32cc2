"""Check of this machine's clock against the time that an exchange answers with.

An exchange refuses a signed request whose time is too far from its own, and the times of fills and
lines do not fit together. A clock that is wrong is a warning line, at most once an hour for each
exchange.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ..diagnostics import warn_once
from .setup import get_logger

TOLERANCE_S: Final = 1.0
"""Difference that is accepted, in seconds; some exchanges refuse more."""

_AGAIN_S: Final = 3_600.0
_HALF_SECOND: Final = 0.5
_OF_HEADER: Final = 1.5
"""Half of the resolution of the header `Date`: whole seconds, and servers that keep it for one."""

_MOST_EXCHANGES: Final = 100
_SECONDS: Final = 100_000_000_000
"""Numbers below this are seconds since 1970; those above are milliseconds, or less than those."""


class ClockChecks:
    """The checks of this process, and when each exchange was last warned about."""

    def __init__(self) -> None:
        self._warned: dict[str, float] = {}

    def is_due(self, exchange: str, now: float) -> bool:
        """Return True if a warning about an exchange is due, and note it."""
        last = self._warned.get(exchange)
        if last is not None and now - last < _AGAIN_S:
            return False
        if last is None and len(self._warned) >= _MOST_EXCHANGES:
            return False
        self._warned[exchange] = now
        return True


_checks: Final = ClockChecks()


def check_clock(
    exchange: str,
    server_time: Any,
    *,
    latency_ms: float = 0.0,
    now: Callable[[], float] = time.time,
) -> float | None:
    """Compare the clock with the time in an answer, and log a warning if it is wrong.

    Call it right after the answer has arrived. It never raises.

    Args:
        exchange: Name of the exchange.
        server_time: The header `Date`, a time as RFC 3339, or a number of seconds, milliseconds,
            microseconds or nanoseconds since 1970-01-01 UTC.
        latency_ms: Time that the request took; half of it is the way back.
        now: Returns the time in seconds since 1970-01-01 UTC.

    Returns:
        Seconds by which this machine is ahead of the exchange, or `None` if `server_time` is no
        time.

    Example:
        >>> check_clock("binance", 1_795_226_400_000, now=lambda: 1_795_226_400.25)
        0.25
    """
    try:
        moment, uncertain = _moment(server_time)
        way_back = max(float(latency_ms), 0.0) / 2_000
        ahead = round(now() - moment - way_back, 3)
        if abs(ahead) > TOLERANCE_S + uncertain + way_back:
            _warn(str(exchange), ahead)
    except (TypeError, ValueError, OverflowError):
        return None
    except Exception as error:  # a foreign object may raise anything
        warn_once("clock", f"the clock could not be compared: {type(error).__name__}")
        return None
    return ahead


def _warn(exchange: str, ahead: float) -> None:
    if not _checks.is_due(exchange, time.monotonic()):
        return
    if ahead > 0:
        words = "ahead of"
    else:
        words = "behind"
    get_logger("logging_kit.clock").warning(
        f"the clock is {abs(ahead):g} s {words} that of {exchange}: synchronise it, for example "
        "with chrony",
        exchange=exchange,
        clock_skew_s=ahead,
    )


def _moment(given: Any) -> tuple[float, float]:
    """Return a time in seconds since 1970, and half of its resolution."""
    if isinstance(given, bytes):
        given = given.decode("ascii")
    if isinstance(given, str):
        text = given.strip()
        if not text.replace(".", "", 1).isdecimal():
            return _parsed(text)
        given = float(text)
    if isinstance(given, bool):
        raise TypeError("true and false are no times")
    number = float(given)
    while number >= _SECONDS:
        number /= 1_000
    if not number > 0:
        raise ValueError("a time is above 0")
    return number, 0.0


def _parsed(text: str) -> tuple[float, float]:
    if text[:1].isalpha():  # Tue, 15 Nov 1994 08:12:31 GMT
        return parsedate_to_datetime(text).timestamp() + _HALF_SECOND, _OF_HEADER
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp(), 0.0
