"""Layout and syntax of a log line: its stamp, limits, numbers, times and durations.

A line is one JSON object. The store puts the stamp on both ends of the body that the pipeline
renders::

    {"timestamp":"2026-11-21T02:00:00.123456Z",BODY,"run_id":"01KAJ…","seq":17,"v":1}
    {"timestamp":"2026-11-21T02:00:00.123457Z",BODY,"run_id":"01KAJ…","seq":20,"dropped":2,"v":1}

Each rule has one parser, and it stands here; other modules import it.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], int]
"""Returns nanoseconds since 1970-01-01 UTC."""

LINE_LIMIT: Final = 65_536
"""Bytes of a line, its newline included."""

STAMP_LIMIT: Final = 256
"""Bytes that a stamp adds to a body at most."""

BODY_LIMIT: Final = LINE_LIMIT - STAMP_LIMIT
"""Bytes of a body."""

PREFIX: Final = b'{"timestamp":"'
"""First bytes of each line."""

RUN_KEY: Final = b',"run_id":"'
"""Bytes between the body and the run's id."""

SEQ_KEY: Final = b'","seq":'
"""Bytes between the run's id and the line's number."""

DROPPED_KEY: Final = b',"dropped":'
"""Bytes before the number of lines that were lost just before a line."""

SUFFIX: Final = b',"v":1}'
"""Last bytes of each line, without its newline."""

SECOND_FORMAT: Final = "%Y-%m-%dT%H:%M:%S"
"""A timestamp up to its fraction, for `time.strftime`."""

_AT: Final = len(PREFIX)
_DATE_END: Final = _AT + len("2026-11-21")
_SECOND_END: Final = _AT + len("2026-11-21T02:00:00")
_TIME_END: Final = _AT + len("2026-11-21T02:00:00.123456Z")
_BEGINNING: Final = re.compile(
    re.escape(PREFIX) + rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
)
_MOST_DIGITS: Final = 20  # of a line's number

NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""Regular expression of a number in a text.

Loki's `unwrap`, DuckDB's `TRY_CAST` and Python's `float` read such a text as the same number. On
other texts, such as `1_000`, `0x10` or `inf`, they differ.
"""

_NUMBER: Final = re.compile(NUMBER)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UNITS_US: Final = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_DURATION: Final = re.compile(
    r"\s*([0-9]{1,18})(\.[0-9]{1,18})?\s*"
    r"(?:(ms)|(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)\s*",
    re.IGNORECASE | re.ASCII,
)
_WINDOW: Final = re.compile(r"[1-9][0-9]*[smhdw]")
_SIZE: Final = re.compile(
    r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE | re.ASCII
)


def rfc3339(time_us: int) -> str:
    """Write a moment as RFC 3339 in UTC with microseconds.

    Args:
        time_us: Microseconds since 1970-01-01 UTC.

    Example:
        >>> rfc3339(1_795_226_400_123_456)
        '2026-11-21T02:00:00.123456Z'
    """
    seconds, rest = divmod(time_us, 1_000_000)
    return f"{time.strftime(SECOND_FORMAT, time.gmtime(seconds))}.{rest:06d}Z"


def timestamp_of(moment: datetime) -> str:
    """Write a moment as the timestamp that a line of that moment has.

    Args:
        moment: A moment with its time zone.
    """
    return rfc3339((moment - _EPOCH) // _MICROSECOND)


def parse_timestamp(text: str) -> datetime:
    """Read the timestamp of a line.

    Args:
        text: RFC 3339, with a time zone.

    Raises:
        ValueError: If it is no time, or has no time zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


def time_of(data: bytes, at: int = 0) -> int:
    """Read a line's time without parsing the line.

    Args:
        data: Bytes that hold the line.
        at: Offset of the line's first byte.

    Returns:
        Microseconds since 1970-01-01 UTC, cut to the second.

    Raises:
        ValueError: If there is no time.
    """
    # Without time.strptime: its module would be imported at the first line, or at the interpreter's
    # end.
    date, _, clock = data[at + _AT : at + _SECOND_END].partition(b"T")
    return calendar.timegm((*map(int, date.split(b"-")), *map(int, clock.split(b":")))) * 1_000_000


def date_of(data: bytes, at: int = 0) -> bytes:
    """Return the UTC date of the line that begins at an offset, in the form of the line."""
    return data[at + _AT : at + _DATE_END]


def second_of(data: bytes) -> bytes:
    """Return a line's beginning up to its second; lines of one second share it."""
    return data[:_SECOND_END]


def begins_line(data: bytes) -> bool:
    """Tell whether a line begins with a stamp whose time exists."""
    if not data.startswith(PREFIX):
        return False
    try:
        time_of(data)
    except ValueError:
        return False
    return True


def parse_stamp(data: bytes) -> tuple[str, str | None, int] | None:
    """Read a line's stamp without parsing the line.

    Returns:
        The timestamp, the run's id (`None` if the line has none) and the line's number in the run;
        `None` if the line does not begin with a timestamp.
    """
    if not _BEGINNING.match(data):
        return None
    timestamp = data[_AT:_TIME_END].decode("ascii", "replace")
    # These keys are the line's last ones, and a quote inside a text is escaped: the last occurrence
    # is the right one.
    start = data.rfind(RUN_KEY)
    middle = data.find(SEQ_KEY, start)
    if start < 0 or middle < 0:
        return timestamp, None, 0
    end = middle + len(SEQ_KEY)
    digits = data[end : end + _MOST_DIGITS]
    length = len(digits) - len(digits.lstrip(b"0123456789"))
    run_id = data[start + len(RUN_KEY) : middle].decode("utf-8", "replace")
    return timestamp, run_id, int(digits[:length] or b"0")


def unnumbered_line(body: bytes, time_us: int) -> bytes:
    """Make a line that belongs to no run, without a newline.

    Args:
        body: The line's values without braces.
        time_us: Microseconds since 1970-01-01 UTC.
    """
    return b"".join((PREFIX, rfc3339(time_us).encode(), b'",', body, SUFFIX))


def is_number(text: str) -> bool:
    """Tell whether a text is a number to Loki, DuckDB and Python alike."""
    return _NUMBER.fullmatch(text) is not None


def parse_duration(text: str) -> int:
    """Read a length of time.

    Args:
        text: A number with a unit, such as `15m`, `1.5 h`, `30 days` or `500ms`.

    Returns:
        Microseconds.

    Raises:
        ValueError: If it is something else.

    Example:
        >>> parse_duration("15m")
        900000000
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write it like '30 days' or '12 h'")
    whole, fraction, *units = match.groups()
    unit = _UNITS_US[next(filter(None, units)).lower()]
    return int(whole) * unit + round(float(fraction or 0) * unit)


def is_window(text: str) -> bool:
    """Tell whether LogQL too reads a text as a length of time, such as `15m`."""
    return _WINDOW.fullmatch(text) is not None


def parse_size(text: str) -> int:
    """Read a size.

    Args:
        text: A number of bytes, or a number with a unit, such as `16 MB` (10^6) or `16 MiB` (2^20).

    Returns:
        Bytes.

    Raises:
        ValueError: If it is something else.

    Example:
        >>> parse_size("16 MB")
        16000000
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a size; write it like '16 MB' or '512 KiB'")
    number, prefix, binary = match.groups()
    if binary:
        base = 1024
    else:
        base = 1000
    return int(float(number) * base ** " kmgt".index(prefix.lower() or " "))
