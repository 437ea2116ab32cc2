"""The variables of a dashboard, in Grafana's classic JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as sdk

from logging_kit.events.model import FILTER_LABELS, LEVELS
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.grafana.extras import limit_of
from logging_kit.panels.grafana.panel_json import datasource
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.build import without_zero
from logging_kit.panels.query.fields import HEARTBEAT, ORDER, POSITION, SIGNAL, EventLines
from logging_kit.panels.query.language import count
from logging_kit.panels.query.scope import Scope, Variable

NAMES_SOURCE: Final = "loki-names"
"""Uid of the data source that lists names; see `grafana/provisioning/datasources/loki.yml`."""

_NAMES_OF: Final = "24h"
_NAMED: Final = Scope(Variable("app"), Variable("env"))


def variables(presentation: Presentation, own: str, app: str) -> list[sdk.VariableModel]:
    """Return the variables that every dashboard has.

    Args:
        presentation: Language and colours.
        own: Name of the dashboard's own variable, which comes first; empty without one.
        app: The app that is chosen at first.
    """
    everything = sdk.VariableOption(
        selected=True, text=[presentation.word("all")], value=["$__all"]
    )
    levels = [sdk.VariableOption(selected=False, text=level, value=level) for level in LEVELS]
    if own:
        asked = [
            _text_box(
                own, presentation.translate(own), "", presentation.word("correlation_id_about")
            )
        ]
    else:
        asked = []
    return [
        *asked,
        sdk.VariableModel(
            type_val=sdk.VariableType.DATASOURCE,
            name="loki",
            label="Loki",
            query="loki",
            current=sdk.VariableOption(selected=True, text="Loki", value="loki"),
        ),
        _label_values("app", "", sdk.VariableOption(selected=True, text=app, value=app)),
        *(
            _label_values(name, "{app=~`${app:regex}`}", everything, multi=True)
            for name in ("env", *FILTER_LABELS)
        ),
        _names("bot", "bot_name", (HEARTBEAT, SIGNAL), presentation, everything),
        _names("symbol", "symbol", (SIGNAL, POSITION, ORDER), presentation, everything),
        sdk.VariableModel(
            type_val=sdk.VariableType.CUSTOM,
            name="level",
            label=presentation.word("level"),
            description=presentation.word("level_about"),
            query=",".join(LEVELS),
            options=[
                sdk.VariableOption(selected=True, text=presentation.word("all"), value="$__all"),
                *levels,
            ],
            current=everything,
            multi=True,
            include_all=True,
            all_value=".*",
        ),
        _text_box("search", presentation.word("search"), "", presentation.word("search_about")),
    ]


def _label_values(
    name: str, stream: str, current: sdk.VariableOption, *, multi: bool = False
) -> sdk.VariableModel:
    return sdk.VariableModel(
        type_val=sdk.VariableType.QUERY,
        name=name,
        label=name.capitalize(),
        datasource=datasource(),
        query={
            "label": name,
            "refId": f"LokiVariableQueryEditor-{name}",
            "stream": stream,
            "type": 1,
        },  # 1: values of a label
        refresh=sdk.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=sdk.VariableSort.ALPHABETICAL_ASC,
        current=current,
        multi=multi,
        include_all=multi,
        all_value=".*" if multi else None,
    )


def _names(
    name: str,
    field: str,
    events: Sequence[EventLines],
    presentation: Presentation,
    everything: sdk.VariableOption,
) -> sdk.VariableModel:
    """Return a list of names that the lines of a day have, where the viewer may also type one.

    Loki's own variables list labels alone. A metric query knows the metadata too, and Grafana's
    Prometheus data source turns its answer into a list: Loki speaks the same protocol.
    """
    counted = " or ".join(
        logql(without_zero(count(event, by=field, within=_NAMES_OF)), _NAMED) for event in events
    )
    query = f"query_result({counted})"
    return sdk.VariableModel(
        type_val=sdk.VariableType.QUERY,
        name=name,
        label=presentation.word(name),
        description=presentation.word(f"{name}_about"),
        datasource=common.DataSourceRef(type_val="prometheus", uid=NAMES_SOURCE),
        definition=query,
        query={
            "query": query,
            "qryType": 3,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        regex=f'/^\\{{{field}="(.+)"\\}} /',
        refresh=sdk.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=sdk.VariableSort.ALPHABETICAL_ASC,
        current=everything,
        multi=True,
        include_all=True,
        allow_custom_value=True,
        all_value=".*",
    )


def limit_variables(dashboard: Dashboard, presentation: Presentation) -> list[sdk.VariableModel]:
    """Return a box for each limit that a chart of the dashboard shows."""
    limits = dict.fromkeys(filter(None, map(limit_of, dashboard.panels)))
    return [
        _text_box(
            limit.name[1:],
            presentation.word(limit.name[1:]),
            limit.default,
            presentation.word("limit_about"),
        )
        for limit in limits
    ]


def _text_box(name: str, label: str, value: str, description: str) -> sdk.VariableModel:
    chosen = sdk.VariableOption(selected=True, text=value, value=value)
    return sdk.VariableModel(
        type_val=sdk.VariableType.TEXTBOX,
        name=name,
        label=label,
        description=description,
        query=value,
        current=chosen,
        options=[chosen],
    )
