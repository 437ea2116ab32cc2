"""Rankings: bars to both sides of zero."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console

from logging_kit.panels.dashboards import API_PERFORMANCE, POSITIONS_PNL, TRADING_OVERVIEW
from logging_kit.panels.panel import BarChart, BarGauge, Pie
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, Series
from logging_kit.watch.ranking import draw

PANELS = {panel.title: panel for page in (API_PERFORMANCE, POSITIONS_PNL) for panel in page.panels}


def lines(
    title: str,
    values: dict[str, float],
    field: str = "symbol",
    *,
    width: int = 40,
    ansi: bool = False,
) -> list[str]:
    panel = PANELS[title]
    assert isinstance(panel, BarChart | BarGauge | Pie)
    series = tuple(Series("", (field,), (name,), {0: value}) for name, value in values.items())
    console = Console(
        width=width,
        force_terminal=ansi,
        color_system="truecolor" if ansi else None,
        highlight=False,
    )
    with console.capture() as caught:
        console.print(draw(panel, Answer(series, (), 0, 0), Presentation(), width, 8))
    return caught.get().splitlines()


@pytest.mark.parametrize(
    "values",
    [
        {"B": 40.0, "E": -20.0, "S": 5.0},
        {"B": -40.0, "E": -20.0},
        {"B": 0.0, "E": -1e-9},
        {"B": 1e9, "E": -1.0},
    ],
)
@pytest.mark.parametrize("width", [24, 40, 90])
def test_losses_go_left_and_gains_right_of_one_zero_line(
    values: dict[str, float], width: int
) -> None:
    drawn = lines("PnL by symbol", values, width=width)
    assert len(drawn) == len(values)
    assert all(cell_len(line) <= width for line in drawn)
    zero = {line.index("│") for line in drawn}
    assert len(zero) == 1
    for line in drawn:
        left, right = line.split("│")
        if values[left[0]] < 0:
            assert "█" not in right
            assert left[1:].strip() or values[left[0]] > -2
        else:
            assert not left[1:].strip()


def test_gains_and_losses_have_their_sign_and_colour() -> None:
    drawn = lines("PnL by symbol", {"B": 40.0, "E": -20.0}, ansi=True)

    def rgb(name: str) -> str:
        colour = figures.HEX[name]
        return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))

    assert rgb("green") in drawn[0]
    assert "+40.00" in drawn[0]
    assert rgb("red") in drawn[1]
    assert "-20.00" in drawn[1]


def test_http_statuses_have_the_colours_of_their_class() -> None:
    found = {
        status: figures.colour_of_label("status", status, Presentation())
        for status in ("200", "204", "301", "404", "429", "500", "503")
    }
    assert found["200"] == found["204"] == figures.HEX["green"]
    assert found["404"] == found["429"] == figures.HEX["orange"]
    assert found["500"] == found["503"] == figures.HEX["red"]
    assert found["301"] == figures.HEX["blue"]
    assert figures.colour_of_label("status", "0", Presentation()) == ""
    drawn = lines("Status codes", {"200": 9.0, "500": 1.0}, "status", ansi=True)
    assert drawn[0] != drawn[1]
    series = Series("", ("status",), ("503",), {0: 1.0})
    colour = figures.series_colour(series, PANELS["Status codes"], Presentation(), 0)
    assert colour == figures.HEX["red"]


def test_an_environment_that_all_series_share_is_left_out() -> None:
    def named(*names: tuple[str, str]) -> list[str]:
        found = [Series("", ("env", "quote"), name, {0: 1.0}) for name in names]
        return [figures.series_label(series, Presentation(), found) for series in found]

    assert named(("live", "USDT"), ("live", "KRW")) == ["USDT", "KRW"]
    assert named(("live", "USDT"), ("paper", "USDT")) == ["live USDT", "paper USDT"]
    assert named(("live", "USDT")) == ["USDT"]


def test_a_status_has_its_colour_also_as_a_query_of_its_own() -> None:
    by_status = next(p for p in TRADING_OVERVIEW.panels if p.title == "Orders by status")
    found = {
        name: figures.series_colour(Series(name, (), (), {0: 1.0}), by_status, Presentation(), 0)
        for name in ("filled", "rejected")
    }
    assert found == {"filled": figures.HEX["green"], "rejected": figures.HEX["red"]}
