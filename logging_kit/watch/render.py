"""Text of panels for a terminal of any size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from logging_kit.escaping import escape
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
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import format as figures
from logging_kit.watch import ranking
from logging_kit.watch.answers import Answer, Series
from logging_kit.watch.bars import sparkline
from logging_kit.watch.chart import draw_chart
from logging_kit.watch.empty import Reason
from logging_kit.watch.lines import cells, headings, log_lines

_CONSOLE: Final = Console()
"""Tells where lines wrap; it prints nothing."""

_ALARM: Final = "bold reverse"
"""The style of a severe state without colours: the brightest word of the screen."""


def draw(
    panel: Panel,
    answer: Answer,
    style: Presentation,
    width: int,
    height: int,
    *,
    colours: bool = True,
) -> RenderableType:
    """Return the content of a panel's frame.

    Args:
        panel: The panel.
        answer: Its answer.
        style: Language and colours.
        width: Width in characters.
        height: Height in lines.
        colours: Whether the output shows colours; without them, marks tell a chart's series apart.
    """
    if not answer.series and not answer.lines:
        reason = answer.reason or Reason(panel.empty)
        return Text(reason.say(style), "dim", no_wrap=False, justify="center")
    match panel:
        case Stat():
            return _stat(panel, answer, style, (width, height), colours=colours)
        case Gauge():
            return _gauge(panel, answer, style, (width, height), colours=colours)
        case Pie() | BarGauge() | BarChart():
            return ranking.draw(panel, answer, style, width, height)
        case Table():
            return _table(panel, answer, style, height)
        case Bars() | Timeseries():
            return draw_chart(panel, answer, style, width, height, colours=colours)
        case Records():
            return _records(panel, answer, style, height)
        case Logs():
            return Group(*_fitting_lines(log_lines(panel, answer, style), width, height))
        case _:
            raise TypeError(f"{panel!r} is no panel")


def _fitting_lines(lines: Sequence[Text], width: int, height: int) -> list[Text]:
    """Return the rows of the first lines that fit into the height when each is wrapped."""
    found: list[Text] = []
    for line in lines:
        rows = line.wrap(_CONSOLE, max(width, 1))
        if found and len(found) + len(rows) > height:
            break
        found += rows
    return found[:height]


def incomplete(answer: Answer) -> Text | None:
    """Return the warning of a panel whose files could not all be read; None if they were."""
    if not answer.unread:
        return None
    first, *more = map(escape, answer.unread)
    if more:
        first += f" and {len(more)} more"
    return Text(f"incomplete: {first} not read", f"bold {figures.HEX['red']}", no_wrap=True)


def _value(series: Series, panel: Panel, answer: Answer, style: Presentation) -> tuple[str, str]:
    """Return the newest value as text, and its colour."""
    text, colour = figures.status(series.value, panel, style)
    currency = figures.currency_of(series)
    return text or figures.format_value(series.value, panel, answer.end, currency), colour


def _shown(colour: str, *, colours: bool) -> str:
    """Return the style of a value: without colours, only severe states stand out."""
    if colours:
        return f"bold {colour}"
    if figures.severity(colour) == 2:
        return _ALARM
    return ""


def _stat(
    panel: Stat, answer: Answer, style: Presentation, size: tuple[int, int], *, colours: bool
) -> RenderableType:
    width, height = size
    found = Text(justify="center", no_wrap=True, overflow="ellipsis")
    chosen, more = _fitting(panel, answer, style, height)
    for place, series in enumerate(chosen):
        value, colour = _value(series, panel, answer, style)
        name = figures.series_label(series, style, answer.series)
        if panel.named:
            found.append(name, f"bold {figures.series_colour(series, panel, style, place)}")
        else:
            is_ratio = "quote" in series.fields and panel.unit != "currency"
            if is_ratio and name:  # a ratio is no amount of the currency
                found.append(f"{name}: ", "dim")
            found.append(value, _shown(colour, colours=colours))
            if name and not is_ratio:
                found.append(f" {name}", "dim")
            if len(chosen) > 1:
                arrow, arrow_style = _change(series, panel, answer, style)
                if arrow and cell_len(f"{value} {name}") + 2 <= width:
                    found.append(f" {arrow[0]}", arrow_style)
        found.append("\n")
    if more:
        found.append(more, "dim")
    elif len(chosen) == 1:
        _add_context(found, panel, answer, style, size)
    found.rstrip()
    return found


def _add_context(
    found: Text, panel: Stat, answer: Answer, style: Presentation, size: tuple[int, int]
) -> None:
    """Add the change since the time range before, and the course of the value."""
    width, height = size
    change, colour = _change(answer.series[0], panel, answer, style)
    if change and height > 1:
        found.append(change[:width] + "\n", colour)
    trend = [series for series in answer.trend if _is_same(series, answer.series[0])]
    if trend and height > 2 and len(trend[0].points) > 1:
        points = trend[0].points
        moments = sorted(points)
        step = min(later - earlier for earlier, later in pairwise(moments))
        values = [points.get(at) for at in range(moments[0], moments[-1] + 1, step)]
        found.append(sparkline(values, width), "dim")


def _is_same(one: Series, other: Series) -> bool:
    return (one.query, one.names) == (other.query, other.names)


def _change(series: Series, panel: Panel, answer: Answer, style: Presentation) -> tuple[str, str]:
    """Return the change since the time range before, with an arrow, and its colour."""
    before = next((each for each in answer.before if _is_same(each, series)), None)
    if before is None:
        return "", ""
    change = series.value - before.value
    if not change:
        return "= as before", "dim"
    arrow, colour = "▼", "dim"
    if change > 0:
        arrow = "▲"
    if figures.is_profit(panel):
        colour = figures.profit_colour(change, style)
    return f"{arrow} {figures.format_change(change, panel, figures.currency_of(series))}", colour


def _fitting(
    panel: Panel, answer: Answer, style: Presentation, height: int
) -> tuple[Sequence[Series], str]:
    """Return the series that fit into the height, and a note about the others.

    If some do not fit, the most severe series come first.
    """
    if len(answer.series) <= height:
        return answer.series, ""
    ordered = list(answer.series)
    if panel.unit == "dateTimeFromNow":
        ordered.sort(key=lambda series: series.value)
    ordered.sort(key=lambda series: -figures.severity(_value(series, panel, answer, style)[1]))
    if height <= 1:
        return ordered[:1], ""
    return ordered[: height - 1], f"… {len(ordered) - height + 1} more"


def _gauge(
    panel: Gauge, answer: Answer, style: Presentation, size: tuple[int, int], *, colours: bool
) -> RenderableType:
    width, height = size
    series = answer.series[0]
    value, colour = _value(series, panel, answer, style)
    share = (series.value - panel.low) / (panel.high - panel.low)
    found = [Text(value, _shown(colour, colours=colours), justify="center")]
    found.append(ranking.bar(share, width, colour))
    change, change_style = _change(series, panel, answer, style)
    if change and height > 2:
        found.append(Text(change, change_style, justify="center"))
    return Group(*found)


def _table(panel: Table, answer: Answer, style: Presentation, height: int) -> RenderableType:
    grid = Grid(box=None, expand=True, header_style="dim", padding=(0, 1))
    grid.add_column(style.translate(panel.columns[0]), overflow="ellipsis", no_wrap=True)
    grid.add_column(style.translate(panel.columns[1]), justify="right", no_wrap=True)
    chosen, more = _fitting(panel, answer, style, height - 1)
    for series in chosen:
        grid.add_row(
            Text(figures.series_label(series, style, answer.series)),
            Text(_value(series, panel, answer, style)[0]),
        )
    if not more:
        return grid
    return Group(grid, Text(more, "dim"))


def _records(panel: Records, answer: Answer, style: Presentation, height: int) -> RenderableType:
    grid = Grid(box=None, expand=True, header_style="dim", padding=(0, 1))
    for heading in headings(panel, style):
        grid.add_column(
            heading, overflow="ellipsis", no_wrap=True, justify=heading.justify or "left"
        )
    for line in answer.lines[: height - 1]:
        grid.add_row(*cells(panel, line.time_us, line.text, style))
    return grid
