"""`logging-kit demo`: simulated bots, to see the logs and the dashboards before one has a bot."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Annotated, Final

import typer

from ..demo.ledger import Ledger
from ..demo.simulation import Progress, other_bot, simulate
from ..exceptions import NotEmptyError, SettingsError
from ..setting_values import parse_age
from .common import DEMO_APP, DEMO_LOGS
from .common import settings as load_settings
from .output import echo

app = typer.Typer(add_completion=False)
_KEPT: Final = 1_000
"""Entries that the ledger of a demo keeps: it may run for weeks, and only its sums are shown."""


@app.command()
def demo(
    speed: Annotated[
        float,
        typer.Option(
            min=0.01, help="How many times faster than real time; 1 is a real bot's pace."
        ),
    ] = 20.0,
    backfill: Annotated[
        str,
        typer.Option(
            metavar="AGE",
            help="Write this much of the past first, such as 24h; into an empty folder.",
        ),
    ] = "",
    bots: Annotated[int, typer.Option(min=1, max=50, help="How many bots.")] = 2,
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same prices, trades and failures.")
    ] = 1,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Stop by itself after so many seconds; 0 writes the past alone.",
            show_default="until Ctrl-C",
        ),
    ] = None,
    log_dir: Annotated[
        Path, typer.Option(help="The log folder, apart from that of your bots.")
    ] = DEMO_LOGS,
    app_name: Annotated[
        str, typer.Option("--app", help="Loki's label app, apart from that of your bots.")
    ] = DEMO_APP,
    force: Annotated[
        bool, typer.Option("--force", help="Write even where another bot has logged.")
    ] = False,
    env: Annotated[
        str | None, typer.Option(help="Loki's label env.", show_default="of the settings: testnet")
    ] = None,
) -> None:
    """Run simulated bots that write every event of the catalogue.

    Examples: logging-kit demo · logging-kit demo --backfill 24h --bots 3 · logging-kit demo --speed
    1 --seconds 60
    """
    try:
        if backfill:
            past_s = parse_age(backfill)
        else:
            past_s = 0.0
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from None
    settings = load_settings(log_dir=log_dir, app=app_name, env=env)
    if force:
        other = None
    else:
        other = other_bot(settings.log_dir)
    if other is not None:
        echo(
            f"'{settings.log_dir}' holds lines of another bot ({other}): simulated trades would be "
            "counted with "
            "its own. Take another folder with --log-dir, or mix them with --force. To see that "
            "bot's dashboards, the demo is "
            "not needed: logging-kit watch, or logging-kit stack up --no-demo.",
            err=True,
        )
        raise typer.Exit(1)
    ledger = Ledger(most=_KEPT)
    try:
        with _until_signal() as stop, _progress(past_s) as progress:
            simulate(
                settings.log_dir, app=settings.app, env=settings.env, stdout=settings.stdout,
                bots=bots, seed=seed,
                backfill_s=past_s, speed=speed, seconds=seconds, stop=stop, progress=progress,
                ledger=ledger,
            )  # fmt: skip
    except NotEmptyError as error:
        echo(f"{error}", err=True)
        raise typer.Exit(2) from None
    _report(ledger, settings.log_dir)


@contextmanager
def _until_signal() -> Iterator[Event]:
    """Return an event that SIGINT and SIGTERM set, so that the bots end in order."""
    stop = Event()
    if current_thread() is not main_thread():  # only it may set handlers
        yield stop
        return
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(past_s: float) -> Iterator[Progress | None]:
    """Show a progress bar on stderr while the past is written, if stderr is a terminal."""
    if not past_s or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("writing the past"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    task = bar.add_task("", total=1.0)

    def show(share: float) -> None:
        bar.update(task, completed=share)
        if share >= 1.0:
            bar.stop()

    with bar:
        yield show


def _report(ledger: Ledger, log_dir: Path) -> None:
    events = ", ".join(
        f"{name or 'plain'} {number:,}" for name, number in ledger.by_event.most_common()
    )
    profit = (
        ", ".join(f"{amount:+,.2f} {quote}" for quote, amount in sorted(ledger.pnl.items()))
        or "no closed trades"
    )
    echo(f"\n{ledger.lines:,} lines: {events}", err=True)
    echo(f"Realized profit: {profit}. Look at the lines with: logging-kit tail {log_dir}", err=True)
