"""Layout of panels in a terminal: as in Grafana, but never too narrow to read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from logging_kit.panels.dashboard import COLUMNS, Dashboard, Row
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import (
    BarChart,
    BarGauge,
    Bars,
    Gauge,
    Logs,
    Panel,
    Pie,
    Records,
    Stat,
    Table,
    Timeseries,
)
from logging_kit.panels.presentation import ENGLISH, Presentation

Placed = tuple[Panel, int]
"""A panel and its width in characters."""

_SIZES: Final[dict[type[Panel], tuple[int, int]]] = {
    Stat: (19, 5),
    Gauge: (19, 5),
    Pie: (26, 9),
    BarGauge: (26, 9),
    BarChart: (26, 9),
    Table: (26, 8),
    Timeseries: (40, 13),
    Bars: (46, 13),
    Records: (60, 9),
    Logs: (60, 12),
}
"""Smallest width, and height, of a kind of panel in characters, with its frame."""

_FRAME: Final = 6
"""Characters of a frame beside the title."""


def height(panel: Panel) -> int:
    """Return the height of a panel in lines."""
    return _SIZES[type(panel)][1]


def least_width(panel: Panel, style: Presentation) -> int:
    """Return the smallest width of a panel, in which its title is readable."""
    return max(_SIZES[type(panel)][0], cell_len(style.translate(panel.title)) + _FRAME)


def lines(row: Row, width: int, style: Presentation = ENGLISH) -> Iterator[list[Placed]]:
    """Yield the panels of a row in lines that are `width` characters wide."""
    line: list[Panel] = []
    for panel in row.panels:
        if sum(each.w for each in line) + panel.w > COLUMNS:
            yield from _broken(line, width, style)
            line = []
        line.append(panel)
    yield from _broken(line, width, style)


def _broken(line: Sequence[Panel], width: int, style: Presentation) -> Iterator[list[Placed]]:
    """Split a line into as few parts as give each panel its smallest width."""
    for count in range(1, len(line) + 1):
        size = math.ceil(len(line) / count)
        parts = [line[at : at + size] for at in range(0, len(line), size)]
        if size == 1 or all(
            sum(least_width(panel, style) for panel in part) <= width for part in parts
        ):
            yield from (_placed(part, width, style) for part in parts)
            return


def _placed(panels: Sequence[Panel], width: int, style: Presentation) -> list[Placed]:
    """Give each panel a width in the proportions of Grafana's grid, but at least its smallest."""
    least = [least_width(panel, style) for panel in panels]
    spare = max(width - sum(least), 0)
    wanted = [
        max(panel.w * width / sum(each.w for each in panels) - low, 0)
        for panel, low in zip(panels, least, strict=True)
    ]
    share = 0.0
    if sum(wanted):
        share = spare / sum(wanted)
    widths = [low + int(more * share) for low, more in zip(least, wanted, strict=True)]
    widths[-1] += width - sum(widths)
    return list(zip(panels, widths, strict=True))


def tab_titles(titles: Sequence[str], width: int) -> list[str]:
    """Return the titles of the tabs, as long as they fit side by side.

    Args:
        titles: The titles of the dashboards.
        width: Width of all tabs in characters.
    """
    found = [f"{number} {title}" for number, title in enumerate(titles, 1)]
    if _tabs_width(found) > width:
        found = [f"{number} {title.split()[-1]}" for number, title in enumerate(titles, 1)]
    longest = max(map(cell_len, found))
    while _tabs_width(found) > width and longest > 1:
        longest -= 1
        found = [set_cell_size(title, min(cell_len(title), longest)).rstrip() for title in found]
    return found


def _tabs_width(titles: Sequence[str]) -> int:
    return sum(cell_len(title) + 2 for title in titles)


def page_of(name: str, pages: Sequence[Dashboard] = DASHBOARDS) -> Dashboard | None:
    """Return the dashboard that a word names: its title, or its `uid` with or without `lk-`."""
    wanted = name.lower().replace(" ", "-").removeprefix("lk-")
    return next(
        (
            page
            for page in pages
            if wanted in (page.uid.removeprefix("lk-"), page.title.lower().replace(" ", "-"))
        ),
        None,
    )
