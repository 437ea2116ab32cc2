"""The alerts as files.

What Grafana, Loki's ruler and Alertmanager take, and a message that fits.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.exceptions import QueryError
from logging_kit.panels.alerts import files as alerts_files
from logging_kit.panels.alerts.alert import Alert, Limits, parse_limits
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.routing import CHANNELS, Routing
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.locale import texts
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.fields import HEARTBEAT
from logging_kit.panels.query.language import count
from tests.support.servers import binaries

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
FILES = alerts_files.files()
TREES = {
    Path(path).name: yaml.safe_load(text) for path, text in FILES.items() if path.endswith(".yml")
}
RULES = [rule for group in TREES["rules.yml"]["groups"] for rule in group["rules"]]
RULED = [rule for group in TREES["logging-kit.yml"]["groups"] for rule in group["rules"]]
KOREAN = Presentation("ko", "Asia/Seoul", "red-up")
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["title"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: Path(path).name)
def test_what_is_committed_is_what_the_alerts_give(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == FILES[path], (
        "run python scripts/generate.py"
    )


def test_the_chapter_has_a_runbook_for_each_alert() -> None:
    chapter = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    anchors = {heading.lower() for heading in re.findall(r"^## (\w+)$", chapter, re.MULTILINE)}
    linked = alerts_files.files(routing=Routing(runbooks="https://wiki/alerts"))[
        f"{alerts_files.GRAFANA}/rules.yml"
    ]
    rules = [rule for group in yaml.safe_load(linked)["groups"] for rule in group["rules"]]
    assert {rule["annotations"]["runbook_url"] for rule in rules} == {
        f"https://wiki/alerts#{anchor}" for anchor in anchors
    }


def test_the_chapter_says_when_an_alert_fires() -> None:
    chapter = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert "Fires when the value is 1 or more for 1m" in chapter
    assert "Fires when the value is 0.7 or more and below 1 for 1m" in chapter
    words = " ".join(chapter.split())
    assert "22:00 and 08:00 UTC, or in the zone that `--time-zone` names" in words
    assert "`--runbooks https://…`" in chapter


def test_without_the_address_of_the_runbooks_there_is_no_link() -> None:
    assert not any("runbook_url" in rule["annotations"] for rule in (*RULES, *RULED))
    with pytest.raises(ValueError, match="an address such as https://"):
        Routing(runbooks="docs/alerts.md")


def test_the_alerts_of_the_trader_bot_guide_are_there_under_their_names() -> None:
    assert {alert.known_as for alert in alerts()} >= {
        "TraderAPIDown", "HighErrorRate", "HighLatency", "RateLimitExceeded", "WebSocketConnectionsDrop", "DailyLossLimit",
    }  # fmt: skip


def test_uids_are_unique_and_short() -> None:
    uids = [rule["uid"] for rule in RULES]
    assert len(uids) == len(set(uids)) == len(alerts())
    assert all(re.fullmatch(r"lk-[a-z-]{1,37}", uid) for uid in uids)


@each_rule
def test_each_rule_is_complete(rule: dict[str, Any]) -> None:
    assert rule["condition"] in {query["refId"] for query in rule["data"]}
    assert [query["datasourceUid"] for query in rule["data"]] == ["loki", "__expr__"]
    severity = rule["labels"]["severity"]
    assert severity in {"critical", "warning", "info", "none"} or (
        severity.startswith("{{ if match ")
        and severity.endswith("warning{{ else }}critical{{ end }}")
    )
    of_a_place = rule["annotations"]["summary"].startswith("{{ .Labels.app }}/{{ .Labels.env }}: ")
    assert of_a_place == (rule["title"] not in ("LokiDown", "Watchdog"))
    assert of_a_place == bool(re.search(r"\(app, env[,)]", rule["data"][0]["model"]["expr"]))
    notes = rule["annotations"]
    assert (notes["__dashboardUid__"], notes["__panelId__"]) == (
        rule["dashboardUid"],
        str(rule["panelId"]),
    )
    (dashboard,) = (dashboard for dashboard in DASHBOARDS if dashboard.uid == rule["dashboardUid"])
    assert rule["panelId"] in {panel.id for panel in dashboard.panels}
    assert notes["dashboard_url"].endswith(f"/d/{dashboard.uid}?viewPanel={rule['panelId']}")
    assert notes["summary"]
    assert notes["description"]
    down = rule["title"] == "LokiDown"
    assert (rule["noDataState"], rule["execErrState"]) == (
        ("Alerting",) * 2 if down else ("OK", "KeepLast")
    )
    # a $ in a label or an annotation names a variable of Grafana's environment
    assert "$" not in json.dumps([rule["labels"], notes])


@each_rule
def test_the_types_of_grafana_know_every_key_of_a_rule(rule: dict[str, Any]) -> None:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import alerting

    # in files the panel stands beside the annotations that say the same
    only_in_files = ("dashboardUid", "panelId", "keepFiringFor")
    given = {key: value for key, value in rule.items() if key not in only_in_files}
    again = json.loads(json.dumps(alerting.Rule.from_json(given), cls=JSONEncoder))
    assert {key: again[key] for key in given if key != "data"} == {
        key: given[key] for key in given if key != "data"
    }
    for before, after in zip(given["data"], again["data"], strict=True):
        assert {key: after[key] for key in before} == before


def test_the_types_of_grafana_know_contact_points_policies_mute_times_and_templates() -> None:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import alerting

    def again(model: Any) -> Any:
        return json.loads(json.dumps(model, cls=JSONEncoder))

    for point in TREES["contact-points.yml"]["contactPoints"]:
        (receiver,) = point["receivers"]
        assert again(alerting.ContactPoint.from_json({"name": point["name"], **receiver})) == {
            "name": point["name"],
            **receiver,
        }
    (policy,) = TREES["policies.yml"]["policies"]
    tree = {key: value for key, value in policy.items() if key != "orgId"}
    assert again(alerting.NotificationPolicy.from_json(tree)) == tree
    (mute,) = TREES["mute-times.yml"]["muteTimes"]
    assert (
        again(alerting.MuteTiming.from_json({"name": mute["name"], "time_intervals": []}))["name"]
        == mute["name"]
    )
    (template,) = TREES["templates.yml"]["templates"]
    assert again(
        alerting.NotificationTemplate.from_json(
            {"name": template["name"], "template": template["template"]}
        )
    )


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_receiver_and_mute_time_exists_and_discord_is_not_told_that_it_fails(
    channel: Any,
) -> None:
    files = alerts_files.files(routing=Routing(channel=channel))
    trees = {Path(p).name: yaml.safe_load(text) for p, text in files.items() if p.endswith(".yml")}
    points = {point["name"] for point in trees["contact-points.yml"]["contactPoints"]}
    mutes = {mute["name"] for mute in trees["mute-times.yml"]["muteTimes"]}
    (policy,) = trees["policies.yml"]["policies"]
    assert policy["receiver"] == f"lk-{channel}"
    routes = policy["routes"]
    assert {route["receiver"] for route in routes if "receiver" in route} <= points
    assert {name for route in routes for name in route.get("mute_time_intervals", ())} <= mutes
    (failing,) = (
        route
        for route in routes
        if route["object_matchers"] == [["alertname", "=", "DiscordFailing"]]
    )
    assert failing["receiver"] == ("lk-email" if channel == "discord" else f"lk-{channel}")


def test_grafana_and_the_ruler_have_the_same_alerts() -> None:
    assert {rule["alert"] for rule in RULED} == {rule["title"] for rule in RULES} - {"LokiDown"}
    for rule in RULED:
        (twin,) = (one for one in RULES if one["title"] == rule["alert"])
        (evaluator,) = (
            condition["evaluator"] for condition in twin["data"][1]["model"]["conditions"]
        )
        sign = {"gt": ">", "lt": "<"}[evaluator["type"]]
        assert (
            rule["expr"] == f"({twin['data'][0]['model']['expr']} {sign} {evaluator['params'][0]})"
        )
        assert rule["labels"] == twin["labels"]
        assert rule.get("keep_firing_for") == twin.get("keepFiringFor")


@pytest.mark.servers
def test_lokitool_accepts_the_rules_and_sees_a_mistake(tmp_path: Path) -> None:
    lokitool = binaries.require("lokitool")
    (path,) = (path for path in FILES if path.endswith("logging-kit.yml"))
    check = [lokitool, "rules", "check", ROOT / path]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILES[path].replace("count_over_time", "count_over"))
    check[-1] = wrong
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_every_alert_has_a_korean_summary_about_the_same_labels() -> None:
    korean = texts("ko")["alerts"]
    assert [*korean] == [alert.name for alert in alerts()]
    for alert in alerts():
        assert korean[alert.name].keys() == {"summary", "runbook"}
        summary = korean[alert.name]["summary"]
        assert set(re.findall(r"\{\S+?\}", summary)) == set(re.findall(r"\{\S+?\}", alert.summary))
        assert all(re.search("[가-힣]", text) for text in korean[alert.name].values())


def test_korean_files_differ_in_words_and_the_time_zone_only() -> None:
    trees = {
        Path(path).name: yaml.safe_load(text)
        for path, text in alerts_files.files(KOREAN).items()
        if path.endswith(".yml")
    }
    rules = [rule for group in trees["rules.yml"]["groups"] for rule in group["rules"]]
    assert [rule["data"] for rule in rules] == [rule["data"] for rule in RULES]
    assert all(re.search("[가-힣]", rule["annotations"]["summary"]) for rule in rules)
    (night,) = trees["mute-times.yml"]["muteTimes"][0]["time_intervals"]
    assert night["location"] == "Asia/Seoul"


def test_thresholds_and_addresses_are_options() -> None:
    routing = Routing(
        "mine",
        "live",
        "slack",
        "https://wiki/alerts",
        "https://grafana.example",
        parse_limits(["drawdown_pct=20", "no_signal_for=8h"]),
    )
    text = alerts_files.files(routing=routing)[f"{alerts_files.GRAFANA}/rules.yml"]
    rules = {
        rule["uid"]: rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]
    }
    drawdown = rules["lk-drawdown-high"]
    assert drawdown["data"][1]["model"]["conditions"][0]["evaluator"]["params"] == [20]
    assert '{app="mine", env=~"live"' in drawdown["data"][0]["model"]["expr"]
    assert drawdown["annotations"]["runbook_url"] == "https://wiki/alerts#drawdownhigh"
    assert drawdown["annotations"]["dashboard_url"].startswith(
        "https://grafana.example/d/lk-positions-pnl?"
    )
    assert "[8h]" in rules["lk-no-signals"]["data"][0]["model"]["expr"]


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("drawdown=20", "a name of restarts"),
        ("daily_losses=5", "a name of restarts"),
        ("errors", "errors is a number"),
        ("errors=many", "errors is a number, not 'many'"),
        ("no_signal_for=soon", "a duration such as 8h"),
    ],
)
def test_a_limit_that_does_not_exist_is_refused(limit: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_limits([limit])


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="pager"):
        Routing(channel="pager")  # type: ignore[arg-type]


def made(**given: Any) -> Alert:
    usual = {
        "name": "X",
        "severity": "info",
        "measure": count(HEARTBEAT),
        "over": 1,
        "summary": "",
        "explanation": "",
        "runbook": "",
    }
    return Alert(**{**usual, "panel_ref": ("lk-system-health", "Restarts"), **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"under": 1}, "one threshold"),
        ({"over": None}, "one threshold"),
        ({"summary": "{bot_name}"}, "not \\['bot_name'\\]"),
        ({"unless": count(HEARTBEAT, by="bot_name")}, "unless is grouped by"),
        ({"name": "A" * 38}, "more than 40"),
        ({"panel_ref": ("lk-system-health", "Nothing")}, "no panel 'Nothing'"),
    ],
)
def test_an_alert_refuses_what_would_not_work(given: dict[str, Any], message: str) -> None:
    assert made().uid == "lk-x"
    with pytest.raises(QueryError, match=message):
        made(**given)


def test_a_zone_with_summer_time_is_left_to_grafana() -> None:
    text = alerts_files.files(Presentation(time_zone="Europe/Berlin"))[
        f"{alerts_files.GRAFANA}/templates.yml"
    ]
    assert 'tz "Europe/Berlin"' in text


def test_limits_have_a_place_in_some_alert() -> None:
    usual = [alert.fires for alert in alerts()]
    for name in (
        "restarts",
        "errors",
        "api_errors",
        "api_p95_ms",
        "rate_limits",
        "rejects",
        "daily_loss",
        "drawdown_pct",
    ):
        assert [alert.fires for alert in alerts(Limits(**{name: 0.5}))] != usual
    for name in ("confidence", "loop_ms", "ai_cost_usd"):
        assert [alert.fires for alert in alerts(Limits(**{name: 0.5}))] != usual
    assert [alert.fires for alert in alerts(Limits(no_signal_for="9h"))] != usual


def test_an_amount_as_the_limit_of_one_bot_is_part_of_both_alerts() -> None:
    usual = {alert.name: alert.fires for alert in alerts()}
    limits = Limits(daily_losses=(("alpha", "USDT", 100),))
    changed = {
        alert.name for alert in alerts(limits) if repr(alert.fires) != repr(usual[alert.name])
    }
    assert changed == {"DailyLossLimit", "DailyLossWarning"}


def test_an_environment_without_money_makes_nothing_critical() -> None:
    alert = next(alert for alert in alerts() if alert.severity == "critical")
    for env in ("testnet", "paper", "demo", "backtest", "binance-testnet2", "DEV", "dry_run"):
        assert alert.severity_in(env) == "warning"
    for env in ("live", "prod", "mainnet", "contest", "device", "", "live-eu"):
        assert alert.severity_in(env) == "critical"
