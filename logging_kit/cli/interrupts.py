"""Ctrl-C while DuckDB is busy: it does not look for signals, so another thread runs the query."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

_LOOK_S: Final = 0.1


def interruptible(cursor: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
    """Do some work with a cursor on a thread, and end the cursor's query on Ctrl-C.

    Args:
        cursor: The cursor that the work uses.
        work: Uses the cursor; it runs on another thread.

    Raises:
        KeyboardInterrupt: After Ctrl-C, once the work has ended.
    """
    errors: list[BaseException] = []
    done = threading.Event()  # join() takes a thread for ended when Ctrl-C comes in it

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        while not done.wait(_LOOK_S):
            pass
    except KeyboardInterrupt:
        while thread.ident is not None and not done.is_set():
            cursor.interrupt()  # again and again: the first may come before the query has begun
            done.wait(_LOOK_S)
        raise
    if errors:
        raise errors[0]
