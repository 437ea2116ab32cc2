"""One panel as Grafana's classic JSON, made with the models of grafana-foundation-sdk."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import (
    barchart,
    bargauge,
    common,
    gauge,
    logs,
    loki,
    piechart,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import dashboard as sdk

from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import GridPosition
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.grafana.extras import LIMIT, SPARKLINE, has_sparkline, home_of, limit_of
from logging_kit.panels.grafana.field_json import overrides, transformations
from logging_kit.panels.panel import (
    BarChart,
    BarGauge,
    Bars,
    Gauge,
    Logs,
    Panel,
    Pie,
    Records,
    Stat,
    Table,
    Target,
    Timeseries,
)
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.nodes import Rows

_LEGEND: Final = common.VizLegendOptions(
    display_mode=common.LegendDisplayMode.LIST,
    placement=common.LegendPlacement.BOTTOM,
    show_legend=True,
    calcs=[],
)
_COUNTED: Final = common.VizLegendOptions(
    display_mode=common.LegendDisplayMode.LIST,
    placement=common.LegendPlacement.BOTTOM,
    show_legend=True,
    calcs=["sum"],
)
_MEASURED: Final = common.VizLegendOptions(
    display_mode=common.LegendDisplayMode.TABLE,
    placement=common.LegendPlacement.BOTTOM,
    show_legend=True,
    calcs=["lastNotNull", "min", "max"],
)
_TOOLTIP: Final = common.VizTooltipOptions(
    mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING
)
_SPARKLINE_POINTS: Final = 100
_WHOLE: Final = {"currency": "locale", "short": "locale"}
"""Units that are shown with all their digits: `short` would make 12,345 of trades `12.3 K`."""

_NEWEST: Final = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")


def draw(
    panel: Panel, place: GridPosition, presentation: Presentation, dashboard: str = ""
) -> sdk.Panel:
    """Return the panel as Grafana's model.

    Args:
        panel: The panel.
        place: Its place on the dashboard.
        presentation: Language and colours.
        dashboard: Uid of its dashboard, to which it does not link.
    """
    return sdk.Panel(
        # unstacked bars of a time series hide each other
        type_val="barchart" if isinstance(panel, Bars) and not panel.piled else panel.viz,
        id_val=panel.id,
        title=presentation.translate(panel.title),
        description=panel.describe(presentation.translate),
        transparent=None,
        datasource=datasource(),
        grid_pos=position(place),
        targets=_targets(panel, presentation),
        links=_links(panel, presentation, dashboard) or None,
        interval=panel.min_step or None,
        max_data_points=_SPARKLINE_POINTS if has_sparkline(panel) else None,
        time_from=panel.time_from or None,
        transformations=transformations(panel, presentation),
        options=_options(panel),
        field_config=sdk.FieldConfigSource(
            defaults=_defaults(panel, presentation), overrides=overrides(panel, presentation)
        ),
    )


def _links(panel: Panel, presentation: Presentation, dashboard: str) -> list[sdk.DashboardLink]:
    """Return the links of a panel: its own, or one to the dashboard about its events."""
    named = {presentation.translate(link.title): link.url for link in panel.links}
    if not named and (uid := home_of(panel)) and uid != dashboard:
        (page,) = [page for page in DASHBOARDS if page.uid == uid]
        named[presentation.translate(page.title)] = (
            f"/d/{uid}?${{__url_time_range}}&${{__all_variables}}"
        )
    return [
        sdk.DashboardLink(title=title, type_val=sdk.DashboardLinkType.LINK, url=url)
        for title, url in named.items()
    ]


def _targets(panel: Panel, presentation: Presentation) -> list[variants.Dataquery]:
    """Return the queries of a panel, and those that only draw a sparkline or a limit."""
    asked = panel.asked(presentation.translate)
    found: list[variants.Dataquery] = [_target(target) for target in asked]
    if has_sparkline(panel):
        (target,) = asked
        found.append(_target(replace(target, ref=SPARKLINE, type="range")))
    if (variable := limit_of(panel)) is not None:
        found.append(
            loki.Dataquery(
                expr=f"vector({variable.name.formatted('percentencode')})",
                ref_id=LIMIT,
                query_type="range",
                legend_format=presentation.word("limit"),
                editor_mode=loki.QueryEditorMode.CODE,
                datasource=datasource(),
            )
        )
    return found


def _target(target: Target) -> loki.Dataquery:
    return loki.Dataquery(
        expr=logql(target.query, target.scope),
        ref_id=target.ref,
        query_type="instant" if target.type == "instant" else "range",
        legend_format=target.legend or None,
        max_lines=target.limit,
        editor_mode=loki.QueryEditorMode.CODE,
        datasource=datasource(),
    )


def _options(panel: Panel) -> object:
    match panel:
        case Stat():
            return stat.Options(
                graph_mode=common.BigValueGraphMode.AREA
                if has_sparkline(panel)
                else common.BigValueGraphMode.NONE,
                color_mode=common.BigValueColorMode.BACKGROUND
                if panel.wordings
                else common.BigValueColorMode.VALUE,
                text_mode=_text_mode(panel),
                reduce_options=_NEWEST,
            )
        case Gauge():
            return gauge.Options(reduce_options=_NEWEST)
        case Pie():
            return piechart.Options(
                pie_type=piechart.PieChartType.DONUT,
                display_labels=[piechart.PieChartLabels.NAME, piechart.PieChartLabels.PERCENT],
                reduce_options=_NEWEST,
                tooltip=_TOOLTIP,
                legend=piechart.PieChartLegendOptions(
                    values=[
                        piechart.PieChartLegendValues.VALUE,
                        piechart.PieChartLegendValues.PERCENT,
                    ],
                    display_mode=common.LegendDisplayMode.TABLE,
                    placement=common.LegendPlacement.BOTTOM,
                    show_legend=True,
                    calcs=[],
                ),
            )
        case BarGauge():
            return bargauge.Options(
                display_mode=common.BarGaugeDisplayMode.BASIC,
                orientation=common.VizOrientation.HORIZONTAL,
                reduce_options=_NEWEST,
                legend=_LEGEND,
            )
        case BarChart():
            return barchart.Options(
                orientation=common.VizOrientation.HORIZONTAL,
                show_value=common.VisibilityMode.ALWAYS,
                legend=_LEGEND,
                tooltip=_TOOLTIP,
            )
        case Bars(piled=False):
            return barchart.Options(
                orientation=common.VizOrientation.VERTICAL,
                stacking=common.StackingMode.NONE,
                x_tick_label_spacing=100,
                legend=_LEGEND,
                tooltip=_TOOLTIP,
            )
        case Table() | Records():
            return table.Options(cell_height=common.TableCellHeight.SM)
        case Logs():
            if panel.oldest_first:
                order = common.LogsSortOrder.ASCENDING
            else:
                order = common.LogsSortOrder.DESCENDING
            return logs.Options(
                show_time=True, wrap_log_message=True, enable_log_details=True, sort_order=order
            )
        case Bars():
            return timeseries.Options(legend=_COUNTED, tooltip=_TOOLTIP)
        case _:
            return timeseries.Options(legend=_MEASURED, tooltip=_TOOLTIP)


def _defaults(panel: Panel, presentation: Presentation) -> sdk.FieldConfig:
    if isinstance(panel, Gauge | BarGauge | Timeseries):
        bounded = panel
    else:
        bounded = None
    return sdk.FieldConfig(
        unit=_WHOLE.get(panel.unit, panel.unit),
        decimals=panel.decimals,
        min_val=bounded.low if bounded else None,
        max_val=bounded.high if bounded else None,
        no_value=_no_value(panel, presentation),
        color=_colour(panel, presentation),
        thresholds=sdk.ThresholdsConfig(
            mode=sdk.ThresholdsMode.ABSOLUTE,
            steps=[
                sdk.Threshold(value=value, color=presentation.colour(colour))
                for value, colour in panel.thresholds or ((None, "text"),)
            ],
        ),
        mappings=[
            sdk.RangeMap(
                options=sdk.DashboardRangeMapOptions(
                    from_val=wording.low,
                    to=wording.high,
                    result=sdk.ValueMappingResult(
                        text=presentation.translate(wording.text),
                        color=presentation.colour(wording.colour),
                    ),
                )
            )
            for wording in panel.wordings
        ],
        custom=_custom(panel),
    )


def _no_value(panel: Panel, presentation: Presentation) -> str:
    """Return the text of an empty panel; Grafana cannot tell nothing from a silent pipeline."""
    if not panel.none:
        return presentation.translate(panel.empty)
    none = presentation.translate(panel.none)
    return presentation.word("none_or_silent").format(none=none)


def _custom(panel: Panel) -> object | None:
    match panel:
        case Timeseries():
            return common.GraphFieldConfig(
                draw_style=common.GraphDrawStyle.LINE,
                line_interpolation=common.LineInterpolation.STEP_AFTER
                if panel.shape == "step"
                else common.LineInterpolation.LINEAR,
                line_width=1,
                fill_opacity=0,
                show_points=common.VisibilityMode.AUTO,
                span_nulls=panel.connect * 60_000 if panel.connect else False,
                thresholds_style=common.GraphThresholdsStyleConfig(
                    mode=common.GraphThresholdsStyleMode(panel.limits)
                ),
            )
        case BarChart() | Bars(piled=False):
            return barchart.FieldConfig(fill_opacity=80, line_width=0)
        case Bars():
            if panel.whole:
                stacking = common.StackingMode.PERCENT
            else:
                stacking = common.StackingMode.NORMAL
            return common.GraphFieldConfig(
                draw_style=common.GraphDrawStyle.BARS,
                fill_opacity=80,
                line_width=0,
                show_points=common.VisibilityMode.NEVER,
                stacking=common.StackingConfig(mode=stacking, group="A"),
            )
        case _:
            return None


def _colour(panel: Panel, presentation: Presentation) -> sdk.FieldColor:
    if panel.colour:
        return sdk.FieldColor(
            mode=sdk.FieldColorModeId.FIXED, fixed_color=presentation.colour(panel.colour)
        )
    if isinstance(panel, Stat | Gauge | BarGauge) and (panel.thresholds or isinstance(panel, Stat)):
        return sdk.FieldColor(mode=sdk.FieldColorModeId.THRESHOLDS)
    return sdk.FieldColor(mode=sdk.FieldColorModeId.PALETTE_CLASSIC)


def _text_mode(panel: Stat) -> common.BigValueTextMode:
    if panel.named:
        return common.BigValueTextMode.NAME
    grouped = len(panel.targets) > 1 or any(
        not isinstance(target.query, Rows) and target.query.by for target in panel.targets
    )
    if grouped:
        return common.BigValueTextMode.VALUE_AND_NAME
    return common.BigValueTextMode.VALUE


def datasource() -> common.DataSourceRef:
    """Return the Loki that the dashboard's variable names."""
    return common.DataSourceRef(type_val="loki", uid="${loki}")


def position(place: GridPosition) -> sdk.GridPos:
    """Return the place in Grafana's grid."""
    return sdk.GridPos(x=place.x, y=place.y, w=place.w, h=place.h)
