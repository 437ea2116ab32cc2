"""The result of a statement: as a table, as CSV, as JSON, and in a Parquet file."""

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
import typer

_MOST_SHOWN: Final = 1000
_LARGEST: Final = 1 << 63
"""Whole numbers from here on are written out as text: orjson does not take them."""


def statement(text: str) -> str:
    """A text without the semicolons and comments at its end; empty if it holds no statement."""
    data = text.encode()
    end = len(data)
    for start, kind in reversed(duckdb.tokenize(text)):
        if kind != duckdb.token_type.comment and data[start:end].strip() != b";":
            break
        end = start
    return data[:end].decode().strip()


def write_parquet(cursor: duckdb.DuckDBPyConnection, text: str, file: Path) -> None:
    """Write the rows of a query as Parquet, keeping the types."""
    name = str(file).replace("'", "''")
    cursor.execute(f"COPY ({statement(text)}) TO '{name}' (FORMAT parquet)")
    (count,) = cursor.fetchone() or (0,)
    typer.echo(f"{count} rows in {file}", err=True)


def show_csv(result: duckdb.DuckDBPyConnection) -> None:
    """Write a result as CSV: what has parts as JSON, nothing for NULL."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_names(result))
    out.writerows([_text(value) for value in row] for row in _rows(result))


def show_json(result: duckdb.DuckDBPyConnection) -> None:
    """Write each row as a JSON object on a line of its own."""
    names = _names(result)
    for row in _rows(result):
        sys.stdout.write(_json(dict(zip(names, row, strict=True))) + "\n")


def show_table(result: duckdb.DuckDBPyConnection) -> None:
    """Write the first rows of a result for people."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    rows = result.fetchmany(_MOST_SHOWN)
    for i, name in enumerate(_names(result)):
        numeric = all(
            isinstance(row[i], int | float | Decimal | None) and not isinstance(row[i], bool)
            for row in rows
        )
        table.add_column(
            Text(name), justify="right" if numeric and rows else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console()
    console.print(table)
    if len(rows) == _MOST_SHOWN and result.fetchone() is not None:
        console.print(f"The first {_MOST_SHOWN} rows; --csv and --json give all of them.")


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(1000):
        yield from chunk


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(column[0]) for column in result.description or ()]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.8g}" if abs(value) < 1e6 else f"{value:,.2f}"
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
            return "" if plain is None else str(plain)


def _json(value: Any) -> str:
    return orjson.dumps(_plain(value)).decode()


def _plain(value: Any) -> Any:
    """A value as orjson takes it, with every digit; what JSON has no number for is null."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else orjson.Fragment(str(value))
        case float():
            return value if value - value == 0 else None
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
