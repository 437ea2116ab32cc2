"""The result of a statement: as a table, as CSV, as JSON, and in a Parquet file.

DuckDB may not write files, so each form is written here from the rows.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import orjson

from ..escaping import escape, escape_rows, spreadsheet_cell
from .output import console, echo, echo_json

_AT_ONCE: Final = 5_000
"""Rows that are passed to the Parquet writer together."""

_AS_TEXT: Final = ("BIT", "UNION", "VARIANT", "TIME WITH", "TIMETZ")
"""Types whose values Python cannot hand back to DuckDB: Parquet gets them as text."""

_PLANS: Final = frozenset({"explain_key", "explain_value"})
_MOST_SHOWN: Final = 1000
_LARGEST: Final = 1 << 63
"""The first whole number that orjson cannot write; larger ones are written here."""


def statement(text: str) -> str:
    """Return a text without the semicolons and comments at its end.

    Empty if it holds no statement.
    """
    data = text.encode()
    end = len(data)
    for start, kind in reversed(duckdb.tokenize(text)):
        if kind != duckdb.token_type.comment and data[start:end].strip() != b";":
            break
        end = start
    return data[:end].decode().strip()


def write_parquet(cursor: duckdb.DuckDBPyConnection, text: str, file: Path) -> None:
    """Write the rows of a query as Parquet, keeping the types.

    A second database, which sees no statement of a person, receives the rows and writes the file.

    Args:
        cursor: Runs the query.
        text: The query.
        file: The file to write.
    """
    query = statement(text)
    described = cursor.execute(f"DESCRIBE ({query})").fetchall()
    types = [_parquet_type(str(column[1])) for column in described]
    columns = [f"c{number}" for number in range(len(types))]
    with duckdb.connect(":memory:") as writer:
        made = ", ".join(f"{name} {kind}" for name, kind in zip(columns, types, strict=True))
        writer.execute(f"CREATE TABLE result ({made})")
        values = ", ".join(
            f"unnest(${name}::{kind}[])" for name, kind in zip(columns, types, strict=True)
        )
        result = cursor.execute(query)
        count = 0
        while rows := result.fetchmany(_AT_ONCE):
            count += len(rows)
            passed = {
                name: [_for_type(value, kind) for value in column]
                for name, kind, column in zip(columns, types, zip(*rows, strict=True), strict=True)
            }
            writer.execute(f"INSERT INTO result SELECT {values}", passed)
        named = ", ".join(
            f"{name} AS {_quoted(str(column[0]))}"
            for name, column in zip(columns, described, strict=True)
        )
        target = str(file).replace("'", "''")
        written = f"COPY (SELECT {named} FROM result) TO '{target}' (FORMAT parquet)"  # noqa: S608 - names are quoted
        writer.execute(written)
    echo(f"{count} rows in {escape(str(file))}", err=True)


def _parquet_type(kind: str) -> str:
    if any(word in kind for word in _AS_TEXT):
        return "VARCHAR"
    return kind


def _for_type(value: Any, kind: str) -> Any:
    if kind == "VARCHAR" and value is not None:
        return str(value)
    return value


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def show_csv(result: duckdb.DuckDBPyConnection) -> None:
    """Write a result as CSV: lists and objects as JSON, nothing for NULL, and no formula."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(map(spreadsheet_cell, _names(result)))
    out.writerows([_csv_cell(value) for value in row] for row in _rows(result))


def show_json(result: duckdb.DuckDBPyConnection) -> None:
    """Write each row as a JSON object on a line of its own."""
    names = _names(result)
    for row in _rows(result):
        echo_json(_json(dict(zip(names, row, strict=True))))


def show_table(result: duckdb.DuckDBPyConnection) -> None:
    """Write the first rows of a result for people."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    rows = result.fetchmany(_MOST_SHOWN)
    names = _names(result)
    # a plan has rows of its own
    if _PLANS.issuperset(names):
        safe = escape_rows
    else:
        safe = escape
    for i, name in enumerate(names):
        numeric = all(
            isinstance(row[i], int | float | Decimal | None) and not isinstance(row[i], bool)
            for row in rows
        )
        justify: Literal["left", "right"] = "right" if numeric and rows else "left"
        table.add_column(Text(escape(name)), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text(safe(_cell(value))) for value in row))
    out = console()
    out.print(table)
    if len(rows) == _MOST_SHOWN and result.fetchone() is not None:
        out.print(f"The first {_MOST_SHOWN} rows; --csv and --json give all of them.")


def _csv_cell(value: Any) -> str:
    text = _text(value)
    if isinstance(value, str):
        return spreadsheet_cell(text)
    return escape(text)


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(1000):
        yield from chunk


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(column[0]) for column in result.description or ()]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        if abs(value) < 1e6:
            return f"{value:.8g}"
        return f"{value:,.2f}"
    return _text(value)


def _text(value: Any) -> str:
    match value:
        case bool() | dict() | list() | tuple():
            return _json(value)
        case Decimal():
            return format(value, "f")
        case int():
            return str(value)
        case _:
            plain = _plain(value)
            if plain is None:
                return ""
            return str(plain)


def _json(value: Any) -> str:
    return orjson.dumps(_plain(value)).decode()


def _plain(value: Any) -> Any:
    """Return a value for orjson, with every digit; null for a number that JSON lacks."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            if -_LARGEST <= value < _LARGEST:
                return value
            return orjson.Fragment(str(value))
        case float():
            if value - value == 0:
                return value
            return None
        case Decimal():
            return orjson.Fragment(format(value, "f"))
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {_text(key): _plain(item) for key, item in value.items()}
        case timedelta() | _:
            return str(value)
