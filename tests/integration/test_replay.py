"""A day of two bots on real candles, through real Promtail and Loki.

Every line arrives once, and every panel is right.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import LABELS, LEVELS
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.nodes import Age
from logging_kit.panels.query.scope import Scope
from tests.support.integration.replays import Line, assert_is, files, places, replay, truth_of
from tests.support.integration.truth import METRICS, MINUTE, ROWS, SECOND, Truth, Window, said

if TYPE_CHECKING:
    from tests.support.servers.loki import Line as LokiLine
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

APP = "replay"
BOT, OTHER = "ema-eurusd", "ema-eurusd-2"
PANELS = [
    (dashboard.uid, panel)
    for dashboard in DASHBOARDS
    if dashboard.uid in METRICS
    for panel in dashboard.panels
]


@dataclass(frozen=True)
class View:
    """View of a person.

    A time range that ends a number of seconds before the last line, and chosen bots.
    """

    name: str
    ago: float
    range_s: int
    step_s: int
    bot: str = ".*"
    bots: tuple[str, ...] = (BOT, OTHER)


VIEWS = (
    View("the-whole-day", -1, 86_400, 300),
    View("one-bot-around-its-restart", 11.5 * 3600 + 17, 3 * 3600 + 11, 60, BOT, (BOT,)),
    View("from-heartbeat-to-heartbeat", 15 * 3600, 3600, 60),
    View("until-both-fell-silent", -600, 3600, 60, f"{BOT}|{OTHER}"),
)


class Replayed:
    """Ledgers of the bots, and their server."""

    def __init__(self, loki: Loki, lines: list[Line], truth: Truth, end_s: int) -> None:
        self.loki = loki
        self.lines = lines
        self.truth = truth
        self.end_s = end_s
        self._in_loki: list[LokiLine] = []

    @property
    def in_loki(self) -> list[LokiLine]:
        if not self._in_loki:
            self._in_loki = self.loki.lines(
                f'{{app="{APP}"}}', self.end_s - 90_000, self.end_s + 600
            )
        return self._in_loki


def heartbeat_offset(folder: Path, end_s: int) -> int:
    """Offset of the first run's heartbeats from the whole minute, in nanoseconds."""
    trial = Truth({BOT: replay(BOT, APP, folder, slice(0, 2), end_ns=end_s * SECOND, hours=1)}, APP)
    return trial.between("HEARTBEAT", 0, end_s * SECOND)[9].time_ns % MINUTE


@pytest.fixture(scope="module")
def replayed(loki: Loki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """3,000 candles of one bot up to a quarter of an hour ago, and 2,000 of another that ended half an hour earlier."""
    from tests.support.servers.promtail import Promtail

    folder = tmp_path_factory.mktemp("replay")
    end_s = (int(time.time()) - 900) // 60 * 60
    # one bot's heartbeats on the edges of windows show whether the edges count; no two lines have the same time
    end_ns = end_s * SECOND - heartbeat_offset(folder / "trial", end_s)
    ledgers = {
        BOT: replay(BOT, APP, folder / BOT, slice(0, 3000), end_ns=end_ns, hours=24),
        OTHER: replay(
            OTHER,
            APP,
            folder / OTHER,
            slice(3000, 5000),
            end_ns=end_ns - 30 * MINUTE - 1_000_000,
            hours=23,
        ),
    }
    lines = files(folder / BOT, folder / OTHER)
    promtails = [
        Promtail(tmp_path_factory.mktemp("promtail"), log_dir=folder / bot, loki_url=loki.url)
        for bot in ledgers
    ]
    try:
        for promtail in promtails:
            promtail.start()
        for promtail in promtails:
            promtail.wait_until_delivered()
            assert promtail.metric("promtail_dropped_entries_total") == 0
        yield Replayed(loki, lines, truth_of(ledgers, APP, lines), end_s)
    finally:
        for promtail in promtails:
            promtail.close()


def test_every_line_arrives_once(replayed: Replayed) -> None:
    """Emitted, in the files and in Loki are the same lines.

    Each says what the bot's own account says.
    """
    emitted = {(fact.bot, fact.run, fact.number): fact for fact in replayed.truth.facts}
    assert len(emitted) == len(replayed.truth.facts) > 15_000
    assert {fact.run for fact in replayed.truth.facts} == {1, 2}
    in_loki = [line.fields for line in replayed.in_loki]
    for found in (replayed.lines, in_loki):
        assert len({(line["run_id"], line["seq"]) for line in found}) == len(found) == len(emitted)
        by_place = places(found)
        assert by_place.keys() == emitted.keys()
        for place, line in by_place.items():
            assert_is(line, emitted[place])
    in_files = {(line["run_id"], line["seq"]) for line in replayed.lines}
    assert in_files == {(line["run_id"], line["seq"]) for line in in_loki}
    for place, line in places(replayed.lines).items():
        assert line["_file"] == emitted[place].file


def test_the_replay_has_what_the_panels_show(replayed: Replayed) -> None:
    """Every kind of event, wins and losses, failures: a panel of zeros would prove nothing."""
    facts = replayed.truth.facts
    assert {fact.event for fact in facts} == {*CATALOGUE, ""}
    assert {fact["result"] for fact in facts if fact["action"] == "exit"} >= {"win", "loss"}
    assert {fact["ok"] for fact in facts if fact.event == "NOTIFICATION"} == {True, False}
    assert {fact["status"] for fact in facts if fact.event == "ORDER"} >= {
        "filled",
        "rejected",
        "canceled",
    }
    assert {fact.level for fact in facts} == set(LEVELS) - {"debug"}
    assert (
        len([fact for fact in facts if fact.event == "HEARTBEAT" and fact.time_ns % MINUTE == 0])
        > 500
    )


def test_every_panel_has_its_truth() -> None:
    """A new panel of the three dashboards must be added to the truth."""
    assert {uid for uid, _ in PANELS} == METRICS.keys()
    known = {(uid, title) for uid, panels in METRICS.items() for title in panels}
    assert {(uid, panel.title) for uid, panel in PANELS if panel.asks != "logs"} == known
    assert {panel.title for _, panel in PANELS if panel.asks == "logs"} == {*ROWS, "All lines"}


def scope(view: View, end_s: float, window_s: int) -> Scope:
    return Scope(
        APP, "testnet", view.bot, ".*", ".*", "", window=f"{window_s}s", end=round(end_s * 1000)
    )


def seconds(text: str) -> int:
    return int(text[:-1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}[text[-1:]]


METRIC_PANELS = [
    pytest.param(uid, panel, id=f"{uid}-{panel.id}")
    for uid, panel in PANELS
    if panel.asks != "logs"
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize(("uid", "panel"), METRIC_PANELS)
def test_each_panel_shows_the_truth_at_a_moment(
    replayed: Replayed, uid: str, panel: Panel, view: View
) -> None:
    """Every metric panel as an instant query, whatever it is on its dashboard."""
    (target,) = panel.targets
    end_s = replayed.end_s - view.ago
    range_s = round(end_s % 86_400) or 86_400 if panel.time_from == "now/d" else view.range_s
    found = replayed.loki.query(logql(target.query, scope(view, end_s, range_s)), end_s)
    answer = {
        tuple(labels.get(name, "") for name in target.query.by): value for labels, value in found
    }  # type: ignore[union-attr]
    truth = METRICS[uid][panel.title](
        Window(replayed.truth, round(end_s * SECOND), range_s * SECOND, view.bots)
    )
    assert answer == pytest.approx(truth, rel=1e-9, abs=1e-9)
    assert len(found) == len(answer)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize(("uid", "panel"), METRIC_PANELS)
def test_each_panel_shows_the_truth_over_time(
    replayed: Replayed, uid: str, panel: Panel, view: View
) -> None:
    """Every metric panel as a range query, at each moment of the grid.

    An age is only known at the end of a range.
    """
    (target,) = panel.targets
    end_s = replayed.end_s - view.ago
    step_s = max(view.step_s, seconds(panel.min_step or "0s"))
    expr = logql(target.query, scope(view, end_s, step_s))
    assert isinstance(target.query, Age) == (str(round(end_s * 1000)) in expr)
    if isinstance(target.query, Age):
        return
    found = replayed.loki.query_range(expr, end_s - view.range_s, end_s, step_s)
    by: tuple[str, ...] = target.query.by  # type: ignore[union-attr]
    answer = {
        (at, *(labels.get(name, "") for name in by)): value
        for labels, points in found
        for at, value in points.items()
    }
    truth: dict[tuple[Any, ...], float] = {}
    for at in range(int((end_s - view.range_s) // step_s * step_s), int(end_s) + 1, step_s):
        window = Window(replayed.truth, at * SECOND, step_s * SECOND, view.bots)
        truth |= {(at, *key): value for key, value in METRICS[uid][panel.title](window).items()}
    assert answer == pytest.approx(truth, rel=1e-9, abs=1e-9)


def shown_by_grafana(
    loki: Loki, expr: str, start_s: float, end_s: float, limit: int | None
) -> list[tuple[int, str]]:
    """Times and texts of the newest lines, as many as the panel shows, oldest first."""
    bounds = {"start": round(start_s * SECOND), "end": round(end_s * SECOND)}
    result = loki.get("query_range", query=expr, **bounds, limit=limit, direction="backward")[
        "data"
    ]["result"]
    return sorted((int(at), text) for stream in result for at, text, *_ in stream["values"])


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize(
    ("uid", "panel"),
    [
        pytest.param(uid, panel, id=f"{uid}-{panel.id}")
        for uid, panel in PANELS
        if panel.asks == "logs"
    ],
)
def test_each_log_panel_lists_its_lines(
    replayed: Replayed, uid: str, panel: Panel, view: View
) -> None:
    """All of the lines, then the newest ones as Grafana asks for them; their times and words."""
    (target,) = panel.targets
    end_s = replayed.end_s - view.ago
    start_s = end_s - view.range_s
    expr = logql(target.query, scope(view, end_s, view.range_s))
    facts = [
        f
        for f in replayed.truth.rows(round(start_s * SECOND), round(end_s * SECOND))
        if f.bot in view.bots
    ]
    found = [
        (line.time_ns, line.text)
        for line in replayed.loki.lines(expr, round(start_s * SECOND), round(end_s * SECOND))
    ]
    newest = shown_by_grafana(replayed.loki, expr, start_s, end_s, target.limit)
    if panel.title == "All lines":
        assert [at for at, _ in found] == [fact.time_ns for fact in facts]
        for (_, text), fact in zip(found, facts, strict=True):
            assert_is(json.loads(text), fact)
    else:
        listed, words = ROWS[panel.title]
        assert found == [(fact.time_ns, said(fact, *words)) for fact in facts if listed(fact)]
    assert newest == found[-(target.limit or 0) :]


def test_loki_indexes_five_labels_and_few_streams(replayed: Replayed) -> None:
    """Beside them only what Loki adds itself; two bots and a day make no more than 40 streams."""
    start_s, end_s = replayed.end_s - 90_000, replayed.end_s + 600
    streams = replayed.loki.series(f'{{app="{APP}"}}', start_s, end_s)
    assert set().union(*streams) == {*LABELS, "service_name"}
    assert {"job", "app", "env", "level", "signal"} == set(LABELS)
    assert all({"job", "app", "env", "level", "service_name"} <= set(stream) for stream in streams)
    expected = {
        (fact.file, fact.level, fact["signal"] if fact.event == "SIGNAL" else None)
        for fact in replayed.truth.facts
    }
    assert len(streams) == len(expected) <= 40


def test_loki_keeps_thirty_days(replayed: Replayed) -> None:
    """The configuration in force has the period and the compactor that deletes what is older."""
    config = replayed.loki.config()
    assert config["limits_config"]["retention_period"] in ("720h", "30d")
    assert config["compactor"]["retention_enabled"] is True


@pytest.mark.parametrize(
    ("selector", "test"),
    [
        ('{app="APP", signal="LONG"}', lambda fact: fact["signal"] == "LONG"),
        ('{app="APP", level="error"}', lambda fact: fact.level == "error"),
        ('{app="APP", job="APP-trade"}', lambda fact: fact.file == "trade"),
    ],
    ids=["signal", "level", "job"],
)
def test_lines_are_found_in_explore(replayed: Replayed, selector: str, test: Any) -> None:
    """By the selectors that the guide gives."""
    found = replayed.loki.lines(
        selector.replace("APP", APP), replayed.end_s - 90_000, replayed.end_s + 600
    )
    expected = [fact.time_ns for fact in replayed.truth.facts if test(fact)]
    assert [line.time_ns for line in found] == expected != []


def test_an_order_is_found_by_its_id(replayed: Replayed) -> None:
    """Every state of an order and its trade, by the id in structured metadata, and by plain text search."""
    with_id = sorted(
        (fact for fact in replayed.truth.facts if fact["order_id"]),
        key=lambda fact: str(fact["order_id"]),
    )
    by_id = {
        order_id: list(facts)
        for order_id, facts in groupby(with_id, key=lambda fact: str(fact["order_id"]))
    }
    for order_id in [max(by_id, key=lambda one: len(by_id[one])), *sorted(by_id)[:5]]:
        for expr in (
            f'{{app="{APP}"}} | order_id="{order_id}"',
            f'{{app="{APP}", job="{APP}-trade"}} |= `"{order_id}"`',
        ):
            found = replayed.loki.lines(expr, replayed.end_s - 90_000, replayed.end_s + 600)
            assert [line.time_ns for line in found] == sorted(
                fact.time_ns for fact in by_id[order_id]
            )


def test_a_window_takes_its_end_and_not_its_beginning() -> None:
    """The truth itself follows the rule of Loki's windows."""
    from logging_kit.demo import Ledger

    ledger = Ledger()
    for at in (10, 20, 30):
        ledger.add(at, "HEARTBEAT", uptime_s=1.0)
    truth = Truth({"a": ledger}, "a")
    assert [fact.time_ns for fact in Window(truth, 30, 20, ["a"]).of("HEARTBEAT")] == [20, 30]
    assert [fact.time_ns for fact in truth.rows(10, 30)] == [10, 20]
    assert Window(truth, 30, 20, ["b"]).count("HEARTBEAT") == {}
