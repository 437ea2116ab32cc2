"""The embedded engine: the dashboards' queries over the log files, in DuckDB, without a server.

It holds the lines in memory, compressed, and follows the segments: `DuckDBEngine.refresh` adds the
new lines. DuckDB is closed to the outside: it opens no file, loads no extension, and its
configuration is locked, so that a query is no way to read or write anything but the lines.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.own import recall
from logging_kit.panels.compile.duckdb import sql
from logging_kit.panels.engine import schema as tables
from logging_kit.panels.engine import views
from logging_kit.panels.engine.ingest import SegmentCursor, Text, read_piece
from logging_kit.panels.query.nodes import Query, Rows
from logging_kit.panels.query.scope import Scope
from logging_kit.store.line_blocks import ReadProblems

Answer = dict[tuple[str, ...], dict[int, float]]
"""The values of each group, named by its texts, by moment in ms since 1970."""

_AT_ONCE: Final = 16 << 20
_BATCH: Final = 8 << 20
"""Characters that are added together; they determine the memory that reading takes."""

_MOST_LINES: Final = 3_000_000
_CHECKPOINT_EVERY: Final = 120_000
"""Lines that stay uncompressed, about as many as DuckDB compresses together.

A smaller number doubles the time to load.
"""

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    # memory that a load needed goes back to the system
    "allocator_background_threads": True,
    "allocator_flush_threshold": "4MB",
    "allocator_bulk_deallocation_flush_threshold": "4MB",
    "checkpoint_threshold": "1TB",  # lines are compressed when we say so
    "threads": min(4, os.cpu_count() or 1),
    # nothing that a query says reaches files, the network or variables of this process
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}


class Line(NamedTuple):
    """A line that `DuckDBEngine.lines` found."""

    time_us: int
    """Its time, in microseconds since 1970-01-01 UTC."""
    job: str
    """The job label that it has in Loki."""
    text: str
    """The line as it stands in the file."""


class DuckDBEngine:
    """An engine that answers queries from the log files of a folder.

    Several threads may use it at once; each has its own cursor.

    Args:
        log_dir: The log folder; it need not exist yet.
        keep: Age of the oldest lines to keep; older segments are not read.
        most_lines: Highest number of lines to keep; the oldest are dropped.
        memory: Memory for DuckDB, such as `300MB` or `70%`; the rest goes to a temporary file.
        compress: True to compress the lines, which takes a third of the memory and twice the time
            to load.

    Attributes:
        problems: The files that could not be read completely.

    Example:
        >>> with DuckDBEngine(Path("logs")) as engine:  # doctest: +SKIP
        ...     engine.load()
        ...     now = time.time_ns() // 10**6
        ...     engine.ask(count(SIGNAL, within="1d"), Scope("trading", end=now))
        {(): {1795226400000: 42.0}}
    """

    def __init__(
        self,
        log_dir: Path,
        *,
        keep: timedelta | None = timedelta(days=31),
        most_lines: int = _MOST_LINES,
        memory: str = "300MB",
        compress: bool = True,
    ) -> None:
        recall(log_dir)
        self._events = frozenset(CATALOGUE)
        self._compressed = compress
        self._keep = keep
        self._most_lines = most_lines
        self.problems = ReadProblems()
        self._segments = SegmentCursor(
            log_dir, time.time() - keep.total_seconds() if keep is not None else 0.0
        )
        self._spill = tempfile.TemporaryDirectory(prefix="logging-kit-")
        config = {**_CONFIG, "memory_limit": memory, "temp_directory": self._spill.name}
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("ATTACH ':memory:' AS logs (COMPRESS)")
        self._connection.execute("SET lock_configuration = true")
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._lock = threading.Lock()
        self._next_id = 0
        self._since_checkpoint = 0
        self._writer = self._new_cursor()
        for statement in (*tables.create(), *views.create()):
            self._writer.execute(statement)

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget all lines."""
        with self._lock:
            for cursor in self._cursors:
                cursor.close()
            self._connection.close()
            self._spill.cleanup()

    @property
    def lines_read(self) -> int:
        """The number of lines read until now, including those that were dropped again."""
        return self._next_id

    def load(self) -> int:
        """Read all new lines, newest segments first, and return their number."""
        added = 0
        while True:
            before = self._next_id
            more = self.refresh()
            added += self._next_id - before
            if not more:
                with self._lock:
                    self._compress(at_least=_CHECKPOINT_EVERY // 10)
                return added

    def refresh(self, at_once: int = _AT_ONCE) -> bool:
        """Read the lines written since the last call, and a part of the older ones, newest first.

        Args:
            at_once: Bytes to read, about; an archived segment is read whole.

        Returns:
            True if more is left to be read.
        """
        with self._lock:
            self._add(self._segments.dead_texts())
            pieces, more = self._segments.next_pieces(at_once)
            texts: list[Text] = []
            size = total = 0
            for piece in pieces:
                unfinished = False
                for text in read_piece(piece, self.problems):
                    texts.append(text)
                    size += len(text.text)
                    total += len(text.text)
                    if size >= _BATCH:
                        self._add(texts)
                        texts, size = [], 0
                    if total >= max(at_once, _BATCH) and not piece.packed:
                        unfinished = True
                        break
                if unfinished:
                    more = True
                    break
                if not self.problems.is_closed(piece.path):
                    self._segments.mark_seen([piece])
            self._add(texts)
            self._forget()
            return more

    def ask(self, query: Query, scope: Scope) -> Answer:
        """Return the answer to a query: an instant one if the scope has no step.

        Raises:
            QueryError: If the scope's times are not numbers.
        """
        found: Answer = {}
        for t, *by, value in self.cursor().execute(*sql(query, scope)).fetchall():
            found.setdefault(tuple(by), {})[t // 1000] = value
        return found

    def lines(self, rows: Rows, scope: Scope) -> list[Line]:
        """Return the lines that a query for lines shows, newest first."""
        return [Line(*row) for row in self.cursor().execute(*sql(rows, scope)).fetchall()]

    def values(self, field: str) -> list[str]:
        """Return the distinct texts of a field of all lines, such as `bot_name`, sorted."""
        if field not in (*tables.SHARED, *tables.ALL_LINES):
            raise ValueError(f"{field!r} is not a field of all lines")
        chosen = (
            f'SELECT DISTINCT "{field}" FROM raw.lines WHERE "{field}" IS NOT NULL ORDER BY ALL'
        )
        return [text for (text,) in self.cursor().execute(chosen).fetchall()]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the connection of this thread, for SQL on the tables and views."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._lock:
                cursor = self._local.cursor = self._new_cursor()
        return cursor

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        cursor.execute("USE logs")
        self._cursors.append(cursor)
        return cursor

    def _add(self, texts: list[Text]) -> None:
        """Add the lines of some texts; others see all of them at once."""
        if not texts:
            return
        self._writer.execute(
            tables.read_batch(),
            {"texts": [text.text for text in texts], "segments": [text.stem for text in texts]},
        )
        self._commit()
        self._segments.advance((text.stem, text.end) for text in texts)

    def _commit(self) -> None:
        writer = self._writer
        (broken,) = _one(writer.execute(tables.ANY_TO_REPAIR))
        for statement in tables.REPAIRS if broken else ():
            writer.execute(statement)
        writer.execute(tables.DROP_DOUBLES)
        (count,) = _one(writer.execute("SELECT coalesce(max(rowid) + 1, 0) FROM batch"))
        present = {
            name for (name,) in writer.execute("SELECT DISTINCT event FROM batch").fetchall()
        }
        first = {"first": self._next_id}
        writer.begin()
        try:
            writer.execute(tables.ADD_LINES, first)
            for event in present & self._events:
                writer.execute(tables.add_events(event), first)
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        writer.execute("DROP TABLE batch")
        self._next_id += count
        self._since_checkpoint += count
        self._compress(at_least=_CHECKPOINT_EVERY)

    def _compress(self, at_least: int) -> None:
        if self._compressed and self._since_checkpoint >= at_least:
            with contextlib.suppress(duckdb.Error):  # another thread is reading: try again later
                self._writer.execute("CHECKPOINT logs")
                self._since_checkpoint = 0

    def _forget(self) -> None:
        """Delete lines that are too old, an hour or more at once, and lines beyond the limit."""
        oldest, count = _one(self._writer.execute("SELECT min(ts), count(*) FROM raw.lines"))
        if not count:
            return
        until = 0
        if self._keep is not None:
            limit = int((time.time() - self._keep.total_seconds()) * 1e6)
            if oldest < limit - 3_600_000_000:
                until = limit
            else:
                until = 0
        if count > self._most_lines:
            spare = self._most_lines * 9 // 10
            (cut,) = _one(
                self._writer.execute(
                    f"SELECT ts FROM raw.lines ORDER BY ts DESC LIMIT 1 OFFSET {spare}"
                )
            )
            until = max(until, cut)
        if until:
            self._writer.begin()
            for table in ("lines", *self._events):
                self._writer.execute(f'DELETE FROM raw."{table}" WHERE ts < ?', [until])
            self._writer.commit()


def _one(cursor: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None
    return row
