"""Charts of panels: series over time, lines drawn with plotext."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text
from textual_plotext import Plot

from logging_kit.panels.panel import Bars, Panel, Timeseries
from logging_kit.panels.presentation import Presentation
from logging_kit.time_zones import local_zone
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, Series
from logging_kit.watch.bars import Piece, draw_bars

_MOST_TICKS: Final = 6
_DAY_MS: Final = 86_400_000
_MARKS: Final = ("█", "▓", "▒", "░")
_DOTS: Final = ("●", "+", "x", "o")


class Stroke(NamedTuple):
    """Colour and mark of a series; without a mark, lines have the finest resolution."""

    series: Series
    colour: str
    mark: str


def draw_chart(
    panel: Timeseries | Bars,
    answer: Answer,
    style: Presentation,
    width: int,
    height: int,
    *,
    colours: bool,
) -> RenderableType:
    """Draw lines or bars over time, and under them a legend.

    Args:
        panel: The panel.
        answer: Its answer.
        style: Language and colours.
        width: Width in characters.
        height: Height in lines.
        colours: Whether the output shows colours; without them, marks tell the series apart.
    """
    drawn = answer.series[: 2 * len(figures.CYCLE)]
    marks: tuple[str, ...] = ("",)
    if not colours:
        marks = _DOTS
    if not colours and isinstance(panel, Bars):
        marks = _MARKS
    strokes = [
        Stroke(
            series,
            figures.series_colour(series, panel, style, place),
            marks[place % len(marks)],
        )
        for place, series in enumerate(drawn)
    ]
    moments = list(answer.moments) or list(
        range(answer.start // answer.step * answer.step, answer.end + 1, answer.step)
    )
    if isinstance(panel, Bars):
        content = _bars(panel, strokes, moments, style, (width, height - 1))
    else:
        content = [_curves(panel, answer.step, strokes, moments, width, max(height - 1, 4))]
    legend = _legend(panel, strokes, style)
    if answer.running:
        legend.append(style.word("running"), "dim italic")
    return Group(*content, legend)


def _legend(panel: Panel, strokes: Sequence[Stroke], style: Presentation) -> Text:
    legend = Text(no_wrap=True, overflow="ellipsis")
    for place, (series, colour, mark) in enumerate(strokes):
        if isinstance(panel, Bars) and figures.is_profit(panel):
            for sign in (1, -1):
                legend.append(mark or "■", figures.profit_colour(sign, style, place))
            legend.append(" ")
        else:
            legend.append(f"{mark or '■'} ", colour)
        name = figures.series_label(series, style, [stroke.series for stroke in strokes])
        legend.append(f"{name or style.translate(panel.title)}  ", "dim")
    return legend


def _bars(
    panel: Bars,
    strokes: Sequence[Stroke],
    moments: Sequence[int],
    style: Presentation,
    size: tuple[int, int],
) -> list[Text]:
    profit = figures.is_profit(panel)
    stacks = []
    for moment in moments:
        pieces = []
        for place, (series, colour, mark) in enumerate(strokes):
            value = series.points.get(moment, 0.0)
            if profit:
                colour = figures.profit_colour(value, style, place)
            pieces.append(Piece(value, colour, mark))
        whole = sum(abs(piece.value) for piece in pieces)
        if panel.whole and whole:
            pieces = [piece._replace(value=piece.value / whole) for piece in pieces]
        stacks.append(pieces)
    unit = panel.unit
    if panel.whole:
        unit = "percentunit"
    return draw_bars(
        stacks,
        [_moment_text(moment, moments) for moment in moments],
        *size,
        lambda value: figures.format_tick(value, unit),
        beside=not panel.piled and len(strokes) > 1,
    )


def _curves(
    panel: Timeseries,
    step: int,
    strokes: Sequence[Stroke],
    moments: Sequence[int],
    width: int,
    height: int,
) -> Text:
    plot = Plot()
    plot.theme("clear")
    plot.plotsize(width, height)
    # plotsize alone has no effect; textual-plotext does the same
    plot._set_size(width, height)
    low, high = _lines(plot, panel, strokes, moments, step)
    ticks = _ticks(low, high, max(2, (height - 1) // 3))
    if panel.high is None:
        high = ticks[-1]
    if panel.low is None:
        low = ticks[0]
    plot.ylim(low, high)
    plot.yticks(ticks, [figures.format_tick(value, panel.unit) for value in ticks])
    every = max(1, len(moments) // max(2, min(_MOST_TICKS, width // 16)))
    marked = range(every // 2, len(moments), every)
    plot.xticks(list(marked), [_moment_text(moments[place], moments) for place in marked])
    plot.xlim(-0.5, len(moments) - 0.5)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    return Text.from_ansi(plot.build().rstrip("\n"))


def _moment_text(moment: int, moments: Sequence[int]) -> str:
    """Return a moment as short as the time range allows, in the time zone of this machine."""
    shape = "%H:%M"
    if moments[-1] - moments[0] > 2 * _DAY_MS or moments[1:2] == [moments[0] + _DAY_MS]:
        shape = "%m-%d"
    return f"{datetime.fromtimestamp(moment / 1000, UTC).astimezone(local_zone()):{shape}}"


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _lines(
    plot: Plot, panel: Timeseries, strokes: Sequence[Stroke], moments: Sequence[int], step: int
) -> tuple[float, float]:
    place = {moment: at for at, moment in enumerate(moments)}
    bridged = max(panel.connect * 60_000 // step, 1)
    for series, colour, mark in strokes:
        at = [place[moment] for moment in series.points if moment in place]
        for piece in _pieces(at, bridged):
            values = [series.points[moments[x]] for x in piece]
            if panel.shape == "step":
                piece, values = _stepped(piece, values)
            draw_piece = plot.plot
            if len(piece) == 1:
                draw_piece = plot.scatter
            draw_piece(piece, values, color=_rgb(colour), marker=mark or "braille")
    found = [value for stroke in strokes for value in stroke.series.points.values()]
    low, high = panel.low, panel.high
    least = min(found) if low is None else low
    most = max(found) if high is None else high
    margin = (most - least) * 0.05 or abs(most) * 0.05 or 1.0
    if low is None and least >= 0:
        least = max(least - margin, 0.0)
    elif low is None:
        least -= margin
    if high is None:
        most += margin
    return least, most


def _pieces(at: Sequence[int], bridged: int) -> list[list[int]]:
    """Split points into pieces whose points are at most `bridged` steps apart."""
    found: list[list[int]] = []
    for x in at:
        if found and x - found[-1][-1] <= bridged:
            found[-1].append(x)
        else:
            found.append([x])
    return found


def _stepped(piece: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    """Return the corners of a line that keeps its value until the next point."""
    at, kept = [piece[0]], [values[0]]
    for x, value, before in zip(piece[1:], values[1:], values, strict=False):
        at += [x, x]
        kept += [before, value]
    return at, kept


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round values, from one at or below `low` to one at or above `high`."""
    raw = (high - low) / count
    power = 10.0 ** float(f"{raw:e}".partition("e")[2])
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [at * step for at in range(first, last + 1)]
