"""A spool on disk for handlers: the store keeps each entry, and the shipper pushes it.

A line of the spool has the whole entry in it, because the labels of a handler are the caller's.
What waits survives the end of the process, `kill -9` included, and the next start pushes it.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from ..diagnostics import attempt_all
from ..line import BODY_LIMIT
from ..store.acknowledged import Acknowledged
from ..store.retention import Policy, Retention
from ..store.store import Store
from .entry import Entry
from .labels import MAX_LABELS, clean_pairs
from .options import SenderOptions
from .otlp_plugin import NoReader
from .sender import Sender
from .shipper import WEEK_S, Shipper, ShipperOptions
from .transport import Transport
from .worker import AtExit

_STREAM: Final = "bot"
_SEGMENT_SIZE: Final = 4_000_000
_ARCHIVE_AFTER_S: Final = 3_600.0
_RESERVE: Final = 50_000_000
_POLL_S: Final = 0.25
_CUT: Final = 256


class SpoolLabeller:
    """Makes the entries of the spool's lines again."""

    def entry(self, stream: str, data: bytes, time_ns: int) -> Entry:
        """Make the entry of a line.

        Args:
            stream: The stream of its segment; the label `job` of a foreign line.
            data: The line without its newline.
            time_ns: Time of a foreign line, in nanoseconds since 1970-01-01 UTC.
        """
        try:
            kept = orjson.loads(data)
            return Entry(kept["labels"], int(kept["time_ns"]), kept["line"], kept["metadata"])
        except (ValueError, KeyError, TypeError):
            return Entry({"job": stream}, time_ns, data)


class SpoolWorker:
    """Keeps entries in a folder and pushes them from there; it has the methods of `PushWorker`.

    Args:
        directory: The folder.
        options: Options of the sender.
        transport: Another way to send, for tests.
        close_s: Time to send what is left at the end of the process, in seconds.
        max_bytes: Size of the folder above which the oldest lines are deleted.
    """

    def __init__(
        self,
        directory: Path,
        options: SenderOptions,
        transport: Transport | None,
        *,
        close_s: float,
        max_bytes: int,
    ) -> None:
        self._directory = directory.absolute()
        self._options, self._transport = options, transport
        self._close_s, self._max_bytes = close_s, max_bytes
        self._at_exit = AtExit(self)
        self._store = self._new_store()
        self._shipper: Shipper | None = None
        self._retention: Retention | None = None
        _workers.add(self)

    def put(self, entry: Entry, *, urgent: bool = False) -> None:
        """Keep an entry on disk.

        Args:
            entry: The entry; what does not fit into one line of the store is cut.
            urgent: Write it to its segment at once.
        """
        if self._shipper is None:
            self._start()
        self._store.append(_STREAM, _body(entry), urgent=urgent)

    def flush(self, timeout_s: float) -> bool:
        """Send everything.

        Args:
            timeout_s: Time for it, in seconds.

        Returns:
            Whether the server has everything.
        """
        deadline = time.monotonic() + timeout_s
        written = self._store.flush(timeout_s)
        if self._shipper is None:
            return written
        return self._shipper.flush(max(0.0, deadline - time.monotonic())) and written

    def close(self, timeout_s: float | None = None) -> bool:
        """Send what can be sent, and end the threads; the rest waits for the next start.

        Args:
            timeout_s: Time for it, in seconds.

        Returns:
            Whether the server has everything.
        """
        if timeout_s is None:
            timeout_s = self._close_s
        self._at_exit.cancel()
        is_sent = self.flush(timeout_s)
        store, self._store = self._store, self._new_store()
        shipper, self._shipper = self._shipper, None
        retention, self._retention = self._retention, None
        steps: list[Callable[[], object]] = [store.close]
        if retention is not None:
            steps.append(retention.close)
        if shipper is not None:
            steps.append(lambda: shipper.stop(0.0))
        attempt_all("push", *steps)
        return is_sent

    def counters(self) -> Mapping[str, int]:
        """Return the numbers of the shipper, and of lines that the disk did not accept."""
        numbers: Mapping[str, int] = {}
        if self._shipper is not None:
            numbers = self._shipper.counters()
        return {**numbers, "dropped": sum(self._store.stats()["dropped"].values())}

    def before_fork(self) -> None:
        """Wait until no other thread is inside a log call."""
        self._store.guard.before_fork()

    def after_fork_in_parent(self) -> None:
        """Release the store's lock in the parent."""
        self._store.guard.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """Keep lines of the child's own; the parent ships them while it lives."""
        self._store.after_fork_in_child()
        if self._shipper is not None:
            self._at_exit.register()
        if self._retention is not None:
            self._retention.after_fork_in_child()
        if self._shipper is not None:
            self._shipper.after_fork_in_child()
            self._shipper.start()

    def _new_store(self) -> Store:
        return Store(
            self._directory, time.time_ns, _SEGMENT_SIZE, (_STREAM,), on_rotate=self._rotated
        )

    def _start(self) -> None:
        shipper = Shipper(
            [self._directory],
            self._options,
            ShipperOptions(idle_poll_s=_POLL_S),
            sender=Sender(self._options, self._transport),
            reader=NoReader(),
            labeller=SpoolLabeller(),
        )
        try:
            shipper.start()
        except RuntimeError:  # at the interpreter's end; the next start ships what is kept
            return
        self._shipper = shipper
        self._retention = Retention(
            self._directory,
            Policy(_ARCHIVE_AFTER_S, WEEK_S, self._max_bytes),
            reserve=_RESERVE,
            segment_size=_SEGMENT_SIZE,
            warn=_ignore,
            acknowledged=Acknowledged(self._directory, expected=True),
        )
        self._at_exit.register()

    def _rotated(self) -> None:
        if self._retention is not None:
            self._retention.rotated()


def _ignore(_text: str) -> None:
    """Ignore a warning about the disk: the counters have what was lost."""


def _body(entry: Entry) -> bytes:
    """Return an entry as the body of a line."""
    line = entry.line
    if isinstance(line, str):
        line = line.encode("utf-8", "replace")
    line = line.decode("utf-8", "replace")
    fields: dict[str, Any] = {
        "labels": clean_pairs(entry.labels.items()),
        "metadata": clean_pairs(entry.metadata.items()),
        "time_ns": str(entry.time_ns),
    }
    body = _rendered(fields, line)
    while len(body) > BODY_LIMIT:
        if not line:
            fields["metadata"] = {}
            labels = list(fields["labels"].items())[:MAX_LABELS]
            fields["labels"] = {name[:_CUT]: value[:_CUT] for name, value in labels}
        line = line[: max(0, len(line) * BODY_LIMIT // len(body) - 1)]
        body = _rendered(fields, line)
    return body


def _rendered(fields: Mapping[str, Any], line: str) -> bytes:
    return orjson.dumps({**fields, "line": line})[1:-1]


_workers: Final[weakref.WeakSet[SpoolWorker]] = weakref.WeakSet()


def _for_all(method: Callable[[SpoolWorker], None]) -> Callable[[], None]:
    def call() -> None:
        for worker in list(_workers):
            method(worker)

    return call


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_for_all(SpoolWorker.before_fork),
        after_in_parent=_for_all(SpoolWorker.after_fork_in_parent),
        after_in_child=_for_all(SpoolWorker.after_fork_in_child),
    )
