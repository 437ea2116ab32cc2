"""The alerts as files: for Grafana's own alerting, which is the default, and for Loki's ruler.

Facts that they rest on, from Grafana's source (pkg/services/provisioning/alerting) and documentation
(https://grafana.com/docs/grafana/v12.4/alerting/set-up/provision-alerting-resources/file-provisioning/): settings of contact
points take ``$NAME`` from the environment, and an empty one keeps Grafana from starting; queries and templates are taken as
they are; a rule's labels are written as ``.Labels``, since a ``$`` in an annotation would name a variable of the environment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from logging_kit.panels.alert import Alert, Limits, filled
from logging_kit.panels.alerts import alerts
from logging_kit.panels.alerts_korean import ALERTS_KOREAN
from logging_kit.panels.alerts_message import message
from logging_kit.panels.logql import Scope, logql
from logging_kit.panels.style import ENGLISH, Style

Channel = Literal["discord", "slack", "telegram", "email", "webhook"]

GRAFANA: Final = "monitoring/grafana/provisioning/alerting"
RULER: Final = "monitoring/loki/rules/fake/logging-kit.yml"
_SAYS: Final = '{{ template "lk.message" . }}'
_TITLE: Final = '{{ template "lk.title" . }}'

CHANNELS: Final[Mapping[Channel, Mapping[str, Any]]] = MappingProxyType(
    {
        "discord": {"url": "$ALERT_DISCORD_URL", "title": _TITLE, "message": _SAYS},
        "slack": {"url": "$ALERT_SLACK_URL", "title": _TITLE, "text": _SAYS},
        "telegram": {"bottoken": "$ALERT_TELEGRAM_TOKEN", "chatid": "$ALERT_TELEGRAM_CHAT", "message": _SAYS},
        "email": {"addresses": "$ALERT_EMAIL_TO", "singleEmail": True, "subject": _TITLE, "message": _SAYS},
        "webhook": {"url": "$ALERT_WEBHOOK_URL", "httpMethod": "POST", "title": _TITLE, "message": _SAYS},
    }
)
"""The ways to reach a person, and the settings of each; what begins with ``$`` comes from the environment of Grafana."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """About whom the alerts are, where they go, and what is too much.

    Args:
        app: Label ``app`` of the bots.
        env: Label ``env``, a regular expression: ``live`` leaves the paper bots alone.
        channel: Where the messages go.
        runbooks: Address of the chapter on the alerts, such as that of ``docs/alerts.md`` in your repository.
        grafana_url: Address of Grafana as people open it.
        limits: The thresholds.

    Raises:
        ValueError: If there is no such channel.
    """

    app: str = "trading"
    env: str = ".*"
    channel: Channel = "discord"
    runbooks: str = "docs/alerts.md"
    grafana_url: str = "http://localhost:3000"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.channel not in CHANNELS:
            raise ValueError(f"channel is one of {(*CHANNELS,)}, not {self.channel!r}")

    @property
    def scope(self) -> Scope:
        """The lines that the alerts are about."""
        return Scope(self.app, self.env)


def files(style: Style = ENGLISH, delivery: Delivery | None = None) -> dict[str, str]:
    """The files of the alerts, by their paths in the repository.

    Raises:
        ImportError: If PyYAML is not installed.
    """
    to = delivery or Delivery()
    zone = "UTC" if style.time_zone in ("browser", "utc") else style.time_zone
    night = {
        "times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "08:00"}],
        "location": zone,
    }
    contacts = [
        {"orgId": 1, "name": f"lk-{name}", "receivers": [{"uid": f"lk-{name}", "type": name, "settings": dict(settings)}]}
        for name, settings in CHANNELS.items()
    ]
    templates = [{"orgId": 1, "name": "logging_kit", "template": message(style)}]
    grafana: dict[str, Any] = {
        "rules.yml": {
            "groups": [_group(name, rules) for name, rules in _grouped([_rule(a, style, to) for a in alerts(to.limits)])]
        },
        "contact-points.yml": {"contactPoints": contacts},
        "policies.yml": {"policies": [_policy(to)]},
        "mute-times.yml": {"muteTimes": [{"orgId": 1, "name": "lk-night", "time_intervals": [night]}]},
        "templates.yml": {"templates": templates},
    }
    made = {f"{GRAFANA}/{name}": _yaml({"apiVersion": 1, **tree}, _HEADS[name]) for name, tree in grafana.items()}
    ruled = [_ruler(alert, style, to) for alert in alerts(to.limits) if not alert.no_answer]
    groups = [{"name": f"lk-{name}", "interval": "1m", "rules": rules} for name, rules in _grouped(ruled)]
    return made | {RULER: _yaml({"groups": groups}, _RULER_HEAD)}


def _rule(alert: Alert, style: Style, to: Delivery) -> dict[str, Any]:
    evaluator = {
        "type": "gt" if alert.over is not None else "lt",
        "params": [alert.over if alert.over is not None else alert.under],
    }
    model = {"refId": "A", "queryType": "instant", "editorMode": "code", "expr": logql(alert.measure, to.scope)}
    threshold = {"refId": "B", "type": "threshold", "expression": "A", "conditions": [{"evaluator": evaluator}]}
    value = {"": '{{ printf "%.6g" .Values.A.Value }}', "percent": "{{ humanizePercentage .Values.A.Value }}"}
    where = {"__dashboardUid__": alert.see[0], "__panelId__": str(alert.panel.id)}
    return {
        "uid": alert.uid,
        "title": alert.name,
        "condition": "B",
        "data": [
            {"refId": "A", "datasourceUid": "loki", "relativeTimeRange": {"from": 600, "to": 0}, "model": model},
            {"refId": "B", "datasourceUid": "__expr__", "relativeTimeRange": {"from": 0, "to": 0}, "model": threshold},
        ],
        "dashboardUid": alert.see[0],
        "panelId": alert.panel.id,
        "for": alert.lasting,
        # no series means that nothing is wrong; what it means that Loki does not answer, only LokiDown says
        "noDataState": "Alerting" if alert.no_answer else "OK",
        "execErrState": "Alerting" if alert.no_answer else "KeepLast",
        "isPaused": alert.paused,
        "labels": _labels(alert, to),
        "annotations": _annotations(alert, style, to, value) | where,
    }


def _ruler(alert: Alert, style: Style, to: Delivery) -> dict[str, Any]:
    value = {"": '{{ printf "%.6g" .Value }}', "percent": "{{ humanizePercentage .Value }}"}
    return {
        "alert": alert.name,
        "expr": alert.expr(to.scope),
        "for": alert.lasting,
        "labels": _labels(alert, to),
        "annotations": _annotations(alert, style, to, value),
    }


def _labels(alert: Alert, to: Delivery) -> dict[str, str]:
    """Those that its series do not bring along."""
    return {"severity": alert.severity} | ({} if "app" in alert.measure.by else {"app": to.app})


def _annotations(alert: Alert, style: Style, to: Delivery, value: Mapping[str, str]) -> dict[str, str]:
    summary, todo = ALERTS_KOREAN[alert.name] if style.language == "ko" else (alert.summary, alert.todo)
    return {
        "summary": filled(summary, lambda name: f"{{{{ .Labels.{name} }}}}", value),
        "description": todo,
        "runbook_url": f"{to.runbooks}#{alert.name.lower()}",
        "dashboard_url": f"{to.grafana_url}{alert.link}",
    }


def _grouped(rules: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    names = dict.fromkeys(rule["labels"]["severity"] for rule in rules)
    return [(name, [rule for rule in rules if rule["labels"]["severity"] == name]) for name in names]


def _group(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"orgId": 1, "name": f"lk-{name}", "folder": "Trading alerts", "interval": "1m", "rules": rules}


def _policy(to: Delivery) -> dict[str, Any]:
    other = "email" if to.channel != "email" else "webhook"
    return {
        "orgId": 1,
        "receiver": f"lk-{to.channel}",
        "group_by": ["alertname", "app", "bot_name"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            # what says that Discord fails must not go to Discord
            {"receiver": f"lk-{other}", "object_matchers": [["alertname", "=", "DiscordFailing"]]},
            {
                "receiver": "lk-webhook",
                "object_matchers": [["severity", "=", "none"]],
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "5m",
            },
            {
                "object_matchers": [["severity", "=", "critical"]],
                "group_wait": "10s",
                "group_interval": "1m",
                "repeat_interval": "1h",
            },
            {
                "object_matchers": [["severity", "=", "info"]],
                "group_interval": "1h",
                "repeat_interval": "1d",
                "mute_time_intervals": ["lk-night"],
            },
        ],
    }


def _yaml(tree: Mapping[str, Any], head: str) -> str:
    import yaml

    return head + "\n" + str(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=120))


_MADE: Final = "# Generated from logging_kit/panels/alerts.py: python -m logging_kit.panels.grafana --help says how to change it.\n"
_HEADS: Final = {
    "rules.yml": f"{_MADE}# What each alert means and what to do: docs/alerts.md.\n",
    "contact-points.yml": f"{_MADE}# $NAME comes from the environment of Grafana, where docker-compose.yml puts it. An empty one\n"
    "# would keep Grafana from starting: what is not set is a placeholder that reaches nobody.\n",
    "policies.yml": f"{_MADE}# Another channel: python -m logging_kit.panels.grafana --channel telegram\n",
    "mute-times.yml": f"{_MADE}# When alerts of severity info wait for the morning.\n",
    "templates.yml": f"{_MADE}# The message, for every channel: under 2,000 characters.\n",
}
_RULER_HEAD: Final = (
    f"{_MADE}# For Loki's ruler and an Alertmanager. Grafana has the same alerts already: with both, each comes twice.\n"
    "# How to switch it on: the block `ruler` in ../../loki-config.yml.\n"
)
