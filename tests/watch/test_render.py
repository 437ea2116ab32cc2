"""Rendering of each kind of panel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from logging_kit.panels.dashboards import DASHBOARDS, SIGNAL_TRACE, TRADING_OVERVIEW
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine.engine import DuckDBEngine, Line
from logging_kit.panels.panel import Panel, Timeseries
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import format as figures
from logging_kit.watch import layout
from logging_kit.watch.answers import Answer, Series, ask
from logging_kit.watch.export import as_json, as_text
from logging_kit.watch.filters import View
from logging_kit.watch.render import draw
from tests.support.panels.known_answers import TRACED
from tests.support.panels.story import END, HOUR

pytestmark = pytest.mark.slow

ENGLISH, KOREAN = Presentation(), Presentation("ko", "Asia/Seoul", "red-up")
PAGES = [trace(TRACED) if page is SIGNAL_TRACE else page for page in DASHBOARDS]
PANELS = {panel.title: panel for page in PAGES for panel in page.panels}


@pytest.fixture(scope="module")
def answers(engine: DuckDBEngine) -> dict[str, Answer]:
    return {
        panel.title: answer
        for page in PAGES
        for found in [ask(engine, page, View("story"), END * 1000)]
        for panel in page.panels
        for answer in [found[panel.id]]
    }


def text(
    panel: Panel,
    answer: Answer,
    style: Presentation = ENGLISH,
    width: int = 60,
    height: int = 9,
    *,
    colour: bool = False,
) -> str:
    console = Console(
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        highlight=False,
    )
    with console.capture() as caught:
        console.print(draw(panel, answer, style, width, height))
    return caught.get()


def shown(title: str, answers: Mapping[str, Answer], **options: Any) -> str:
    return text(PANELS[title], answers[title], **options)


def rgb(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def test_each_panel_fits_into_any_size(answers: dict[str, Answer]) -> None:
    for title, panel in PANELS.items():
        for width, height in ((17, 3), (24, 7), (78, 10), (200, 30)):
            for style in (ENGLISH, KOREAN):
                lines = text(panel, answers[title], style, width, height).splitlines()
                assert len(lines) <= max(height, 6), (title, width, height)
                assert all(len(line) <= width for line in lines), (title, width, height)


def test_each_panel_without_an_answer_says_what_is_missing() -> None:
    for panel in PANELS.values():
        assert " ".join(text(panel, Answer((), (), 0, 0)).split()) == panel.empty
        assert " ".join(text(panel, Answer((), (), 0, 0), KOREAN).split()) == KOREAN.translate(
            panel.empty
        )


def test_numbers_with_their_units_and_names(answers: dict[str, Answer]) -> None:
    assert "▲ UP" in shown("Bot status", answers)
    assert "1,100.50 USDT" in shown("Equity", answers)
    assert "2,000,000 KRW" in shown("Equity", answers)
    assert "40.0 %" in shown("Win rate", answers)
    assert "1m ago alpha" in shown("Last heartbeat", answers)
    assert "10m beta" in shown("Heartbeat age", answers)
    assert "$0.03" in shown("AI cost", answers)
    assert "30m 4s" in shown("Signal to fill", answers)
    assert shown("Signal", answers).strip() == "▼ SHORT BTC/USDT"


def test_bars_are_in_the_order_of_their_values(answers: dict[str, Answer]) -> None:
    lines = shown("Signal distribution", answers).splitlines()
    assert [line.split()[1] for line in lines] == ["WAIT", "LONG", "SHORT"]
    assert lines[0].endswith("4   44%")
    by_status = shown("Orders by status", answers)
    assert "filled" in by_status


def test_a_chart_has_its_series_and_its_times(answers: dict[str, Answer]) -> None:
    drawn = shown("Signal frequency", answers, width=80, height=11)
    assert "■ ▲ LONG" in drawn
    assert re.search(r"\d\d:\d\d", drawn)
    assert "█" in drawn
    line = shown("RSI", answers, width=80, height=11)
    assert "alpha BTC/USDT 1h" in line
    assert "100┤" in line


def test_colours_say_up_and_down_as_the_palette_has_it(answers: dict[str, Answer]) -> None:
    assert rgb(figures.HEX["green"]) in shown("Bot status", answers, colour=True)
    assert rgb(figures.HEX["red"]) in shown("Signal distribution", answers, colour=True)
    assert rgb(figures.HEX["blue"]) in shown(
        "Signal distribution", answers, style=KOREAN, colour=True
    )


def test_tables_and_records(answers: dict[str, Answer]) -> None:
    silent = shown("Silent bots", answers)
    assert "Heartbeats in 24 h" in silent
    assert re.search(r"beta\s+21", silent)
    trades = shown("Last 5 trades", answers, width=120)
    assert "Exit reason" in trades
    assert "▲ LONG" in trades
    assert "시각" in shown("Last 5 trades", answers, style=KOREAN, width=120)


def test_what_a_line_holds_cannot_move_the_cursor() -> None:
    hostile = (
        '{"event":"TRADE","action":"entry\\u001b[2J\\nfake","symbol":"\\u202eBTC","level":"info"}'
    )
    answer = Answer((), (Line(END * 10**6, "trading-trade", hostile),), 0, 0)
    for title in ("Trade timeline", "All lines", "Last 5 trades"):
        drawn = text(PANELS[title], answer, width=100)
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (5.74, "5.7s"),
        (60, "1m"),
        (61, "1m 1s"),
        (3900, "1h 5m"),
        (90_000, "1d 1h"),
        (86_400, "1d"),
    ],
)
def test_spans(seconds: float, words: str) -> None:
    assert figures.format_duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0, None, "0"),
        (12, None, "12"),
        (1234.5, None, "1,234.5"),
        (0.12345, None, "0.1235"),
        (2.5e6, None, "2.50 M"),
        (3e9, None, "3.00 G"),
        (7, 2, "7.00"),
    ],
)
def test_plain_numbers(value: float, decimals: int | None, words: str) -> None:
    assert figures.format_number(value, decimals) == words


def test_units() -> None:
    volume = next(panel for panel in PANELS.values() if panel.unit == "bytes")
    assert [figures.format_value(value, volume, 0) for value in (10, 2500, 3e6, 4e9)] == [
        "10 B",
        "2.5 kB",
        "3 MB",
        "4 GB",
    ]
    latency = next(panel for panel in PANELS.values() if panel.unit == "ms")
    assert [figures.format_value(value, latency, 0) for value in (85, 12_000)] == ["85 ms", "12s"]


@pytest.mark.parametrize("bridged", [False, True])
def test_a_hole_in_a_line_stays_one_unless_the_panel_bridges_it(bridged: bool) -> None:
    panel = next(
        panel
        for panel in PANELS.values()
        if isinstance(panel, Timeseries) and bool(panel.connect) == bridged
    )
    points = {0: 40.0, 1000: 50.0, 5000: 60.0, 6000: 50.0}
    drawn = text(
        panel,
        Answer((Series("", ("symbol",), ("X",), points),), (), 0, 9000, 1000),
        width=60,
        height=12,
    )
    braille = [
        {at for at, char in enumerate(line) if "\u2800" < char <= "\u28ff"}
        for line in drawn.splitlines()
    ]
    used = sorted(set().union(*braille))
    assert any(after - before > 10 for before, after in pairwise(used)) is not bridged


def test_layout_is_never_too_narrow_and_fills_the_line() -> None:
    for page in DASHBOARDS:
        for row in page.rows:
            for width in (60, 79, 119, 240):
                lines = list(layout.lines(row, width))
                assert [panel for line in lines for panel, _ in line] == list(row.panels)
                for line in lines:
                    assert sum(columns for _, columns in line) == width
                    assert all(columns >= 19 for _, columns in line)


def test_wide_terminals_have_grafanas_lines() -> None:
    assert [len(line) for line in layout.lines(TRADING_OVERVIEW.rows[0], 150)] == [6]
    assert [len(line) for line in layout.lines(TRADING_OVERVIEW.rows[0], 79)] == [3, 3]


def many(values: Mapping[str, float], end: int = 10**12) -> Answer:
    return Answer(
        tuple(Series("", ("bot_name",), (name,), {end: value}) for name, value in values.items()),
        (),
        0,
        end,
    )


def test_what_does_not_fit_is_counted_and_the_worst_comes_first() -> None:
    ages = many({f"bot-{n}": 10.0 for n in range(5)} | {"dead": 900.0})
    lines = text(PANELS["Heartbeat age"], ages, height=3).splitlines()
    assert lines[0].split() == ["15m", "dead"]
    assert lines[2].strip() == "… 4 more"
    beats = many({f"bot-{n}": 10.0**12 - 1000 for n in range(5)} | {"dead": 10.0**12 - 3_600_000})
    assert "1h ago dead" in text(PANELS["Last heartbeat"], beats, height=3)
    assert "… 4 more" in text(PANELS["Silent bots"], ages, height=4)
    by_name = text(
        PANELS["Orders by exchange"], many({f"e{n}": n for n in range(9)}), height=4
    ).splitlines()
    assert len(by_name) == 4
    assert by_name[-1].strip() == "… 6 more"


def per_day(*values: tuple[str, float]) -> Answer:
    day = 86_400_000
    series = {quote: {} for quote, _ in values}  # type: ignore[var-annotated]
    for n, (quote, value) in enumerate(values):
        series[quote][n * day] = value
    return Answer(
        tuple(Series("", ("quote",), (quote,), points) for quote, points in series.items()),
        (),
        0,
        len(values) * day,
        day,
    )


def test_losses_are_bars_below_zero_and_currencies_stand_side_by_side() -> None:
    drawn = text(
        PANELS["PnL per day"], per_day(("USDT", 50.0), ("USDT", -53.0)), width=60, height=13
    ).splitlines()
    zero = next(at for at, line in enumerate(drawn) if line.strip().startswith("0 ┼"))
    above = [line.index("█") for line in drawn[:zero] if "█" in line]
    below = [line.index("█") for line in drawn[zero + 1 : -2] if "█" in line]
    assert max(above) < min(below)
    assert any(line.lstrip().startswith("-60 ┤") for line in drawn[zero:])
    both = text(PANELS["PnL per day"], per_day(("USDT", 50.0), ("KRW", 90.0)), width=60, height=13)
    assert "■■ USDT  ■■ KRW" in both


def test_gains_and_losses_of_a_day_have_their_colours() -> None:
    answer = per_day(("USDT", 50.0), ("USDT", -53.0))
    drawn = text(PANELS["PnL per day"], answer, width=60, height=13, colour=True)
    assert rgb(figures.HEX["green"]) in drawn
    assert rgb(figures.HEX["red"]) in drawn
    korean = text(PANELS["PnL per day"], answer, KOREAN, width=60, height=13, colour=True)
    assert rgb(figures.HEX["green"]) not in korean
    assert rgb(figures.HEX["blue"]) in korean


def test_a_loss_by_name_has_the_colour_of_losses() -> None:
    answer = many({"BTC/USDT": -64.97, "ETH/USDT": 5.0})
    drawn = text(PANELS["PnL by symbol"], answer, colour=True)
    assert rgb(figures.HEX["red"]) in drawn


def test_without_colours_each_series_has_a_mark_of_its_own(answers: dict[str, Answer]) -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as caught:
        console.print(
            draw(
                PANELS["Signal frequency"],
                answers["Signal frequency"],
                ENGLISH,
                80,
                11,
                colours=False,
            )
        )
        console.print(draw(PANELS["RSI"], answers["RSI"], ENGLISH, 80, 11, colours=False))
    assert all(
        mark in caught.get() for mark in ("█ ▲ LONG", "▓ ▼ SHORT", "▒ ◆ WAIT", "● alpha", "+ alpha")
    )


def test_a_whole_dashboard_as_text_and_as_json(engine: DuckDBEngine) -> None:
    found = ask(engine, TRADING_OVERVIEW, View("story"), END * 1000)
    console = Console(width=100, color_system=None)
    with console.capture() as caught:
        console.print(as_text(TRADING_OVERVIEW, found, KOREAN, 100))
    printed = caught.get()
    assert all(KOREAN.translate(row.title) in printed for row in TRADING_OVERVIEW.rows)
    tree = as_json(TRADING_OVERVIEW, found)
    panels = {panel["title"]: panel for panel in tree["panels"]}
    assert panels["LONG signals"]["series"] == [{"labels": {}, "value": 3.0}]
    assert panels["Signal frequency"]["series"][0]["labels"] == {"signal": "LONG"}
    assert [(END - HOUR) * 1000, 1.0] in [
        list(point) for point in panels["Signal frequency"]["series"][0]["points"]
    ]
    assert panels["Trade timeline"]["lines"][0]["event"] == "TRADE"
