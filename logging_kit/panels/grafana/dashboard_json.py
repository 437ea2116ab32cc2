"""Dashboards as Grafana's classic JSON, made with the models of grafana-foundation-sdk.

Classic, because file provisioning refuses the newer schema
(https://github.com/grafana/grafana/issues/122663). The SDK leaves out the ids of panels and the
legend, and puts links into a menu: this module sets all three.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as sdk

from logging_kit.events.model import FILTER_LABELS, LEVELS
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import ANNOTATIONS, Annotation, Dashboard, GridPosition, Row
from logging_kit.panels.grafana.panel_json import datasource, draw, position
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.panels.query.scope import DASHBOARD

TAG: Final = "logging_kit"
_ANNOTATED: Final = replace(DASHBOARD, level=None, search=None)
_ROW_IDS: Final = 1000  # those of panels are below


def encode(dashboard: Dashboard, presentation: Presentation = ENGLISH, app: str = "trading") -> str:
    """Return the dashboard as the text of its file.

    The keys are sorted, so the same panels give the same bytes.
    """
    panels = [
        _row(item, _ROW_IDS + i, place, presentation)
        if isinstance(item, Row)
        else draw(item, place, presentation)
        for i, (item, place) in enumerate(dashboard.layout())
    ]
    model = sdk.Dashboard(
        uid=dashboard.uid,
        title=presentation.translate(dashboard.title),
        description=presentation.translate(dashboard.about),
        tags=[TAG],
        timezone=presentation.time_zone,
        editable=False,
        graph_tooltip=sdk.DashboardCursorSync.CROSSHAIR,
        time=sdk.DashboardDashboardTime(from_val="now-24h", to="now"),
        timepicker=sdk.TimePickerConfig(refresh_intervals=["10s", "30s", "1m", "5m", "15m", "1h"]),
        refresh=dashboard.refresh,
        panels=panels,
        templating=sdk.DashboardDashboardTemplating(
            list_val=_variables(presentation, dashboard.variable, app)
        ),
        annotations=sdk.AnnotationContainer(
            list_val=[_annotation(annotation, presentation) for annotation in ANNOTATIONS]
        ),
        links=[
            sdk.DashboardLink(
                title=presentation.word("dashboards"),
                type_val=sdk.DashboardLinkType.DASHBOARDS,
                icon="external link",
                tooltip=presentation.word("other_dashboards"),
                tags=[TAG],
                as_dropdown=True,
                include_vars=True,
                keep_time=True,
            )
        ],
    )
    tree = json.loads(json.dumps(model, cls=JSONEncoder))
    for item in (*tree["links"], *tree["annotations"]["list"]):
        item.pop("placement", None)  # the SDK hides them in a menu
    return json.dumps(tree, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _row(row: Row, number: int, place: GridPosition, presentation: Presentation) -> sdk.RowPanel:
    return sdk.RowPanel(
        title=presentation.translate(row.title), id_val=number, grid_pos=position(place), panels=[]
    )


def _annotation(annotation: Annotation, presentation: Presentation) -> sdk.AnnotationQuery:
    return sdk.AnnotationQuery(
        name=presentation.translate(annotation.name),
        datasource=datasource(),
        icon_color=presentation.colour(annotation.colour),
        expr=logql(annotation.rows, _ANNOTATED),
        title_format=presentation.translate(annotation.title),
        text_format="",
        tag_keys=",".join(annotation.tags),
    )


def _variables(presentation: Presentation, own: str, app: str) -> list[sdk.VariableModel]:
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
        _names(
            "bot",
            presentation.word("bot"),
            presentation.word("bot_about"),
            everything,
        ),
        _names(
            "symbol",
            presentation.word("symbol"),
            presentation.word("symbol_about"),
            everything,
        ),
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
    name: str, label: str, description: str, everything: sdk.VariableOption
) -> sdk.VariableModel:
    """Return a box for names, which the viewer types: Loki cannot list metadata."""
    return sdk.VariableModel(
        type_val=sdk.VariableType.CUSTOM,
        name=name,
        label=label,
        description=description,
        query="",
        options=[sdk.VariableOption(selected=True, text=everything.text, value="$__all")],
        current=everything,
        multi=True,
        include_all=True,
        allow_custom_value=True,
        all_value=".*",
    )


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
