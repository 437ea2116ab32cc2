"""Every panel, asked in SQL about the day whose answers are known.

And faults put into the SQL, which must show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logging_kit.exceptions import QueryError
from logging_kit.panels.compile.duckdb import sql
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine import engine as local
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.fields import (
    EQUITY,
    ERROR,
    HEARTBEAT,
    KEY_SHAPED,
    LINES,
    ORDER,
    SIGNAL,
    TRADE,
)
from logging_kit.panels.query.language import age, count, last, mean, quantile, ratio, rows, total
from logging_kit.panels.query.nodes import Age, Query, Rows
from logging_kit.panels.query.scope import Scope
from tests.support.panels.known_answers import KNOWN, TRACED
from tests.support.panels.reference_engine import Answer, Book, Moments
from tests.support.panels.story import END, HOUR, elsewhere, entries, entries_beside, write_story

pytestmark = pytest.mark.slow

DAY = 24 * HOUR
BEFORE, ELSEWHERE = entries_beside()
BOOK = Book([*BEFORE, *entries()])
PAGES = [trace(TRACED) if page.variable else page for page in DASHBOARDS]
PANELS = [
    pytest.param(page.uid, panel, id=f"{page.uid}-{panel.id}")
    for page in PAGES
    for panel in page.panels
]
METRICS = [param for param in PANELS if param.values[1].asks != "logs"]  # type: ignore[union-attr]
ROWS = [param for param in PANELS if param.values[1].asks == "logs"]  # type: ignore[union-attr]
QUERIES = [
    target.query
    for page in PAGES
    for panel in page.panels
    for target in panel.targets
    if panel.asks != "logs"
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    directory = tmp_path_factory.mktemp("story")
    write_story(directory, [*BEFORE, *ELSEWHERE])
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        yield engine


def scope_of(when: Moments, **more: Any) -> Scope:
    return Scope(
        "story",
        "testnet",
        ".*",
        ".*",
        ".*",
        start=when.start // 1000,
        end=when.end // 1000,
        step=when.step // 1000,
        **more,
    )


def ask(engine: DuckDBEngine, query: Query, when: Moments) -> Answer:
    answer = engine.ask(query, scope_of(when))
    return {(t * 1000, *by): value for by, points in answer.items() for t, value in points.items()}


def moments(start: float, end: float, step: float = 0) -> Moments:
    return Moments(round(start * 1e6), round(end * 1e6), round(step * 1e6))


HOME = ("app", "env")
"""The groups that the names of the known answers leave out."""


@pytest.mark.parametrize(("uid", "panel"), METRICS)
def test_each_panel_answers_with_the_truth(engine: DuckDBEngine, uid: str, panel: Panel) -> None:
    instant = panel.asks == "instant"
    when = moments(END - DAY, END) if instant else moments(END - 2 * HOUR, END, HOUR)
    named = isinstance(panel.query, dict)
    found = {}
    for name, target in zip(panel.query if named else [""], panel.targets, strict=True):
        assert not isinstance(target.query, Rows)
        fields = target.query.by
        for (t, *names), value in ask(engine, target.query, when).items():
            by = [text for field, text in zip(fields, names, strict=True) if field not in HOME]
            ago = () if instant else (str((END * 10**6 - t) // (HOUR * 10**6)),)
            found[(*([name] if named else []), *ago, *by)] = value
    if (uid, panel.id) == ("lk-system-health", 45):
        assert {by[1] for by in found} == {
            "story-bot",
            "story-trade",
            "story-error",
            "story-ai-signal",
        }
    else:
        assert found == pytest.approx(KNOWN[uid][panel.id], rel=1e-9)


@pytest.mark.parametrize("when", [
    moments(END - DAY, END), moments(END - 7 * HOUR - 797, END - 61.5), moments(END - DAY, END, 600),
    moments(END - 3 * HOUR - 7, END - 13, 60), moments(END - 40 * 60, END - 60, 3600), moments(END - DAY, END, 7 * HOUR),
    moments(END - 4 * DAY, END - 2 * DAY), moments(END - 4 * DAY, END, DAY),
])  # fmt: skip
def test_all_panels_agree_with_the_book(engine: DuckDBEngine, when: Moments) -> None:
    for query in QUERIES:
        if not (isinstance(query, Age) and when.step) and not isinstance(query, Rows):
            assert ask(engine, query, when) == pytest.approx(BOOK.answer(query, when), rel=1e-9)


@pytest.mark.parametrize(("uid", "panel"), ROWS)
def test_each_log_panel_shows_its_lines(engine: DuckDBEngine, uid: str, panel: Panel) -> None:
    (target,) = panel.targets
    assert isinstance(target.query, Rows)
    when = moments(END - DAY, END)
    truth = BOOK.rows(target.query, when)
    found = engine.lines(target.query, scope_of(when))
    assert [line.time_us for line in found] == [entry.ts for entry in truth]
    assert sorted(line.text for line in found) == sorted(entry.text for entry in truth)
    assert {(line.job, line.text) for line in found} == {(entry.job, entry.text) for entry in truth}


@pytest.mark.parametrize(("filters", "number"), [
    ({"level": "critical"}, 2), ({"search": "가격"}, 1), ({"bot": "alpha-1.*"}, 1), ({"bot": "alpha"}, None),
    ({"env": "live"}, len(elsewhere())), ({"env": "liv"}, 0),
    ({"app": "other"}, 0), ({"search": "' OR 1=1 --"}, 0),
])  # fmt: skip
def test_the_scope_filters_rows(
    engine: DuckDBEngine, filters: dict[str, str], number: int | None
) -> None:
    scope = Scope(**{"app": "story", "start": (END - DAY) * 1000, "end": END * 1000, **filters})  # type: ignore[arg-type]
    found = engine.lines(rows(LINES, limit=5000), scope)
    expected = (
        sum(entry.text_of("bot_name") == "alpha" for entry in entries())
        if number is None
        else number
    )
    assert len(found) == expected


def test_a_text_is_searched_in_the_lines_of_an_event(engine: DuckDBEngine) -> None:
    def found(text: str) -> list[str]:
        scope = Scope("story", "testnet", start=(END - DAY) * 1000, end=END * 1000, search=text)
        return sorted(line.text for line in engine.lines(rows(TRADE, limit=5000), scope))

    lines = sorted(
        entry.text for entry in BOOK.rows(rows(TRADE, limit=5000), moments(END - DAY, END))
    )
    for text in ("BTC/USDT", '"action":"exit"', "no such text"):
        assert found(text) == [line for line in lines if text in line]
    assert found("BTC/USDT")
    statement, _ = sql(rows(TRADE), Scope("story", start=0, end=1000, search="x"))
    assert statement.count("contains(") == 1, (
        "an event's table has no lines: asked there, each of its rows would look for its own"
    )


def test_a_symbol_is_matched_whole(engine: DuckDBEngine) -> None:
    def longs(symbol: str) -> Any:
        scope = Scope("story", symbol=symbol, start=(END - DAY) * 1000, end=END * 1000)
        return engine.ask(count(SIGNAL, where=SIGNAL.signal == "LONG"), scope)[()][END * 1000]

    assert (longs("BTC/USDT"), longs("BTC"), longs("BTC/USDT|ETH/USDT")) == (2, 0, 3)


def test_a_dead_pipeline_says_no_data_and_only_the_status_says_down(engine: DuckDBEngine) -> None:
    later = moments(END + 30 * DAY, END + 31 * DAY)
    for page in PAGES:
        for panel in page.panels:
            for target in panel.targets:
                if not isinstance(target.query, Rows):
                    down = {(later.end,): 0} if panel.title in ("Bot status", "Bots alive") else {}
                    assert ask(engine, target.query, later) == down


def test_what_looks_like_a_key_is_found(tmp_path: Any) -> None:
    (tmp_path / "segments").mkdir()
    shaped = (
        '{"app":"story","timestamp":"2026-11-21T02:00:00Z","api_' + 'key":"' + "k" * 20 + '"}\n'
    )
    (tmp_path / "segments" / "bot-20261121T020000Z-aaaa.log").write_text(
        shaped + shaped.replace("k" * 20, "***")
    )
    with DuckDBEngine(tmp_path, keep=None) as engine:
        engine.load()
        assert engine.ask(
            count(LINES, where=KEY_SHAPED, within="1h"), Scope("story", end=1795226400000)
        )[()] == {1795226400000: 1}


def test_text_in_a_query_is_a_parameter() -> None:
    statement, parameters = sql(
        count(ERROR, where=ERROR.error_type == "it's"), Scope("a'b", start=0, end=1000)
    )
    assert "it's" not in statement
    assert "a'b" not in statement
    assert {"it's", "a'b"} < set(parameters.values())


def test_a_variable_of_a_dashboard_is_refused() -> None:
    with pytest.raises(QueryError, match=r"a time in ms, not '\$__to'"):
        sql(count(LINES), Scope("a"))


SAMPLES = [
    count(LINES, by="level"), count(ORDER, where=ORDER.status != "submitted", by="status"), mean(SIGNAL.confidence, by="signal"),
    mean(TRADE.pnl, by="quote"),
    total(TRADE.pnl, by="quote"), quantile(0.5, TRADE.duration_s), quantile(0.95, TRADE.pnl, by="quote"),
    count(LINES, by="bot_name", within="5m"), last(TRADE.pnl, by=("bot_name", "symbol")),
    age(HEARTBEAT, by="bot_name", within="24h"),
    ratio(last(EQUITY.realized_pnl, by=("bot_name", "quote")), last(EQUITY.equity, by=("bot_name", "quote"))),
]  # fmt: skip
"""Queries that each fault shows in."""

WHEN = (
    moments(END - DAY, END),
    moments(END - 4 * HOUR, END, HOUR),
    moments(END - 4 * DAY, END - 2 * DAY),
)

MUTANTS: dict[str, Callable[[str], str]] = {
    "left bound closed": lambda s: s.replace("ts > ", "ts >= ").replace("- 1 - ", "- "),
    "right bound open": lambda s: re.sub(
        r"\+ (\d+) - 1\) //", r"+ \1) //", s.replace("ts <= ", "ts < ")
    ),
    "the moment behind its own": lambda s: re.sub(
        r"\+ (\d+) - 1\) // (\d+) \* ", r"+ \1) // \2 * ", s
    ),
    "quantile_disc": lambda s: s.replace("quantile_cont", "quantile_disc"),
    "text without coalesce": lambda s: s.replace("coalesce(\"status\", '') <>", '"status" <>'),
    "mean over lines": lambda s: s.replace('AND "pnl$" IS NOT NULL', "").replace(
        'avg("pnl$")', 'sum("pnl$") / count(*)'
    ),
    "the newest by its time alone": lambda s: s.replace(
        "(ts, coalesce(run_id, ''), coalesce(seq, 0))", "ts"
    ),
    "the newest by time and run": lambda s: s.replace("coalesce(seq, 0)", "0"),
    "divided by nothing": lambda s: s.replace(" WHERE b.v <> 0", ""),
    "time not cut": lambda s: s.replace("max(ts) // 1000", "max(ts) / 1000"),
    "any environment": lambda s: re.sub(
        r"regexp_full_match\(coalesce\(\"env\", ''\), (\$p\d+)\)", r"\1 IS NOT NULL", s
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_in_the_sql_shows(
    engine: DuckDBEngine, mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(query: Any, scope: Scope) -> Any:
        statement, parameters = sql(query, scope)
        return MUTANTS[mutant](statement), parameters

    def caught() -> int:
        asked = [
            (query, when)
            for query in SAMPLES
            for when in WHEN
            if not (isinstance(query, Age) and when.step)
        ]
        return sum(
            ask(engine, query, when) != pytest.approx(BOOK.answer(query, when), rel=1e-9)
            for query, when in asked
        )

    assert caught() == 0
    monkeypatch.setattr(local, "sql", wrong)
    assert caught() > 0


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ((("signal", "LONG"),), {"LONG"}),
        ((("signal", "LONG|WAIT"),), {"LONG", "WAIT"}),
        ((("signal", ".*"),), {"LONG", "SHORT", "WAIT"}),
        ((("level", "info"), ("signal", "SHORT")), {"SHORT"}),
        ((("signal", "LON"),), set()),
    ],
)
def test_further_labels_of_a_scope_narrow_the_lines(
    engine: DuckDBEngine, labels: tuple[tuple[str, str], ...], expected: set[str]
) -> None:
    query = last(SIGNAL.confidence, by=("bot_name", "symbol", "signal"), within="1d")
    found = engine.ask(query, Scope("story", end=END * 1000, labels=labels))
    assert {by[-1] for by in found} == expected


def test_an_event_without_the_label_has_the_empty_one(engine: DuckDBEngine) -> None:
    for expression, some in (("LONG", False), ("|LONG", True)):
        scope = Scope("story", end=END * 1000, labels=(("signal", expression),))
        query = last(HEARTBEAT.uptime_s, by="bot_name", within="1d")
        assert bool(engine.ask(query, scope)) == some
