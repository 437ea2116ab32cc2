"""The command `logging-kit sql`.

The log files as tables, for questions that no dashboard answers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from ..escaping import escape_rows
from ..time_zones import ReaderClock
from .common import (
    Folder,
    FolderOption,
    IgnoreUnreadable,
    TimeZone,
    Utc,
    finish,
    note_closed_folders,
    one_folder,
    reader_zone,
    with_logs,
)
from .interrupts import interruptible
from .output import echo

app = typer.Typer(add_completion=False)
_MISSING: Final = (
    "`logging-kit sql` needs DuckDB, which is not installed: pip install 'logging-kit[watch]'. "
    "Without it: logging-kit tail --json | jq"
)


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            help="The statement, or - to read it from standard input. Without one: a prompt.",
            show_default=False,
        ),
    ] = None,
    directory: Folder = None,
    log_dir: FolderOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the result as CSV.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the result as JSON, one object on each line.")
    ] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the result to a Parquet file.", show_default=False
        ),
    ] = None,
    as_lines: Annotated[
        bool, typer.Option("--line", help="Show each value on a row of its own.")
    ] = False,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show; the others are counted.")] = 40,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Never open a pager on a terminal.")
    ] = False,
    time_zone: TimeZone = None,
    utc: Utc = False,
    ignore_unreadable: IgnoreUnreadable = False,
) -> None:
    """Query the log files in SQL.

    The table `logs`, and a view for each event, such as trades or orders.

    A statement reaches the lines and nothing else: no files, no network, no extensions.

    Examples: logging-kit sql "SELECT symbol, sum(pnl) FROM trades GROUP BY symbol" ·
    logging-kit sql "DESCRIBE trades" · logging-kit sql "SELECT * FROM trades" --csv > trades.csv
    """
    if as_csv + as_json + (parquet is not None) > 1:
        raise typer.BadParameter("choose one of --csv, --json and --parquet")
    clock, most = ReaderClock(reader_zone(time_zone, utc)), rows
    try:
        import duckdb

        from ..panels.engine.engine import DuckDBEngine
        from .sql_output import explained, show_csv, show_json, statement, write_parquet
        from .sql_table import ForPeople
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        echo(_MISSING, err=True)
        raise typer.Exit(3) from None
    folder = with_logs(one_folder(directory, log_dir))
    with DuckDBEngine(
        folder, keep=None, most_lines=1 << 40, memory="70%", compress=False
    ) as engine:
        note_closed_folders(folder, engine.problems)
        engine.load()
        if query is None and sys.stdin.isatty():
            from .sql_prompt import prompt

            modes: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {
                "table": ForPeople(clock, "table", most),
                "line": ForPeople(clock, "line", most),
                "csv": show_csv,
                "json": show_json,
            }
            prompt(engine, modes["line" if as_lines else "table"], modes)
            finish(engine.problems, ignore=ignore_unreadable)
            return
        if query in (None, "-"):
            text = sys.stdin.read()
        else:
            text = query
        assert text is not None
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if not statement(text):
            raise typer.BadParameter("there is no statement in it")
        cursor = engine.cursor()
        show: Callable[[duckdb.DuckDBPyConnection], None]
        show = ForPeople(clock, "line" if as_lines else "table", most, pager=not no_pager)
        if as_csv:
            show = show_csv
        elif as_json:
            show = show_json
        try:
            if parquet is not None:
                interruptible(cursor, lambda: write_parquet(cursor, text, parquet))
            else:
                interruptible(cursor, lambda: show(cursor.execute(text)))
        except duckdb.Error as error:
            echo(escape_rows(explained(error)), err=True)
            raise typer.Exit(2) from None
        finish(engine.problems, ignore=ignore_unreadable)
