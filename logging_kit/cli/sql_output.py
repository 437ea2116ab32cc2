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
from typing import Any, Final

import duckdb
import orjson

from ..escaping import escape, plain_number, spreadsheet_cell
from .output import echo, echo_json

_AT_ONCE: Final = 5_000
"""Rows that are passed to the Parquet writer together."""

_AS_TEXT: Final = ("BIT", "UNION", "VARIANT", "TIME WITH", "TIMETZ")
"""Types whose values Python cannot hand back to DuckDB: Parquet gets them as text."""

_LOCKED: Final = ("disabled by configuration", "configuration has been locked", "file system")
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


def is_finished(text: str) -> bool:
    """Return True if a statement ends with its semicolon; a comment may stand behind it."""
    data = text.encode()
    end = len(data)
    for start, kind in reversed(duckdb.tokenize(text)):
        if kind != duckdb.token_type.comment:
            return data[start:end].strip().endswith(b";")
        end = start
    return False


def explained(error: Exception) -> str:
    """Return the message of an error, and why a statement may not do what it tried."""
    text = str(error)
    if isinstance(error, duckdb.PermissionException) or any(word in text for word in _LOCKED):
        text += (
            "\nA statement reads the log lines and nothing else: no files, no network, no "
            "extensions. The configuration of the database is locked."
        )
    return text


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


def _csv_cell(value: Any) -> str:
    text = text_of(value)
    if isinstance(value, str):
        return spreadsheet_cell(text)
    if isinstance(value, float):
        return plain_number(text)
    return escape(text)


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(1000):
        yield from chunk


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(column[0]) for column in result.description or ()]


def text_of(value: Any) -> str:
    """Return a value as text, with every digit."""
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
            return {text_of(key): _plain(item) for key, item in value.items()}
        case timedelta() | _:
            return str(value)
