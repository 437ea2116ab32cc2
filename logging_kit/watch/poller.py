"""A thread that reads new lines and queries again, so that the screen never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.watch.answers import Answer, Comparison, ask, compare, with_context
from logging_kit.watch.filters import View

_EVERY_S: Final = 1.0
_QUIET_S: Final = 5.0
"""Interval of queries without new lines, so that old points leave the time range."""


_CONTEXT_EVERY_S: Final = 20.0
"""Interval of the queries for comparisons, which would otherwise triple the work."""


class Asked(NamedTuple):
    """The dashboard on the screen, its filters, and whether its values are compared."""

    page: Dashboard
    view: View
    compared: bool = False


class Update(NamedTuple):
    """The answers of a dashboard.

    Attributes:
        asked: The dashboard and its filters.
        answers: The answers by the id of their panel.
        end: The time at which they were right, in ms since 1970-01-01 UTC.
        complete: Whether all lines on disk were read.
        lines: Number of lines that were read.
    """

    asked: Asked
    answers: dict[int, Answer]
    end: int
    complete: bool
    lines: int


class Poller(threading.Thread):
    """Queries the dashboard on the screen, at most once a second.

    Args:
        engine: Holds the lines.
        tell: Called with each set of answers, on this thread.
        failed: Called with an error, on this thread; the poller continues.
        clock: Returns the end of the time range in ns since 1970-01-01 UTC.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        tell: Callable[[Update], None],
        failed: Callable[[Exception], None],
        clock: Callable[[], int],
    ) -> None:
        super().__init__(name="logging-kit-watch", daemon=True)
        self._engine = engine
        self._tell = tell
        self._failed = failed
        self._clock = clock
        self._wanted: Asked | None = None
        self._held: int | None = None
        self._compared: tuple[Asked | None, float, dict[int, Comparison]] = (None, 0.0, {})
        self._wake = threading.Event()
        self._ended = False

    def ask(self, page: Dashboard, view: View, *, compared: bool = False) -> None:
        """Query this dashboard from now on, beginning at once.

        Args:
            page: The dashboard.
            view: The time range and the filters.
            compared: True to compare its values with those of the time range before.
        """
        self._wanted = Asked(page, view, compared)
        self._wake.set()

    def hold(self, end: int | None) -> None:
        """Stop reading, and end the time range here; continue with `None`.

        Args:
            end: End of the time range, in ms since 1970-01-01 UTC.
        """
        self._held = end
        self._wake.set()

    def end(self) -> None:
        """End the thread, and wait for it."""
        self._ended = True
        self._wake.set()
        self.join()

    def run(self) -> None:
        """Read and query until `end` is called."""
        complete = False
        answered: Asked | None = None
        last = 0.0
        while not self._ended:
            begin = time.monotonic()
            before, was = self._engine.lines_read, complete
            wanted = self._wanted
            try:
                complete = self._held is not None or not self._engine.refresh()
                new = self._engine.lines_read != before and (complete or begin - last >= _EVERY_S)
                if (
                    wanted is not None
                    and (
                        new or wanted is not answered or complete != was or begin - last >= _QUIET_S
                    )
                    and (self._held is None or wanted is not answered)
                ):
                    self._answer(wanted, complete)
                    answered, last = wanted, begin
            except Exception as error:
                # a disk that is back after a while must be read again
                self._failed(error)
                self._wake.wait(_EVERY_S)
            if complete:
                self._wake.wait(max(_EVERY_S - (time.monotonic() - begin), 0.1))
                self._wake.clear()

    def _answer(self, asked: Asked, complete: bool) -> None:
        end = self._held
        if end is None:
            end = self._clock() // 1_000_000
        answers = ask(self._engine, asked.page, asked.view, end)
        if asked.compared and complete:
            answers = with_context(answers, self._context(asked, end))
        if asked is self._wanted and not self._ended:
            self._tell(Update(asked, answers, end, complete, self._engine.lines_read))

    def _context(self, asked: Asked, now: int) -> dict[int, Comparison]:
        """Return the comparisons of a dashboard, which are a few seconds old at most."""
        known, since, found = self._compared
        if known is not asked or time.monotonic() - since >= _CONTEXT_EVERY_S:
            found = compare(self._engine, asked.page, asked.view, now)
            self._compared = (asked, time.monotonic(), found)
        return found
