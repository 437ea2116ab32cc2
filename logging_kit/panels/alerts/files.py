"""The alerts as files: for Grafana's own alerting, which is the default, and for Loki's ruler.

Grafana's provisioning (pkg/services/provisioning/alerting and
https://grafana.com/docs/grafana/v12.4/alerting/set-up/provision-alerting-resources/)
sets the rules:

- Settings of contact points take `$NAME` from the environment. An empty one stops Grafana.
- Queries and templates stay as they are.
- A `$` in an annotation names a variable of the environment, so labels are written as `.Labels`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from logging_kit.panels.alerts.alert import TEST_ENV, Alert, filled
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.message import message
from logging_kit.panels.alerts.routing import (
    CHANNELS,
    ONCE,
    Routing,
    alertmanager,
    night,
    policy,
    receiver_name,
)
from logging_kit.panels.locale import texts
from logging_kit.panels.presentation import ENGLISH, Presentation

GRAFANA: Final = "monitoring/grafana/provisioning/alerting"
RULER: Final = "monitoring/loki/rules/fake/logging-kit.yml"
ALERTMANAGER: Final = "monitoring/loki/alertmanager.yml"
MESSAGE: Final = "monitoring/loki/alertmanager.tmpl"


def files(presentation: Presentation = ENGLISH, routing: Routing | None = None) -> dict[str, str]:
    """Return the files of the alerts: their paths in the repository, and texts.

    Raises:
        ImportError: If PyYAML is not installed.
    """
    to = routing or Routing()
    known = alerts(to.limits)
    contacts = [
        _contact(name, settings, once=once)
        for once in (False, True)
        for name, settings in CHANNELS.items()
    ]
    templates = [{"orgId": 1, "name": "logging_kit", "template": message(presentation)}]
    grafana: dict[str, Any] = {
        "rules.yml": {
            "groups": [
                _group(name, rules)
                for name, rules in _grouped(known, lambda alert: _rule(alert, presentation, to))
            ]
        },
        "contact-points.yml": {"contactPoints": contacts},
        "policies.yml": {"policies": [policy(to)]},
        "mute-times.yml": {"muteTimes": [{"orgId": 1, **night(presentation)}]},
        "templates.yml": {"templates": templates},
    }
    made = {
        f"{GRAFANA}/{name}": _yaml({"apiVersion": 1, **tree}, _HEADS[name])
        for name, tree in grafana.items()
    }
    ruled = [alert for alert in known if not alert.no_answer]
    groups = [
        {"name": f"lk-{name}", "interval": "1m", "rules": rules}
        for name, rules in _grouped(ruled, lambda alert: _ruler(alert, presentation, to))
    ]
    return made | {
        RULER: _yaml({"groups": groups}, _RULER_HEAD),
        ALERTMANAGER: _yaml(alertmanager(presentation, to), _ALERTMANAGER_HEAD),
        MESSAGE: message(presentation),
    }


def _contact(name: str, settings: Mapping[str, Any], *, once: bool) -> dict[str, Any]:
    receiver: dict[str, Any] = {"type": name, "settings": dict(settings)}
    if once:
        receiver |= {"disableResolveMessage": True}
    uid = receiver_name(name, once=once)
    return {"orgId": 1, "name": uid, "receivers": [{"uid": uid, **receiver}]}


def _rule(alert: Alert, presentation: Presentation, to: Routing) -> dict[str, Any]:
    evaluator = {
        "type": "gt" if alert.over is not None else "lt",
        "params": [alert.over if alert.over is not None else alert.under],
    }
    model = {
        "refId": "A",
        "queryType": "instant",
        "editorMode": "code",
        "expr": alert.measure_expr(to.scope),
    }
    threshold = {
        "refId": "B",
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": evaluator}],
    }
    value = {
        "": '{{ printf "%.6g" .Values.A.Value }}',
        "percent": "{{ humanizePercentage .Values.A.Value }}",
    }
    where = {"__dashboardUid__": alert.panel_ref[0], "__panelId__": str(alert.panel.id)}
    return {
        "uid": alert.uid,
        "title": alert.name,
        "condition": "B",
        "data": [
            {
                "refId": "A",
                "datasourceUid": "loki",
                "relativeTimeRange": {"from": 600, "to": 0},
                "model": model,
            },
            {
                "refId": "B",
                "datasourceUid": "__expr__",
                "relativeTimeRange": {"from": 0, "to": 0},
                "model": threshold,
            },
        ],
        "dashboardUid": alert.panel_ref[0],
        "panelId": alert.panel.id,
        "for": alert.lasting,
        **({"keepFiringFor": alert.keep_firing} if alert.keep_firing != "0s" else {}),
        # no series: nothing is wrong; only LokiDown fires when Loki does not answer
        "noDataState": "Alerting" if alert.no_answer else "OK",
        "execErrState": "Alerting" if alert.no_answer else "KeepLast",
        "isPaused": alert.paused,
        "labels": labels_of(alert, to),
        "annotations": annotations_of(alert, presentation, to, value) | where,
    }


def _ruler(alert: Alert, presentation: Presentation, to: Routing) -> dict[str, Any]:
    value = {"": '{{ printf "%.6g" .Value }}', "percent": "{{ humanizePercentage .Value }}"}
    return {
        "alert": alert.name,
        "expr": alert.expr(to.scope),
        "for": alert.lasting,
        **({"keep_firing_for": alert.keep_firing} if alert.keep_firing != "0s" else {}),
        "labels": labels_of(alert, to),
        "annotations": annotations_of(alert, presentation, to, value),
    }


def labels_of(alert: Alert, to: Routing) -> dict[str, str]:
    """Return the labels that the series of an alert do not have."""
    severity: str = alert.severity
    if severity == "critical" and "env" in alert.measure.by:
        severity = (
            f"{{{{ if match `{TEST_ENV}` .Labels.env }}}}warning{{{{ else }}}}critical{{{{ end }}}}"
        )
    labels = {"severity": severity}
    if not alert.resolves:
        labels |= {ONCE: "yes"}
    if "app" not in alert.measure.by and to.app is not None:
        labels |= {"app": to.app}
    return labels


def annotations_of(
    alert: Alert, presentation: Presentation, to: Routing, value: Mapping[str, str]
) -> dict[str, str]:
    """Return the texts of an alert in the reader's language.

    Args:
        alert: The alert.
        presentation: The language.
        to: The addresses that the texts link to.
        value: The texts for the value, as for `filled`.
    """
    translated = texts(presentation.language).get("alerts", {}).get(alert.name, {})
    summary = translated.get("summary", alert.summary)
    return {
        "summary": filled(place(alert) + summary, lambda name: f"{{{{ .Labels.{name} }}}}", value),
        "description": translated.get("runbook", alert.runbook),
        **({"runbook_url": f"{to.runbooks}#{alert.name.lower()}"} if to.runbooks else {}),
        "dashboard_url": f"{to.grafana_url}{alert.link}",
    }


def place(alert: Alert) -> str:
    """Return the beginning of an alert's message: the app and the environment of its series."""
    if {"app", "env"} <= {*alert.measure.by}:
        return "{app}/{env}: "
    return ""


def _grouped(
    known: Sequence[Alert], rule: Callable[[Alert], dict[str, Any]]
) -> list[tuple[str, list[dict[str, Any]]]]:
    names = dict.fromkeys(alert.severity for alert in known)
    return [(name, [rule(alert) for alert in known if alert.severity == name]) for name in names]


def _group(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": f"lk-{name}",
        "folder": "Trading alerts",
        "interval": "1m",
        "rules": rules,
    }


def _yaml(tree: Mapping[str, Any], head: str) -> str:
    import yaml

    return (
        head
        + "\n"
        + str(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=120))
    )


_MADE: Final = (
    "# Generated from logging_kit/panels/alerts/. With other options: "
    "logging-kit grafana write --help.\n"
)
_HEADS: Final = {
    "rules.yml": f"{_MADE}# The meaning of each alert and the steps to take: docs/alerts.md.\n",
    "contact-points.yml": (
        f"{_MADE}# $NAME comes from the environment of Grafana; docker-compose.yml sets it. An "
        "empty one\n"
        "# would stop Grafana, so an address that is not set is a placeholder and receives "
        "nothing.\n"
    ),
    "policies.yml": f"{_MADE}# Another channel: logging-kit grafana write DIR --channel telegram\n",
    "mute-times.yml": f"{_MADE}# The hours in which alerts of severity info wait.\n",
    "templates.yml": f"{_MADE}# The message, for every channel: under 2,000 characters.\n",
}
_RULER_HEAD: Final = (
    f"{_MADE}# For Loki's ruler and an Alertmanager. Grafana has the same alerts already: with "
    "both, each\n"
    "# alert is sent twice. The block `ruler` in ../../loki-config.yml says how to switch it on.\n"
)
_ALERTMANAGER_HEAD: Final = (
    f"{_MADE}# For the Alertmanager that Loki's ruler sends to. Copy this file and "
    "alertmanager.tmpl to\n"
    "# /etc/alertmanager, and replace each not-set in the receivers that a route names. Then run\n"
    "# amtool check-config alertmanager.yml.\n"
)
