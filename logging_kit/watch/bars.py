"""Bars over time, drawn with block characters: gaps between them, losses below the zero line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

PARTS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = 8
_NICE: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_HALF_UP: Final = ("▖", "▌")
_HALF_DOWN: Final = ("▘", "▌")
_RULERS: Final = {True: "┤", False: "│"}
Cell = tuple[str, Style]
_EMPTY: Final[Cell] = (" ", Style())


class Piece(NamedTuple):
    """One part of a stack: a value, its colour, and its mark where colours are not shown."""

    value: float
    colour: str
    mark: str = ""


Stack = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis: rows above and below the zero line, and the values beside it.

    Attributes:
        up: Rows above the zero line.
        down: Rows below it.
        unit: Value that one row stands for.
        every: Rows between two labels.
    """

    up: int
    down: int
    unit: float
    every: int


def scale_for(high: float, low: float, rows: int) -> Scale:
    """Return the axis that shows the values largest, with round labels at its ends.

    Args:
        high: Highest value, at least 0.
        low: Lowest value, at most 0.
        rows: Rows for the bars, without the zero line.
    """
    best: Scale | None = None
    if not high and not low:
        high = 1.0
    for every in range(min(2, rows // 2) or 1, rows + 1):
        most = rows // every
        for up in range(most + 1):
            for down in range(most + 1 - up):
                if (high > 0) > up or (low < 0) > down or not up + down:
                    continue
                needed = max(high / max(up, 1), -low / max(down, 1))
                found = Scale(up * every, down * every, _round_up(needed) / every, every)
                if best is None or found.unit < best.unit * 0.999:
                    best = found
    assert best is not None
    return best


def draw_bars(
    stacks: Sequence[Stack],
    labels: Sequence[str],
    width: int,
    height: int,
    tick: Callable[[float], str],
    *,
    beside: bool = False,
) -> list[Text]:
    """Return a chart of bars: its rows, the zero line, and the labels of the moments.

    Args:
        stacks: The pieces of each moment, from the zero line outwards; the newest moments are
            shown if there is no room for all.
        labels: The label of each moment.
        width: Width in characters.
        height: Height in lines.
        tick: Formats a value beside the axis.
        beside: True to put the pieces of a moment side by side instead of stacking them.
    """
    high, low = _limits(stacks, beside=beside)
    scale = scale_for(high, low, max(height - 2, 1))
    ticks = {
        row: tick(scale.unit * row)
        for row in range(-scale.down, scale.up + 1)
        if row % scale.every == 0
    }
    margin = max(map(cell_len, ticks.values()))
    room = max(width - margin - 2, 1)
    stacks, labels = stacks[-room:], labels[-room:]
    each = max(room // max(len(stacks), 1), 1)
    columns = [
        column
        for stack in stacks
        for column in _columns(stack, scale, min(each, 12), beside=beside)
    ]
    found = []
    for row in range(scale.up, -scale.down - 1, -1):
        if row == 0:
            found.append(Text(f"{ticks[0].rjust(margin)} ┼{'─' * len(columns)}", "dim"))
            continue
        label = ticks.get(row, "").rjust(margin)
        line = Text.assemble((f"{label} {_RULERS[row in ticks]}", "dim"))
        for column in columns:
            line.append(*column[row])
        found.append(line)
    found.append(Text(" " * (margin + 2) + _axis(labels, min(each, 12)), "dim"))
    return found


def _limits(stacks: Sequence[Stack], *, beside: bool) -> tuple[float, float]:
    high = low = 0.0
    for stack in stacks:
        if beside:
            high = max(high, *(piece.value for piece in stack), 0.0)
            low = min(low, *(piece.value for piece in stack), 0.0)
        else:
            high = max(high, sum(piece.value for piece in stack if piece.value > 0))
            low = min(low, sum(piece.value for piece in stack if piece.value < 0))
    return high, low


def _columns(stack: Stack, scale: Scale, each: int, *, beside: bool) -> list[dict[int, Cell]]:
    """Return the columns of one moment, with the gap behind its bar."""
    rows = [row for row in range(-scale.down, scale.up + 1) if row]
    gap = dict.fromkeys(rows, _EMPTY)
    if each == 1:
        return [_half(_bar(stack, scale))]
    if beside and 1 < len(stack) < each:
        one = (each - 1) // len(stack)
        found = [bar for piece in stack for bar in [_bar([piece], scale)] * one]
        return found + [gap] * (each - len(found))
    if beside:  # the longest one first, so that the others stand in front of it
        merged = dict(gap)
        for piece in sorted(stack, key=lambda piece: -abs(piece.value)):
            bar = _bar([piece], scale)
            merged |= {row: cell for row, cell in bar.items() if cell != _EMPTY}
        return [merged] * (each - 1) + [gap]
    return [_bar(stack, scale)] * (each - 1) + [gap]


def _bar(stack: Stack, scale: Scale) -> dict[int, Cell]:
    found = {}
    for sign, rows in ((1, scale.up), (-1, scale.down)):
        ends = [0]
        pieces = [piece for piece in stack if piece.value * sign > 0]
        total = 0.0
        for piece in pieces:
            total += abs(piece.value)
            ends.append(max(round(total / scale.unit * _EIGHTHS), ends[-1]))
        if pieces and not ends[-1]:
            ends[-1] = 1  # a small value is not nothing
        for row in range(rows):
            bottom = row * _EIGHTHS
            inside = [
                (min(end, bottom + _EIGHTHS) - bottom, piece)
                for (begin, end), piece in zip(pairwise(ends), pieces, strict=True)
                if end > max(begin, bottom) and begin < bottom + _EIGHTHS
            ]
            found[(row + 1) * sign] = _cell(inside, sign)
    return found


def _cell(inside: Sequence[tuple[int, Piece]], sign: int) -> Cell:
    """Return one character of a bar.

    Args:
        inside: The pieces in it, and where each ends, in eighths from the zero line.
        sign: 1 above the zero line, -1 below.
    """
    if not inside:
        return _EMPTY
    end, first = inside[0]
    if first.mark:
        return _marked(inside)
    if len(inside) > 1 and inside[-1][0] == _EIGHTHS:  # two pieces meet here
        behind = inside[1][1].colour
        if sign > 0:
            return PARTS[end], Style(color=first.colour, bgcolor=behind)
        return PARTS[_EIGHTHS - end], Style(color=behind, bgcolor=first.colour)
    end = inside[-1][0]
    if sign > 0 or end == _EIGHTHS:
        return PARTS[end], Style(color=first.colour)
    return PARTS[_EIGHTHS - end], Style(color=first.colour, reverse=True)


def _marked(inside: Sequence[tuple[int, Piece]]) -> Cell:
    """Return the mark of the piece that fills most of a character."""
    sizes: dict[str, int] = {}
    before = 0
    for end, piece in inside:
        sizes[piece.mark] = sizes.get(piece.mark, 0) + end - before
        before = end
    return max(sizes, key=lambda mark: sizes[mark]), Style()


def _half(bar: dict[int, Cell]) -> dict[int, Cell]:
    """Return a bar of half a character, which leaves a gap without a column of its own."""
    found = {}
    for row, (char, style) in bar.items():
        filled = PARTS.find(char)
        if style.reverse:
            filled = _EIGHTHS - filled
        if filled < 0 or char == " ":
            found[row] = (char, style)
            continue
        low, whole = _HALF_DOWN if row < 0 else _HALF_UP
        if filled > _EIGHTHS // 2:
            low = whole
        found[row] = (low, Style(color=style.color))
    return found


def _axis(labels: Sequence[str], each: int) -> str:
    """Return the labels of some moments, each below its bar, none over another."""
    line = ""
    width = len(labels) * each
    for place, label in enumerate(labels):
        begin = max(place * each + (each - 1) // 2 - len(label) // 2, 0)
        begin = min(begin, max(width - len(label), 0))
        if not line or begin >= len(line) + 4:
            line = line.ljust(begin) + label
    return line[:width]


def _round_up(value: float) -> float:
    """Return the next round number."""
    power: float = 10.0 ** int(f"{value:e}".partition("e")[2])
    return next(power * factor for factor in _NICE if power * factor >= value * 0.9999)


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Return the course of some values in one line; a missing value is a gap.

    Args:
        values: The values, oldest first.
        width: Width in characters; the newest values are shown if there is no room for all.
    """
    shown = values[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    if 0 < low < high / 2:
        low = 0.0
    spread = high - low
    found = []
    for value in shown:
        if value is None:
            found.append(" ")
        elif not spread:
            found.append("▄" * bool(value) or "▁")
        else:
            found.append(PARTS[1 + round((value - low) / spread * (_EIGHTHS - 1))])
    return "".join(found)
