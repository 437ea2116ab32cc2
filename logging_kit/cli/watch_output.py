"""Print the dashboards of `logging-kit watch`, or save a picture of one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from ..escaping import escape
from ..exceptions import RendererError
from .common import note_closed_folders
from .output import console as output_console
from .output import echo, echo_json

if TYPE_CHECKING:
    from ..panels.dashboard import Dashboard
    from ..panels.engine.engine import DuckDBEngine
    from ..panels.presentation import Presentation
    from ..watch.answers import Answer
    from ..watch.filters import View

MEMORY: Final = "200MB"
"""Memory for DuckDB."""


class Answers:
    """The answers of dashboards at the time of the command, from all lines of a folder.

    Args:
        engine: Reads the lines.
        folder: The log folder.
        view: The time range and the filters.
        any_app: Show the first app with lines if the app of the view has none.
        compare: Compare each number with that of the range before.
    """

    def __init__(
        self, engine: DuckDBEngine, folder: Path, view: View, *, any_app: bool, compare: bool
    ) -> None:
        import time

        self.folder = folder
        self.engine = engine
        note_closed_folders(folder, engine.problems)
        engine.load()
        self.view = _existing(engine, view, any_app=any_app)
        self.now = time.time_ns() // 1_000_000
        self._compare = compare

    def of(self, page: Dashboard) -> dict[int, Answer]:
        """Return the answers of a dashboard."""
        from ..panels.dashboards.signal_trace import SIGNAL_TRACE, trace
        from ..watch.answers import ask, compare, newest_signal, with_context

        if page is SIGNAL_TRACE:
            page = trace(newest_signal(self.engine, self.view, self.now))
        found = ask(self.engine, page, self.view, self.now)
        if self._compare:
            return with_context(found, compare(self.engine, page, self.view, self.now))
        return found

    @property
    def heading(self) -> str:
        """The time and the filters."""
        from ..watch.lines import clock

        return escape(" · ".join([clock(self.now), *self.view.words]))


def save_picture(
    answers: Answers,
    style: Presentation,
    page: Dashboard,
    svg: Path | None,
    png: Path | None,
    size: tuple[int, int | None],
) -> None:
    """Save a picture of a dashboard as SVG or PNG.

    Args:
        answers: The answers.
        style: Language and colours.
        page: The dashboard.
        svg: File for SVG; None for PNG.
        png: File for PNG.
        size: Columns, and lines of the screen; None for the length of the dashboard.
    """
    from ..watch.export import as_svg
    from ..watch.png import write_png

    width, height = size
    if height is None:
        picture = as_svg(page, answers.of(page), style, width, answers.heading)
    else:
        picture = _screenshot(answers, style, page, (width, height))
    file = svg or png
    assert file is not None
    try:
        if svg is not None:
            svg.write_text(picture, encoding="utf-8")
        else:
            write_png(picture, file)
    except OSError as error:
        echo(f"cannot write {escape(str(file))}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except RendererError as error:
        echo(escape(str(error)), err=True)
        raise typer.Exit(3) from None
    echo(f"saved {escape(str(file))}", err=True)


def _screenshot(
    answers: Answers, style: Presentation, page: Dashboard, size: tuple[int, int]
) -> str:
    """Return a picture of the screen in this size."""
    import tempfile

    from ..watch.app import Watch

    with tempfile.TemporaryDirectory(prefix="logging-kit-") as name:
        file = Path(name) / "screen.svg"
        program = Watch(
            answers.engine, answers.folder, answers.view, style, first=page, picture=file
        )
        program.run(headless=True, size=size)
        return file.read_text("utf-8")


def print_dashboards(
    answers: Answers, style: Presentation, pages: Sequence[Dashboard], *, as_json: bool
) -> None:
    """Print dashboards as text, or as JSON.

    Args:
        answers: The answers.
        style: Language and colours.
        pages: The dashboards; all if it is empty.
        as_json: True for JSON.
    """
    from ..panels.own import all_dashboards
    from ..watch import export

    found = [(page, answers.of(page)) for page in pages or all_dashboards()]
    if as_json:
        start, end = answers.view.bounds(answers.now)
        about = {
            "end_ms": end,
            "range_s": (end - start) // 1000,
            "app": answers.view.app,
            "env": answers.view.env,
            "bot": answers.view.bot,
            "symbol": answers.view.symbol,
        }
        pages_found = [export.as_json(page, each) for page, each in found]
        echo_json(json.dumps({**about, "dashboards": pages_found}, ensure_ascii=False))
        return
    width = shutil.get_terminal_size((120, 24)).columns
    console = output_console(width=max(width, 60), highlight=False)
    console.print(answers.heading, style="bold", markup=False)
    for page, each in found:
        console.print(
            export.as_text(
                page, each, style, console.width, colours=console.color_system is not None
            )
        )


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
