"""Time zones of readers: the machine's own by default, UTC or another one on request.

Files hold UTC. Everything that shows a time to a person converts it here, and shows the offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH: Final = len("2026-11-21T02:00:00.123456Z")
_SECOND: Final = len("2026-11-21T02:00:00")


def parse_time_zone(name: str) -> ZoneInfo:
    """Find a time zone by its name in the IANA database.

    Raises:
        ValueError: If this machine has no zone of that name.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; one is Asia/Seoul") from None


def local_zone() -> tzinfo | None:
    """Return `None`, which stands for this machine's time zone, or UTC if that zone is unusable.

    `TZ=UTC+25` is accepted by the C library, but Python refuses an offset of a day and more.
    """
    try:
        datetime.now(UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return UTC
    return None


def offset_text(moment: datetime) -> str:
    """Return the offset of a moment from UTC as text, such as `+09:00`; `Z` for UTC itself.

    Args:
        moment: A moment with its time zone.
    """
    if not moment.utcoffset():
        return "Z"
    return moment.isoformat()[len(moment.replace(tzinfo=None).isoformat()) :]


@dataclass(slots=True)
class ReaderClock:
    """Times of lines as a reader in a time zone sees them.

    Args:
        zone: The zone; `None` stands for the machine's own.

    Example:
        >>> ReaderClock(parse_time_zone("Asia/Seoul")).text("2026-11-21T02:00:00.123456Z")
        '2026-11-21 11:00:00.123+09:00'
    """

    zone: tzinfo | None = UTC
    _last: tuple[str, str, str] = ("", "", "")

    @classmethod
    def local(cls) -> ReaderClock:
        """Return the clock of this machine."""
        return cls(local_zone())

    def text(self, timestamp: str) -> str:
        """Return the timestamp of a line with milliseconds and its offset.

        A text that is no timestamp stays as it is.

        Args:
            timestamp: Time in UTC, in the form that lines have.
        """
        if len(timestamp) != _LENGTH or timestamp[10] != "T" or timestamp[-1] != "Z":
            return timestamp
        second, shown, offset = self._last  # one assignment: threads may share a clock
        if timestamp[:_SECOND] != second:
            second = timestamp[:_SECOND]
            try:
                moment = datetime.fromisoformat(f"{second}Z").astimezone(self.zone)
            except (ValueError, OverflowError, OSError):
                return timestamp
            shown = moment.replace(tzinfo=None).isoformat(" ", "seconds")
            offset = offset_text(moment)
            self._last = second, shown, offset
        return f"{shown}{timestamp[_SECOND : _SECOND + 4]}{offset}"

    def at(self, time_us: int) -> datetime:
        """Return a moment in the reader's zone.

        Args:
            time_us: Microseconds since 1970-01-01 UTC.

        Raises:
            OverflowError: If the moment is outside of the years 1 to 9999.
        """
        return (_EPOCH + timedelta(microseconds=time_us)).astimezone(self.zone)
