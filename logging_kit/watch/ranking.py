"""Bars of a ranking, one for each series: losses to the left of zero, gains to the right."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from logging_kit.panels.panel import BarChart, BarGauge, Pie
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, Series

_BAR: Final = "█"
_PARTS: Final = " ▏▎▍▌▋▊▉█"
_SHORTEST_BAR: Final = 4


def bar(share: float, width: int, colour: str) -> Text:
    """Return a bar that fills this share of the width, to an eighth of a character."""
    filled = _filled(share, width)
    return Text.assemble((filled, colour), ("─" * (width - len(filled)), "dim"))


def draw(
    panel: Pie | BarGauge | BarChart, answer: Answer, style: Presentation, width: int, height: int
) -> RenderableType:
    """Draw a bar for each series, the largest first.

    Args:
        panel: The panel.
        answer: Its answer.
        style: Language and colours.
        width: Width in characters.
        height: Height in lines; the number of series without room is in the last one.
    """
    ordered = sorted(answer.series, key=lambda series: (-series.value, series.names))
    more = 0
    if len(ordered) > height > 1:
        more = len(ordered) - height + 1
        ordered = ordered[: height - 1]
    whole = 0.0
    if isinstance(panel, Pie):
        whole = sum(max(series.value, 0) for series in answer.series)
    names = [figures.series_label(series, style, answer.series) or "–" for series in ordered]
    values = [
        figures.format_value(series.value, panel, answer.end, figures.currency_of(series))
        for series in ordered
    ]
    if whole:
        values = [
            f"{value}  {series.value / whole:4.0%}"
            for value, series in zip(values, ordered, strict=True)
        ]
    broad = max(map(cell_len, values))
    widest = max(min(max(map(cell_len, names)), width - broad - 2 - _SHORTEST_BAR), 1)
    room = max(width - broad - 2 - widest, 1)
    high = whole or max(0.0, *(series.value for series in ordered), 0.0)
    low = min(0.0, *(series.value for series in ordered), 0.0)
    rows = []
    for place, (series, name, value) in enumerate(zip(ordered, names, values, strict=True)):
        colour, reached = _colours(panel, series, style, place)
        if cell_len(name) > widest:
            name = f"{set_cell_size(name, widest - 1)}…"
        rows.append(
            Text.assemble(
                set_cell_size(name, widest),
                " ",
                _two_sided(series.value, low, high, room, colour),
                " ",
                (value.rjust(broad), reached),
            )
        )
    if more:
        rows.append(Text(f"… {more} more", "dim"))
    return Group(*rows)


def _colours(
    panel: Pie | BarGauge | BarChart, series: Series, style: Presentation, place: int
) -> tuple[str, str]:
    """Return the colours of a bar and of its value, which may be empty."""
    if figures.is_profit(panel):
        colour = figures.profit_colour(series.value, style)
        return colour, colour
    _, reached = figures.status(series.value, panel, style)
    if series.value < 0 and not reached:
        return figures.loss_colour(style), figures.loss_colour(style)
    if isinstance(panel, BarGauge) and reached:
        return reached, reached
    return figures.series_colour(series, panel, style, place), reached


def _two_sided(value: float, low: float, high: float, width: int, colour: str) -> Text:
    """Return a bar from the zero line, which is in the same column for all bars."""
    if low >= 0:
        return bar(value / (high or 1), width, colour)
    left = width - 1
    if high > 0:
        left = min(max(round(width * -low / (high - low)), 1), width - 2)
    right = width - left - 1
    if value < 0:
        return Text.assemble(_leftwards(value / low, left, colour), ("│", "dim"), " " * right)
    filled = _filled(value / (high or 1), max(right, 0))
    blank = " " * (right - len(filled))
    return Text.assemble(" " * left, ("│", "dim"), (filled, colour), blank)


def _filled(share: float, width: int) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    return _BAR * full + _PARTS[part].strip()


def _leftwards(share: float, width: int, colour: str) -> Text:
    """Return a bar that ends at the right edge and grows to the left."""
    full, part = divmod(round(min(share, 1.0) * width * 8), 8)
    if not full and not part:
        part = 1
    found = Text(" " * (width - full - bool(part)))
    if part:
        found.append(_PARTS[8 - part], Style(color=colour, reverse=True))
    found.append(_BAR * full, colour)
    return found
