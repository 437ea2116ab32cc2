"""Every panel of the dashboards, asked on a real Loki about a day whose answers are known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import ANNOTATIONS
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.panel import Panel, Target
from logging_kit.panels.query.fields import SIGNAL
from logging_kit.panels.query.language import count
from logging_kit.panels.query.nodes import Rows
from logging_kit.panels.query.scope import DASHBOARD, Scope
from tests.support.panels import ledger
from tests.support.panels.known_answers import KNOWN, STORY, TRACED, Answer
from tests.support.panels.story import END, HOUR, TORN, elsewhere, micros, push, write_story

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

DAY = 24 * HOUR
PANELS = [(dashboard.uid, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
METRICS = [
    pytest.param(uid, panel, id=f"{uid}-{panel.id}")
    for uid, panel in PANELS
    if panel.asks != "logs"
]
ROWS = [
    pytest.param(uid, panel, id=f"{uid}-{panel.id}")
    for uid, panel in PANELS
    if panel.asks == "logs"
]


HOME = ("app", "env")
"""The groups that the names of the known answers leave out."""


def named(target: Target) -> tuple[str, ...]:
    """Return the groups of a target that name its series in the known answers."""
    return tuple(name for name in target.query.by if name not in HOME)  # type: ignore[union-attr]


def ask(loki: Loki, target: Target, scope: Scope) -> Answer:
    """The answer of one target.

    An instant one at END over the day, a range at END in steps of an hour.
    """
    by = named(target)
    ahead = HOUR * target.scope.ahead
    scope = replace(scope, ahead=target.scope.ahead)
    expr = logql(target.query, scope).replace("${correlation_id:regex}", TRACED)
    if target.type == "instant":
        found = loki.query(expr, END)
        return {tuple(labels.get(name, "") for name in by): value for labels, value in found}
    series = loki.query_range(expr, END - ahead - 2 * HOUR, END - ahead, HOUR)
    return {
        (str(round(END - ahead - t) // HOUR), *(labels.get(name, "") for name in by)): v
        for labels, points in series
        for t, v in points.items()
    }


def ask_all(loki: Loki, panel: Panel, scope: Scope) -> Answer:
    """The answers of all targets; those of several begin with the target's name."""
    if not isinstance(panel.query, Mapping):
        return ask(loki, panel.targets[0], scope)
    found = zip(panel.query, panel.targets, strict=True)
    return {
        (name, *key): value
        for name, target in found
        for key, value in ask(loki, target, scope).items()
    }


def twin(uid: str, panel: Panel) -> Panel:
    """Return the panel itself, or that of the one signal where the dashboard asks for its id."""
    if uid != "lk-signal-trace":
        return panel
    return next(other for other in trace(TRACED).panels if other.id == panel.id)


def scope_of(app: str, panel: Panel, **filters: Any) -> Scope:
    return Scope(
        app,
        "testnet",
        window="24h" if panel.asks == "instant" else "1h",
        end=END * 1000,
        **({"bot": ".*", "symbol": ".*"} | filters),
    )


def ask_duckdb(engine: DuckDBEngine, panel: Panel, app: str) -> Answer:
    """Return the answers of all targets from the same day's files."""
    found: Answer = {}
    names = [*panel.query] if isinstance(panel.query, Mapping) else [None]
    for name, target in zip(names, panel.targets, strict=True):
        instant = target.type == "instant"
        ahead = HOUR * target.scope.ahead
        start, step = (END - DAY, 0) if instant else (END - ahead - 2 * HOUR, HOUR)
        scope = Scope(
            app, "testnet", ".*", ".*", start=start * 1000, end=END * 1000, step=step * 1000,
            ahead=target.scope.ahead,
        )  # fmt: skip
        by = target.query.by  # type: ignore[union-attr]
        for names_of, points in engine.ask(target.query, scope).items():
            key = [text for field, text in zip(by, names_of, strict=True) if field not in HOME]
            for t, value in points.items():
                ago = () if instant else (str((END - ahead - t // 1000) // HOUR),)
                found[(*([name] if name else []), *ago, *key)] = value
    return found


@pytest.fixture(scope="session")
def story_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    directory = tmp_path_factory.mktemp("story")
    write_story(directory)
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        yield engine


@pytest.fixture(scope="session")
def story_app(loki: Loki) -> str:
    push(loki, "panels-story", STORY)
    push(loki, "panels-story", elsewhere(), env="live", torn=[])
    return "panels-story"


@pytest.mark.parametrize(("uid", "panel"), METRICS)
def test_each_panel_answers_with_the_truth(
    loki: Loki, story_app: str, story_engine: DuckDBEngine, uid: str, panel: Panel
) -> None:
    answer = ask_all(loki, panel, scope_of(story_app, panel))
    local = ask_duckdb(story_engine, twin(uid, panel), "story")
    if (uid, panel.id) == ("lk-system-health", 45):  # bytes: no less than one for each line
        assert {by[1] for by in answer} == {
            f"{story_app}-bot",
            f"{story_app}-trade",
            f"{story_app}-error",
            f"{story_app}-ai-signal",
        }
        assert all(size > 100 for size in answer.values())
        assert {by[1] for by in local} == {job.replace(story_app, "story") for _, job in answer}
    else:
        assert answer == pytest.approx(KNOWN[uid][panel.id], rel=1e-9)
        assert local == pytest.approx(KNOWN[uid][panel.id], rel=1e-9)
    ledger.record(ledger.panel_keys(uid, panel), loki.version)


@pytest.mark.parametrize(("uid", "panel"), ROWS)
def test_each_log_panel_shows_its_lines(
    loki: Loki, story_app: str, story_engine: DuckDBEngine, uid: str, panel: Panel
) -> None:
    (target,) = panel.targets
    expr = logql(target.query, scope_of(story_app, panel, level=".*", search="")).replace(
        "${correlation_id:regex}", TRACED
    )
    found = loki.lines(expr, END - DAY, END)
    wanted = {
        "Trade timeline": ("TRADE", lambda line: True),
        "Discord notifications": ("NOTIFICATION", lambda line: line["channel"] == "discord"),
        "LONG and SHORT signals": ("SIGNAL", lambda line: line["signal"] != "WAIT"),
        "Risk events": ("RISK", lambda line: True),
        "Error log": (..., lambda line: line["level"] in ("error", "critical")),
        "API call log": ("API_CALL", lambda line: True),
        "All lines": (..., lambda line: True),
        "Failed calls": ("API_CALL", lambda line: not line["ok"]),
        "Last 5 trades": ("TRADE", lambda line: line["action"] == "exit"),
        "Position snapshots": ("POSITION", lambda line: True),
        "What happened": (..., lambda line: line.get("correlation_id") == TRACED),
    }
    event, test = wanted[panel.title]
    truth = sorted(
        micros(line) * 1000 for line in STORY if event in (..., line["event"]) and test(line)
    )
    if panel.title == "All lines":
        truth = sorted([*truth, *((END - HOUR + i) * 10**9 for i in range(len(TORN)))])
    assert [line.time_ns for line in found] == truth
    (query,) = (target.query for target in twin(uid, panel).targets)
    assert isinstance(query, Rows)
    scope = Scope("story", "testnet", ".*", ".*", start=(END - DAY) * 1000, end=END * 1000)
    local = story_engine.lines(replace(query, limit=5000), scope)
    assert sorted(line.time_us * 1000 for line in local) == truth
    ledger.record(ledger.panel_keys(uid, panel), loki.version)


def test_a_log_panel_leaves_out_the_words_that_a_line_lacks(loki: Loki, story_app: str) -> None:
    timeline = next(panel for uid, panel in PANELS if panel.title == "Trade timeline")
    texts = [
        line.text
        for line in loki.lines(
            logql(timeline.targets[0].query, scope_of(story_app, timeline)), END - DAY, END
        )
    ]
    assert texts[0] == "entry LONG BTC/USDT qty=1 @ 10 USDT"
    assert texts[4] == "exit LONG BTC/USDT qty=1 @ 10 pnl=10.50 USDT (target)"


def test_level_and_search_narrow_the_log_panels(loki: Loki, story_app: str) -> None:
    panel = next(panel for uid, panel in PANELS if panel.title == "Error log")
    critical = scope_of(story_app, panel, level="critical", search="")
    korean = scope_of(story_app, panel, level=".*", search="가격")
    assert len(loki.lines(logql(panel.targets[0].query, critical), END - DAY, END)) == 2
    assert len(loki.lines(logql(panel.targets[0].query, korean), END - DAY, END)) == 1


@pytest.mark.parametrize(
    ("filters", "longs", "lines_"),
    [
        ({"bot": "alpha"}, 3, sum(line["bot_name"] == "alpha" for line in STORY)),
        ({"bot": "alpha|beta"}, 3, sum(line["bot_name"] in ("alpha", "beta") for line in STORY)),
        ({"bot": "alpha-10"}, 0, 1),
        ({"bot": "alpha|alpha-1"}, 3, sum(line["bot_name"] == "alpha" for line in STORY)),
        ({"symbol": "BTC/USDT"}, 2, len(STORY) + len(TORN)),
        ({"symbol": "BTC"}, 0, len(STORY) + len(TORN)),
    ],
)
def test_bot_and_symbol_are_matched_whole(
    loki: Loki, story_app: str, filters: dict[str, str], longs: int, lines_: int
) -> None:
    by_title = {panel.title: panel for _, panel in PANELS}
    count_longs, count_lines = by_title["LONG signals"], by_title["Lines"]
    assert ask(loki, count_longs.targets[0], scope_of(story_app, count_longs, **filters)) == {
        (): longs
    }
    assert ask(loki, count_lines.targets[0], scope_of(story_app, count_lines, **filters)) == {
        (): lines_
    }


@pytest.mark.parametrize(("uid", "panel"), METRICS)
def test_a_dead_pipeline_says_no_data_and_only_the_status_says_down(
    loki: Loki, app: str, uid: str, panel: Panel
) -> None:
    down = {(): 0} if panel.title in ("Bot status", "Bots alive") else {}
    assert ask_all(loki, panel, scope_of(app, panel)) == down


def test_a_living_pipeline_without_events_says_0_only_where_that_is_known(
    loki: Loki, app: str
) -> None:
    push(
        loki,
        app,
        [{"ago": 60, "event": None, "bot_name": "alpha", "level": "info", "message": "up"}],
        torn=[],
    )
    zero = {
        "LONG signals", "SHORT signals", "WAIT signals", "Closed trades", "Orders", "AI calls", "Errors (1h)", "Restarts",
        "Error rate", "Request rate", "Filled orders (2 days)",
        "Risk rules triggered", "Discord sent", "Discord failed", "Unparseable lines", "Bot status", "Bots alive",
        "Lines with wrong fields", "Orders by status",
    }  # fmt: skip
    said = {
        (uid, panel.title): ask_all(loki, panel, scope_of(app, panel))
        for uid, panel in PANELS
        if panel.asks != "logs"
    }
    assert {
        title for (_, title), answer in said.items() if answer and set(answer.values()) == {0}
    } == zero
    assert {title for (_, title), answer in said.items() if answer} - zero == {
        "Last line received",
        "Lines",
        "Lines by level",
        "Log volume by job",
    }


def test_flat_positions_are_0_open_ones(loki: Loki, app: str) -> None:
    flat = {
        "event": "POSITION",
        "bot_name": "alpha",
        "level": "info",
        "symbol": "BTC/USDT",
        "qty": 0,
        "notional": 0,
        "quote": "USDT",
    }
    push(loki, app, [{"ago": 120} | flat], torn=[])
    by_title = {panel.title: panel for _, panel in PANELS}
    opened, values = by_title["Open positions"], by_title["Open positions by symbol"]
    assert ask(loki, opened.targets[0], scope_of(app, opened)) == {(): 0}
    assert ask(loki, values.targets[0], scope_of(app, values)) == {}


def test_a_trace_without_an_id_shows_nothing(loki: Loki, story_app: str) -> None:
    for uid, panel in PANELS:
        if uid != "lk-signal-trace":
            continue
        for target in panel.targets:
            expr = logql(target.query, scope_of(story_app, panel, level=".*", search="")).replace(
                "${correlation_id:regex}", ""
            )
            assert (
                loki.lines(expr, END - DAY, END) if target.type == "logs" else loki.query(expr, END)
            ) == []


def test_a_trace_of_one_signal_needs_no_variable(loki: Loki, story_app: str) -> None:
    signal = trace("c1").panels[0]
    assert ask(loki, signal.targets[0], scope_of(story_app, signal)) == {("LONG", "ETH/USDT"): 1}


def test_losses_without_a_win_are_a_win_rate_of_0(loki: Loki, app: str) -> None:
    loss = {
        "event": "TRADE",
        "bot_name": "alpha",
        "level": "info",
        "symbol": "BTC/USDT",
        "action": "exit",
        "result": "loss",
    }
    push(loki, app, [{"ago": 120 + i} | loss for i in range(5)], torn=[])
    rate = next(panel for _, panel in PANELS if panel.title == "Win rate")
    assert ask(loki, rate.targets[0], scope_of(app, rate)) == {(): 0}


@pytest.mark.parametrize(
    ("uid", "panel"), [pytest.param(uid, panel, id=f"{uid}-{panel.id}") for uid, panel in PANELS]
)
def test_loki_parses_each_query_of_the_dashboards(loki: Loki, uid: str, panel: Panel) -> None:
    scope = replace(DASHBOARD, window="5m", end=0)
    for target in panel.targets:
        assert loki.format_query(logql(target.query, scope))


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda annotation: annotation.name)
def test_each_annotation_marks_its_lines(
    loki: Loki, story_app: str, story_engine: DuckDBEngine, annotation: Any
) -> None:
    found = loki.lines(
        logql(annotation.rows, Scope(story_app, "testnet", ".*", ".*")), END - DAY, END
    )
    assert (
        len(found)
        == {"▲ LONG entries": 2, "▼ SHORT entries": 1, "Risk rules": 1, "Restarts": 3}[
            annotation.name
        ]
    )
    scope = Scope("story", "testnet", ".*", ".*", start=(END - DAY) * 1000, end=END * 1000)
    local = story_engine.lines(annotation.rows, scope)
    assert sorted(line.time_us * 1000 for line in local) == [line.time_ns for line in found]
    ledger.record([f"annotation/{annotation.name}"], loki.version)


def test_text_in_a_query_may_hold_anything(loki: Loki, app: str) -> None:
    from logging_kit.panels.query.fields import ERROR
    from logging_kit.panels.query.language import count

    awkward = 'a "quoted" `back\\slash`\tand 가격 }{ |='
    push(
        loki,
        app,
        [{"ago": 5, "event": "ERROR", "bot_name": "b", "level": "error", "error_type": awkward}],
        torn=[],
    )
    assert loki.query(
        logql(count(ERROR, where=ERROR.error_type == awkward), Scope(app, window="1h")), END
    ) == [({}, 1.0)]
    assert (
        json.loads(loki.lines(f'{{app="{app}"}}', END - HOUR, END)[0].text)["error_type"] == awkward
    )


@pytest.mark.parametrize("expression", ["LONG", "LONG|WAIT", ".*", "LON"])
def test_further_labels_of_a_scope_narrow_the_lines(
    loki: Loki, story_app: str, expression: str
) -> None:
    """A label of the scope matches whole, as in the embedded engine."""
    scope = Scope(story_app, "testnet", labels=(("signal", expression),), end=END * 1000)
    query = count(SIGNAL, within="1d", by="signal")
    found = {labels["signal"] for labels, _ in loki.query(logql(query, scope), END * 10**9)}
    assert found == {word for word in ("LONG", "SHORT", "WAIT") if re.fullmatch(expression, word)}


def test_more_markets_and_orders_than_the_default_limit_of_series(loki: Loki, app: str) -> None:
    many = 700
    push(
        loki,
        app,
        [
            {
                "ago": 60 + i / 100,
                "event": event,
                "bot_name": "alpha",
                "level": "info",
                "symbol": f"C{i}/USDT",
                "exchange": "binance",
                "quote": "USDT",
                "position_side": "LONG",
                "order_id": f"o{i}",
                "status": "filled",
                "side": "buy",
                "qty": 2,
                "notional": 3,
            }
            for event in ("POSITION", "ORDER")
            for i in range(many)
        ],
        torn=[],
    )
    by_title = {panel.title: panel for _, panel in PANELS}
    for title in ("Open positions", "Orders", "Filled orders (2 days)"):
        panel = by_title[title]
        assert ask(loki, panel.targets[0], scope_of(app, panel)) == {(): many}
    values = by_title["Open positions by symbol"]
    assert len(ask(loki, values.targets[0], scope_of(app, values))) == many
