"""Every panel of the dashboards, asked on a real Loki about a day whose answers are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from logging_kit.panels.dashboard import ANNOTATIONS
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.logql import Scope, logql
from logging_kit.panels.panel import Panel, Target
from tests.panels.story import END, HOUR, TORN, elsewhere, lines, micros, push

if TYPE_CHECKING:
    from tests.servers.loki import Loki

pytestmark = pytest.mark.servers

DAY = 24 * HOUR
STORY = lines()
PANELS = [(dashboard.uid, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
METRICS = [pytest.param(uid, panel, id=f"{uid}-{panel.id}") for uid, panel in PANELS if panel.asks != "logs"]
ROWS = [pytest.param(uid, panel, id=f"{uid}-{panel.id}") for uid, panel in PANELS if panel.asks == "logs"]

TRACED = "c3"
"""The signal that the trace is asked about: a SHORT that was filled half an hour and five seconds later."""

Answer = dict[tuple[str, ...], float]


def ask(loki: Loki, target: Target, scope: Scope) -> Answer:
    """The answer of one target: an instant one at END over the day, a range at END in steps of an hour."""
    by = target.query.by  # type: ignore[union-attr]
    expr = target.expr(scope).replace("$correlation_id", TRACED)
    if target.type == "instant":
        found = loki.query(expr, END)
        return {tuple(labels.get(name, "") for name in by): value for labels, value in found}
    series = loki.query_range(expr, END - 2 * HOUR, END, HOUR)
    return {
        (str(round(END - t) // HOUR), *(labels.get(name, "") for name in by)): v
        for labels, points in series
        for t, v in points.items()
    }


def ask_all(loki: Loki, panel: Panel, scope: Scope) -> Answer:
    """The answers of all targets; those of several begin with the target's name."""
    if not isinstance(panel.query, Mapping):
        return ask(loki, panel.targets[0], scope)
    found = zip(panel.query, panel.targets, strict=True)
    return {(name, *key): value for name, target in found for key, value in ask(loki, target, scope).items()}


def scope_of(app: str, panel: Panel, **filters: Any) -> Scope:
    return Scope(
        app,
        "testnet",
        window="24h" if panel.asks == "instant" else "1h",
        end=END * 1000,
        **({"bot": ".*", "symbol": ".*"} | filters),
    )


@pytest.fixture(scope="session")
def story_app(loki: Loki) -> str:
    push(loki, "panels-story", STORY)
    push(loki, "panels-story", elsewhere(), env="live", torn=[])
    return "panels-story"


def level_counts() -> Answer:
    """Lines by level in the three hours before the end; a window is open on the left and closed on the right."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in STORY:
        for hour in range(3):
            if hour * HOUR <= line["ago"] < (hour + 1) * HOUR:
                counts[(str(hour), line["level"])] += 1
    counts[("0", "")] += sum(1 for i in range(len(TORN)) if i > 0)  # the first is exactly an hour old
    counts[("1", "")] += 1
    return dict(counts)


def error_rate() -> Answer:
    levels = level_counts()
    hours = ("0", "1", "2")
    failed = {hour: sum(n for (h, level), n in levels.items() if h == hour and level in ("error", "critical")) for hour in hours}
    return {(hour,): failed[hour] / sum(n for (h, _), n in levels.items() if h == hour) for hour in hours}


OVERVIEW: dict[int, Answer] = {
    1: {(): 2},
    2: {("USDT",): 1010.5, ("KRW",): 2_000_000},
    3: {("USDT",): 8.5, ("KRW",): 300},
    4: {("USDT",): 10, ("KRW",): -1000},
    5: {(): 2 / 5},
    6: {(): 3},
    11: {(): 3},
    12: {(): 2},
    13: {(): 4},
    14: {("LONG",): 3, ("SHORT",): 2, ("WAIT",): 4},
    15: {("0", "LONG"): 1, ("1", "LONG"): 1, ("2", "LONG"): 1},
    21: {("USDT",): 8.5, ("KRW",): 300},
    22: {(): 5},
    23: {(): 4},
    24: {(): 0.5},
    26: {("buy",): 3, ("sell",): 1},
    27: {("accepted",): 1, ("filled",): 2, ("rejected",): 1, ("canceled",): 1, ("",): 1},
    28: {("binance",): 3, ("upbit",): 1},
    31: {("0", "alpha", "USDT"): 60, ("0", "beta", "KRW"): -5, ("1", "beta", "USDT"): 7},
    32: {("BTC/USDT", "USDT"): 44_800, ("BTC/KRW", "KRW"): -9_000_000},
    33: {(): 2},
    34: {("0", "alpha"): 0, ("0", "beta"): 1},
}
SIGNALS: dict[int, Answer] = {
    1: {("LONG",): 3, ("SHORT",): 2, ("WAIT",): 4},
    2: {(): (0.9 + 0.8 + 0.5 + 0.85 + 0.1 + 0.2) / 6},
    3: {("0", "LONG"): 0.9, ("1", "LONG"): 0.8, ("2", "LONG"): 0.5},
    4: {("0", "LONG"): 1, ("1", "LONG"): 1, ("2", "LONG"): 1},
    5: {("0", "alpha", "BTC/USDT", "1h"): 61.5, ("0", "alpha", "BTC/USDT", "5m"): 40},
    11: {(): 3 / 5},
    12: {(): 3 / 5},
    13: {("LONG",): (END - 0.5 * HOUR) * 1000, ("SHORT",): (END - 3.5 * HOUR) * 1000},
    14: {(): 3},
    15: {(): 0.03},
    16: {("LONG",): 2 / 3, ("SHORT",): 0},
    17: {("target", "USDT"): 12.5, ("target", "KRW"): 300, ("stop", "USDT"): -4},
    18: {("m1",): 2, ("m2",): 1},
}
HEALTH: dict[int, Answer] = {
    1: {(): 2},
    2: {(): 1},
    3: {("alpha",): (END - 60) * 1000 - 1, ("beta",): (END - 600) * 1000},
    4: {("alpha",): 60.001, ("beta",): 600},
    5: {(): 4},
    6: {(): 10 / 12},
    11: {("beta",): 21},
    12: {(): 2},
    13: {(): 1},
    14: {(): 3},
    15: {(): 1},
    21: error_rate(),
    22: level_counts(),
    24: {("ValueError",): 2, ("message",): 1, ("Timeout",): 1},
    41: {(): (END - 60) * 1000 - 1},
    42: {(): 2},
    43: {(): 3},
    44: {(): len(STORY) + len(TORN)},
    46: {("0", "alpha"): 50, ("0", "beta"): 8},
}
API: dict[int, Answer] = {
    1: {(): 2},
    2: {(): 10 / 24 / 60},
    3: {(): 55},
    4: {(): 90 + (5000 - 90) * 0.55},
    5: {(): 90 + (5000 - 90) * 0.91},
    6: {(): 0.1},
    11: {("binance",): 1},
    12: {("0", "/api/v3/order"): 90 + (5000 - 90) * 0.55},
    13: {("0", "/api/v3/order"): 10 / 60},
    14: {("0", "GET"): 9 / 60, ("0", "POST"): 1 / 60},
    15: {("200",): 9, ("0",): 1},
    16: {("/api/v3/order",): 90 + (5000 - 90) * 0.55},
    17: {("/api/v3/order",): 0.1},
    18: {("0", "binance"): 1},
    19: {(): 0.25},
    31: {("0", "GET"): 2 / 60},
    32: {("0", "/health"): 16.95},
    33: {("200",): 1, ("503",): 1},
}
PNL: dict[int, Answer] = {
    1: {("alpha", "USDT"): 1.05},
    2: {("alpha", "USDT"): 0.4, ("beta", "KRW"): -0.1},
    3: {(): 2 / 5},
    4: {("USDT",): 12.5 / 4},
    5: {("alpha", "USDT"): 4.5, ("beta", "KRW"): 12.25},
    6: {("BTC/USDT",): 0.7, ("ETH/USDT",): 0, ("BTC/KRW",): -0.1},
    11: {
        ("equity", "0", "USDT"): 1010.5, ("equity", "0", "KRW"): 2_000_000, ("equity", "1", "USDT"): 90,
        ("realized", "0", "USDT"): 60, ("realized", "0", "KRW"): -5, ("realized", "1", "USDT"): 7,
    },
    12: {("0", "alpha", "USDT"): 4.5, ("0", "beta", "KRW"): 12.25},
    13: {("1", "USDT"): -4, ("1", "KRW"): 300, ("2", "USDT"): 10.5},
    14: {("BTC/USDT", "USDT"): 12.5, ("ETH/USDT", "USDT"): -4, ("BTC/KRW", "KRW"): 300},
    15: {("ema", "USDT"): 6.5, ("", "USDT"): 2, ("", "KRW"): 300},
    22: {("best", "USDT"): 10.5, ("best", "KRW"): 300, ("worst", "USDT"): -4, ("worst", "KRW"): 300},
    23: {("mean",): 0.75, ("best",): 2.5, ("worst",): -1},
    24: {(): 3900},
    25: {(): 2},
    32: {("BTC/USDT", "USDT"): 10, ("ETH/USDT", "USDT"): 0, ("BTC/KRW", "KRW"): -1000},
    33: {("0", "alpha", "BTC/USDT", "1h"): 64_000.5, ("1", "alpha", "BTC/USDT", "1h"): 63_000},
    34: {("0", "alpha", "BTC/USDT", "1h"): 0.0125},
    41: {("alpha", "BTC/USDT", "1h"): 0.0125},
    42: {("alpha",): 60.001, ("beta",): 600},
    43: {("alpha",): (END - HOUR) * 1000},
    44: {("LONG",): (END - 0.5 * HOUR) * 1000, ("SHORT",): (END - 3.5 * HOUR) * 1000, ("WAIT",): (END - 5.5 * HOUR) * 1000},
    45: {("Timeout",): 1},
}  # fmt: skip
TRACE: dict[int, Answer] = {
    1: {("SHORT", "BTC/USDT"): 1},
    2: {(): 0.85},
    3: {(): 1_805_000},
    4: {("USDT",): 12.5},
    5: {(): 50},
    6: {("error",): 1},
    12: {("submitted",): 3, ("accepted",): 1, ("filled",): 2, ("rejected",): 1, ("canceled",): 1},
    13: {("SIGNAL",): 1, ("ORDER",): 8, ("TRADE",): 2, ("API_CALL",): 2, ("ERROR",): 1},
}
KNOWN: Mapping[str, dict[int, Answer]] = {
    "lk-trading-overview": OVERVIEW,
    "lk-ai-signals": SIGNALS,
    "lk-system-health": HEALTH,
    "lk-api-performance": API,
    "lk-positions-pnl": PNL,
    "lk-signal-trace": TRACE,
}


@pytest.mark.parametrize(("uid", "panel"), METRICS)
def test_each_panel_answers_with_the_truth(loki: Loki, story_app: str, uid: str, panel: Panel) -> None:
    answer = ask_all(loki, panel, scope_of(story_app, panel))
    if (uid, panel.id) == ("lk-system-health", 45):  # bytes: no less than one for each line
        assert {by[1] for by in answer} == {"trading-bot", "trading-trade", "trading-error", "trading-ai-signal"}
        assert all(size > 100 for size in answer.values())
    else:
        assert answer == pytest.approx(KNOWN[uid][panel.id], rel=1e-9)


@pytest.mark.parametrize(("uid", "panel"), ROWS)
def test_each_log_panel_shows_its_lines(loki: Loki, story_app: str, uid: str, panel: Panel) -> None:
    (target,) = panel.targets
    expr = target.expr(scope_of(story_app, panel, level=".*", search="")).replace("$correlation_id", TRACED)
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
    truth = sorted(micros(line) * 1000 for line in STORY if event in (..., line["event"]) and test(line))
    if panel.title == "All lines":
        truth = sorted([*truth, *((END - HOUR + i) * 10**9 for i in range(len(TORN)))])
    assert [line.time_ns for line in found] == truth


def test_a_log_panel_leaves_out_the_words_that_a_line_lacks(loki: Loki, story_app: str) -> None:
    timeline = next(panel for uid, panel in PANELS if panel.title == "Trade timeline")
    texts = [line.text for line in loki.lines(timeline.targets[0].expr(scope_of(story_app, timeline)), END - DAY, END)]
    assert texts[0] == "entry LONG BTC/USDT qty=1 @ 10 USDT"
    assert texts[4] == "exit LONG BTC/USDT qty=1 @ 10 pnl=10.50 USDT (target)"


def test_level_and_search_narrow_the_log_panels(loki: Loki, story_app: str) -> None:
    panel = next(panel for uid, panel in PANELS if panel.title == "Error log")
    critical = scope_of(story_app, panel, level="critical", search="")
    korean = scope_of(story_app, panel, level=".*", search="가격")
    assert len(loki.lines(panel.targets[0].expr(critical), END - DAY, END)) == 2
    assert len(loki.lines(panel.targets[0].expr(korean), END - DAY, END)) == 1


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
def test_bot_and_symbol_are_matched_whole(loki: Loki, story_app: str, filters: dict[str, str], longs: int, lines_: int) -> None:
    by_title = {panel.title: panel for _, panel in PANELS}
    count_longs, count_lines = by_title["LONG signals"], by_title["Lines"]
    assert ask(loki, count_longs.targets[0], scope_of(story_app, count_longs, **filters)) == {(): longs}
    assert ask(loki, count_lines.targets[0], scope_of(story_app, count_lines, **filters)) == {(): lines_}


@pytest.mark.parametrize(("uid", "panel"), METRICS)
def test_a_dead_pipeline_says_no_data_and_only_the_status_says_down(loki: Loki, app: str, uid: str, panel: Panel) -> None:
    down = {(): 0} if panel.title in ("Bot status", "Bots alive") else {}
    assert ask_all(loki, panel, scope_of(app, panel)) == down


def test_a_living_pipeline_without_events_says_0_only_where_that_is_known(loki: Loki, app: str) -> None:
    push(loki, app, [{"ago": 60, "event": None, "bot_name": "alpha", "level": "info", "message": "up"}], torn=[])
    zero = {
        "LONG signals", "SHORT signals", "WAIT signals", "Closed trades", "Orders", "AI calls", "Errors (1h)", "Restarts",
        "Error rate", "Request rate", "Filled orders (2 days)",
        "Risk rules triggered", "Discord sent", "Discord failed", "Unparseable lines", "Bot status", "Bots alive",
    }  # fmt: skip
    said = {(uid, panel.title): ask_all(loki, panel, scope_of(app, panel)) for uid, panel in PANELS if panel.asks != "logs"}
    assert {title for (_, title), answer in said.items() if answer and set(answer.values()) == {0}} == zero
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
            expr = target.expr(scope_of(story_app, panel, level=".*", search="")).replace("$correlation_id", "")
            assert (loki.lines(expr, END - DAY, END) if target.type == "logs" else loki.query(expr, END)) == []


def test_a_trace_of_one_signal_needs_no_variable(loki: Loki, story_app: str) -> None:
    signal = trace("c1").panels[0]
    assert ask(loki, signal.targets[0], scope_of(story_app, signal)) == {("LONG", "ETH/USDT"): 1}


def test_losses_without_a_win_are_a_win_rate_of_0(loki: Loki, app: str) -> None:
    loss = {"event": "TRADE", "bot_name": "alpha", "level": "info", "symbol": "BTC/USDT", "action": "exit", "result": "loss"}
    push(loki, app, [{"ago": 120 + i} | loss for i in range(5)], torn=[])
    rate = next(panel for _, panel in PANELS if panel.title == "Win rate")
    assert ask(loki, rate.targets[0], scope_of(app, rate)) == {(): 0}


@pytest.mark.parametrize(("uid", "panel"), [pytest.param(uid, panel, id=f"{uid}-{panel.id}") for uid, panel in PANELS])
def test_loki_parses_each_query_of_the_dashboards(loki: Loki, uid: str, panel: Panel) -> None:
    scope = Scope("$app", "$env", "$bot", "$symbol", "$level", "$search", window="5m", end=0)
    for target in panel.targets:
        assert loki.format_query(target.expr(scope))


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda annotation: annotation.name)
def test_each_annotation_marks_its_lines(loki: Loki, story_app: str, annotation: Any) -> None:
    found = loki.lines(logql(annotation.rows, Scope(story_app, "testnet", ".*", ".*")), END - DAY, END)
    assert len(found) == {"▲ LONG entries": 2, "▼ SHORT entries": 1, "Risk rules": 1, "Restarts": 3}[annotation.name]


def test_text_in_a_query_may_hold_anything(loki: Loki, app: str) -> None:
    from logging_kit.panels.query import count
    from logging_kit.panels.source import ERROR

    awkward = 'a "quoted" `back\\slash`\tand 가격 }{ |='
    push(loki, app, [{"ago": 5, "event": "ERROR", "bot_name": "b", "level": "error", "error_type": awkward}], torn=[])
    assert loki.query(logql(count(ERROR, where=ERROR.error_type == awkward), Scope(app, window="1h")), END) == [({}, 1.0)]
    assert json.loads(loki.lines(f'{{app="{app}"}}', END - HOUR, END)[0].text)["error_type"] == awkward
