"""The dashboard of a bot's own events and panels, and the SQL views of these events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.testing

import logging_kit
from logging_kit import BotLogger, DefinitionError, Event, Field
from logging_kit.cli.app import app as cli
from logging_kit.events import own as own_events
from logging_kit.panels import (
    Bars,
    Dashboard,
    Row,
    Scope,
    Stat,
    count,
    logql,
    own,
    register_dashboard,
    register_panel,
)
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.grafana.generate import dashboards as grafana_dashboards
from logging_kit.panels.panel import Records
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.fields import EventLines
from logging_kit.panels.query.nodes import Rows

Start = Callable[..., BotLogger]
FUNDING = Event(
    "FUNDING",
    "A payment of funding.",
    "trade",
    [
        Field("symbol", required=True),
        Field("rate", "number", "funding rate", "ratio", required=True),
        Field("amount", "number", "amount paid", "quote currency"),
        Field("quote", low_cardinality=True),
        Field("side", "choice", choices=("paid", "received")),
        Field("settled", "boolean"),
        Field("due_ts", "time", "due", "ms since 1970-01-01 UTC"),
        Field("raw", "object"),
    ],
    positional=("rate",),
)
PANEL = {
    "title": "Funding paid",
    "event": "FUNDING",
    "show": "total",
    "field": "amount",
    "by": ["quote"],
    "where": {"side": ["paid", "received"], "settled": True},
    "unit": "currency",
}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    own.forget()
    own_events.forget()


@pytest.fixture
def folder(start: Start, log_dir: Path) -> Path:
    """Two lines of an own event and one of the catalogue, as another process finds them."""
    logging_kit.register_event(FUNDING)
    log = start(app="scalper", env="live")
    log.event(
        "FUNDING", 0.0001, symbol="BTC/USDT", amount="1.5", quote="USDT", side="paid", settled=True,
        due_ts=1_700_000_000_000, raw={"a": 1},
    )  # fmt: skip
    log.event("FUNDING", 0.0002, symbol="ETH/USDT")
    log.ws("connected", ws_connections=1)
    logging_kit.shutdown()
    own_events.forget()
    return log_dir


def test_without_own_events_there_is_no_such_dashboard() -> None:
    assert own.own_dashboard() is None
    assert own.all_dashboards() == DASHBOARDS


def test_an_own_event_has_a_view_with_types(folder: Path) -> None:
    with DuckDBEngine(folder) as engine:
        engine.load()
        chosen = "SELECT symbol, rate, amount, settled, year(due_ts), raw ->> 'a' FROM fundings ORDER BY rate"
        assert engine.cursor().execute(chosen).fetchall() == [
            ("BTC/USDT", 0.0001, 1.5, True, 2023, "1"),
            ("ETH/USDT", 0.0002, None, None, None, None),
        ]
        jobs = engine.cursor().execute("SELECT DISTINCT job FROM logs ORDER BY job").fetchall()
        assert jobs == [("scalper-bot",), ("scalper-trade",)]


def test_an_engine_that_is_older_than_the_event_goes_on(folder: Path, start: Start) -> None:
    (folder / own_events.FILE).unlink()
    with DuckDBEngine(folder) as engine:
        own_events.register(FUNDING)
        engine.load()
        assert engine.lines_read == 5


def test_each_own_event_has_a_count_and_its_rows(folder: Path) -> None:
    with DuckDBEngine(folder) as engine:
        engine.load()
        page = own.own_dashboard()
        assert page is not None
        bars, newest = page.panels
        assert (bars.title, newest.title) == ("FUNDING count", "FUNDING")
        assert isinstance(newest, Records)
        assert [name for name, _ in newest.columns][:2] == ["symbol", "rate"]
        assert isinstance(newest.query, Rows)
        scope = Scope("scalper", end=2**42)
        assert len(engine.lines(newest.query, scope)) == 2


def test_queries_on_an_own_event_compile_for_its_stream() -> None:
    own_events.register(FUNDING)
    query = count(EventLines("FUNDING"), within="1h", by="side")
    expr = logql(query, Scope("scalper", "live"))
    assert '{app="scalper", env=~"live", job="scalper-trade"} | event="FUNDING"' in expr


def test_ids_follow_from_the_names_and_not_from_their_order() -> None:
    own_events.register(Event("B"))
    page = own.own_dashboard()
    assert page is not None
    before = {panel.title: panel.id for panel in page.panels}
    own_events.forget()
    for name in ("A", "B", "C"):
        own_events.register(Event(name))
    page = own.own_dashboard()
    assert page is not None
    after = {panel.title: panel.id for panel in page.panels}
    assert after.items() >= before.items()
    assert len(set(after.values())) == 6


@pytest.mark.parametrize("language", ["en", "ko"])
def test_grafana_has_the_dashboard(language: Any) -> None:
    own_events.register(FUNDING)
    own_events.keep_panels([PANEL], "here")
    found = grafana_dashboards(Presentation(language))
    page = json.loads(found["monitoring/grafana/dashboards/own-events.json"])
    titles = {panel["title"] for panel in page["panels"]}
    assert titles >= {"FUNDING", "FUNDING count", "Funding paid"}
    assert page["uid"] == "lk-own-events"


class TestTomlPanels:
    def test_a_panel_is_built(self) -> None:
        own_events.register(FUNDING)
        own_events.keep_panels([PANEL], "here")
        page = own.own_dashboard()
        assert page is not None
        panel = page.panels[0]
        assert (panel.title, panel.unit, panel.asks) == ("Funding paid", "currency", "range")
        (target,) = panel.targets
        expr = logql(target.query, Scope("a"))
        assert expr.startswith("sum by (quote)")
        assert '(side="paid" or side="received")' in expr
        assert 'settled="true"' in expr

    @pytest.mark.parametrize(
        "table",
        [
            {"title": "Signals", "event": "SIGNAL", "show": "count", "by": "signal"},
            {"title": "Share", "event": "SIGNAL", "show": "count", "by": "signal", "kind": "pie"},
            {"title": "Now", "event": "SIGNAL", "show": "mean", "field": "rsi", "kind": "stat"},
            {"title": "Lines", "show": "count", "by": "level", "kind": "ranking"},
            {"title": "Rows", "event": "TRADE"},
            {"title": "Rows", "event": "TRADE", "columns": ["symbol", "pnl"]},
            {"title": "All"},
            {"title": "P", "event": "EQUITY", "show": "last", "field": "equity", "by": ["bot_name", "quote"]},
            {"title": "B", "event": "TRADE", "show": "total", "field": "pnl", "by": "quote", "kind": "bars", "unit": "currency"},
        ],
    )  # fmt: skip
    def test_panels_that_work(self, table: dict[str, Any], folder: Path) -> None:
        own_events.keep_panels([table], "here")
        with DuckDBEngine(folder) as engine:
            engine.load()
            page = own.own_dashboard()
            assert page is not None
            for target in page.panels[0].targets:
                assert logql(target.query)
                scope = Scope("scalper", start=0, end=2**42, step=2**40, window="1d")
                if isinstance(target.query, Rows):
                    engine.lines(target.query, scope)
                else:
                    engine.ask(target.query, scope)

    @pytest.mark.parametrize(
        ("table", "problem"),
        [
            ({"event": "FUNDIN"}, "there is no event 'FUNDIN'; did you mean 'FUNDING'"),
            ({"evnt": "FUNDING"}, "there is no key 'evnt'; did you mean 'event'"),
            ({"event": "FUNDING", "show": "sum"}, "there is no show 'sum'"),
            ({"event": "FUNDING", "show": "total"}, 'needs field = "…"'),
            ({"event": "FUNDING", "show": "mean", "field": "rat"}, "did you mean 'rate'"),
            ({"event": "FUNDING", "show": "mean", "field": "symbol"}, "no number"),
            ({"event": "FUNDING", "show": "total", "field": "amount"}, "quote"),
            ({"event": "FUNDING", "show": "count", "kind": "piee"}, "did you mean 'pie'"),
            ({"event": "FUNDING", "show": "count", "where": {"side": "lost"}}, "never 'lost'"),
            ({"event": "FUNDING", "columns": ["rates"]}, "did you mean 'rate'"),
        ],
    )
    def test_a_wrong_panel_says_what_to_do(self, table: dict[str, Any], problem: str) -> None:
        own_events.register(FUNDING)
        own_events.keep_panels([{"title": "X", **table}], "here")
        with pytest.raises(DefinitionError, match=r"panel 'X': ") as caught:
            own.all_dashboards()
        assert problem in str(caught.value)

    def test_a_panel_needs_a_title(self) -> None:
        for tables in ([{"event": "TRADE"}], [3], [{"title": 3}], {"title": "X"}):
            with pytest.raises(DefinitionError):
                own_events.keep_panels(tables, "here")

    def test_more_panels_than_one_row(self) -> None:
        own_events.keep_panels(
            [{"title": f"P{i}", "show": "count", "kind": "stat"} for i in range(8)], "here"
        )
        page = own.own_dashboard()
        assert page is not None
        assert [len(row.panels) for row in page.rows] == [6, 2]


class TestCode:
    def panel(self, title: str = "Funding", number: int = 1) -> Bars:
        return Bars(title, count(EventLines("TRADE")), id=number, about="x", empty="x")

    def test_a_panel_of_code(self) -> None:
        register_panel(self.panel())
        page = own.own_dashboard()
        assert page is not None
        assert page.panels == (self.panel(),)
        for other in (self.panel(number=2), self.panel("Other")):
            with pytest.raises(DefinitionError, match="is taken"):
                register_panel(other)

    def test_a_dashboard_of_code(self) -> None:
        stat = Stat("Trades", count(EventLines("TRADE")), id=1, about="x", empty="x")
        page = Dashboard("lk-mine", "Mine", "x", (Row("", (stat,)),))
        register_dashboard(page)
        assert own.all_dashboards() == (*DASHBOARDS, page)
        assert "monitoring/grafana/dashboards/mine.json" in grafana_dashboards()
        for uid in ("lk-mine", DASHBOARDS[0].uid, own.UID):
            with pytest.raises(DefinitionError, match="is taken"):
                register_dashboard(Dashboard(uid, "Other", "x", (Row("", (stat,)),)))


@pytest.mark.slow
class TestCommands:
    def run(self, *arguments: str) -> str:
        wide = {"COLUMNS": "200"}
        done = typer.testing.CliRunner().invoke(cli, arguments, env=wide)
        assert done.exit_code == 0, done.output
        return done.output

    def test_sql_has_the_view(self, folder: Path) -> None:
        output = self.run(
            "sql",
            "--log-dir",
            str(folder),
            "--csv",
            "SELECT sum(rate)::DECIMAL(9, 4) FROM fundings",
        )
        assert output.splitlines()[-1] == "0.0003"

    def test_grafana_files_are_those_of_the_bot_in_this_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        toml = '[tool.logging_kit]\napp = "scalper"\n[[tool.logging_kit.event]]\nname = "FUNDING"\n'
        (tmp_path / "pyproject.toml").write_text(toml)
        self.run("grafana", "write", "out")
        assert (tmp_path / "out/grafana/dashboards/own-events.json").is_file()
        rules = (tmp_path / "out/loki/rules/fake/logging-kit.yml").read_text()
        assert 'app=~".+"' in rules  # alerts watch every app
        assert 'app="trading"' not in rules

    def test_watch_has_the_dashboard(self, folder: Path) -> None:
        output = self.run("watch", str(folder), "--once", "-d", "own-events", "--app", "scalper")
        assert "FUNDING count" in output
        assert "ETH/USDT" in output
