"""``logging-kit sql``: the log files as tables, for questions that no dashboard answers."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from .folder import with_logs

if TYPE_CHECKING:
    import duckdb

app = typer.Typer(add_completion=False)
_MISSING: Final = (
    "`logging-kit sql` needs DuckDB, which is not installed: pip install 'logging-kit[watch]'. "
    "Without it: logging-kit tail --json | jq"
)
_MOST_SHOWN: Final = 1000


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="What to ask, or - to read it from standard input; a prompt when not given.", show_default=False),
    ] = None,
    log_dir: Annotated[
        Path | None, typer.Option(help="The log folder; the one of the settings when not given.", show_default=False)
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="The result as CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON, one object on each line.")] = False,
    parquet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the result to a Parquet file.", show_default=False)
    ] = None,
) -> None:
    """Ask the log files in SQL: the table `logs`, and a view for each event, such as trades, orders, signals, api_calls.

    Examples: logging-kit sql "SELECT symbol, sum(pnl) FROM trades GROUP BY symbol" · logging-kit sql "DESCRIBE trades" ·
    logging-kit sql "SELECT * FROM trades" --csv > trades.csv
    """
    if as_csv + as_json + (parquet is not None) > 1:
        raise typer.BadParameter("choose one of --csv, --json and --parquet")
    try:
        import duckdb

        from ..panels.local import LocalEngine
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        typer.echo(_MISSING, err=True)
        raise typer.Exit(3) from None
    with LocalEngine(with_logs(log_dir), keep=None, most_lines=1 << 40, memory="70%", compress=False) as engine:
        engine.load()
        if query is None and sys.stdin.isatty():
            from .sql_prompt import prompt

            prompt(engine, _show_table)
            return
        text = sys.stdin.read() if query in (None, "-") else query
        assert text is not None
        try:
            cursor = engine.cursor()
            if parquet is not None:
                _write_parquet(cursor, text, parquet)
                return
            show = _show_csv if as_csv else _show_json if as_json else _show_table
            show(cursor.execute(text))
        except duckdb.Error as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            sys.stderr.close()


def _write_parquet(cursor: duckdb.DuckDBPyConnection, text: str, file: Path) -> None:
    """Write the rows of a query as Parquet, keeping the types."""
    name = str(file).replace("'", "''")
    cursor.execute(f"COPY ({text.strip().rstrip(';')}) TO '{name}' (FORMAT parquet)")
    (count,) = cursor.fetchone() or (0,)
    typer.echo(f"{count} rows in {file}", err=True)


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(1000):
        yield from chunk


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(column[0]) for column in result.description or ()]


def _show_csv(result: duckdb.DuckDBPyConnection) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_names(result))
    out.writerows(["" if value is None else _plain(value) for value in row] for row in _rows(result))


def _show_json(result: duckdb.DuckDBPyConnection) -> None:
    names = _names(result)
    for row in _rows(result):
        record = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        sys.stdout.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


def _show_table(result: duckdb.DuckDBPyConnection) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    rows = result.fetchmany(_MOST_SHOWN)
    for i, name in enumerate(_names(result)):
        numeric = all(isinstance(row[i], int | float | Decimal | None) and not isinstance(row[i], bool) for row in rows)
        table.add_column(Text(name), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console()
    console.print(table)
    if len(rows) == _MOST_SHOWN and result.fetchone() is not None:
        console.print(f"The first {_MOST_SHOWN} rows; --csv and --json give all of them.")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.8g}" if abs(value) < 1e6 else f"{value:,.2f}"
    return str(_plain(value))


def _plain(value: Any) -> Any:
    match value:
        case bool():
            return value
        case datetime() | date() | time():
            return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        case timedelta():
            return str(value)
        case Decimal():
            return float(value)
        case float() if value != value or value in (float("inf"), float("-inf")):
            return None
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
