"""Text of panels for a terminal of any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from logging_kit.console import render
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
from logging_kit.panels.query.nodes import Rows
from logging_kit.time_zones import local_zone
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, Series, fields, words
from logging_kit.watch.chart import draw_chart

_BAR: Final = "█"
_PARTS: Final = " ▏▎▍▌▋▊▉█"
_SHORTEST_BAR: Final = 6


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
        return Text(style.translate(panel.empty), "dim", no_wrap=False, justify="center")
    match panel:
        case Stat():
            return _stat(panel, answer, style, height)
        case Gauge():
            return _gauge(panel, answer, style, width)
        case Pie() | BarGauge() | BarChart():
            return _bars(panel, answer, style, width, height)
        case Table():
            return _table(panel, answer, style, height)
        case Bars() | Timeseries():
            return draw_chart(panel, answer, style, width, height, colours=colours)
        case Records():
            return _records(panel, answer, style, height)
        case Logs():
            return Group(
                *(line_text(panel, line.time_us, line.text) for line in answer.lines[:height])
            )
        case _:
            raise TypeError(f"{panel!r} is no panel")


def incomplete(answer: Answer) -> Text | None:
    """Return the warning of a panel whose files could not all be read; None if they were."""
    if not answer.unread:
        return None
    first, *more = map(escape, answer.unread)
    if more:
        first += f" and {len(more)} more"
    return Text(f"incomplete: {first} not read", f"bold {figures.HEX['red']}", no_wrap=True)


def line_text(panel: Panel, time_us: int, text: str) -> Text:
    """Return one line of a panel of lines: its time and its words, in the colour of its level."""
    query = panel.targets[0].query
    assert isinstance(query, Rows)
    if not query.show:
        shown = Text.from_ansi(render(text.encode(), True).partition("\n")[0])
    else:
        level = str(fields(text).get("level", ""))
        shown = Text.assemble(
            (f"{clock(time_us // 1000)} ", "dim"),
            (escape(words(text, query.show)), _LEVELS.get(level, "")),
        )
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown


_LEVELS: Final = {
    "debug": "dim",
    "warning": figures.HEX["orange"],
    "error": figures.HEX["red"],
    "critical": figures.HEX["purple"],
}


def clock(ms: float) -> str:
    """Format a time in the time zone of this machine, with its date if that is not today."""
    zone = local_zone()
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    if moment.date() == datetime.now(UTC).astimezone(zone).date():
        return f"{moment:%H:%M:%S}"
    return f"{moment:%m-%d %H:%M:%S}"


def _value(series: Series, panel: Panel, answer: Answer, style: Presentation) -> tuple[str, str]:
    """Return the newest value as text, and its colour."""
    text, colour = figures.status(series.value, panel, style)
    return text or figures.format_value(series.value, panel, answer.end), colour


def _stat(panel: Stat, answer: Answer, style: Presentation, height: int) -> RenderableType:
    found = Text(justify="center", no_wrap=True, overflow="ellipsis")
    chosen, more = _fitting(panel, answer, style, height)
    for place, series in enumerate(chosen):
        value, colour = _value(series, panel, answer, style)
        name = figures.series_label(series, style)
        if panel.named:
            found.append(name, f"bold {figures.series_colour(series, panel, style, place)}")
        else:
            found.append(value, f"bold {colour}")
            if name:
                found.append(f" {name}", "dim")
        found.append("\n")
    if more:
        found.append(more, "dim")
    else:
        found.rstrip()
    return found


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


def _gauge(panel: Gauge, answer: Answer, style: Presentation, width: int) -> RenderableType:
    value, colour = _value(answer.series[0], panel, answer, style)
    share = (answer.series[0].value - panel.low) / (panel.high - panel.low)
    return Group(Text(value, f"bold {colour}", justify="center"), _bar(share, width, colour))


def _bar(share: float, width: int, colour: str) -> Text:
    """Return a bar that fills this share of the width, to an eighth of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    filled = _BAR * full + _PARTS[part].strip()
    return Text.assemble((filled, colour), ("─" * (width - len(filled)), "dim"))


def _bars(
    panel: Pie | BarGauge | BarChart, answer: Answer, style: Presentation, width: int, height: int
) -> RenderableType:
    ordered = sorted(answer.series, key=lambda series: (-series.value, series.names))
    more = 0
    if len(ordered) > height > 1:
        more = len(ordered) - height + 1
    ordered = ordered[: height - bool(more)]
    whole = 0.0
    if isinstance(panel, Pie):
        whole = sum(max(series.value, 0) for series in answer.series)
    most = whole or max(abs(series.value) for series in ordered) or 1
    names = [figures.series_label(series, style) or "–" for series in ordered]
    values = [figures.format_value(series.value, panel, answer.end) for series in ordered]
    if whole:
        values = [
            f"{value}  {series.value / whole:4.0%}"
            for value, series in zip(values, ordered, strict=True)
        ]
    broad = max(map(cell_len, values))
    widest = max(min(max(map(cell_len, names)), width - broad - 2 - _SHORTEST_BAR), 1)
    rows = []
    for place, (series, name, value) in enumerate(zip(ordered, names, values, strict=True)):
        _, reached = figures.status(series.value, panel, style)
        colour = figures.series_colour(series, panel, style, place)
        if isinstance(panel, BarGauge) and reached:
            colour = reached
        if series.value < 0 and not reached:
            colour = reached = figures.loss_colour(style)
        bar = _bar(abs(series.value) / most, max(width - broad - 2 - widest, 1), colour)
        if cell_len(name) > widest:
            name = f"{set_cell_size(name, widest - 1)}…"
        rows.append(
            Text.assemble(set_cell_size(name, widest), " ", bar, " ", (value.rjust(broad), reached))
        )
    if more:
        rows.append(Text(f"… {more} more", "dim"))
    return Group(*rows)


def _table(panel: Table, answer: Answer, style: Presentation, height: int) -> RenderableType:
    grid = Grid(box=None, expand=True, header_style="dim", padding=(0, 1))
    grid.add_column(style.translate(panel.columns[0]), overflow="ellipsis", no_wrap=True)
    grid.add_column(style.translate(panel.columns[1]), justify="right", no_wrap=True)
    chosen, more = _fitting(panel, answer, style, height - 1)
    for series in chosen:
        grid.add_row(
            Text(figures.series_label(series, style)), Text(_value(series, panel, answer, style)[0])
        )
    if not more:
        return grid
    return Group(grid, Text(more, "dim"))


def _records(panel: Records, answer: Answer, style: Presentation, height: int) -> RenderableType:
    grid = Grid(box=None, expand=True, header_style="dim", padding=(0, 1))
    for heading in headings(panel, style):
        grid.add_column(heading, overflow="ellipsis", no_wrap=True)
    for line in answer.lines[: height - 1]:
        grid.add_row(*cells(panel, line.time_us, line.text, style))
    return grid


def headings(panel: Records, style: Presentation) -> list[str]:
    """Return the headings of a panel's columns."""
    return [style.word("time"), *(style.translate(heading) for _, heading in panel.columns)]


def cells(panel: Records, time_us: int, text: str, style: Presentation) -> list[Text]:
    """Return the cells of one line, in the order of `headings`."""
    known = fields(text)
    found = [Text(clock(time_us // 1000), "dim")]
    for field, _ in panel.columns:
        value = known.get(field)
        shown = _cell(field, value, style)
        found.append(Text(escape(shown), figures.colour_of_label(field, str(value), style)))
    return found


def _cell(field: str, value: object, style: Presentation) -> str:
    match value:
        case None:
            return ""
        case str():
            return figures.label(field, value, style)
        case bool():
            return str(value)
        case int() | float():
            return figures.format_number(value)
        case _:
            return str(value)
