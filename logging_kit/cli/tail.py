"""``logging-kit tail``: the four log files as one, for people."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from ..console import render, use_colour
from ..store.reader import Follower, Line, end_offsets
from ..store.reader import tail as newest_lines
from ..store.segment import SEGMENTS
from .common import no_logs_message, settings

app = typer.Typer(add_completion=False)
_POLL_S: Final = 0.25


@app.command()
def tail(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="The log folder; the one of the settings when not given.",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            "-f",
            help="Go on with new lines until Ctrl-C, also in files that appear later.",
        ),
    ] = False,
    lines: Annotated[
        int,
        typer.Option("--lines", "-n", min=0, help="How many of the newest lines to begin with."),
    ] = 20,
    json: Annotated[
        bool, typer.Option("--json", help="The lines as they are in the files, to pipe into jq.")
    ] = False,
    log_dir: Annotated[
        Path | None,
        typer.Option(help="The same, as the other commands take it.", show_default=False),
    ] = None,
) -> None:
    """Show the newest log lines of all files in the order of their time.

    Examples: logging-kit tail -f · logging-kit tail logs -n 100 · logging-kit tail --json | jq .event
    """
    folder = _log_folder(directory or log_dir or settings().log_dir)
    since = end_offsets(folder)
    if not since and not follow:
        typer.echo(
            f"{no_logs_message(folder)} To wait for the first line: `logging-kit tail -f {folder}`.",
            err=True,
        )
        raise typer.Exit(1)
    if not since:
        typer.echo(
            f"No logs in {folder} yet; waiting for a bot to write some. Ctrl-C ends.", err=True
        )
    try:
        show = _Output(json=json)
        show(newest_lines(folder, lines, since))
        if follow:
            _follow(Follower(folder, since), show)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Output:
    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._colour = use_colour(sys.stdout)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    def __call__(self, lines: Iterable[Line]) -> None:
        if self._json:
            sys.stdout.buffer.writelines(line.data + b"\n" for line in lines)
        else:
            sys.stdout.writelines(render(line.data, self._colour) + "\n" for line in lines)
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
    """The log folder that is meant, also when its ``segments`` or one of its links is named."""
    if path.name == SEGMENTS:
        return path.parent
    return path.parent if path.is_file() and (path.parent / SEGMENTS).is_dir() else path
