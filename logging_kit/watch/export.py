"""Dashboards as text, JSON or a picture, made once, for a pipe, an e-mail or a chat."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel as Frame
from rich.rule import Rule
from rich.table import Table as Grid

from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.panel import Panel
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import Answer, Series, fields
from logging_kit.watch.layout import height, lines
from logging_kit.watch.render import draw, incomplete


def as_text(
    page: Dashboard,
    answers: dict[int, Answer],
    style: Presentation,
    width: int,
    *,
    colours: bool = True,
) -> RenderableType:
    """Return a dashboard as text, each panel in a frame.

    Args:
        page: The dashboard.
        answers: The answers by the id of their panel.
        style: Language and colours.
        width: Width in characters.
        colours: Whether the output shows colours.
    """
    found: list[RenderableType] = [Rule(style.translate(page.title), style="bold")]
    for row in page.rows:
        if row.title:
            found.append(Rule(style.translate(row.title), style="dim", align="left"))
        for placed in lines(row, width, style):
            grid = Grid.grid()
            for _, columns in placed:
                grid.add_column(width=columns)
            high = max(height(panel) for panel, _ in placed)
            grid.add_row(
                *(
                    _framed(panel, answers[panel.id], style, (columns, high), colours=colours)
                    for panel, columns in placed
                )
            )
            found.append(grid)
    return Group(*found)


def _framed(
    panel: Panel, answer: Answer, style: Presentation, size: tuple[int, int], *, colours: bool
) -> Frame:
    width, high = size
    inside = draw(panel, answer, style, width - 4, high - 2, colours=colours)
    return Frame(
        inside,
        title=style.translate(panel.title),
        title_align="left",
        subtitle=incomplete(answer),
        height=high,
        border_style="dim",
    )


def as_svg(
    page: Dashboard,
    answers: dict[int, Answer],
    style: Presentation,
    width: int,
    heading: str,
) -> str:
    """Return a dashboard as a picture, as long as the dashboard is.

    The picture refers to no font of another server.

    Args:
        page: The dashboard.
        answers: The answers by the id of their panel.
        style: Language and colours.
        width: Width in characters.
        heading: Text of the first line: time and filters.
    """
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        color_system="truecolor",
        force_terminal=True,
        legacy_windows=False,
    )
    console.print(heading, style="bold", markup=False, highlight=False)
    console.print(as_text(page, answers, style, width))
    picture = console.export_svg(title=style.translate(page.title), unique_id=page.uid)
    return re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)


def as_json(page: Dashboard, answers: dict[int, Answer]) -> dict[str, Any]:
    """Return a dashboard for a program: each panel's series or lines."""
    return {"uid": page.uid, "title": page.title, "panels": list(_panels(page, answers))}


def _panels(page: Dashboard, answers: dict[int, Answer]) -> Iterator[dict[str, Any]]:
    for panel in page.panels:
        answer = answers[panel.id]
        found: dict[str, Any] = {"id": panel.id, "title": panel.title, "unit": panel.unit}
        if answer.unread:
            found["incomplete"] = list(answer.unread)
        if panel.asks == "logs":
            found["lines"] = [fields(line.text) for line in answer.lines]
        else:
            found["series"] = _all(answer.series, answer)
        if answer.before:
            found["before"] = _all(answer.before, answer)
        yield found


def _all(found: Sequence[Series], answer: Answer) -> list[dict[str, Any]]:
    return [_series(series, answer) for series in found]


def _series(series: Series, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if series.query:
        found["query"] = series.query
    found["labels"] = dict(zip(series.fields, series.names, strict=True))
    if answer.step:
        found["points"] = list(series.points.items())
    else:
        found["value"] = series.value
    return found
