"""The files for Prometheus and its Alertmanager: alerts, recording rules, scraping and routing.

The alerts are those of `logging_kit.panels.alerts.bots`, compiled to PromQL, and a few that only
metrics can tell. Use either these or Grafana's: with both, each alert is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from logging_kit.exceptions import NoTwinError
from logging_kit.metrics.aliases import ALIASES
from logging_kit.panels.alerts.alert import Alert, Severity, filled
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.files import annotations_of, labels_of
from logging_kit.panels.alerts.message import message
from logging_kit.panels.alerts.routing import Channel, Routing, alertmanager
from logging_kit.panels.compile.promql import promql
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.panels.query.scope import Scope

FOLDER: Final = "monitoring/prometheus"
ALERTMANAGER: Final = "monitoring/alertmanager"
_PER_BOT: Final = "app, env, bot_name"


class MetricAlert(NamedTuple):
    """An alert on what only metrics can tell.

    Attributes:
        name: Its name.
        severity: As for `Alert`.
        expr: Its expression in PromQL; `=APP` stands for the matcher of the app.
        lasting: Time that it must hold.
        summary: One sentence, as for `Alert`.
        runbook: Steps to take.
        known_as: Its usual name in Prometheus rules.
    """

    name: str
    severity: Severity
    expr: str
    lasting: str
    summary: str
    runbook: str
    known_as: str = ""


METRIC_ALERTS: Final[tuple[MetricAlert, ...]] = (
    MetricAlert(
        "TargetDown",
        "critical",
        "up{app=APP} == 0 or absent(up{app=APP})",
        "1m",
        "Prometheus does not reach the metrics of {instance}.",
        "Check that the bot runs and that metrics_port and metrics_host fit the targets in "
        "prometheus.yml. The status page of Prometheus shows the error of the last scrape.",
        "TraderAPIDown",
    ),
    MetricAlert(
        "HttpErrorRateHigh",
        "warning",
        f'sum by ({_PER_BOT}) (rate(http_requests_total{{app=APP, status=~"5.."}}[5m]))'
        f" / (sum by ({_PER_BOT}) (rate(http_requests_total{{app=APP}}[5m])) > 0.05) > 0.05",
        "5m",
        "{value:percent} of the requests to the API of {bot_name} fail.",
        "Incoming status codes shows the statuses; read the errors of the same time in the error "
        "log.",
        "HighErrorRate",
    ),
    MetricAlert(
        "HttpLatencyHigh",
        "warning",
        f"histogram_quantile(0.95, sum by (le, {_PER_BOT}) "
        "(rate(http_request_duration_seconds_bucket{app=APP}[5m]))) > 1",
        "5m",
        "The API of {bot_name} answers in {value} s (P95).",
        "Incoming P95 latency shows the path. Compare with the time of the main loop.",
        "HighLatency",
    ),
    MetricAlert(
        "MetricsIncomplete",
        "warning",
        "max by (app, env, instance) (increase(logging_kit_metrics_failures_total{app=APP}[15m]))"
        " > 0 or max by (app, env, instance) "
        "(increase(logging_kit_label_overflows_total{app=APP}[15m])) > 0",
        "0s",
        "The metrics of {instance} leave events out, or count them under _other.",
        "A label takes too many values, such as a path with an id in it: log its template instead.",
    ),
    MetricAlert(
        "LogsDropped",
        "warning",
        "sum by (app, env, instance) (increase(logging_kit_dropped_total{app=APP}[15m])) > 0",
        "0s",
        "{instance} could not write {value} log lines in 15 minutes.",
        "Run df -h on the bot's machine. The first line after the loss has the field dropped.",
    ),
    MetricAlert(
        "WrongEvents",
        "warning",
        "sum by (app, env, instance) (increase(logging_kit_schema_errors_total{app=APP}[1h])) > 0",
        "0s",
        "{instance} has written {value} events that differ from the catalogue.",
        "Their field schema_error says what is wrong; strict=True finds them in the bot's tests.",
    ),
    MetricAlert(
        "AgentFileNotRead",
        "warning",
        "promtail_file_bytes_total unless promtail_read_bytes_total",
        "15m",
        "Promtail does not read {path}.",
        "Check the rights of the file and the log of Promtail.",
    ),
    MetricAlert(
        "LogsDiscarded",
        "warning",
        "sum by (reason) (increase(loki_discarded_samples_total[15m])) > 0",
        "0s",
        "Loki has discarded lines: {reason}.",
        "The reason names the limit of Loki: lines that are too old or too long, or too many "
        "streams. The lines are in the files of the bot.",
    ),
    MetricAlert(
        "LokiDown",
        "critical",
        'up{job="loki"} == 0',
        "2m",
        "Loki does not answer Prometheus.",
        "Run docker compose ps and docker compose logs loki. A full disk is the usual cause. The "
        "lines are safe in the files.",
    ),
    MetricAlert(
        "Watchdog",
        "none",
        "vector(1)",
        "0s",
        "The alerts work.",
        "Nothing. Give the webhook channel the address of a dead man's switch, which calls you "
        "when this alert stops arriving.",
    ),
)
"""The alerts that need no line of the log."""

_NATIVE: Final = {alert.name for alert in METRIC_ALERTS}


def expr(alert: Alert, scope: Scope) -> str:
    """Return the query of an alert in PromQL, with the threshold.

    Raises:
        NoTwinError: If the alert needs what no metric carries.
    """
    measure = promql(alert.measure, scope)
    if alert.unless is not None:
        by = ", ".join(alert.unless.by)
        measure = f"({measure} unless on ({by}) {promql(alert.unless, scope)})"
    if alert.over is not None:
        return f"{measure} > {alert.over:.12g}"
    return f"{measure} < {alert.under or 0:.12g}"


def twins(routing: Routing | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the expressions of the alerts that have a twin, and the reasons of the others.

    Args:
        routing: The bots and the thresholds.
    """
    to = routing or Routing()
    found: dict[str, str] = {}
    without: dict[str, str] = {}
    for alert in alerts(to.limits):
        if alert.name in _NATIVE:
            continue
        try:
            found[alert.name] = expr(alert, to.scope)
        except NoTwinError as error:
            without[alert.name] = str(error)
    return found, without


def files(presentation: Presentation = ENGLISH, routing: Routing | None = None) -> dict[str, str]:
    """Return the files: their paths in the repository, and texts.

    Raises:
        ImportError: If PyYAML is not installed.
    """
    to = routing or Routing()
    return {
        f"{FOLDER}/prometheus.yml": _yaml(_scraping(to), _SCRAPING_HEAD),
        f"{FOLDER}/rules/alerts.yml": _yaml({"groups": _groups(presentation, to)}, _ALERTS_HEAD),
        f"{FOLDER}/rules/aliases.yml": _yaml({"groups": [_aliases()]}, _ALIASES_HEAD),
        f"{ALERTMANAGER}/alertmanager.yml": _yaml(_routes(presentation, to), _ROUTES_HEAD),
        f"{ALERTMANAGER}/alertmanager.tmpl": message(presentation),
    }


def _groups(presentation: Presentation, to: Routing) -> list[dict[str, Any]]:
    found, _ = twins(to)
    rules = [
        (alert.severity, _rule(alert, found[alert.name], presentation, to))
        for alert in alerts(to.limits)
        if alert.name in found
    ]
    rules += [(alert.severity, _metric_rule(alert, to)) for alert in METRIC_ALERTS]
    return [
        {
            "name": f"lk-{severity}",
            "interval": "1m",
            "rules": [rule for of, rule in rules if of == severity],
        }
        for severity in dict.fromkeys(severity for severity, _ in rules)
    ]


def _rule(alert: Alert, query: str, presentation: Presentation, to: Routing) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": query,
        **_times(alert.lasting, alert.keep_firing),
        "labels": labels_of(alert, to),
        "annotations": annotations_of(alert, presentation, to, _VALUE),
    }


def _metric_rule(alert: MetricAlert, to: Routing) -> dict[str, Any]:
    annotations = {
        "summary": filled(alert.summary, lambda name: f"{{{{ .Labels.{name} }}}}", _VALUE),
        "description": alert.runbook,
    }
    if to.runbooks:
        annotations["runbook_url"] = f"{to.runbooks}#{alert.name.lower()}"
    app = f'="{to.app}"' if to.app is not None else '=~".+"'
    return {
        "alert": alert.name,
        "expr": alert.expr.replace("=APP", app),
        **_times(alert.lasting, "0s"),
        "labels": {"severity": alert.severity},
        "annotations": annotations,
    }


def _times(lasting: str, keep_firing: str) -> dict[str, str]:
    given = {"for": lasting, "keep_firing_for": keep_firing}
    return {name: value for name, value in given.items() if value != "0s"}


_VALUE: Final = {
    "": '{{ printf "%.6g" .Value }}',
    "percent": "{{ humanizePercentage .Value }}",
}


def _aliases() -> dict[str, Any]:
    return {
        "name": "lk-aliases",
        "interval": "30s",
        "rules": [{"record": alias.name, "expr": alias.expr} for alias in ALIASES],
    }


def _scraping(to: Routing) -> dict[str, Any]:
    bots = {
        "targets": ["host.docker.internal:8000"],
        "labels": {"app": to.app or "trading", "env": "testnet"},
    }
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "30s"},
        "rule_files": ["rules/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]},
        "scrape_configs": [
            {
                "job_name": "trading-bot",
                "static_configs": [bots],
                "file_sd_configs": [{"files": ["targets/*.yml"]}],
            },
            {"job_name": "prometheus", "static_configs": [{"targets": ["localhost:9090"]}]},
            {"job_name": "loki", "static_configs": [{"targets": ["loki:3100"]}]},
            {"job_name": "promtail", "static_configs": [{"targets": ["promtail:9080"]}]},
        ],
    }


PLACEHOLDERS: Final[Mapping[Channel, str]] = {
    "discord": "http://127.0.0.1:9/alert-discord-url",
    "slack": "http://127.0.0.1:9/alert-slack-url",
    "telegram": "alert-telegram-token",
    "email": "alert-email-to@localhost",
    "webhook": "http://127.0.0.1:9/alert-webhook-url",
}
"""Texts that `start.sh` replaces by the content of the files of secrets."""

_PLACES: Final[Mapping[Channel, str]] = {
    "discord": "webhook_url",
    "slack": "api_url",
    "telegram": "bot_token",
    "email": "to",
    "webhook": "url",
}


def _routes(presentation: Presentation, to: Routing) -> dict[str, Any]:
    tree = alertmanager(presentation, to)
    for receiver in tree["receivers"]:
        channel: Channel = receiver["name"].removeprefix("lk-").removesuffix("-once")
        for settings in receiver[f"{channel}_configs"]:
            settings[_PLACES[channel]] = PLACEHOLDERS[channel]
    return tree


def _yaml(tree: Mapping[str, Any], head: str) -> str:
    import yaml

    return (
        head
        + "\n"
        + str(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=120))
    )


_MADE: Final = "# Generated from logging_kit/panels/alerts/ and logging_kit/metrics/.\n"
_SCRAPING_HEAD: Final = (
    f"{_MADE}# The targets of a bot carry its app and env, which the rules and dashboards group "
    "by. For further\n"
    '# bots put files into targets/, such as: [{targets: ["host.docker.internal:8001"], labels: '
    "{app: trading, env: live}}]\n"
)
_ALERTS_HEAD: Final = (
    f"{_MADE}# The same alerts as Grafana's, in PromQL. With both, each alert is sent twice.\n"
)
_ALIASES_HEAD: Final = (
    f"{_MADE}# Names that other guides use. docs/metrics.md says what each of them is.\n"
)
_ROUTES_HEAD: Final = (
    f"{_MADE}# The addresses are placeholders: start.sh puts the secrets of ./secrets into a copy "
    "of this file.\n"
)
