"""One run of `logging-kit tail`: from its sources through the filter to the output."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import typer

from ..escaping import escape
from ..events.own import recall
from ..store.line_order import FIRST, Line, make_line
from ..store.reader import Follower
from ..tail.context import with_context
from ..tail.filters import Filter, Wanted
from ..tail.follow import FileFollower, Following
from ..tail.sources import Sources, split_paths
from ..tail.summary import Summary
from .common import has_lines, no_logs_message, note_closed_folders
from .output import echo
from .tail_output import LineOutput

STDIN: Final = "-"
"""The path that means standard input."""

EVERYTHING: Final = 1 << 40
"""A number of lines that no folder has."""

_POLL_S: Final = 0.25


class Reading:
    """One run of the command.

    Args:
        wanted: The filter.
        context: Lines around each that matches.
        show: Writes lines.
    """

    def __init__(self, wanted: Filter, context: int, show: LineOutput) -> None:
        self._wanted = wanted
        self._context = context
        self._show = show
        self._summary = Summary()
        self._follows = False
        # with context, all lines are read, and the filter finds the wanted ones among them
        read = wanted
        if context:
            read = Filter(Wanted(since=wanted.since, until=wanted.until))
        self.sources = Sources([], [], read)

    def show_stream(self, lines: Iterable[Line], count: int) -> None:
        """Show the wanted lines of a stream, as they come or the last of them."""
        wanted = (line for line in lines if self._wanted.is_in_time(line.place.timestamp))
        if self._context:
            self._write(with_context(wanted, self._wanted, self._context))
            return
        found = (line for line in wanted if self._wanted(line.data))
        if count < EVERYTHING:
            self._write(deque(found, count))
        else:
            self._write(found)

    def show_sources(self, paths: list[Path], count: int, *, follow: bool) -> None:
        """Show the wanted lines of folders and files, and follow them if that is wished."""
        sources = self.sources
        sources.folders, sources.files = split_paths(paths)
        for folder in sources.folders:
            note_closed_folders(folder, sources.problems)
            recall(folder)
        self._follows = follow
        self._check(follow=follow)
        if follow:
            sources.mark_ends()
        self._write(self._chosen(count))
        if follow:
            self._follow()

    def _chosen(self, count: int) -> Iterable[Line | None]:
        if not count:
            return ()
        if count == EVERYTHING:
            lines = self.sources.oldest_first()
            if self._context:
                return with_context(lines, self._wanted, self._context)
            return lines
        if not self._context:
            return self.sources.newest(count)
        back = self.sources.newest_first()
        return reversed(list(with_context(back, self._wanted, self._context, count)))

    def _check(self, *, follow: bool) -> None:
        """End the command if there is nothing to read; with `--follow`, say that it waits."""
        sources = self.sources
        empty = [folder for folder in sources.folders if not has_lines(folder)]
        if len(empty) < len(sources.folders) or sources.files or sources.problems.files:
            return
        name = escape(str(empty[0]))
        if follow:
            echo(f"No logs in {name} yet; waiting for a bot to write some. Ctrl-C ends.", err=True)
            return
        echo(
            f"{no_logs_message(empty[0])} "
            f"To wait for the first line: `logging-kit tail -f {name}`.",
            err=True,
        )
        raise typer.Exit(1)

    def _write(self, lines: Iterable[Line | None]) -> None:
        for line in lines:
            if line is None:
                self._show.gap()
            else:
                if self._follows:
                    self._summary.add(line.data)
                self._show.line(line.data)
        sys.stdout.flush()

    def _follow(self) -> None:
        sources = self.sources
        following = Following(
            [
                *(Follower(folder, _within(sources.ends, folder)) for folder in sources.folders),
                *(FileFollower(path, sources.ends.get(path, 0)) for path in sources.files),
            ]
        )
        try:
            if self._context:
                self._write(with_context(_new(following), self._wanted, self._context))
            for line in _new(following):
                if self._wanted(line.data) and self._wanted.is_in_time(line.place.timestamp):
                    self._write([line])
        except KeyboardInterrupt:
            if sys.stderr.isatty():
                echo(f"\n{self._summary.text()}", err=True)
            raise
        finally:
            following.close()


def _new(following: Following) -> Iterator[Line]:
    """Yield new lines for ever."""
    while True:
        found = following.poll()
        yield from found
        if not found:
            sys.stdout.flush()
            time.sleep(_POLL_S)


def _within(ends: dict[Path, int], folder: Path) -> dict[Path, int]:
    return {path: end for path, end in ends.items() if path.parent.parent == folder}


def standard_input() -> Iterator[Line]:
    """Yield the lines of standard input as they come."""
    before = FIRST
    for data in sys.stdin.buffer:
        line = make_line(data.rstrip(b"\r\n"), before, Path(STDIN))
        before = line.place
        if line.data:
            yield line
