"""Ctrl-C while DuckDB is busy: it computes without looking for signals, so somebody else has to wait for it."""

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
        cursor: What the work uses.
        work: What is to be done.

    Raises:
        KeyboardInterrupt: When the work has ended because of it.
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
