"""`logging-kit report`: what an owner reads with the first coffee."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import orjson
import typer

from ..escaping import escape
from ..exceptions import PostError, SettingsError
from ..report.figures import Figures, comparison, event_section
from ..report.figures import as_json as figures_json
from ..report.figures import sections as figure_sections
from ..report.lines import Wanted
from ..report.post import CHANNELS, Address, post, read_address
from ..report.report import Report, summarise
from ..report.text import Section, as_json, as_markdown, as_parts, as_text, write_trades
from ..settings import Settings
from ..store.line_blocks import ReadProblems
from ..suggestions import did_you_mean
from ..time_ranges import day_start, parse_moment
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
_DAYS: Final = {False: 1, True: 7}


@app.command()
def report(
    directory: Folder = None,
    today: Annotated[bool, typer.Option("--today", help="Today until now.")] = False,
    yesterday: Annotated[
        bool,
        typer.Option(
            "--yesterday",
            help="The last whole day.",
            show_default="if nothing else; today if the logs begin today",
        ),
    ] = False,
    week: Annotated[bool, typer.Option("--week", help="The last seven whole days.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="From 24h or 7d ago, from yesterday, 09:00, 2026-11-01 or 2026-11-01T09:00.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The end, likewise.", show_default="now")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare with the period before.")
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Count the lines of each event, your own included.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            "--post",
            metavar="CHANNEL",
            help="Send it to discord, slack, telegram, email or webhook.",
            show_default=False,
        ),
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(
            "--post-file",
            metavar="FILE",
            help="With --post: the file that holds the address, readable by its owner alone.",
            show_default=False,
        ),
    ] = None,
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

    Equity, profit, trades, errors, restarts, silence, failed requests.

    Examples: logging-kit report · logging-kit report --today --compare · logging-kit report --since
    30d --trades-csv tax.csv · logging-kit report --post discord --post-file discord.toml
    """
    if today + yesterday + week + (since is not None) > 1 or (until is not None and since is None):
        raise typer.BadParameter(
            "choose one of --today, --yesterday, --week and --since (which may have an --until)"
        )
    if markdown + json + (channel is not None) > 1:
        raise typer.BadParameter("choose one of --markdown, --json and --post")
    address = _address(channel, secrets)
    zone = reader_zone(time_zone, utc)
    now = datetime.now(UTC)
    period = _period(now, zone, today=today, days=_DAYS[week])
    if since is not None:
        period = Period(_moment(since, now, zone), _moment(until or "now", now, zone))
    if period.start >= period.end:
        raise typer.BadParameter(f"{since!r} is not before {until or 'now'!r}")
    problems = ReadProblems()
    given = one_folder(directory, log_dir)
    folder, wanted = with_logs(given, problems), Wanted(app_name or _own_app(given), env, bot)
    found = _read(folder, period, wanted, problems, any_app=app_name is None)
    note = ""
    if found.is_empty and not (today or yesterday or week or since):
        until_now = _period(now, zone, today=True, days=1)
        first_day = _read(folder, until_now, wanted, problems, any_app=app_name is None)
        if not first_day.is_empty:
            found, period = first_day, until_now
            note = "There are no lines of yesterday: this is today, until now."
    more = figure_sections(found.figures, zone, several=len(found.report.apps) > 1)
    if note:
        more.insert(0, Section("Note", text=note))
    before = None
    if compare:
        before = _read(folder, period.before(now, zone), wanted, problems, any_app=app_name is None)
        more.append(comparison(found.report, before.report, found.figures, before.figures))
    if events:
        more.append(event_section(found.figures, zone))
    if trades_csv is not None and trades_csv != "-":
        _save(found.report, Path(trades_csv), zone)
    if trades_csv == "-":
        write_trades(found.report, sys.stdout, zone)
    elif json:
        tree = found.tree
        if before is not None:
            tree["before"] = before.tree
        echo_json(orjson.dumps(tree, option=orjson.OPT_INDENT_2).decode())
    elif markdown:
        echo(as_markdown(found.report, zone, more), nl=False)
    elif address is not None:
        _post(address, found, as_parts(found.report, zone, more), zone)
    else:
        echo(as_text(found.report, zone, more), nl=False)
    finish(problems, ignore=ignore_unreadable)


class Period(NamedTuple):
    """The period of a report."""

    start: datetime
    end: datetime

    def before(self, now: datetime, zone: tzinfo | None) -> Period:
        """Return the period to compare with.

        Today is compared with yesterday up to the same time, days with as many days.
        """
        midnight = day_start(now, zone)
        if self.start == midnight:
            earlier = day_start(now, zone, 1)
            return Period(earlier, min(earlier + (self.end - self.start), midnight))
        if self.end == midnight:
            days = round((self.end - self.start) / timedelta(days=1))
            return Period(day_start(now, zone, 2 * days), self.start)
        return Period(self.start - (self.end - self.start), self.start)


class Found(NamedTuple):
    """A report and its key figures."""

    report: Report
    figures: Figures

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to report."""
        return not self.report.lines and not self.report.silences

    @property
    def tree(self) -> dict[str, Any]:
        """The report for programs."""
        return as_json(self.report) | figures_json(self.figures)


def _read(
    folder: Path, period: Period, wanted: Wanted, problems: ReadProblems, *, any_app: bool
) -> Found:
    figures = Figures()
    found = Found(summarise(folder, *period, wanted, problems, figures), figures)
    if any_app and found.is_empty and wanted.app is not None:
        return _read(folder, period, replace(wanted, app=None), problems, any_app=False)
    return found


def _address(channel: str | None, file: Path | None) -> Address | None:
    """Return where to send the report; None to print it."""
    if channel is None and file is None:
        return None
    if channel is None or file is None:
        raise typer.BadParameter("--post CHANNEL and --post-file FILE belong together")
    for known in CHANNELS:
        if channel == known:
            try:
                return read_address(known, file)
            except SettingsError as error:
                raise typer.BadParameter(str(error)) from None
    raise typer.BadParameter(
        f"there is no channel {channel!r}{did_you_mean(channel, CHANNELS)}; "
        f"there are {', '.join(CHANNELS)}"
    )


def _post(address: Address, found: Found, parts: list[str], zone: tzinfo | None) -> None:
    title = f"Report of {found.report.start.astimezone(zone):%Y-%m-%d}"
    try:
        post(address, title, parts, found.tree)
    except PostError as error:
        echo(escape(str(error)), err=True)
        raise typer.Exit(1) from None
    echo(f"sent to {address.channel}", err=True)


def _period(now: datetime, zone: tzinfo | None, *, today: bool, days: int) -> Period:
    """Return today until now, or the last whole days of the calendar."""
    midnight = day_start(now, zone)
    if today:
        return Period(midnight, now)
    return Period(day_start(now, zone, days), midnight)


def _moment(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    try:
        return parse_moment(text, now, zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _own_app(log_dir: Path | None) -> str | None:
    """Return the app of the settings; None if they are wrong, since a named folder needs none."""
    if log_dir is None:
        return settings().app
    try:
        return Settings.load().app
    except SettingsError:
        return None


def _save(found: Report, path: Path, zone: tzinfo | None) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            count = write_trades(found, file, zone)
    except OSError as error:
        echo(f"'{path}' cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    echo(f"{count} trades in {path}", err=True)
