"""Read the options of `logging-kit watch`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import typer

from ..exceptions import DefinitionError
from ..time_ranges import TimeRange, parse_range
from ..time_zones import local_zone
from .common import reader_zone, wrong_settings

if TYPE_CHECKING:
    from ..panels.dashboard import Dashboard
    from ..panels.presentation import Presentation

_SIZE: Final = re.compile(r"([0-9]{2,3})(?:x([0-9]{2,3}))?")


def use_time_zone(name: str | None, *, utc: bool = False) -> None:
    """Show times in a time zone; None keeps that of this machine."""
    reader_zone(name, utc)
    if utc:
        name = "UTC"
    if name is None:
        return
    import time

    os.environ["TZ"] = name
    if hasattr(time, "tzset"):
        time.tzset()


def presentation(language: str, palette: str) -> Presentation:
    """Return the language and colours that were chosen."""
    from ..panels.presentation import Presentation

    try:
        return Presentation(language, palette=palette)  # type: ignore[arg-type]  # it checks them itself
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def all_pages() -> Sequence[Dashboard]:
    """Return all dashboards, those of the bot's own events last."""
    from ..panels.own import all_dashboards

    try:
        return all_dashboards()
    except DefinitionError as error:
        wrong_settings(error)


def chosen_pages(names: Sequence[str]) -> list[Dashboard]:
    """Return the dashboards that were named."""
    from ..watch.layout import page_of

    pages = all_pages()
    found = []
    for name in names:
        page = page_of(name, pages)
        if page is None:
            known = ", ".join(page.uid.removeprefix("lk-") for page in pages)
            raise typer.BadParameter(f"there is no dashboard {name!r}; there are {known}")
        found.append(page)
    return found


def chosen_range(text: str) -> TimeRange:
    """Return the time range that was named."""
    try:
        return parse_range(text, datetime.now(UTC), local_zone())
    except ValueError as error:
        raise typer.BadParameter(f"--range: {error}") from None


def picture_size(size: str) -> tuple[int, int | None]:
    """Return the columns of a picture, and its lines; None for the length of the dashboard."""
    match = _SIZE.fullmatch(size)
    if match is None:
        raise typer.BadParameter(
            f"--size is columns, such as 150, or columns x lines, such as 150x50, not {size!r}"
        )
    if match[2] is None:
        return int(match[1]), None
    return int(match[1]), int(match[2])


def command_without_web() -> list[str]:
    """Return this process's command without `--web` and its port, for each browser."""
    arguments: list[str] = []
    rest = iter(sys.argv[1:])
    for argument in rest:
        if argument == "--port":
            next(rest, None)
        elif argument != "--web" and not argument.startswith("--port="):
            arguments.append(argument)
    return [sys.executable, "-m", "logging_kit", *arguments]
