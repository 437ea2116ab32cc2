"""Messages of alerts: size, recipients, and the alerts that an Alertmanager inhibits."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.panels.alerts import files as alerts_files
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.routing import INHIBITED, Routing
from logging_kit.panels.locale import texts
from logging_kit.panels.presentation import Presentation
from tests.panels.alerts.test_alerts import KOREAN, TREES

pytestmark = pytest.mark.slow


def amtool() -> str:
    """Alertmanager's own tool."""
    program = shutil.which("amtool")
    assert program is not None, "apt-get install prometheus-alertmanager"
    return program


NOTES = ("summary", "description", "dashboard_url", "runbook_url")


def rendered(
    style: Presentation,
    firing: int,
    resolved: int,
    text: str,
    tmp_path: Path,
    part: str = "lk.message",
    given: tuple[str, ...] = NOTES,
) -> str:
    """Render the template for this many alerts with the same text, by Alertmanager's own tool."""
    (template,) = yaml.safe_load(
        alerts_files.files(style)[f"{alerts_files.GRAFANA}/templates.yml"]
    )["templates"]
    file = tmp_path / "lk.tmpl"
    file.write_text(template["template"], encoding="utf-8")
    notes = dict.fromkeys(given, text)
    one = {
        "labels": dict.fromkeys(("alertname", "severity", "bot_name"), text),
        "annotations": notes,
    }
    one |= {"startsAt": "2026-11-21T02:03:04Z", "endsAt": "2026-11-21T02:13:04Z"}
    alerts_ = [one | {"status": "firing"}] * firing + [one | {"status": "resolved"}] * resolved
    data = tmp_path / "data.json"
    data.write_text(
        json.dumps(
            {
                "status": "firing",
                "alerts": alerts_,
                "commonLabels": one["labels"],
                "commonAnnotations": notes,
            }
        )
    )
    command = [amtool(), "template", "render", f"--template.glob={file}", f"--template.data={data}"]
    result = subprocess.run(
        [*command, f'--template.text={{{{ template "{part}" . }}}}'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("style", [Presentation(), KOREAN], ids=["en", "ko"])
@pytest.mark.parametrize("text", ["x" * 5000, "가" * 129, "u" * 129])
def test_a_message_has_fewer_than_2000_characters(
    style: Presentation, text: str, tmp_path: Path
) -> None:
    message = rendered(style, 40, 40, text, tmp_path)
    assert 700 < len(message) < 2000
    assert "40" in message
    message = rendered(style, 40, 40, text, tmp_path, given=NOTES[:3])
    assert 700 < len(message) < 2000
    assert "40" in message
    assert len(rendered(style, 40, 40, text, tmp_path, "lk.title")) < 250


def test_a_message_says_what_since_when_and_where_to_look(tmp_path: Path) -> None:
    english = rendered(Presentation(), 1, 0, "text", tmp_path)
    assert "since 2026-11-21 02:03 UTC" in english
    assert "Panel: text" in english
    assert "Runbook: text" in english
    assert english.count("🔴") == 1
    korean = rendered(KOREAN, 1, 1, "text", tmp_path)
    assert "발생 2026-11-21 11:03 KST" in korean
    assert korean.count("✅") == 1


def test_a_message_without_a_link_says_what_to_do_and_says_it_once(tmp_path: Path) -> None:
    for style, words in ((Presentation(), "To do: text"), (KOREAN, "조치: text")):
        assert rendered(style, 2, 1, "text", tmp_path, given=NOTES[:3]).count(words) == 1
        assert words not in rendered(style, 0, 1, "text", tmp_path, given=NOTES[:3])
        assert words not in rendered(style, 2, 1, "text", tmp_path)
    assert max(len(alert.runbook) for alert in alerts()) <= 400
    assert max(len(text["runbook"]) for text in texts("ko")["alerts"].values()) <= 400


# The Alertmanager


@pytest.mark.parametrize(("channel", "style"), [("discord", Presentation()), ("telegram", KOREAN)])
def test_amtool_accepts_the_configuration_of_an_alertmanager(
    channel: Any, style: Presentation, tmp_path: Path
) -> None:
    files = alerts_files.files(style, Routing(channel=channel))
    for path in (alerts_files.ALERTMANAGER, alerts_files.MESSAGE):
        (tmp_path / Path(path).name).write_text(files[path], encoding="utf-8")
    config = tmp_path / "alertmanager.yml"
    check = subprocess.run(
        [amtool(), "check-config", config], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr
    assert f"{len(INHIBITED)} inhibit rules" in check.stdout
    assert "1 templates" in check.stdout
    told = {
        "alertname=ApiDown severity=critical": channel,
        "alertname=OrderRejects severity=warning": channel,
        "alertname=LowConfidence severity=info": channel,
        "alertname=DiscordFailing severity=warning": "email" if channel == "discord" else channel,
        "alertname=Watchdog severity=none": "webhook",
        "alertname=LogsMissing severity=critical": channel,
        "alertname=LogsMissing severity=warning": channel,
        "alertname=CriticalLogged severity=critical once=yes": f"{channel}-once",
        "alertname=LogsDropped severity=warning once=yes": f"{channel}-once",
    }
    for labels, receiver in told.items():
        test = [amtool(), "config", "routes", "test", f"--config.file={config}", *labels.split()]
        assert (
            subprocess.run(test, capture_output=True, text=True, check=True).stdout.strip()
            == f"lk-{receiver}"
        )


def test_grafana_and_an_alertmanager_send_alike() -> None:
    (policy,) = TREES["policies.yml"]["policies"]
    route = TREES["alertmanager.yml"]["route"]
    assert [
        route[name] for name in ("group_by", "group_wait", "group_interval", "repeat_interval")
    ] == [
        ["alertname", "app", "env", "bot_name"],
        "30s",
        "5m",
        "4h",
    ]
    for ours, theirs in zip(policy["routes"], route["routes"], strict=True):
        ((name, _, value),) = ours["object_matchers"]
        assert theirs["matchers"] == [f'{name}="{value}"']
        deeper = ("object_matchers", "matchers", "routes")
        assert without(ours, *deeper) == without(theirs, *deeper)
        assert len(ours.get("routes", ())) == len(theirs.get("routes", ()))
    assert without(policy, "orgId", "routes") == without(route, "routes")


def without(tree: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key not in keys}


def test_what_is_muted_are_alerts_and_the_labels_are_theirs() -> None:
    known = {alert.name: alert for alert in alerts()}
    for sources, targets, labels in INHIBITED:
        for name in (*sources, *targets):
            assert {*labels} <= {*known[name].measure.by}, name
