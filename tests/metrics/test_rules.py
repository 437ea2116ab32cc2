"""The rules for Prometheus: each alert fires on its incident and is silent on a healthy day."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.metrics.aliases import ALIASES, REPLACED
from logging_kit.panels.alerts import prometheus
from logging_kit.panels.alerts.bots import alerts
from tests.support.metrics_series import TARGET, Expected, Series, check, series
from tests.support.panels.alert_stories import STORIES, healthy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool"),
]

MONITORING = Path(__file__).parents[2] / "monitoring"
RULES = MONITORING / "prometheus" / "rules"
DAY = 25 * 3600
FOUND, WITHOUT = prometheus.twins()

RULE_GROUPS: list[dict[str, Any]] = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
EXPRESSIONS: dict[str, str] = {
    rule["alert"]: rule["expr"] for group in RULE_GROUPS for rule in group["rules"]
}


def labelled(name: str, values: str, **labels: str) -> dict[str, str]:
    given = ", ".join(f'{label}="{value}"' for label, value in {**TARGET, **labels}.items())
    return {"series": f"{name}{{{given}}}", "values": values}


UP = labelled("up", "1x400")
METRIC_STORIES: dict[str, tuple[Series, Series]] = {
    "TargetDown": ([labelled("up", "1x20 0x100")], [UP]),
    "HttpErrorRateHigh": (
        [
            labelled("http_requests_total", "0+10x100", status="500", bot_name="b"),
            labelled("http_requests_total", "0+90x100", status="200", bot_name="b"),
        ],
        [
            labelled("http_requests_total", "0+1x100", status="500", bot_name="b"),
            labelled("http_requests_total", "0+50x100", status="404", bot_name="b"),
            labelled("http_requests_total", "0+90x100", status="200", bot_name="b"),
        ],
    ),
    "HttpLatencyHigh": (
        [
            labelled("http_request_duration_seconds_bucket", "0x100", le="1.0", bot_name="b"),
            labelled("http_request_duration_seconds_bucket", "0+9x100", le="2.5", bot_name="b"),
            labelled("http_request_duration_seconds_bucket", "0+9x100", le="+Inf", bot_name="b"),
        ],
        [
            labelled("http_request_duration_seconds_bucket", "0+9x100", le="0.5", bot_name="b"),
            labelled("http_request_duration_seconds_bucket", "0+9x100", le="+Inf", bot_name="b"),
        ],
    ),
    "MetricsIncomplete": (
        [labelled("logging_kit_label_overflows_total", "0x40 5x60", metric="x")],
        [labelled("logging_kit_metrics_failures_total", "3x100")],
    ),
    "LogsDropped": (
        [labelled("logging_kit_dropped_total", "0x40 5x60", reason="disk full")],
        [labelled("logging_kit_dropped_total", "5x100", reason="disk full")],
    ),
    "WrongEvents": (
        [labelled("logging_kit_schema_errors_total", "0x40 5x60")],
        [labelled("logging_kit_schema_errors_total", "5x100")],
    ),
    "AgentFileNotRead": (
        [labelled("promtail_file_bytes_total", "9x100", path="/logs/a.log")],
        [
            labelled("promtail_file_bytes_total", "9x100", path="/logs/a.log"),
            labelled("promtail_read_bytes_total", "9x100", path="/logs/a.log"),
        ],
    ),
    "LogsDiscarded": (
        [labelled("loki_discarded_samples_total", "0x40 5x60", reason="too_old")],
        [labelled("loki_discarded_samples_total", "5x100", reason="too_old")],
    ),
    "LokiDown": (
        [{"series": 'up{job="loki", instance="loki:3100"}', "values": "1x40 0x60"}],
        [{"series": 'up{job="loki", instance="loki:3100"}', "values": "1x100"}],
    ),
}
AT = 50 * 30
LATER = {"WebSocketDown": 240}
"""Seconds after which an alert fires: a gauge holds its last value until the next heartbeat."""


def test_every_alert_has_a_twin_or_a_reason() -> None:
    names = {alert.name for alert in alerts()}
    own = {alert.name for alert in prometheus.METRIC_ALERTS}
    assert names == {*FOUND, *WITHOUT} | (names & own)
    assert set(EXPRESSIONS) == {*FOUND} | own
    assert {"SecretLeak", "UnparseableLogs"} <= {*WITHOUT}
    assert len(WITHOUT) < len(FOUND) / 3, WITHOUT


def test_promtool_accepts_every_file() -> None:
    for words in (
        ["check", "rules", *map(str, sorted(RULES.glob("*.yml")))],
        ["check", "config", str(MONITORING / "prometheus" / "prometheus.yml")],
    ):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_on_its_incident(tmp_path: Path) -> None:
    groups = []
    for name, query in FOUND.items():
        story = STORIES[name][0]
        oldest = max((line["ago"] for line in story), default=0)
        windows = [int(days) * 24 + 1 for days in re.findall(r"\[(\d+)d\]", query)]
        before = 3600
        if oldest > 1800 or re.search(r"\d+[hd]\b", query):
            before = max([25, *windows]) * 3600
        at = before + LATER.get(name, 0)
        groups.append((series(story, before, 300), [Expected(query, at, True)]))
    check(tmp_path, [], groups)


def test_no_alert_fires_on_a_healthy_day(tmp_path: Path) -> None:
    expected = [Expected(query, DAY, False) for query in FOUND.values()]
    check(tmp_path, [], [(series(healthy(), DAY), expected)])


def test_what_only_metrics_tell_fires_and_is_silent(tmp_path: Path) -> None:
    assert METRIC_STORIES.keys() == {a.name for a in prometheus.METRIC_ALERTS} - {"Watchdog"}
    check(
        tmp_path,
        [],
        [
            (given, [Expected(EXPRESSIONS[name], AT, fires)])
            for name, stories in METRIC_STORIES.items()
            for given, fires in zip(stories, (True, False), strict=True)
        ],
    )
    check(tmp_path, [], [([UP], [Expected(EXPRESSIONS["Watchdog"], AT, True)])])


def test_messages_name_the_bot_and_the_value(tmp_path: Path) -> None:
    """One rule through promtool as Prometheus runs it, with its time, labels and texts."""
    (rule,) = (r for g in RULE_GROUPS for r in g["rules"] if r["alert"] == "TargetDown")
    case = {
        "eval_time": "20m",
        "alertname": "TargetDown",
        "exp_alerts": [
            {
                "exp_labels": {**TARGET, "severity": "critical"},
                "exp_annotations": {
                    **rule["annotations"],
                    "summary": "Prometheus does not reach the metrics of bot:8000.",
                },
            }
        ],
    }
    silent = {"eval_time": "10m", "alertname": "TargetDown", "exp_alerts": []}
    tree = {
        "rule_files": [str(RULES / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "30s",
                "input_series": [labelled("up", "1x21 0x100")],
                "alert_rule_test": [case, silent],
            }
        ],
    }
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump(tree))
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_aliases_are_named_once_and_not_after_a_metric_of_ours() -> None:
    names = [alias.name for alias in ALIASES]
    assert len(names) == len(set(names))
    assert not any(name.startswith("trading_") for name in names)
    recorded = yaml.safe_load((RULES / "aliases.yml").read_text())["groups"][0]["rules"]
    assert [rule["record"] for rule in recorded] == names
    assert all(row.instead and row.why for row in REPLACED)
