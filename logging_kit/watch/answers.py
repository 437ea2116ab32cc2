"""Answers to the queries of panels, for the time range and the filters of a view."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.panels.compile.duckdb import micros
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.engine.engine import DuckDBEngine, Line
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.fields import SIGNAL
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Rows, parts, reads
from logging_kit.time_zones import local_zone
from logging_kit.watch.filters import View, step_s

_POINTS: Final = 60


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer.

    Attributes:
        query: Name of the query; empty in a panel with one query.
        fields: The fields by which the panel groups.
        names: The values of these fields.
        points: Time in ms since 1970-01-01 UTC → value; an instant query gives one point.
    """

    query: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    points: Mapping[int, float]

    @property
    def value(self) -> float:
        """The newest value."""
        return self.points[max(self.points)]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a panel's queries.

    Attributes:
        series: The series of a panel of numbers, sorted by name.
        lines: The lines of a panel of lines, in the order in which it shows them.
        start: Start of the time range, in ms since 1970-01-01 UTC.
        end: End of the time range, in ms since 1970-01-01 UTC.
        step: Time between two points in ms; 0 for an instant query.
        unread: Names of files of the panel's streams that could not be read completely.
    """

    series: tuple[Series, ...]
    lines: tuple[Line, ...]
    start: int
    end: int
    step: int = 0
    unread: tuple[str, ...] = ()


def ask(
    engine: DuckDBEngine, page: Dashboard, view: View, end: int | None = None
) -> dict[int, Answer]:
    """Return the answers of a dashboard by the id of their panel.

    Args:
        engine: Holds the lines.
        page: The dashboard.
        view: The time range and the filters.
        end: End of the time range in ms since 1970-01-01 UTC; now by default.
    """
    if end is None:
        end = time.time_ns() // 1_000_000
    return {panel.id: ask_panel(engine, panel, view, end) for panel in page.panels}


def ask_panel(engine: DuckDBEngine, panel: Panel, view: View, end: int) -> Answer:
    """Return the answer of one panel at `end`, in ms since 1970-01-01 UTC."""
    start = end - view.span_s * 1000
    if panel.time_from:
        start = _midnight(end)
    step = 0
    if panel.asks == "range":
        step = 1000 * step_s(
            view.span_s, _POINTS, micros(panel.min_step) // 1_000_000 if panel.min_step else 1
        )
    scope = view.scope(start, end, step)
    series: list[Series] = []
    lines: list[Line] = []
    names = [""]
    if isinstance(panel.query, Mapping):
        names = list(panel.query)
    for name, target in zip(names, panel.targets, strict=True):
        if isinstance(target.query, Rows):
            lines += engine.lines(target.query, scope)
        else:
            found = engine.ask(target.query, scope)
            series += (
                Series(name, target.query.by, by, dict(sorted(points.items())))
                for by, points in sorted(found.items())
            )
    if getattr(panel, "oldest_first", False):
        lines.reverse()
    return Answer(tuple(series), tuple(lines), start, end, step, unread_files(engine, panel))


def unread_files(engine: DuckDBEngine, panel: Panel) -> tuple[str, ...]:
    """Return the names of unread files and folders that may hold lines of a panel."""
    events = {read.event for target in panel.targets for read in reads(target.query)}
    streams = {
        CATALOGUE[event].stream for event in events if event is not None and event in CATALOGUE
    }
    names = sorted(path.name for path in engine.problems.files)
    if not events <= CATALOGUE.keys():  # it reads all lines
        return tuple(names)
    return tuple(name for name in names if "-" not in name or name.split("-")[0] in streams)


def newest_signal(engine: DuckDBEngine, view: View, end: int) -> str:
    """Return the correlation id of the newest signal in the time range; empty if there is none."""
    found = engine.lines(rows(SIGNAL, limit=1), view.scope(end - view.span_s * 1000, end))
    if not found:
        return ""
    return str(fields(found[0].text).get("correlation_id") or "")


def fields(text: str) -> dict[str, object]:
    """Return the fields of a line; text that is not a JSON object becomes the `message`."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        return found
    return {"message": text}


def words(text: str, show: tuple[str, ...]) -> str:
    """Return the text that a panel shows of a line, without words whose field is missing.

    Args:
        text: The line.
        show: The words, as in `logging_kit.panels.query.nodes.Rows.show`.
    """
    known = fields(text)
    found = []
    for word in show:
        before, field, after = parts(word)
        value = known.get(field)
        if value in (None, ""):
            continue
        if not isinstance(value, str):
            value = orjson.dumps(value).decode()
        found.append(f"{before}{value}{after}")
    return " ".join(found)


def _midnight(end: int) -> int:
    """Return the last midnight of this machine's time zone, in ms since 1970-01-01 UTC."""
    zone = local_zone()
    day = datetime.fromtimestamp(end / 1000, UTC).astimezone(zone)
    # a naive time is local, and has the offset that is in force at midnight
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    return int(midnight.timestamp() * 1000)
