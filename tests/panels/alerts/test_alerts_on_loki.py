"""Each alert, asked on a real Loki: it fires on a log made for it, and on no other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logging_kit.panels.alerts.alert import Alert, Limits
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.query.scope import Scope
from tests.support.panels import ledger
from tests.support.panels.alert_stories import INCIDENTS, STORIES, equity, healthy
from tests.support.panels.story import END, TORN, push, write_lines

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

ALERTS = {alert.name: alert for alert in alerts()}
ON_LINES = [alert for alert in alerts() if alert.name in STORIES]
each = pytest.mark.parametrize("alert", ON_LINES, ids=lambda alert: alert.name)


def fires(loki: Loki, alert: Alert, app: str) -> list[dict[str, str]]:
    """The labels of what fires at END."""
    return [labels for labels, _ in loki.query(alert.expr(Scope(app)), END)]


def fires_on_duckdb(directory: Path, alert: Alert, app: str) -> list[dict[str, str]]:
    """Return the labels of what fires at END, from the log files of the app."""
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        scope = Scope(app, end=END * 1000)
        found = [
            dict(zip(alert.fires.by, by, strict=True)) for by in engine.ask(alert.fires, scope)
        ]
        if alert.unless is None:
            return found
        kept_back = {*engine.ask(alert.unless, scope)}
        by = alert.unless.by
        return [labels for labels in found if tuple(labels[name] for name in by) not in kept_back]


def test_every_alert_on_lines_has_its_logs() -> None:
    assert set(ALERTS) - set(STORIES) == {"LokiDown", "Watchdog"}


@each
def test_it_fires_once_on_a_log_made_for_it(
    loki: Loki, app: str, alert: Alert, tmp_path: Path
) -> None:
    # a torn line needs a moment of its own: those of push() are an hour old
    push(loki, app, STORIES[alert.name][0], torn=[])
    if alert.name == "UnparseableLogs":
        loki.push(
            {"job": f"{app}-bot", "app": app, "env": "testnet"}, [((END - 60) * 10**9, TORN[1])]
        )
    (found,) = fires(loki, alert, app)
    assert set(found) <= set(alert.measure.by)
    labels = dict.fromkeys(alert.measure.by, "") | found  # Loki leaves an empty label out
    assert labels.get("app", app) == app
    assert labels.get("bot_name", "alpha") == "alpha"
    above, below = STORIES[alert.name]
    write_lines(tmp_path / "above", above, app)
    write_lines(tmp_path / "below", below, app)
    if alert.name == "UnparseableLogs":
        torn(tmp_path / "above", TORN[1])
    assert fires_on_duckdb(tmp_path / "above", alert, app) == [labels]
    assert fires_on_duckdb(tmp_path / "below", alert, app) == []
    push(loki, f"{app}-below", below, torn=[])
    assert fires(loki, alert, f"{app}-below") == []
    ledger.record([f"alert/{alert.name}"], loki.version)


def torn(directory: Path, text: str) -> None:
    """Write a line that is not JSON, a minute before END, behind the other lines of a segment."""
    (segment, *_) = sorted((directory / "segments").glob("bot-*"))
    with segment.open("a") as file:
        file.write(text + "\n")


@pytest.fixture(scope="session")
def healthy_app(loki: Loki) -> str:
    push(loki, "alerts-healthy", healthy(), torn=[])
    return "alerts-healthy"


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)
def test_a_healthy_day_fires_none(
    loki: Loki, healthy_app: str, alert: Alert, tmp_path: Path
) -> None:
    assert bool(fires(loki, alert, healthy_app)) == (alert.name == "Watchdog")
    if alert.name not in STORIES:
        write_lines(tmp_path, healthy(), healthy_app)
        assert fires_on_duckdb(tmp_path, alert, healthy_app) == fires(loki, alert, healthy_app)
        ledger.record([f"alert/{alert.name}"], loki.version)


def test_a_server_without_a_line_fires_none(loki: Loki, app: str) -> None:
    assert {name for name, alert in ALERTS.items() if fires(loki, alert, app)} == {"Watchdog"}


@pytest.mark.parametrize("what", INCIDENTS)
def test_what_happened_once_is_said_once(loki: Loki, app: str, what: str) -> None:
    log, said = INCIDENTS[what]
    push(loki, app, log, torn=[])
    assert {name for name, alert in ALERTS.items() if fires(loki, alert, app)} == {said, "Watchdog"}


def test_a_daily_loss_may_be_an_amount_for_one_bot(loki: Loki, app: str) -> None:
    limit = next(
        alert
        for alert in alerts(Limits(daily_losses=(("alpha", "USDT", 100),)))
        if alert.name == "DailyLossLimit"
    )
    push(loki, app, [equity(60, -99), equity(60, -51, bot="beta")], torn=[])
    assert [labels["bot_name"] for labels in fires(loki, limit, app)] == ["beta"]
    push(loki, app, [equity(50, -101)], torn=[])
    assert sorted(labels["bot_name"] for labels in fires(loki, limit, app)) == ["alpha", "beta"]


def test_other_environments_may_be_left_out(loki: Loki, app: str) -> None:
    push(loki, app, STORIES["RiskTriggered"][0], env="testnet", torn=[])
    risk = ALERTS["RiskTriggered"]
    assert loki.query(risk.expr(Scope(app, "live")), END) == []
    assert len(loki.query(risk.expr(Scope(app, "live|testnet")), END)) == 1
