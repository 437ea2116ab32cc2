"""The command `logging-kit watch`: the dashboards in the terminal, live."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..events.own import recall
from .common import (
    Folder,
    FolderOption,
    IgnoreUnreadable,
    TimeZone,
    Utc,
    default_folder,
    finish,
    one_folder,
    settings,
    with_logs,
)
from .output import echo
from .watch_options import (
    all_pages,
    chosen_pages,
    chosen_range,
    command_without_web,
    picture_size,
    presentation,
    use_time_zone,
)
from .watch_output import MEMORY, Answers, print_dashboards, save_picture

if TYPE_CHECKING:
    from ..panels.dashboard import Dashboard
    from ..panels.presentation import Presentation
    from ..watch.filters import View

app = typer.Typer(add_completion=False)
_MISSING: Final = (
    "`logging-kit watch` needs {name}, which is not installed: pip install 'logging-kit[watch]'. "
    "Without it: logging-kit tail -f"
)


@app.command()
def watch(
    directory: Folder = None,
    dashboard: Annotated[
        list[str] | None,
        typer.Option(
            "--dashboard",
            "-d",
            metavar="NAME",
            help="Begin with this one, such as ai-signals; with --once only these.",
            show_default=False,
        ),
    ] = None,
    span: Annotated[
        str,
        typer.Option(
            "--range",
            metavar="RANGE",
            help="15m, 24h, 30d, today, yesterday, 2026-11-20, or FROM..TO such as 09:00..15:00.",
        ),
    ] = "24h",
    compare: Annotated[
        bool,
        typer.Option(help="Compare each number with that of the range before."),
    ] = True,
    bot: Annotated[str | None, typer.Option(help="Only this bot.", show_default=False)] = None,
    symbol: Annotated[
        str | None, typer.Option(help="Only this symbol.", show_default=False)
    ] = None,
    env: Annotated[
        str | None, typer.Option(help="Only this environment.", show_default=False)
    ] = None,
    app_name: Annotated[
        str | None,
        typer.Option("--app", help="Which program's lines.", show_default="of the settings"),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Print the dashboards and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: the answers of the panels as JSON.")
    ] = False,
    svg: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save a picture and end.", show_default=False),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save a picture for a chat and end.", show_default=False),
    ] = None,
    size: Annotated[
        str,
        typer.Option(
            metavar="W or WxH",
            help="Characters of the picture: W as long as the dashboard is, WxH the screen.",
        ),
    ] = "150",
    web: Annotated[
        bool, typer.Option("--web", help="Serve it to a browser on this machine.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of --web.")] = 8000,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    time_zone: TimeZone = None,
    utc: Utc = False,
    palette: Annotated[
        str, typer.Option(help="green-up, or red-up as on Korean exchanges.")
    ] = "green-up",
    log_dir: FolderOption = None,
    ignore_unreadable: IgnoreUnreadable = False,
) -> None:
    """Show the dashboards over the log files, live; no server is needed.

    Keys: 1 to 9 dashboards, ↑ ↓ scroll, r range, [ ] a window back and forth, b bot, s symbol,
    / search, o and Enter a line in full, v lines on the whole screen, t trace, i about a panel,
    z zoom, p pause, ? all keys, q quit.

    Examples: logging-kit watch · logging-kit watch --once -d system-health · logging-kit watch
    --png overview.png --range yesterday
    """
    if once + web + (svg is not None) + (png is not None) > 1 or (as_json and not once):
        raise typer.BadParameter(
            "choose one of --once (which may have --json), --svg, --png and --web"
        )
    try:
        import duckdb  # noqa: F401
        import textual_plotext  # noqa: F401

        if web:
            import textual_serve  # noqa: F401

        from ..watch.filters import ALL, View, only
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (
            "duckdb",
            "textual",
            "textual_plotext",
            "textual_serve",
            "plotext",
            "rich",
        ):
            raise
        echo(_MISSING.format(name=error.name), err=True)
        raise typer.Exit(3) from None
    style = presentation(language, palette)
    use_time_zone(time_zone, utc=utc)
    given = one_folder(directory, log_dir)
    if given is None or app_name is None:
        known = settings()
    else:
        known = None
    shown = chosen_range(span)
    view = View(
        app_name or (known.app if known else "trading"),
        env=only(env) if env else ALL,
        bot=only(bot) if bot else ALL,
        symbol=only(symbol) if symbol else ALL,
        span_s=shown.span_s,
        until_ms=shown.until_ms,
        days_ago=shown.days_ago,
    )
    folder = given or default_folder(known.log_dir if known else Path("logs"))
    recall(folder)
    pages = chosen_pages(dashboard or [])
    if web:
        _serve(port)
        return
    if not once and svg is None and png is None:
        _live(folder, view, style, pages, any_app=app_name is None, compare=compare)
        return
    characters = picture_size(size)
    folder = with_logs(folder)
    from ..panels.engine.engine import DuckDBEngine

    with DuckDBEngine(folder, memory=MEMORY) as engine:
        answers = Answers(engine, folder, view, any_app=app_name is None, compare=compare)
        if once:
            print_dashboards(answers, style, pages, as_json=as_json)
        else:
            first = next(iter(pages or all_pages()))
            save_picture(answers, style, first, svg, png, characters)
    finish(engine.problems, ignore=ignore_unreadable)


def _live(
    folder: Path,
    view: View,
    style: Presentation,
    pages: Sequence[Dashboard],
    *,
    any_app: bool,
    compare: bool,
) -> None:
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.own import all_dashboards
    from ..watch.app import Watch

    if not (sys.stdout.isatty() and sys.stderr.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        echo("watch needs a terminal; in a pipe use --once, or logging-kit tail -f.", err=True)
        raise typer.Exit(2)
    with DuckDBEngine(folder, memory=MEMORY) as engine:
        program = Watch(
            engine,
            folder,
            view,
            style,
            any_app=any_app,
            first=(pages or all_dashboards())[0],
            compared=compare,
        )
        program.run()
    raise typer.Exit(program.return_code or 0)


def _serve(port: int) -> None:
    import socket

    from ..watch.web import HOST, serve

    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            echo(
                f"port {port} cannot be used ({error.strerror}): choose another with --port",
                err=True,
            )
            raise typer.Exit(1) from None
    serve(
        command_without_web(),
        port,
        lambda address: echo(f"Open {address} (only who has this address sees the logs)"),
    )
