"""The command `logging-kit watch`: the dashboards in the terminal, live."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..escaping import escape
from ..events.own import recall
from ..store.line_blocks import ReadProblems
from .common import (
    Folder,
    FolderOption,
    IgnoreUnreadable,
    TimeZone,
    Utc,
    finish,
    note_closed_folders,
    one_folder,
    settings,
    with_logs,
)
from .output import console as output_console
from .output import echo, echo_json
from .watch_options import (
    chosen_pages,
    command_without_web,
    picture_size,
    presentation,
    range_seconds,
    use_time_zone,
)

if TYPE_CHECKING:
    from ..panels.dashboard import Dashboard
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.presentation import Presentation
    from ..watch.filters import View

app = typer.Typer(add_completion=False)
_MISSING: Final = (
    "`logging-kit watch` needs {name}, which is not installed: pip install 'logging-kit[watch]'. "
    "Without it: logging-kit tail -f"
)
_MEMORY: Final = "200MB"


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
        str, typer.Option("--range", metavar="SPAN", help="How far back: 15m, 1h, 24h, 7d, 30d.")
    ] = "24h",
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
    size: Annotated[str, typer.Option(metavar="WxH", help="Characters of the picture.")] = "150x50",
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

    Keys: 1 to 6 dashboards, r range, b bot, s symbol, l level, / search, Tab and Enter a line in
    full, t trace, i about a panel, z zoom, p pause, ? all keys, q quit.

    Examples: logging-kit watch · logging-kit watch --once -d system-health · logging-kit watch
    --svg overview.svg --range 7d
    """
    if once + web + (svg is not None) > 1 or (as_json and not once):
        raise typer.BadParameter("choose one of --once (which may have --json), --svg and --web")
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
    view = View(
        app_name or (known.app if known else "trading"),
        env=only(env) if env else ALL,
        bot=only(bot) if bot else ALL,
        symbol=only(symbol) if symbol else ALL,
        span_s=range_seconds(span),
    )
    folder = given or (known.log_dir if known else Path("logs"))
    recall(folder)
    pages = chosen_pages(dashboard or [])
    if web:
        _serve(port)
        return
    problems = None
    if once:
        problems = _print(
            with_logs(folder), view, style, pages, any_app=app_name is None, as_json=as_json
        )
    elif svg is not None:
        problems = _picture(
            with_logs(folder),
            view,
            style,
            pages,
            any_app=app_name is None,
            file=svg,
            size=picture_size(size),
        )
    else:
        _live(folder, view, style, pages, any_app=app_name is None)
    if problems is not None:
        finish(problems, ignore=ignore_unreadable)


def _live(
    folder: Path, view: View, style: Presentation, pages: Sequence[Dashboard], *, any_app: bool
) -> None:
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.own import all_dashboards
    from ..watch.app import Watch

    if not (sys.stdout.isatty() and sys.stderr.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        echo("watch needs a terminal; in a pipe use --once, or logging-kit tail -f.", err=True)
        raise typer.Exit(2)
    with DuckDBEngine(folder, memory=_MEMORY) as engine:
        program = Watch(
            engine, folder, view, style, any_app=any_app, first=(pages or all_dashboards())[0]
        )
        program.run()
    raise typer.Exit(program.return_code or 0)


def _picture(
    folder: Path,
    view: View,
    style: Presentation,
    pages: Sequence[Dashboard],
    *,
    any_app: bool,
    file: Path,
    size: tuple[int, int],
) -> ReadProblems:
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.own import all_dashboards
    from ..watch.app import Watch

    with DuckDBEngine(folder, memory=_MEMORY) as engine:
        note_closed_folders(folder, engine.problems)
        engine.load()
        view = _existing(engine, view, any_app=any_app)
        program = Watch(
            engine, folder, view, style, first=(pages or all_dashboards())[0], picture=file
        )
        program.run(headless=True, size=size)
    if program.return_code:
        raise typer.Exit(program.return_code)
    echo(f"saved {escape(str(file))}", err=True)
    return engine.problems


def _print(
    folder: Path,
    view: View,
    style: Presentation,
    pages: Sequence[Dashboard],
    *,
    any_app: bool,
    as_json: bool,
) -> ReadProblems:
    import time

    from ..panels.dashboards.signal_trace import SIGNAL_TRACE, trace
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.own import all_dashboards
    from ..watch import export as once
    from ..watch.answers import ask, newest_signal
    from ..watch.render import clock

    with DuckDBEngine(folder, memory=_MEMORY) as engine:
        note_closed_folders(folder, engine.problems)
        engine.load()
        view = _existing(engine, view, any_app=any_app)
        end = time.time_ns() // 1_000_000
        found = []
        for page in pages or all_dashboards():
            if page is SIGNAL_TRACE:
                asked = trace(newest_signal(engine, view, end))
            else:
                asked = page
            found.append((page, ask(engine, asked, view, end)))
    if as_json:
        about = {
            "end_ms": end,
            "range_s": view.span_s,
            "app": view.app,
            "env": view.env,
            "bot": view.bot,
            "symbol": view.symbol,
        }
        pages_found = [once.as_json(page, answers) for page, answers in found]
        echo_json(json.dumps({**about, "dashboards": pages_found}, ensure_ascii=False))
        return engine.problems
    width = shutil.get_terminal_size((120, 24)).columns
    console = output_console(width=max(width, 60), highlight=False)
    console.print(escape(" · ".join([clock(end), *view.words])), style="bold", markup=False)
    for page, answers in found:
        console.print(
            once.as_text(
                page, answers, style, console.width, colours=console.color_system is not None
            )
        )
    return engine.problems


def _existing(engine: DuckDBEngine, view: View, *, any_app: bool) -> View:
    """Return the view if lines match its filters.

    Otherwise list the known names and exit with 1.
    """
    from dataclasses import replace

    from ..watch.filters import ALL, app_of, only

    apps = engine.values("app")
    if any_app:
        view = replace(view, app=app_of(apps, view.app))
    asked = {"app": only(view.app), "env": view.env, "bot_name": view.bot, "symbol": view.symbol}
    for field, expression in asked.items():
        known = engine.values(field)
        if expression != ALL and expression not in map(only, known):
            name = expression.replace("\\", "")
            echo(
                f"There are no lines of {field} {name!r}; there are "
                f"{escape(', '.join(known)) or 'none'}.",
                err=True,
            )
            raise typer.Exit(1)
    return view


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
