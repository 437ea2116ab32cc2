"""The prompt of `logging-kit sql`: a line editor with history and completion.

New log lines are read before each statement.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, FuzzyCompleter, WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings

from .interrupts import interruptible
from .output import echo
from .sql_output import explained, is_finished, statement

if TYPE_CHECKING:
    from logging_kit.panels.engine.engine import DuckDBEngine

Show = Callable[[duckdb.DuckDBPyConnection], None]
"""Writes a result."""

_WORDS: Final = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN",
    "ASOF JOIN", "USING", "AS", "DESC",
    "count(*)", "sum(", "avg(", "min(", "max(", "median(", "quantile_cont(",
    "date_trunc('hour', time)", "time_bucket(", "DISTINCT",
    "SHOW TABLES", "DESCRIBE", "now()", "INTERVAL", "BETWEEN", "IS NOT NULL",
)  # fmt: skip
_HELP: Final = (
    "SQL of DuckDB; a statement may have several rows and ends with ; — SHOW TABLES; lists the "
    "tables, DESCRIBE trades; the columns of one. Tab completes, .mode line shows a row below the "
    "other, .help says more, Ctrl-D ends.\n"
)
_MORE_HELP: Final = (
    ".mode table|line|csv|json   how results are shown\n"
    ".tables                     the tables\n"
    ".quit                       the end, as Ctrl-D\n"
    "Ctrl-C stops a query. A statement reads the log lines and nothing else: no files, no\n"
    "network, no extensions; the configuration of the database is locked.\n"
)
_ENDS: Final = ("exit", "quit", r"\q", ".exit", ".quit")


def prompt(engine: DuckDBEngine, show: Show, modes: Mapping[str, Show] | None = None) -> None:
    """Ask for statements until Ctrl-D, and show what each returns.

    Args:
        engine: The lines; they are refreshed before each statement.
        show: Writes a result.
        modes: What writes a result in each mode that `.mode` may name.
    """
    cursor = engine.cursor()
    session: PromptSession[str] = PromptSession(
        history=_history(),
        completer=completer(cursor),
        complete_while_typing=False,
        multiline=True,
        key_bindings=_keys(),
        prompt_continuation="...> ",
    )
    echo(_HELP)
    while True:
        try:
            text = session.prompt("sql> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.rstrip("; ").lower() in _ENDS:
            return
        if text == ".tables":
            text = "SHOW TABLES;"
        if text.startswith("."):
            show = _command(text, show, modes or {})
            continue
        if not statement(text):
            continue
        try:
            engine.load()
            interruptible(cursor, partial(_ask, cursor, text, show))
        except KeyboardInterrupt:
            echo("Interrupted.", err=True)
        except duckdb.Error as error:
            echo(explained(error), err=True)


def _command(text: str, show: Show, modes: Mapping[str, Show]) -> Show:
    """Carry out a command of the prompt, and return what writes results from now on."""
    name, _, value = text.rstrip("; ").partition(" ")
    if name == ".mode" and value.strip() in modes:
        return modes[value.strip()]
    if name == ".mode":
        echo(f"There are the modes {', '.join(modes)}.", err=True)
    elif name == ".help":
        echo(_MORE_HELP, nl=False)
    else:
        echo(f"There is no command {name}; .help lists them.", err=True)
    return show


def _keys() -> KeyBindings:
    """Return the keys: Enter ends a finished statement, and begins a row in any other."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: Any) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def is_complete(text: str) -> bool:
    """Return True if Enter sends a text: a statement with its `;`, a command, or nothing."""
    plain = text.strip()
    return (
        not plain
        or plain.startswith(".")
        or plain.rstrip("; ").lower() in _ENDS
        or is_finished(plain)
        or not statement(plain)
    )


def _ask(cursor: duckdb.DuckDBPyConnection, text: str, show: Show) -> None:
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
