"""Twins of dashboards for Prometheus: the same panels, with their queries in PromQL.

A panel whose numbers no metric carries, such as a table of trades, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from logging_kit.exceptions import NoTwinError
from logging_kit.panels.compile.promql import promql
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.api_performance import API_PERFORMANCE
from logging_kit.panels.dashboards.positions_pnl import POSITIONS_PNL
from logging_kit.panels.panel import Panel, Target
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.panels.query.scope import DASHBOARD

TWINS: Final = (API_PERFORMANCE, POSITIONS_PNL)
_DATASOURCE: Final = {"type": "prometheus", "uid": "${prom}"}
_NAME: Final = "trading_events_total"
_SYMBOLS: Final = '{__name__=~"trading_(candles_total|signal_confidence|position_quantity)"'
_NOTE: Final = (
    "**Prometheus:** counts go on after a restart, and are estimates between two scrapes; the "
    "number in the log is exact."
)


def window(panel: Panel, target: Target) -> str:
    """Return the window of the queries of a panel that name none."""
    if target.type == "instant":
        return "$__range"
    return panel.min_step or "$__rate_interval"


def queries(panel: Panel) -> list[str] | None:
    """Return the queries of a panel in PromQL; None if no metric answers one of them."""
    try:
        return [
            promql(target.query, replace(DASHBOARD, window=window(panel, target)))
            for target in panel.targets
        ]
    except NoTwinError:
        return None


def twin(dashboard: Dashboard) -> Dashboard:
    """Return a dashboard with those of its panels that metrics can answer."""
    rows = (
        Row(row.title, tuple(panel for panel in row.panels if queries(panel) is not None))
        for row in dashboard.rows
    )
    uid = dashboard.uid.replace("lk-", "lk-metrics-", 1)
    return replace(dashboard, uid=uid, rows=tuple(row for row in rows if row.panels))


def encode_twin(
    dashboard: Dashboard, presentation: Presentation = ENGLISH, app: str = "trading"
) -> str:
    """Return the twin of a dashboard as the text of its file.

    Args:
        dashboard: The dashboard on the log.
        presentation: Language, time zone and colours.
        app: The app that it begins with.
    """
    # its models warn when they are imported
    from logging_kit.panels.grafana.dashboard_json import encode

    made = twin(dashboard)
    tree = json.loads(encode(made, presentation, app))
    tree["title"] += " (Prometheus)"
    tree["annotations"] = {"list": []}
    tree["templating"]["list"] = list(_variables(tree["templating"]["list"]))
    tree["links"] = [link for link in tree["links"] if "/explore" not in link.get("url", "")]
    known = {panel.id: panel for panel in made.panels}
    tree["panels"] = [item for item in tree["panels"] if not item.get("collapsed")]
    for item in tree["panels"]:
        panel = known.get(item["id"])
        if panel is None:
            continue  # a heading
        item["datasource"] = _DATASOURCE
        item["description"] += f"\n\n{_NOTE}"
        asked = dict(zip((t.ref for t in panel.targets), queries(panel) or (), strict=True))
        item["targets"] = [
            target
            for target in item["targets"]
            if target["refId"] in asked or target["expr"].startswith("vector(")
        ]
        for target in item["targets"]:  # a limit that is drawn as a line means the same in both
            _rewrite(target, asked.get(target["refId"], target["expr"]))
    return json.dumps(tree, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _rewrite(target: dict[str, Any], query: str) -> None:
    instant = target.pop("queryType", "") == "instant"
    target.pop("maxLines", None)
    target |= {
        "datasource": _DATASOURCE,
        "expr": query,
        "instant": instant,
        "range": not instant,
        "format": "time_series",
        "exemplar": not instant,
    }


def _variables(given: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the variables with their values from Prometheus."""
    values = {
        "app": f"label_values({_NAME}, app)",
        "env": f"label_values({_NAME}{{app=~`${{app:regex}}`}}, env)",
        "bot": f"label_values({_NAME}{{app=~`${{app:regex}}`}}, bot_name)",
        "symbol": f"label_values({_SYMBOLS}, app=~`${{app:regex}}`}}, symbol)",
    }
    for variable in given:
        name = variable["name"]
        if name == "loki":
            yield variable | {
                "name": "prom",
                "label": "Prometheus",
                "query": "prometheus",
                "current": {"selected": True, "text": "Prometheus", "value": "prometheus"},
            }
        elif name in values:
            yield variable | {
                "type": "query",
                "datasource": _DATASOURCE,
                "query": {"query": values[name], "refId": f"Prometheus-{name}"},
                "definition": values[name],
                "refresh": 2,
                "sort": 1,
                "options": [],
            }
        elif name not in ("level", "search") and variable["type"] != "query":
            yield variable
