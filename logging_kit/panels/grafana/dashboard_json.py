"""Dashboards as Grafana's classic JSON, made with the models of grafana-foundation-sdk.

Classic, because file provisioning refuses the newer schema
(https://github.com/grafana/grafana/issues/122663). The SDK leaves out the ids of panels and the
legend, and puts links into a menu: this module sets all three.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as sdk
from grafana_foundation_sdk.models import text

from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import (
    ANNOTATIONS,
    COLUMNS,
    Annotation,
    Dashboard,
    GridPosition,
    Row,
)
from logging_kit.panels.grafana.panel_json import datasource, draw, position
from logging_kit.panels.grafana.variable_json import limit_variables, variables
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.panels.query.scope import DASHBOARD

TAG: Final = "logging_kit"
_ANNOTATED: Final = replace(DASHBOARD, level=None, search=None)
_ROW_IDS: Final = 1000  # those of panels are below
_HOW_TO_READ: Final = 1900
_EXPLORE: Final = "/explore?schemaVersion=1&panes=" + quote(
    json.dumps(
        {
            "lines": {
                "datasource": "${loki}",
                "queries": [{"refId": "A", "expr": '{app="${app}"}', "queryType": "range"}],
                "range": {"from": "${__from}", "to": "${__to}"},
            }
        }
    ),
    safe="${}",
)
"""Address of Explore with the lines of the dashboard's app in its time range."""


def encode(dashboard: Dashboard, presentation: Presentation = ENGLISH, app: str = "trading") -> str:
    """Return the dashboard as the text of its file.

    The keys are sorted, so the same panels give the same bytes.
    """
    panels: list[sdk.Panel | sdk.RowPanel] = []
    bottom = 0
    for i, (item, place) in enumerate(dashboard.layout()):
        bottom = max(bottom, place.y + place.h)
        if isinstance(item, Row):
            panels.append(_row(item, _ROW_IDS + i, place, presentation))
        else:
            panels.append(draw(item, place, presentation, dashboard.uid))
    panels.append(_how_to_read(bottom, presentation))
    model = sdk.Dashboard(
        uid=dashboard.uid,
        title=presentation.translate(dashboard.title),
        description=presentation.translate(dashboard.about),
        tags=[TAG],
        timezone=presentation.time_zone,
        editable=True,
        graph_tooltip=sdk.DashboardCursorSync.CROSSHAIR,
        time=sdk.DashboardDashboardTime(from_val="now-24h", to="now"),
        timepicker=sdk.TimePickerConfig(refresh_intervals=["10s", "30s", "1m", "5m", "15m", "1h"]),
        refresh=dashboard.refresh,
        panels=panels,
        templating=sdk.DashboardDashboardTemplating(
            list_val=[
                *variables(presentation, dashboard.variable, app),
                *limit_variables(dashboard, presentation),
            ]
        ),
        annotations=sdk.AnnotationContainer(
            list_val=[_annotation(annotation, presentation) for annotation in ANNOTATIONS]
        ),
        links=_links(presentation),
    )
    tree = json.loads(json.dumps(model, cls=JSONEncoder))
    for item in (*tree["links"], *tree["annotations"]["list"]):
        item.pop("placement", None)  # the SDK hides them in a menu
    return json.dumps(tree, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _links(presentation: Presentation) -> list[sdk.DashboardLink]:
    """Return the links to the other dashboards, and to Explore with the lines of the app."""
    return [
        sdk.DashboardLink(
            title=presentation.word("dashboards"),
            type_val=sdk.DashboardLinkType.DASHBOARDS,
            icon="external link",
            tooltip=presentation.word("other_dashboards"),
            tags=[TAG],
            as_dropdown=True,
            include_vars=True,
            keep_time=True,
        ),
        sdk.DashboardLink(
            title=presentation.word("explore"),
            type_val=sdk.DashboardLinkType.LINK,
            icon="bolt",
            tooltip=presentation.word("explore_about"),
            url=_EXPLORE,
            target_blank=True,
        ),
    ]


def _how_to_read(y: int, presentation: Presentation) -> sdk.RowPanel:
    """Return the folded row at the end of each dashboard that explains all of them."""
    return sdk.RowPanel(
        title=presentation.word("how_to_read"),
        collapsed=True,
        id_val=_HOW_TO_READ,
        grid_pos=position(GridPosition(0, y, COLUMNS, 1)),
        panels=[
            sdk.Panel(
                type_val="text",
                id_val=_HOW_TO_READ + 1,
                title="",
                grid_pos=position(GridPosition(0, y + 1, COLUMNS, 9)),
                options=text.Options(
                    mode=text.TextMode.MARKDOWN, content=presentation.word("how_to_read_text")
                ),
            )
        ],
    )


def _row(row: Row, number: int, place: GridPosition, presentation: Presentation) -> sdk.RowPanel:
    return sdk.RowPanel(
        title=presentation.translate(row.title), id_val=number, grid_pos=position(place), panels=[]
    )


def _annotation(annotation: Annotation, presentation: Presentation) -> sdk.AnnotationQuery:
    return sdk.AnnotationQuery(
        name=presentation.translate(annotation.name),
        enable=annotation.shown,
        datasource=datasource(),
        icon_color=presentation.colour(annotation.colour),
        expr=logql(annotation.rows, _ANNOTATED),
        title_format=presentation.translate(annotation.title),
        text_format="",
        tag_keys=",".join(annotation.tags),
    )
