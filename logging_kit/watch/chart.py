"""Charts of panels: series over time, drawn with plotext."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text
from textual_plotext import Plot

from logging_kit.panels.panel import Bars, Timeseries
from logging_kit.panels.presentation import Presentation
from logging_kit.time_zones import local_zone
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, Series

_MOST_TICKS: Final = 6
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
    legend = Text(no_wrap=True, overflow="ellipsis")
    for series, colour, mark in strokes:
        legend.append(f"{mark or '■'} ", colour)
        legend.append(
            f"{figures.series_label(series, style) or style.translate(panel.title)}  ", "dim"
        )
    plot = Plot()
    plot.theme("clear")
    plot.plotsize(width, max(height - 1, 4))
    # plotsize alone has no effect; textual-plotext does the same
    plot._set_size(width, max(height - 1, 4))
    moments = list(range(answer.start // answer.step * answer.step, answer.end + 1, answer.step))
    if isinstance(panel, Bars):
        low, high = _piles(plot, panel, strokes, moments)
    else:
        low, high = _lines(plot, panel, strokes, moments, answer.step)
    plot.ylim(low, high)
    ticks = _ticks(low, high, max(2, (height - 2) // 3))
    unit = panel.unit
    if isinstance(panel, Bars) and panel.whole:
        unit = "percentunit"
    plot.yticks(ticks, [figures.format_tick(value, unit) for value in ticks])
    every = max(1, len(moments) // max(2, min(_MOST_TICKS, width // 16)))
    marked = range(every // 2, len(moments), every)
    shape = "%H:%M"
    if answer.end - answer.start > 2 * 86_400_000:
        shape = "%m-%d"
    zone = local_zone()
    plot.xticks(
        list(marked),
        [
            f"{datetime.fromtimestamp(moments[place] / 1000, UTC).astimezone(zone):{shape}}"
            for place in marked
        ],
    )
    plot.xlim(-0.5, len(moments) - 0.5)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    return Group(Text.from_ansi(plot.build().rstrip("\n")), legend)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _piles(
    plot: Plot, panel: Bars, strokes: Sequence[Stroke], moments: Sequence[int]
) -> tuple[float, float]:
    """Draw bars, stacked from zero or side by side; return the limits of the axis."""
    reached = [0.0]
    for at, moment in enumerate(moments):
        values = [stroke.series.points.get(moment, 0.0) for stroke in strokes]
        sums = {
            1: sum(value for value in values if value > 0),
            -1: sum(value for value in values if value < 0),
        }
        whole = 1.0
        if panel.whole:
            whole = sums[1] - sums[-1] or 1.0
        for place, (stroke, value) in reversed(list(enumerate(zip(strokes, values, strict=True)))):
            if not value:  # plotext's own stacked bars draw zeros over other values
                continue
            if panel.piled:
                sign = int(math.copysign(1, value))
                left, right, top = at - 0.45, at + 0.45, sums[sign] / whole
                sums[sign] -= value
            else:
                left = at - 0.45 + 0.9 * place / len(strokes)
                right, top = left + 0.9 / len(strokes), value
            reached.append(top)
            x: Any = [left, right]  # annotated as one number in plotext
            y: Any = [0, top]
            plot.rectangle(x, y, marker=stroke.mark or "sd", color=_rgb(stroke.colour), fill=True)
    if panel.whole:
        return 0.0, 1.0
    if max(reached) > min(reached):
        return min(reached), max(reached)
    return min(reached), 1.0


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
    if low is None:
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
    """Return about `count` round values between two limits."""
    raw = (high - low) / count
    power = 10.0 ** float(f"{raw:e}".partition("e")[2])
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first = -(-low // step)
    return [at * step for at in range(int(first), int(high // step + 1e-9) + 1)]
