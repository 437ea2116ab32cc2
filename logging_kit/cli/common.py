"""The log folder that a command reads, and what it says when there is nothing in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import typer

from ..events.model import STREAMS
from ..events.own import recall
from ..exceptions import SettingsError
from ..settings import Settings
from ..store.reader import list_segments


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
    typer.echo(f"The settings are wrong: {error}", err=True)
    raise typer.Exit(2) from None


def with_logs(log_dir: Path | None) -> Path:
    """The folder that was given, or the one of the settings; the command ends with 1 if it has no logs."""
    folder = log_dir or settings().log_dir
    if not list_segments(folder, STREAMS, archive=True):
        typer.echo(nothing(folder), err=True)
        raise typer.Exit(1)
    recall(folder)
    return folder


def nothing(folder: Path) -> str:
    """What to do about a folder without logs."""
    problem = (
        f"There are no logs in '{folder}'" if folder.is_dir() else f"There is no folder '{folder}'"
    )
    return (
        f"{problem}. A bot writes them with logging_kit.setup(log_dir={str(folder)!r}). "
        f"To try it without one: `logging-kit demo --log-dir {folder} --backfill 24h`."
    )
