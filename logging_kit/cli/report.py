"""`logging-kit report`: what an owner reads with the first coffee."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from ..exceptions import SettingsError
from ..line import parse_duration
from ..report.lines import Wanted
from ..report.report import Report, summarise
from ..report.text import as_json, as_markdown, as_text, write_trades
from ..settings import Settings
from ..store.line_blocks import ReadProblems
from .common import (
    Folder,
    FolderOption,
    IgnoreUnreadable,
    TimeZone,
    Utc,
    finish,
    one_folder,
    reader_zone,
    settings,
    with_logs,
)
from .output import echo, echo_json

app = typer.Typer(add_completion=False)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@app.command()
def report(
    directory: Folder = None,
    yesterday: Annotated[
        bool,
        typer.Option("--yesterday", help="The last whole day.", show_default="if nothing else"),
    ] = False,
    week: Annotated[bool, typer.Option("--week", help="The last seven whole days.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="From 24h or 7d ago, from 2026-11-01 or 2026-11-01T09:00.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The end, likewise.", show_default="now")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    trades_csv: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write every trade as CSV, for the tax office; - is the output.",
            show_default=False,
        ),
    ] = None,
    app_name: Annotated[
        str | None,
        typer.Option(
            "--app", help="Only this app.", show_default="of the settings, all if it has no lines"
        ),
    ] = None,
    env: Annotated[
        str | None, typer.Option(help="Only this environment, such as live.", show_default="all")
    ] = None,
    bot: Annotated[
        str | None, typer.Option(help="Only the bot of this name.", show_default="all")
    ] = None,
    time_zone: TimeZone = None,
    utc: Utc = False,
    log_dir: FolderOption = None,
    ignore_unreadable: IgnoreUnreadable = False,
) -> None:
    """Say what was earned and what went wrong.

    Profit, trades, errors, restarts, silence, failed requests.

    Examples: logging-kit report · logging-kit report --week --markdown · logging-kit report --since
    30d --trades-csv tax.csv
    """
    if yesterday + week + (since is not None) > 1 or (until is not None and since is None):
        raise typer.BadParameter(
            "choose one of --yesterday, --week and --since (which may have an --until)"
        )
    if markdown and json:
        raise typer.BadParameter("choose one of --markdown and --json")
    zone = reader_zone(time_zone, utc)
    now = datetime.now(UTC)
    start, end = _period(now, zone, days=7 if week else 1)
    if since is not None:
        start, end = _moment(since, now, zone), _moment(until, now, zone) if until else now
    if start >= end:
        raise typer.BadParameter(f"{since!r} is not before {until or 'now'!r}")
    problems = ReadProblems()
    given = one_folder(directory, log_dir)
    folder, wanted = with_logs(given, problems), Wanted(app_name or _own_app(given), env, bot)
    found = summarise(folder, start, end, wanted, problems)
    if app_name is None and not found.lines and not found.silences:
        found = summarise(folder, start, end, replace(wanted, app=None), problems)
    if trades_csv is not None and trades_csv != "-":
        _save(found, Path(trades_csv), zone)
    if trades_csv == "-":
        write_trades(found, sys.stdout, zone)
    elif json:
        echo_json(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2).decode())
    elif markdown:
        echo(as_markdown(found, zone), nl=False)
    else:
        echo(as_text(found, zone), nl=False)
    finish(problems, ignore=ignore_unreadable)


def _period(now: datetime, zone: tzinfo | None, days: int) -> tuple[datetime, datetime]:
    """Return the last whole days of the calendar, also when the clocks change."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    start, end = (_in_zone(today - timedelta(days=back), zone) for back in (days, 0))
    return start, end


def _moment(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    try:
        return max(now - timedelta(microseconds=parse_duration(text)), _FIRST)
    except OverflowError:
        return _FIRST
    except ValueError:
        pass  # then it is a moment
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither an age such as 24h or 7d nor a time such as 2026-11-01"
        ) from None
    if (
        not _FIRST.year < found.year < _LAST.year
    ):  # before it has a zone: the first and the last day of all have no offset
        if found.year <= _FIRST.year:
            return _FIRST
        return _LAST
    if found.tzinfo is not None:
        return found
    return _in_zone(found, zone)


def _own_app(log_dir: Path | None) -> str | None:
    """Return the app of the settings; None if they are wrong, since a named folder needs none."""
    if log_dir is None:
        return settings().app
    try:
        return Settings.load().app
    except SettingsError:
        return None


def _in_zone(naive: datetime, zone: tzinfo | None) -> datetime:
    if zone is None:
        return naive.astimezone()
    return naive.replace(tzinfo=zone)


def _save(found: Report, path: Path, zone: tzinfo | None) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            count = write_trades(found, file, zone)
    except OSError as error:
        echo(f"'{path}' cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    echo(f"{count} trades in {path}", err=True)
