"""The command `logging-kit tail`: the lines of all log files in one stream, for people."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from ..console import Renderer, use_colour
from ..console.values import LONGEST_MESSAGE
from ..escaping import escape
from ..events.model import LEVELS
from ..line import timestamp_of
from ..suggestions import did_you_mean
from ..tail.filters import Filter, Wanted
from ..time_zones import ReaderClock
from .common import (
    FolderOption,
    IgnoreUnreadable,
    TimeZone,
    Utc,
    finish,
    one_folder,
    reader_zone,
    settings,
)
from .moments import parse_moment
from .output import echo
from .pager import Pager
from .tail_output import Form, LineOutput
from .tail_reading import EVERYTHING, STDIN, Reading, standard_input

app = typer.Typer(add_completion=False)
_USUAL_COUNT: Final = 20
_VIEWERS: Final = {"lnav": "lnav.json", "hl": "hl.toml"}


@app.command()
def tail(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR|FILE]…",
            help="Log folders, single files (also .gz), or - for standard input.",
            show_default="of the settings: logs",
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            "-f",
            help="Continue with new lines until Ctrl-C, also in files that appear later.",
        ),
    ] = False,
    lines: Annotated[
        str | None,
        typer.Option(
            "--lines",
            "-n",
            metavar="N|all",
            help="Only this many of the newest lines.",
            show_default="20; all with --since, --until or -",
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="This level and above.", show_default=False),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="Only this event, such as TRADE.", show_default=False),
    ] = None,
    bot: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this bot.", show_default=False)
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(metavar="MARKET", help="Only this market.", show_default=False),
    ] = None,
    app_name: Annotated[
        list[str] | None,
        typer.Option("--app", metavar="NAME", help="Only this program.", show_default=False),
    ] = None,
    grep: Annotated[
        list[str] | None,
        typer.Option(
            "--grep", "-g", metavar="REGEX", help="Only lines that contain it.", show_default=False
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", "-w", metavar="TEXT", help="Such as 'pnl < 0'.", show_default=False
        ),
    ] = None,
    correlation_id: Annotated[
        str, typer.Option(metavar="ID", help="One signal: its id, or an end of it.")
    ] = "",
    run: Annotated[str, typer.Option(metavar="ID", help="One run: its id, or an end of it.")] = "",
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="24h, today, 09:30, 2026-11-01 or 2026-11-01T09:00.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The end, likewise.", show_default=False)
    ] = None,
    context: Annotated[
        int,
        typer.Option("--context", "-C", min=0, max=10_000, help="Lines around each that matches."),
    ] = 0,
    fields: Annotated[
        str, typer.Option(metavar="NAMES", help="Show only these fields, such as pnl,reason.")
    ] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Write the lines as JSON, to pipe into jq.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the lines as they are in the files.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Show tracebacks and long texts in full.")
    ] = False,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Never open a pager on a terminal.")
    ] = False,
    viewer: Annotated[
        str | None,
        typer.Option(
            metavar="lnav|hl", help="Print the configuration of this viewer.", show_default=False
        ),
    ] = None,
    time_zone: TimeZone = None,
    utc: Utc = False,
    log_dir: FolderOption = None,
    ignore_unreadable: IgnoreUnreadable = False,
) -> None:
    """Show the newest log lines of all files in the order of their time.

    Filters join by "and"; an option that is given twice means either value.

    Examples: logging-kit tail -f · logging-kit tail --event TRADE --where 'pnl < 0' --since today ·
    logging-kit tail --level warning -C 3 · logging-kit tail --json | jq .event
    """
    if viewer is not None:
        echo(_viewer(viewer), nl=False)
        return
    if json and raw:
        raise typer.BadParameter("choose one of --json and --raw")
    zone = reader_zone(time_zone, utc)
    wanted = _filter(
        Wanted(
            level=_level(level),
            events=event or (),
            bots=bot or (),
            symbols=symbol or (),
            apps=app_name or (),
            grep=grep or (),
            where=where or (),
            correlation_id=correlation_id,
            run=run,
            since=_timestamp(since, zone),
            until=_timestamp(until, zone),
        )
    )
    has_range = since is not None or until is not None
    given = list(paths or ())
    for path in given:
        one_folder(path, log_dir)
    if log_dir is not None:
        given = [log_dir]
    is_piped = [str(path) for path in given] == [STDIN]
    count = _count(lines, all_of_them=has_range or is_piped)
    names = [name.strip() for name in fields.split(",") if name.strip()]
    render = Renderer(
        use_colour(sys.stdout),
        ReaderClock(zone),
        full=full,
        longest=1 << 20 if full else LONGEST_MESSAGE,
        fields=names,
    )
    form: Form = "text"
    if json:
        form = "json"
    elif raw:
        form = "raw"
    with Pager(wanted=not (follow or no_pager or raw)) as write:
        command = Reading(wanted, context, LineOutput(form, render, names, write))
        if is_piped:
            command.show_stream(standard_input(), count)
            return
        command.show_sources(given or [settings().log_dir], count, follow=follow)
    finish(command.sources.problems, ignore=ignore_unreadable)


def _viewer(name: str) -> str:
    if name not in _VIEWERS:
        raise typer.BadParameter(f"there is no viewer {name!r}; there are {', '.join(_VIEWERS)}")
    return (files("logging_kit") / "tail" / "viewers" / _VIEWERS[name]).read_text("utf-8")


def _filter(wanted: Wanted) -> Filter:
    try:
        return Filter(wanted)
    except ValueError as error:
        raise typer.BadParameter(escape(str(error))) from None


def _level(name: str | None) -> str:
    if name is None:
        return ""
    level = {"warn": "warning", "err": "error", "fatal": "critical"}.get(name.lower(), name.lower())
    if level not in LEVELS:
        raise typer.BadParameter(
            f"{name!r} is not a level; there are {', '.join(LEVELS)}{did_you_mean(level, LEVELS)}"
        )
    return level


def _timestamp(text: str | None, zone: tzinfo | None) -> str:
    if text is None:
        return ""
    try:
        return timestamp_of(parse_moment(text, datetime.now(UTC), zone))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _count(text: str | None, *, all_of_them: bool) -> int:
    if text is None:
        return EVERYTHING if all_of_them else _USUAL_COUNT
    if text.strip().lower() == "all":
        return EVERYTHING
    with suppress(ValueError):
        count = int(text)
        if 0 <= count < EVERYTHING:
            return count
    raise typer.BadParameter(f"-n is a number of lines or 'all', not {text!r}")
