from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from logging_kit.panels.dashboards import DASHBOARDS, SIGNAL_TRACE, TRADING_OVERVIEW
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.panel import Panel
from logging_kit.watch.answers import (
    Answer,
    Series,
    ask,
    ask_panel,
    compare,
    is_compared,
    newest_signal,
    with_context,
)
from logging_kit.watch.filters import ALL, View, app_of, only, step_s
from tests.support.panels.known_answers import KNOWN, TRACED
from tests.support.panels.story import END, HOUR

pytestmark = pytest.mark.slow

VIEW = View("story")
PAGES = [trace(TRACED) if page is SIGNAL_TRACE else page for page in DASHBOARDS]
NUMBERS = [
    pytest.param(page.uid, panel, id=f"{page.uid}-{panel.id}")
    for page in PAGES
    for panel in page.panels
    if panel.asks == "instant" and not panel.time_from and panel.unit != "bytes"
]


def _named(series: Series) -> list[str]:
    """Return the names of a series in the known answers, which leave out app and environment."""
    pairs = zip(series.fields, series.names, strict=True)
    return [text for field, text in pairs if field not in ("app", "env")]


@pytest.mark.parametrize(("uid", "panel"), NUMBERS)
def test_each_panel_of_numbers_shows_the_truth(
    engine: DuckDBEngine, uid: str, panel: Panel
) -> None:
    answer = ask_panel(engine, panel, VIEW, END * 1000)
    found = {
        (
            *([series.query] if isinstance(panel.query, Mapping) else []),
            *_named(series),
        ): series.value
        for series in answer.series
    }
    assert found == pytest.approx(KNOWN[uid][panel.id], rel=1e-9)
    assert answer.step == 0


def panel(title: str) -> Panel:
    return next(panel for page in PAGES for panel in page.panels if panel.title == title)


def test_a_panel_of_its_own_time_begins_at_midnight(engine: DuckDBEngine) -> None:
    answer = ask_panel(engine, panel("Realized PnL today"), VIEW, END * 1000)
    began = datetime.fromtimestamp(answer.start / 1000)
    assert (began.hour, began.minute, began.second) == (0, 0, 0)
    assert 0 <= answer.end - answer.start < 25 * 3_600_000


def test_a_range_has_round_steps_and_at_least_those_of_its_panel(engine: DuckDBEngine) -> None:
    frequency = ask_panel(engine, panel("Signal frequency"), VIEW, END * 1000)
    assert frequency.step == 3_600_000
    longs = next(series for series in frequency.series if series.names == ("LONG",))
    assert longs.points[(END - HOUR) * 1000] == 1
    assert ask_panel(engine, panel("RSI"), VIEW, END * 1000).step == 1_800_000


@pytest.mark.parametrize(
    ("filters", "longs"),
    [
        ({}, 3),
        ({"bot": only("alpha")}, 3),
        ({"bot": only("alpha-10")}, 0),
        ({"symbol": only("BTC/USDT")}, 2),
        ({"env": only("live")}, 0),
    ],
)
def test_a_view_filters(engine: DuckDBEngine, filters: dict[str, Any], longs: int) -> None:
    answer = ask_panel(engine, panel("LONG signals"), View("story", **filters), END * 1000)
    assert sum(series.value for series in answer.series) == longs


def test_lines_are_filtered_by_level_and_text(engine: DuckDBEngine) -> None:
    def found(**filters: str) -> int:
        return len(
            ask_panel(engine, panel("Error log"), View("story", **filters), END * 1000).lines
        )

    assert (found(level="critical"), found(search="가격"), found(level=ALL) > 2) == (2, 1, True)


def test_a_trace_is_in_the_order_of_events(engine: DuckDBEngine) -> None:
    answer = ask_panel(engine, panel("What happened"), VIEW, END * 1000)
    times = [line.time_us for line in answer.lines]
    assert len(times) > 5
    assert times == sorted(times)


def test_every_dashboard_answers_every_panel(engine: DuckDBEngine) -> None:
    for page in PAGES:
        assert set(ask(engine, page, VIEW)) == {panel.id for panel in page.panels}


def test_the_newest_signal_is_the_one_to_be_traced_first(engine: DuckDBEngine) -> None:
    assert newest_signal(engine, VIEW, END * 1000)
    assert newest_signal(engine, View("absent"), END * 1000) == ""
    assert newest_signal(engine, View("story", span_s=1), END * 1000) == ""


def test_a_range_is_compared_with_the_one_before(engine: DuckDBEngine) -> None:
    view = View("story", span_s=12 * HOUR)
    found = compare(engine, TRADING_OVERVIEW, view, END * 1000)
    closed = panel("Closed trades")
    whole = ask_panel(engine, closed, View("story", span_s=24 * HOUR), END * 1000)
    now = ask_panel(engine, closed, view, END * 1000)
    assert now.series[0].value + found[closed.id].before[0].value == whole.series[0].value
    assert sum(found[closed.id].trend[0].points.values()) >= now.series[0].value
    assert panel("Bot status").id not in found
    assert panel("Trade timeline").id not in found
    answers = with_context(ask(engine, TRADING_OVERVIEW, view, END * 1000), found)
    assert answers[closed.id].before == found[closed.id].before
    assert compare(engine, trace(TRACED), view, END * 1000) == {}


def test_ages_and_states_are_not_compared() -> None:
    for title in ("Heartbeat age", "Last heartbeat", "Bot status", "Signal", "API status"):
        assert not is_compared(panel(title)), title
    for title in ("Equity", "Win rate", "LONG signals", "P95 latency"):
        assert is_compared(panel(title)), title


@pytest.mark.parametrize("name", ["btc-grid", "a.b*c", "봇 '3\"", "x|y", "(a)[b]{c}\\d^$+?"])
def test_only_one_name_is_matched(engine: DuckDBEngine, name: str) -> None:
    for text, expected in ((name, True), (f"{name}x", False), (f"x{name}", False), ("x", False)):
        found = (
            engine.cursor().execute("SELECT regexp_full_match(?, ?)", [text, only(name)]).fetchone()
        )
        assert found == (expected,)


def test_steps_are_round_and_give_at_most_so_many_points() -> None:
    assert [step_s(span, 60) for span in (900, 3600, 86_400, 604_800, 2_592_000)] == [
        15,
        60,
        1800,
        10_800,
        43_200,
    ]
    assert step_s(900, 60, least=3600) == 3600
    assert step_s(10**9, 60) == 86_400


def test_the_app_to_begin_with_is_one_that_has_lines() -> None:
    assert app_of(["a", "b"], "b") == "b"
    assert app_of(["a", "b"], "trading") == "a"
    assert app_of([], "trading") == "trading"


def test_an_answer_without_anything_is_said_to_be_so(engine: DuckDBEngine) -> None:
    dead = ask(engine, TRADING_OVERVIEW, VIEW, (END + 60 * 24 * HOUR) * 1000)
    assert {panel.title for panel in TRADING_OVERVIEW.panels if dead[panel.id].series} == {
        "Bot status"
    }
    assert dead[1].series[0].value == 0
    assert isinstance(dead[25], Answer)
    assert dead[25].lines == ()
