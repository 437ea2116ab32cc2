"""Summaries of repeated lines: a loop that logs the same line without end must not fill the disk.

The lines of one logger and level that are equal but for their stamp count as repeats of one
another. Up to the limit of a minute they are written; further ones are counted, and a summary line
has their exact number. The numbers of the summaries and the lines that were written add up to the
calls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import orjson

from ..line import rfc3339
from .body import Head, render_cut

WINDOW_S: Final = 60.0
"""Time in seconds within which the limit holds."""

SUMMARY_S: Final = 1.0
"""Longest time in seconds that a repeat waits for its summary."""


class Repeats:
    """Count the repeats of each logger's last line, and write their summaries.

    A lock guards the numbers, since several threads repeat one line. A signal handler may interrupt
    a thread that holds it; the handler's own line is then written and not counted.

    Args:
        limit: Equal lines within a minute that are written; 0 writes all.
        write: Takes the stream and the body of a summary.
        clock: Nanoseconds since 1970-01-01 UTC.

    Attributes:
        total: Number of repeats that were counted instead of written.
    """

    def __init__(
        self, limit: int, write: Callable[[str, bytes], None], clock: Callable[[], int]
    ) -> None:
        self.total = 0
        self._limit = limit
        self._write = write
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._busy = False
        self._waiting: dict[Head, str] = {}
        self._timer: threading.Timer | None = None

    def absorb(self, head: Head, stream: str, body: bytes) -> bool:
        """Count a line whose body equals the logger's last one.

        Returns:
            True if the line was counted; False if it has to be written.
        """
        if not self._limit:
            return False
        with self._lock:
            if self._busy or head.body != body:
                return False
            self._busy = True
            try:
                if head.repeated and head.repeated_body != body:
                    self._summarise(head)
                now = time.monotonic()
                if not head.seen:  # the first repeat: the line before it counts too
                    head.since, head.seen = now, 1
                elif now - head.since >= WINDOW_S:
                    head.since, head.seen = now, 0
                head.seen += 1
                if head.seen <= self._limit:
                    return False
                self._count(head, stream, body)
                if now - head.summarised >= SUMMARY_S:
                    self._summarise(head)
                return True
            finally:
                self._busy = False

    def _count(self, head: Head, stream: str, body: bytes) -> None:
        time_us = self._clock() // 1000
        if not head.repeated:
            head.repeated_body, head.first_us = body, time_us
            head.summarised = time.monotonic()
            self._waiting[head] = stream
        head.last_us = time_us
        head.repeated += 1
        self.total += 1
        if self._timer is None:
            with suppress(RuntimeError):  # the interpreter is shutting down and starts no thread
                timer = threading.Timer(SUMMARY_S, self._on_timer)
                timer.name, timer.daemon = "logging_kit-repeats", True
                self._timer = timer
                timer.start()

    def _on_timer(self) -> None:
        self._timer = None
        self.flush()

    def change(self, head: Head) -> None:
        """Write the summary of a logger's last line, because another line follows."""
        head.seen = 0
        if head.repeated:
            self._summarise_all([head])

    def flush(self) -> None:
        """Write all summaries that wait."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        if self._waiting:
            self._summarise_all([*self._waiting])

    def _summarise_all(self, heads: list[Head]) -> None:
        with self._lock:
            if self._busy:
                return
            self._busy = True
            try:
                for head in heads:
                    self._summarise(head)
            finally:
                self._busy = False

    def _summarise(self, head: Head) -> None:
        stream = self._waiting.pop(head, None)
        if stream is None or not head.repeated:
            return
        line = orjson.loads(b"{" + head.repeated_body + b"}")
        number, head.repeated = head.repeated, 0
        line["message"] = f"{line.get('message', '')} (repeated {number:,} times)"
        for key, value in (
            ("repeated", number),
            ("first_repeat", rfc3339(head.first_us)),
            ("last_repeat", rfc3339(head.last_us)),
        ):
            name = key
            while name in line:
                name += "_"
            line[name] = value
        head.summarised = time.monotonic()
        self._write(stream, render_cut(line))

    def after_fork_in_child(self) -> None:
        """Begin without repeats: those of the parent stay the parent's."""
        for head in self._waiting:
            head.repeated = 0
        self.total = 0
        self._begin()
