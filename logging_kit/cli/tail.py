"""The command `logging-kit tail`: the lines of all log files in one stream, for people."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from ..console import render, use_colour
from ..escaping import escape
from ..store.dead_journals import dead_lines
from ..store.line_blocks import ReadProblems
from ..store.reader import Follower, Line, end_offsets, iter_lines, list_segments, start_time
from ..store.reader import tail as newest_lines
from ..store.segment import SEGMENTS
from .common import (
    Folder,
    FolderOption,
    IgnoreUnreadable,
    finish,
    no_logs_message,
    note_closed_folders,
    one_folder,
    settings,
)
from .output import echo, echo_json

app = typer.Typer(add_completion=False)
_POLL_S: Final = 0.25


@app.command()
def tail(
    directory: Folder = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            "-f",
            help="Continue with new lines until Ctrl-C, also in files that appear later.",
        ),
    ] = False,
    lines: Annotated[
        int,
        typer.Option("--lines", "-n", min=0, help="Begin with this many of the newest lines."),
    ] = 20,
    json: Annotated[
        bool, typer.Option("--json", help="Write the lines as JSON, to pipe into jq.")
    ] = False,
    log_dir: FolderOption = None,
    ignore_unreadable: IgnoreUnreadable = False,
) -> None:
    """Show the newest log lines of all files in the order of their time.

    Examples: logging-kit tail -f · logging-kit tail logs -n 100 · logging-kit tail --json | jq
    .event
    """
    folder = _log_folder(one_folder(directory, log_dir) or settings().log_dir)
    problems = ReadProblems()
    note_closed_folders(folder, problems)
    since = end_offsets(folder, problems=problems)
    show = _Output(json=json)
    if since or dead_lines(folder):
        show(newest_lines(folder, lines, since))
    elif not follow and list_segments(folder, archive=True):
        show(_newest_archived(folder, lines, problems))
    elif not follow and not problems.files:
        echo(
            f"{no_logs_message(folder)} "
            f"To wait for the first line: `logging-kit tail -f {escape(str(folder))}`.",
            err=True,
        )
        raise typer.Exit(1)
    elif not problems.files:
        name = escape(str(folder))
        echo(f"No logs in {name} yet; waiting for a bot to write some. Ctrl-C ends.", err=True)
    if follow:
        _follow(Follower(folder, since), show)
    finish(problems, ignore=ignore_unreadable)


def _newest_archived(folder: Path, count: int, problems: ReadProblems) -> Iterable[Line]:
    """Return the last lines of a folder that has only archived segments."""
    newest = max(map(start_time, list_segments(folder, archive=True)))
    for since in (newest, ""):
        found = deque(iter_lines(folder, archive=True, since=since, problems=problems), count)
        if len(found) == count:
            break
    return found


class _Output:
    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._colour = use_colour(sys.stdout)

    def __call__(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if self._json:
                echo_json(line.data.decode("utf-8", "replace"))
            else:
                sys.stdout.write(render(line.data, self._colour) + "\n")
        sys.stdout.flush()


def _follow(follower: Follower, show: _Output) -> None:
    try:
        while True:
            new = follower.poll()
            show(new)
            if not new:
                time.sleep(_POLL_S)
    finally:
        follower.close()


def _log_folder(path: Path) -> Path:
    """Return the log folder for a path to it, to its `segments` or to one of its files."""
    if path.name == SEGMENTS:
        return path.parent
    if path.is_file() and (path.parent / SEGMENTS).is_dir():
        return path.parent
    return path
