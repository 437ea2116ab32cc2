"""The log folder that a command reads, and its messages about missing and unreadable logs."""

from __future__ import annotations

import os
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from ..escaping import escape
from ..events.model import STREAMS
from ..events.own import recall
from ..exceptions import SettingsError
from ..settings import Settings
from ..store.dead_journals import dead_lines
from ..store.line_blocks import ReadProblems
from ..store.reader import list_segments
from ..store.segment import ARCHIVE, SEGMENTS
from ..time_zones import local_zone, parse_time_zone
from .output import echo

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="The log folder.", show_default="of the settings: logs"),
]
"""The log folder as the argument of a command."""

DEMO_APP: Final = "demo"
"""The label `app` of the demo's lines: simulated money is not that of your bots."""

DEMO_LOGS: Final = Path("demo-logs")
"""The log folder of the demo, apart from that of your bots."""

FolderOption = Annotated[
    Path | None,
    typer.Option("--log-dir", help="The log folder, as an option.", show_default=False),
]
"""The log folder as an option: each command takes both forms."""

IgnoreUnreadable = Annotated[
    bool,
    typer.Option("--ignore-unreadable", help="Exit with 0 although a file could not be read."),
]

TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        metavar="NAME",
        help="Show times in this zone, such as Asia/Seoul.",
        show_default="of this machine",
    ),
]
"""The reader's time zone as an option: every command that shows times takes it."""

Utc = Annotated[bool, typer.Option("--utc", help="Show times in UTC.")]
"""The same as `--time-zone UTC`."""


def reader_zone(time_zone: str | None, utc: bool) -> tzinfo | None:
    """Return the time zone in which a command shows times; None for that of this machine.

    Args:
        time_zone: The option `--time-zone`.
        utc: The option `--utc`.

    Raises:
        typer.BadParameter: If both were given, or there is no such zone.
    """
    if utc and time_zone is not None:
        raise typer.BadParameter("choose one of --utc and --time-zone")
    if utc:
        return UTC
    if time_zone is None:
        return local_zone()
    try:
        return parse_time_zone(time_zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def one_folder(directory: Path | None, log_dir: Path | None) -> Path | None:
    """Return the folder that was given as an argument or as an option.

    Raises:
        typer.BadParameter: If both were given and differ.
    """
    if directory is not None and log_dir is not None and directory != log_dir:
        raise typer.BadParameter(
            f"the folder was given twice: as {str(directory)!r} and as --log-dir {str(log_dir)!r}"
        )
    if directory is None:
        return log_dir
    return directory


def settings(**arguments: Any) -> Settings:
    """Load the settings of this folder's bot; a wrong one ends the command with exit code 2.

    Args:
        **arguments: Settings that were given on the command line.
    """
    try:
        return Settings.load(arguments)
    except SettingsError as error:
        wrong_settings(error)


def wrong_settings(error: Exception) -> NoReturn:
    """End the command with exit code 2 because a setting is wrong."""
    echo(f"The settings are wrong: {error}", err=True)
    raise typer.Exit(2) from None


def with_logs(log_dir: Path | None, problems: ReadProblems | None = None) -> Path:
    """Return the folder that was given, or the one of the settings.

    The command ends with exit code 1 if the folder has no logs, and with 2 if it cannot be listed.

    Args:
        log_dir: The folder that was given.
        problems: Collects the parts of the folder that cannot be listed.
    """
    folder = log_dir or default_folder(settings().log_dir)
    if problems is None:
        problems = ReadProblems()
    note_closed_folders(folder, problems)
    if has_lines(folder):
        recall(folder)
        return folder
    if problems.files:
        finish(problems, ignore=False)
    echo(no_logs_message(folder), err=True)
    raise typer.Exit(1)


def default_folder(log_dir: Path) -> Path:
    """Return the log folder of the settings, or the demo's if only that one has lines."""
    if has_lines(log_dir) or not has_lines(DEMO_LOGS):
        return log_dir
    echo(f"There are no lines in '{log_dir}': these are the demo's, in '{DEMO_LOGS}'.", err=True)
    return DEMO_LOGS


def has_lines(folder: Path) -> bool:
    """Return True if a log folder has a segment, an archive, or a journal of a dead process."""
    return bool(list_segments(folder, STREAMS, archive=True) or dead_lines(folder, STREAMS))


def note_closed_folders(folder: Path, problems: ReadProblems) -> None:
    """Note the parts of a log folder that cannot be listed."""
    for part in (folder, folder / SEGMENTS, folder / ARCHIVE):
        try:
            with os.scandir(part):
                pass
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problems.add(part, f"the folder cannot be listed: {error.strerror}")


def finish(problems: ReadProblems, *, ignore: bool) -> None:
    """Say on standard error what could not be read; end the command with exit code 2 if it matters.

    Args:
        problems: The files that were not read completely.
        ignore: The option `--ignore-unreadable`.
    """
    for problem in problems.files.values():
        echo(f"Not read completely: {escape(str(problem))}", err=True)
    for path, count in problems.foreign.items():
        echo(f"Not written by logging_kit: {count:,} lines of {escape(str(path))}", err=True)
    for path, count in problems.doubles.items():
        echo(f"Left out: {count:,} second copies of lines in {escape(str(path))}", err=True)
    for path, count in problems.cut.items():
        if count == 1:
            lines = "line"
        else:
            lines = "lines"
        echo(f"Cut: {count:,} {lines} of more than 1 MiB in {escape(str(path))}", err=True)
    if problems.files and not ignore:
        size = sum(problem.size for problem in problems.files.values())
        echo(
            f"The result lacks up to {size:,} bytes of log files. "
            "With --ignore-unreadable the exit code is 0 all the same.",
            err=True,
        )
        raise typer.Exit(2)


def no_logs_message(folder: Path) -> str:
    """Return what to do about a folder without logs."""
    name = escape(str(folder))
    problem = f"There is no folder '{name}'"
    if folder.is_dir():
        problem = f"There are no logs in '{name}'"
    return (
        f"{problem}. A bot writes them with logging_kit.setup(log_dir={str(folder)!r}). "
        f"To try it without one: `logging-kit demo --log-dir {name} --backfill 24h`."
    )
