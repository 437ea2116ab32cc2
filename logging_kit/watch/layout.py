"""Layout of panels in a terminal: as in Grafana, but never too narrow to read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

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
    Bars: (40, 13),
    Records: (60, 9),
    Logs: (60, 12),
}
"""Smallest width, and height, of a kind of panel in characters, with its frame."""


def height(panel: Panel) -> int:
    """Return the height of a panel in lines."""
    return _SIZES[type(panel)][1]


def lines(row: Row, width: int) -> Iterator[list[Placed]]:
    """Yield the panels of a row in lines that are `width` characters wide."""
    line: list[Panel] = []
    for panel in row.panels:
        if sum(each.w for each in line) + panel.w > COLUMNS:
            yield from _broken(line, width)
            line = []
        line.append(panel)
    yield from _broken(line, width)


def _broken(line: Sequence[Panel], width: int) -> Iterator[list[Placed]]:
    """Split a line into as few parts as give each panel its smallest width."""
    for count in range(1, len(line) + 1):
        size = math.ceil(len(line) / count)
        parts = [line[at : at + size] for at in range(0, len(line), size)]
        if size == 1 or all(
            sum(_SIZES[type(panel)][0] for panel in part) <= width for part in parts
        ):
            yield from (_placed(part, width) for part in parts)
            return


def _placed(panels: Sequence[Panel], width: int) -> list[Placed]:
    """Give each panel a width in the proportions of Grafana's grid, but at least its smallest."""
    least = [_SIZES[type(panel)][0] for panel in panels]
    spare = max(width - sum(least), 0)
    wanted = [
        max(panel.w * width / sum(each.w for each in panels) - low, 0)
        for panel, low in zip(panels, least, strict=True)
    ]
    if sum(wanted):
        share = spare / sum(wanted)
    else:
        share = 0
    widths = [low + int(more * share) for low, more in zip(least, wanted, strict=True)]
    widths[-1] += width - sum(widths)
    return list(zip(panels, widths, strict=True))


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
