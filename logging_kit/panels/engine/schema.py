"""Tables of the embedded engine: one of all lines, and one for each event.

A query reads one event. A table for each saves it from reading all the others, and is filled with a
quarter of the work that one wide table needs. A field is one column or two:

* `<field>`, a text, if a test or a group may read it as one, and
* `<field>$`, a number, if a query may calculate with it.

`lines` has every line with the fields that all lines share. Text that is not JSON is a line too: it
has the time of the line before it in its segment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.identities import IDENTITIES, LINE_LABELS
from logging_kit.events.model import STREAMS, Field, job_label
from logging_kit.line import NUMBER
from logging_kit.panels.compile.duckdb_parts import RAW
from logging_kit.panels.query.lines import LINE_NOTES, common_fields

PLACE: Final = ("id", "ts", "run_id", "seq", "size", "parsed")
"""The columns of every table that say where a line stands."""

SHARED: Final = tuple(name for name in common_fields() if name not in PLACE)
"""The fields that the lines of every event have."""

ALL_LINES: Final = (*LINE_LABELS, *IDENTITIES, *LINE_NOTES)
"""The fields that the lines of several events have."""

_COUNTED: Final = "dropped"
"""The field of all lines that is a number too."""

_TYPES: Final = {
    "id": "BIGINT",
    "ts": "BIGINT",
    "seq": "BIGINT",
    "size": "INTEGER",
    "parsed": "BOOLEAN",
}

_READ: Final = """(
    SELECT unnest(string_split(text, chr(10))) AS line, segment
    FROM (SELECT unnest($texts::VARCHAR[]) AS text, unnest($segments::VARCHAR[]) AS segment))"""
"""The lines of texts that are passed as values: DuckDB itself may not open a file."""

_FIRST_TIME, _LAST_TIME = "0001-01-02", "9999-12-30"
"""A time outside of these cannot be shown by everything that reads the tables."""


def own(event: str) -> tuple[Field, ...]:
    """Return the fields of an event that are columns of its own table only."""
    return tuple(
        field for field in CATALOGUE[event].fields.values() if field.name not in (*PLACE, *SHARED)
    )


def is_text(field: Field) -> bool:
    """Return True if the table has a text column for it."""
    return not field.numeric or field.low_cardinality


def create() -> Iterator[str]:
    """Yield the statements that create the empty tables."""
    yield f"CREATE SCHEMA {RAW}"
    yield _create(
        "lines",
        [
            *_columns((*PLACE, *SHARED, *ALL_LINES)),
            f'"{_COUNTED}$" DOUBLE',
            "segment VARCHAR",
            "line VARCHAR",
        ],
    )
    for event in CATALOGUE:
        texts = [f'"{field.name}" VARCHAR' for field in own(event) if is_text(field)]
        numbers = [f'"{field.name}$" DOUBLE' for field in own(event) if field.numeric]
        yield _create(f'"{event}"', [*_columns((*PLACE, *SHARED)), *texts, *numbers])


def _create(name: str, columns: Iterable[str]) -> str:
    return f"CREATE TABLE {RAW}.{name} ({', '.join(columns)})"


def _columns(names: Iterable[str]) -> Iterator[str]:
    return (f'"{name}" {_TYPES.get(name, "VARCHAR")}' for name in names)


def read_batch() -> str:
    """Return the statement that reads `$texts`, one for each of `$segments`, into `batch`."""
    texts = [name for name in (*SHARED, *ALL_LINES) if name != "job"]
    parsed = json.dumps(dict.fromkeys([*texts, "timestamp", "run_id", "seq"], "VARCHAR"))
    columns = {
        "ts": (
            f"CASE WHEN moment BETWEEN '{_FIRST_TIME}' AND '{_LAST_TIME}' THEN epoch_us(moment) END"
        ),
        "run_id": _text("run_id"),
        "seq": "TRY_CAST(r.seq AS BIGINT)",
        "size": "strlen(line)",
        "parsed": (
            "r.run_id IS NOT NULL AND TRY_CAST(r.seq AS BIGINT) > 0 AND "
            "starts_with(ltrim(line), '{')"
        ),
        "job": _job(_text("app")),
        **{name: _text(name) for name in texts},
        f"{_COUNTED}$": _number(_COUNTED),
        "segment": "segment",
        "line": "line",
    }
    chosen = ", ".join(f'{value} AS "{name}"' for name, value in columns.items())
    read = f"SELECT line, segment, TRY(from_json(line, '{parsed}')) AS r FROM {_READ}"
    timed = f"SELECT *, TRY_CAST(r.timestamp AS TIMESTAMPTZ) AS moment FROM ({read})"
    return f"CREATE OR REPLACE TEMP TABLE batch AS SELECT {chosen} FROM ({timed})"


def _job(app: str) -> str:
    """Return the expression for the `job` label of a line, whose app is an SQL expression."""
    names = {stream: job_label("", stream) for stream in STREAMS}
    cases = " ".join(f"WHEN '{stream}' THEN {app} || '{name}'" for stream, name in names.items())
    return f"CASE split_part(segment, '-', 1) {cases} END"


REPAIRS: Final = (
    # a line that is not JSON inherits time, app and env from the one before it, else from the next
    """
    UPDATE batch SET
        ts = near.ts, app = coalesce(batch.app, near.app), env = coalesce(batch.env, near.env)
    FROM (
        SELECT place, coalesce(
            last_value(mine IGNORE NULLS) OVER before, first_value(mine IGNORE NULLS) OVER behind
        ) AS near
        FROM (
            SELECT
                place, segment,
                CASE WHEN ts IS NOT NULL THEN {'ts': ts, 'app': app, 'env': env} END AS mine
            FROM (
                SELECT rowid AS place, segment, ts, app, env FROM batch
                UNION ALL
                SELECT -1, segment, arg_max(ts, id), arg_max(app, id), arg_max(env, id)
                FROM raw.lines GROUP BY segment
            )
            WHERE segment IN (SELECT segment FROM batch WHERE ts IS NULL)
        )
        WINDOW before AS (
                PARTITION BY segment ORDER BY place
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ), behind AS (
                PARTITION BY segment ORDER BY place
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            )
    )
    WHERE batch.rowid = place AND batch.ts IS NULL AND near IS NOT NULL
    """,
    # a segment without JSON: the time in its name, app and env of any other line
    """
    UPDATE batch SET
        ts = epoch_us(coalesce(
            try_strptime(split_part(segment, '-', 2), '%Y%m%dT%H%M%SZ'), TIMESTAMP '1970-01-01'
        )),
        app = coalesce(
            app, (SELECT any_value(app) FROM batch), (SELECT any_value(app) FROM raw.lines)
        ),
        env = coalesce(
            env, (SELECT any_value(env) FROM batch), (SELECT any_value(env) FROM raw.lines)
        )
    WHERE ts IS NULL
    """,
    f"UPDATE batch SET job = {_job('app')} WHERE job IS NULL",
)
"""The statements that give the lines of a batch that are not JSON a time and an owner."""

ANY_TO_REPAIR: Final = "SELECT count(*) FROM batch WHERE ts IS NULL"

DROP_DOUBLES: Final = """
    DELETE FROM batch WHERE rowid IN (
        SELECT b.rowid FROM batch b JOIN (
            SELECT -1 AS place, run_id, seq FROM raw.lines
            WHERE ts BETWEEN (SELECT min(ts) FROM batch) AND (SELECT max(ts) FROM batch)
            UNION ALL SELECT rowid, run_id, seq FROM batch
        ) a USING (run_id, seq) WHERE a.place < b.rowid)
    """
"""Drops the lines of a batch that were read before, or that are in it twice."""

ADD_LINES: Final = "INSERT INTO raw.lines BY NAME SELECT rowid + $first AS id, * FROM batch"
"""Adds the batch to `lines`; ids begin with `$first`."""


def add_events(event: str) -> str:
    """Return the statement that adds the batch's lines of an event to its table."""
    fields = own(event)
    parsed = json.dumps({field.name: "VARCHAR" for field in fields})
    texts = [_text(field.name) for field in fields if is_text(field)]
    numbers = [_number(field.name) for field in fields if field.numeric]
    shared = [f'"{name}"' for name in (*PLACE, *SHARED) if name != "id"]
    return (
        f'INSERT INTO {RAW}."{event}" SELECT '
        f"{', '.join(['rowid + $first', *shared, *texts, *numbers])} "
        f"FROM (SELECT rowid, *, from_json(line, '{parsed}') AS r FROM batch WHERE event = "
        f"'{event}' AND parsed)"
    )


def _text(name: str) -> str:
    return f"nullif(r.\"{name}\", '')"


def _number(name: str) -> str:
    number = f'TRY_CAST(r."{name}" AS DOUBLE)'
    return (
        f"CASE WHEN isfinite({number}) AND regexp_full_match(r.\"{name}\", '{NUMBER}') "
        f"THEN {number} END"
    )
