"""The rules of the ruler file, evaluated by Loki's ruler and received by a real Alertmanager."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from logging_kit.panels.alerts.alert import Alert
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.files import ALERTMANAGER, MESSAGE, RULER, files
from logging_kit.panels.alerts.routing import Routing
from tests.support.panels.alert_stories import STORIES, healthy
from tests.support.panels.story import END, Line, push
from tests.support.servers.process import free_port, wait_for

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

AT_ONCE = [
    alert
    for alert in alerts()
    if alert.lasting == "0s" and alert.name in STORIES and alert.name != "UnparseableLogs"
]


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[httpx.Client]:
    """Alertmanager on a free port with the configuration that is shipped, without any address, so it sends nothing."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    assert program is not None, "apt-get install prometheus-alertmanager"
    for path in (ALERTMANAGER, MESSAGE):
        (tmp_path / Path(path).name).write_text(files()[path], encoding="utf-8")
    config, port = tmp_path / Path(ALERTMANAGER).name, free_port()
    with (tmp_path / "alertmanager.out").open("wb") as output:
        process = subprocess.Popen(
            [
                *(
                    program,
                    f"--config.file={config}",
                    f"--storage.path={tmp_path}/alertmanager",
                    "--cluster.listen-address=",
                ),
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=output,
            stderr=output,
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        try:
            wait_for(lambda: _ready(client), 30, "Alertmanager ready")
            yield client
        finally:
            process.terminate()
            process.wait(30)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def of_now(lines: list[Line], younger: float = 1) -> list[Line]:
    """The same lines, so old now and not at the end of the last full hour.

    A younger log goes on firing for some time.
    """
    later = time.time() - END
    return [line | {"ago": line["ago"] / younger - later} for line in lines]


def test_the_ruler_sends_each_alert_to_alertmanager(
    make_loki: Callable[..., Loki], alertmanager: httpx.Client, tmp_path: Path
) -> None:
    ruler = {
        "alertmanager_url": str(alertmanager.base_url),
        "enable_alertmanager_v2": True,
        "poll_interval": "1s",
    }
    loki = make_loki(overlay={"ruler": ruler})
    rules = loki.directory / "data" / "rules" / "fake"
    rules.mkdir(parents=True)
    for alert in AT_ONCE:
        younger = 2
        if alert.name == "BotHeartbeatMissing":
            younger = 1
        push(loki, app_of(alert), of_now(STORIES[alert.name][0], younger=younger), torn=[])
    push(loki, "ruled-healthy", of_now(healthy()), torn=[])
    text = files(routing=Routing(runbooks="https://wiki/alerts"))[RULER]
    (rules / "all.yml").write_text(text.replace("interval: 1m", "interval: 5s"), encoding="utf-8")
    wanted = {*((app_of(alert), alert.name) for alert in AT_ONCE), ("", "Watchdog")}

    def received() -> dict[tuple[str, str], Any] | None:
        all_ = {
            (one["labels"].get("app", ""), one["labels"]["alertname"]): one
            for one in alertmanager.get("/api/v2/alerts").json()
        }
        return all_ if wanted <= all_.keys() else None

    found = wait_for(received, 90, "every alert received")
    assert found is not None
    assert len(wanted) >= 5
    for alert in AT_ONCE:
        check(found[app_of(alert), alert.name], alert)
    assert "ruled-healthy" not in {app for app, _ in found}


def app_of(alert: Alert) -> str:
    """Return an app of its own for the story of an alert: the rules watch every app."""
    return f"ruled-{alert.uid}"


def test_what_follows_from_a_dead_bot_is_left_out(alertmanager: httpx.Client) -> None:
    bots = [{"app": "trading", "env": "live", "bot_name": name} for name in ("alpha", "beta")]
    labels = [
        *(
            {"alertname": "StaleMarketData", "severity": "warning", "symbol": "BTC/USDT", **bot}
            for bot in bots
        ),
        {"alertname": "BotHeartbeatMissing", "severity": "critical", **bots[0]},
    ]
    assert (
        alertmanager.post("/api/v2/alerts", json=[{"labels": one} for one in labels]).status_code
        == 200
    )

    def muted() -> list[tuple[str, str]] | None:
        found = [
            one["labels"]
            for one in alertmanager.get("/api/v2/alerts").json()
            if one["status"]["inhibitedBy"]
        ]
        return [(one["alertname"], one["bot_name"]) for one in found] or None

    assert wait_for(muted, 30, "an alert left out") == [("StaleMarketData", "alpha")]


PLACES = [("one", "live"), ("one", "testnet"), ("two", "live")]


def groups(client: httpx.Client) -> list[tuple[str, str, list[str]]]:
    """Return what Alertmanager sends: the receiver, the alert, and the places of each message."""
    found = []
    for group in client.get("/api/v2/alerts/groups").json():
        members = [one for one in group["alerts"] if not one["status"]["inhibitedBy"]]
        if members:
            (name,) = {one["labels"]["alertname"] for one in members}
            places = sorted(
                f"{one['labels']['app']}/{one['labels']['env']}/{one['labels'].get('bot_name', '')}"
                for one in members
            )
            found.append((group["receiver"]["name"], name, places))
    return sorted(found)


def post(client: httpx.Client, alerts_: list[dict[str, str]]) -> None:
    sent = client.post("/api/v2/alerts", json=[{"labels": one} for one in alerts_])
    assert sent.status_code == 200


def test_a_dead_pipeline_is_one_message_that_names_it(alertmanager: httpx.Client) -> None:
    severity = {"live": "critical", "testnet": "warning"}
    post(
        alertmanager,
        [
            *(
                {"alertname": "LogsMissing", "severity": severity[env], "app": app, "env": env}
                for app, env in PLACES
            ),
            *(
                {
                    "alertname": name,
                    "severity": severity[env],
                    "app": app,
                    "env": env,
                    "bot_name": bot,
                }
                for app, env in PLACES
                for bot in ("alpha", "beta")
                for name in ("BotHeartbeatMissing", "StaleMarketData", "WebSocketDown")
            ),
        ],
    )
    one = [("lk-discord", "LogsMissing", ["one/live/", "one/testnet/", "two/live/"])]

    def sent() -> list[tuple[str, str, list[str]]] | None:
        found = groups(alertmanager)
        return found if found == one else None

    assert wait_for(sent, 30, "one message") == one


def test_six_hundred_stale_markets_are_one_message_and_one_bot(alertmanager: httpx.Client) -> None:
    bot = {"app": "one", "env": "live", "bot_name": "alpha", "severity": "warning"}
    post(
        alertmanager,
        [
            {"alertname": "StaleMarketData", "symbol": f"M{n}/USDT", "timeframe": "1m", **bot}
            for n in range(600)
        ],
    )

    def sizes() -> list[tuple[str, str, int]]:
        return [(receiver, name, len(places)) for receiver, name, places in groups(alertmanager)]

    wanted = [("lk-discord", "StaleMarketData", 600)]
    assert wait_for(lambda: sizes() == wanted and wanted, 30, "one message") == wanted


def test_live_and_testnet_are_two_messages_and_an_occurrence_is_not_resolved(
    alertmanager: httpx.Client,
) -> None:
    label = {"alertname": "CriticalLogged", "app": "one", "bot_name": "alpha", "once": "yes"}
    post(
        alertmanager,
        [
            label | {"env": "live", "severity": "critical"},
            label | {"env": "testnet", "severity": "warning"},
            {**label, "alertname": "ErrorBurst", "env": "live", "severity": "warning", "once": ""},
        ],
    )
    wanted = [
        ("lk-discord-once", "CriticalLogged", ["one/live/alpha"]),
        ("lk-discord-once", "CriticalLogged", ["one/testnet/alpha"]),
    ]

    def sent() -> list[tuple[str, str, list[str]]] | None:
        found = groups(alertmanager)
        return found if found == wanted else None

    assert wait_for(sent, 30, "two messages") == wanted


def check(received: dict[str, Any], alert: Alert) -> None:
    env = received["labels"]["env"]
    assert received["labels"]["severity"] == alert.severity_in(env)
    empty = {"symbol", "exchange"}  # Loki leaves a label without a value out
    assert {*alert.measure.by} - empty <= set(received["labels"])
    assert received["annotations"]["summary"].startswith(f"{received['labels']['app']}/{env}: ")
    notes = received["annotations"]
    assert not any(word in notes["summary"] for word in ("{", "<no value>"))
    if "bot_name" in alert.measure.by:
        assert "alpha" in notes["summary"]
    assert notes["runbook_url"].endswith(f"#{alert.name.lower()}")
    assert "/d/lk-" in notes["dashboard_url"]
