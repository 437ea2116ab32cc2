"""Lines of a report: those of a period, and of the chosen app, environment and bot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from ..events.catalogue import CATALOGUE
from ..events.model import STREAMS
from ..line import parse_timestamp, timestamp_of
from ..store.line_blocks import ReadProblems
from ..store.reader import iter_lines, iter_segment, list_segments, start_time

_BEFORE: Final = timedelta(days=1)
"""Time before the period whose lines are read, for silences and for counts of lost lines."""

_KNOWN_FOR: Final = timedelta(days=31)
"""A bot with a heartbeat this recent is expected to have one in the period."""

_HEARTBEAT: Final = b'"event":"HEARTBEAT"'


class Owner(NamedTuple):
    """App, environment and bot of a line."""

    app: str
    env: str
    bot: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Choice of lines by their owner; None stands for all.

    Attributes:
        app: Name of the application.
        env: Environment, such as `live`.
        bot: Name of the bot.
    """

    app: str | None = None
    env: str | None = None
    bot: str | None = None

    def has(self, owner: Owner) -> bool:
        """Return True if lines of this owner are chosen."""
        return all(
            asked in (None, own)
            for asked, own in zip((self.app, self.env, self.bot), owner, strict=True)
        )


class Found(NamedTuple):
    """A line of the report.

    Text that is not JSON has the time and the owner of the line before it, and no fields.
    """

    at: datetime
    owner: Owner
    fields: Mapping[str, Any]


def read(
    directory: Path,
    start: datetime,
    end: datetime,
    wanted: Wanted,
    problems: ReadProblems | None = None,
) -> Iterator[Found]:
    """Yield older heartbeats, then all lines from a day before the period to its end, in order.

    Args:
        directory: The log folder.
        start: Start of the period, with a time zone.
        end: End of the period, exclusive, with a time zone.
        wanted: The choice of owners.
        problems: Collects files that could not be read.
    """
    since = (start.astimezone(UTC) - _BEFORE).replace(hour=0, minute=0, second=0, microsecond=0)
    yield from _heartbeats(directory, since, wanted, problems)
    first, last = timestamp_of(since), timestamp_of(end)
    before: dict[Path, Found] = {}
    for line in iter_lines(directory, STREAMS, archive=True, since=first, problems=problems):
        if line.place.timestamp >= last:
            return  # the lines are sorted by time
        if line.place.timestamp < first:
            continue
        found = None
        if line.is_own:
            found = _parsed(line.data)
        if found is None:
            if (owned := before.get(line.path)) is None:
                continue
            found = owned._replace(fields={})
        before[line.path] = found
        if found.at < end and wanted.has(found.owner):
            yield found


def owner_of(fields: Mapping[str, Any]) -> Owner:
    """Return the owner of a line; `""` stands for a missing field."""
    return Owner(*(str(fields.get(name) or "") for name in ("app", "env", "bot_name")))


def _heartbeats(
    directory: Path, until: datetime, wanted: Wanted, problems: ReadProblems | None
) -> Iterator[Found]:
    """Yield the first heartbeat of each bot in each segment of the last month.

    This finds all bots without reading all lines.
    """
    oldest, newest = timestamp_of(until - _KNOWN_FOR), timestamp_of(until)
    for path in list_segments(directory, (CATALOGUE["HEARTBEAT"].stream,), archive=True):
        if not oldest <= start_time(path) < newest:
            continue
        round_of: set[Owner] = set()
        for line in iter_segment(path, problems):
            if _HEARTBEAT in line.data:
                found = _parsed(line.data)
            else:
                found = None
            if found is None or found.fields.get("event") != "HEARTBEAT":
                continue
            if found.owner in round_of:
                break  # every bot of this process has written one
            round_of.add(found.owner)
            if found.at < until and wanted.has(found.owner):
                yield found


def _parsed(data: bytes) -> Found | None:
    try:
        tree = orjson.loads(data)
        at = parse_timestamp(tree["timestamp"])
    except (ValueError, TypeError, KeyError):  # no JSON, no object, no time
        return None
    return Found(at, owner_of(tree), tree)
