"""The text of an empty panel names what is missing, or what hides it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.watch.answers import ask_panel
from logging_kit.watch.filters import View
from tests.support.panels.story import END, HOUR

pytestmark = pytest.mark.slow

PANELS = {panel.title: panel for page in DASHBOARDS for panel in page.panels}
VIEW = View("story")


def said(
    engine: DuckDBEngine,
    title: str,
    view: View,
    style: Presentation = ENGLISH,
    hours_later: int = 0,
) -> str:
    answer = ask_panel(engine, PANELS[title], view, (END + hours_later * HOUR) * 1000)
    assert not answer.series
    assert not answer.lines
    assert answer.reason is not None
    return answer.reason.say(style)


@pytest.mark.parametrize(
    ("title", "view", "text"),
    [
        ("Error log", replace(VIEW, search="no such text"), "hidden by the filter search"),
        ("Error log", replace(VIEW, level="debug"), "hidden by the filter level"),
        ("RSI", replace(VIEW, symbol="XRP/USDT"), "hidden by the filter symbol"),
        ("Equity", replace(VIEW, bot="nobot"), "hidden by the filter bot"),
        ("Equity", replace(VIEW, env="live"), "not one line in the time range"),
        ("Equity", View("no-such-app"), "not one line in the time range"),
    ],
)
def test_a_filter_that_hides_an_answer_is_named(
    engine: DuckDBEngine, title: str, view: View, text: str
) -> None:
    assert said(engine, title, view) == f"No data: {text}"


def test_a_dead_pipeline_is_no_zero(engine: DuckDBEngine) -> None:
    assert said(engine, "Failed calls", VIEW, hours_later=24 * 40).endswith("in the time range")


def test_nothing_where_nothing_happened_is_no_missing_data(engine: DuckDBEngine) -> None:
    quiet = replace(VIEW, span_s=10 * 60)
    assert said(engine, "Risk events", quiet) == "No risk events"
    assert said(engine, "Silent bots", VIEW, hours_later=-20) == "No silent bots"


def test_a_missing_field_is_named(engine: DuckDBEngine) -> None:
    panel = PANELS["Volatility"]
    answer = ask_panel(engine, panel, replace(VIEW, span_s=600), (END - 39 * 60) * 1000)
    assert answer.reason is not None
    assert answer.reason.say(ENGLISH) == "No data: no INDICATOR with volatility"


def test_the_reader_reads_it_in_their_language(engine: DuckDBEngine) -> None:
    korean = Presentation("ko")
    assert "필터 bot" in said(engine, "Equity", replace(VIEW, bot="nobot"), korean)
