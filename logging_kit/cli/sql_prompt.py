"""The prompt of `logging-kit sql`: a line editor with history and completion.

New log lines are read before each statement.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, FuzzyCompleter, WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from .interrupts import interruptible
from .output import echo
from .sql_output import statement

if TYPE_CHECKING:
    from logging_kit.panels.engine.engine import DuckDBEngine

_WORDS: Final = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN",
    "ASOF JOIN", "USING", "AS", "DESC",
    "count(*)", "sum(", "avg(", "min(", "max(", "median(", "quantile_cont(",
    "date_trunc('hour', time)", "time_bucket(", "DISTINCT",
    "SHOW TABLES", "DESCRIBE", "now()", "INTERVAL", "BETWEEN", "IS NOT NULL",
)  # fmt: skip
_HELP: Final = (
    "SQL of DuckDB. SHOW TABLES lists the tables, DESCRIBE trades the columns of one; "
    "Tab completes, Ctrl-D ends.\n"
)


def prompt(engine: DuckDBEngine, show: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    """Ask for statements until Ctrl-D, and show what each returns.

    Args:
        engine: The lines; they are refreshed before each statement.
        show: Writes a result.
    """
    cursor = engine.cursor()
    session: PromptSession[str] = PromptSession(
        history=_history(), completer=completer(cursor), complete_while_typing=False
    )
    echo(_HELP)
    while True:
        try:
            text = session.prompt("sql> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.rstrip("; ").lower() in ("exit", "quit", r"\q"):
            return
        if not statement(text):
            continue
        try:
            engine.load()
            interruptible(cursor, partial(_ask, cursor, text, show))
        except KeyboardInterrupt:
            echo("Interrupted.", err=True)
        except duckdb.Error as error:
            echo(str(error), err=True)


def _ask(
    cursor: duckdb.DuckDBPyConnection, text: str, show: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    show(cursor.execute(text))


def completer(cursor: duckdb.DuckDBPyConnection) -> Completer:
    """Return a completer of SQL's words, tables and columns."""
    found = cursor.execute("""
        SELECT table_name, column_name FROM duckdb_columns() c JOIN duckdb_views() v ON table_oid =
        view_oid AND c.database_name = v.database_name WHERE NOT v.internal
    """)
    names: Iterable[str] = {str(name) for row in found.fetchall() for name in row}
    return FuzzyCompleter(WordCompleter([*_WORDS, *sorted(names)], ignore_case=True))


def _history() -> History:
    state = (
        Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "logging-kit"
    )
    try:
        state.mkdir(parents=True, exist_ok=True)
        file = state / "sql_history"
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(file)
