"""Bars over time, without a screen."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len
from rich.text import Text

from logging_kit.watch.bars import Piece, draw_bars, scale_for, sparkline

GREEN, RED, BLUE = "#00ff00", "#ff0000", "#0000ff"


def drawn(
    *stacks: list[tuple[float, str]], width: int = 40, height: int = 10, beside: bool = False
) -> list[str]:
    found = draw_bars(
        [[Piece(value, colour) for value, colour in stack] for stack in stacks],
        [f"{n:02}:00" for n in range(len(stacks))],
        width,
        height,
        lambda value: f"{value:g}",
        beside=beside,
    )
    assert len(found) <= height
    assert all(cell_len(line.plain) <= width for line in found)
    return [line.plain for line in found]


@pytest.mark.parametrize(
    ("high", "low"), [(24.0, 0.0), (1.0, 0.0), (0.0, -7.0), (50.0, -53.0), (0.003, -1e6), (0, 0)]
)
@pytest.mark.parametrize("rows", [2, 3, 8, 20])
def test_the_axis_holds_its_values_and_has_a_label_at_the_top(
    high: float, low: float, rows: int
) -> None:
    scale = scale_for(high, low, rows)
    assert scale.up * scale.unit >= high * 0.999
    assert scale.down * scale.unit >= -low * 0.999
    assert scale.up + scale.down <= rows
    assert scale.up % scale.every == scale.down % scale.every == 0
    assert scale_for(abs(high) + 1, 0, 1).up == 1


def test_random_values_never_leave_the_axis() -> None:
    dice = random.Random(5)
    for _ in range(200):
        high, low = 10 ** dice.uniform(-4, 9), -(10 ** dice.uniform(-4, 9)) * dice.choice((0, 1))
        scale = scale_for(high, low, dice.randint(3, 30))
        assert scale.up * scale.unit >= high * 0.999
        assert scale.down * scale.unit >= -low * 0.999


def test_there_is_a_gap_between_bars() -> None:
    lines = drawn(*[[(4.0, GREEN)]] * 6, width=40)
    bottom = next(line for line in lines if "┼" in line)
    bars = lines[lines.index(bottom) - 1]
    assert bars.split("│")[-1].split() == ["█████"] * 6


def test_a_bar_of_one_column_leaves_half_of_it_free() -> None:
    lines = drawn(*[[(4.0, GREEN)]] * 30, width=36)
    assert "▌" * 30 in lines[0]
    assert "█" not in "".join(lines)


def test_parts_of_a_stack_meet_within_a_character() -> None:
    found = draw_bars(
        [[Piece(1.0, GREEN), Piece(3.0, RED)]], ["now"], 20, 4, lambda value: f"{value:g}"
    )
    styles = [span.style for line in found for span in line.spans if span.style != "dim"]
    assert any(
        getattr(style, "color", None) and style.bgcolor  # type: ignore[union-attr]
        for style in styles
    )


def test_a_loss_hangs_from_the_zero_line() -> None:
    lines = drawn([(5.0, GREEN)], [(-5.0, RED)], width=30, height=9)
    zero = next(at for at, line in enumerate(lines) if "┼" in line)
    assert any("█" in line for line in lines[:zero])
    assert any("█" in line for line in lines[zero + 1 : -1])
    small = draw_bars([[Piece(-0.01, RED)], [Piece(-5.0, RED)]], ["a", "b"], 20, 6, str)
    assert any(getattr(span.style, "reverse", False) for line in small for span in line.spans)


def test_series_side_by_side_have_columns_of_their_own() -> None:
    lines = drawn([(5.0, GREEN), (3.0, BLUE)], [(1.0, GREEN), (5.0, BLUE)], beside=True)
    assert lines[0].count("█") == 10
    crowded = drawn(*[[(5.0, GREEN), (3.0, BLUE)]] * 15, beside=True)
    assert crowded[0].count("█") == 15


def test_without_room_for_all_the_newest_moments_are_shown() -> None:
    lines = drawn(*[[(float(n), GREEN)] for n in range(100)], width=30)
    assert all(int(label[:2]) >= 70 for label in lines[-1].split())


def test_marks_stand_for_colours() -> None:
    found = draw_bars(
        [[Piece(4.0, GREEN, "█"), Piece(2.0, RED, "▒")]], ["now"], 30, 8, lambda value: f"{value:g}"
    )
    text = Text("\n").join(found).plain
    assert "█" in text
    assert "▒" in text


def test_labels_never_overlap() -> None:
    lines = drawn(*[[(1.0, GREEN)]] * 12, width=30)
    assert all(len(label) == 5 for label in lines[-1].split())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([None, None], ""),
        ([3.0, 3.0], "▄▄"),
        ([0.0, 0.0], "▁▁"),
        ([0.0, None, 8.0], "▁ █"),
        ([-4.0, 0.0, 4.0], "▁▅█"),
        ([100.0, 101.0], "▁█"),
        ([1.0, 2.0, 4.0, 8.0], "▂▃▅█"),
    ],
)
def test_a_sparkline_is_the_course_of_the_values(values: list[float | None], expected: str) -> None:
    assert sparkline(values, 20) == expected
    assert len(sparkline([1.0] * 50, 10)) == 10
