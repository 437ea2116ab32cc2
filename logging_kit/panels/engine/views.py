"""Views for SQL: `logs` has all lines, and each event has a view whose columns have types.

Times are `TIMESTAMP` in UTC without a zone, so that no session's zone shifts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import Field
from logging_kit.panels.compile.duckdb_parts import RAW
from logging_kit.panels.engine.schema import ALL_LINES, SHARED, own


def views() -> dict[str, str]:
    """Return the event of each view, by the view's name.

    The names are plural, since `order` is a word of SQL, and never one of SQL's own.
    """
    return {event.view: name for name, event in CATALOGUE.items()}


_TIME: Final = "make_timestamp(ts) AS time"
_LINE: Final = "coalesce(TRY_CAST(line AS JSON), to_json(line))"
"""The line as JSON; one that is not JSON is a string, so that it breaks no query."""


def create() -> Iterator[str]:
    """Yield the statements that create the views."""
    first = ("level", "bot_name", "event", "message", *ALL_LINES)
    last = (name for name in SHARED if name not in first)
    shared = ", ".join((*first, *last, "run_id", "seq"))
    yield f"CREATE VIEW logs AS SELECT {_TIME}, {shared}, {_LINE} AS line FROM {RAW}.lines"
    for view, event in views().items():
        fields = ", ".join(_column(field) for field in own(event))
        shared = "bot_name, level, message, app, env, run_id, seq"
        yield f'CREATE VIEW {view} AS SELECT {_TIME}, {fields}, {shared} FROM {RAW}."{event}"'


def columns(view: str) -> list[str]:
    """Return the names of the columns that only this view has."""
    return [field.name for field in own(views()[view])]


def _column(field: Field) -> str:
    number, text = f'"{field.name}$"', f'"{field.name}"'
    match field.kind:
        case "number":
            return f'{number} AS "{field.name}"'
        case "integer":
            return f'TRY_CAST({number} AS BIGINT) AS "{field.name}"'
        case "time":
            return f'make_timestamp(TRY_CAST({number} * 1000 AS BIGINT)) AS "{field.name}"'
        case "boolean":
            return f'TRY_CAST({text} AS BOOLEAN) AS "{field.name}"'
        case "object":
            return f'TRY_CAST({text} AS JSON) AS "{field.name}"'
        case _:
            return text
