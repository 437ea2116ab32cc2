"""``logging-kit sql``: the log files as tables, for questions that no dashboard answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from .common import with_logs
from .interrupts import interruptible

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
            help="What to ask, or - to read it from standard input; a prompt when not given.",
            show_default=False,
        ),
    ] = None,
    log_dir: Annotated[
        Path | None,
        typer.Option(
            help="The log folder; the one of the settings when not given.", show_default=False
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="The result as CSV.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The result as JSON, one object on each line.")
    ] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the result to a Parquet file.", show_default=False
        ),
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

        from ..panels.engine.engine import DuckDBEngine
        from .sql_output import show_csv, show_json, show_table, statement, write_parquet
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        typer.echo(_MISSING, err=True)
        raise typer.Exit(3) from None
    with DuckDBEngine(
        with_logs(log_dir), keep=None, most_lines=1 << 40, memory="70%", compress=False
    ) as engine:
        engine.load()
        if query is None and sys.stdin.isatty():
            from .sql_prompt import prompt

            prompt(engine, show_table)
            return
        text = sys.stdin.read() if query in (None, "-") else query
        assert text is not None
        if not statement(text):
            raise typer.BadParameter("there is no statement in it")
        cursor = engine.cursor()
        show = show_csv if as_csv else show_json if as_json else show_table
        try:
            if parquet is not None:
                interruptible(cursor, lambda: write_parquet(cursor, text, parquet))
            else:
                interruptible(cursor, lambda: show(cursor.execute(text)))
        except duckdb.Error as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            sys.stderr.close()
