"""The overrides and transformations of a panel's fields, in Grafana's classic JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from grafana_foundation_sdk.models import dashboard as sdk

from logging_kit.panels.colours import COLOURS, HTTP_CLASSES
from logging_kit.panels.currencies import DIGITS
from logging_kit.panels.grafana.extras import LIMIT, has_sparkline, limit_of, sparkline_field
from logging_kit.panels.locale import WORDS
from logging_kit.panels.panel import (
    BarChart,
    Bars,
    Panel,
    Pie,
    Records,
    Table,
    Timeseries,
)
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.nodes import Aggregate, Rows, reads

_TRACE: Final = (
    "/d/lk-signal-trace?var-correlation_id=${__value.raw}&${__url_time_range}"
    "&${app:queryparam}&${env:queryparam}"
)


def overrides(
    panel: Panel, presentation: Presentation
) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    """Return texts and colours of known values, for panels whose series are named by one field."""
    if isinstance(panel, Records):
        return _columns(panel, presentation)
    return [
        *_known_values(panel, presentation),
        *_http_classes(panel),
        *_second_axis(panel),
        *_limit_line(panel),
        *_digits(panel),
    ]


def _http_classes(panel: Panel) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    """Return the colours of HTTP statuses, for panels whose series are statuses."""
    if not any(
        isinstance(read, Aggregate) and read.event == "API_CALL" and read.by == ("status",)
        for target in panel.targets
        for read in reads(target.query)
    ):
        return []
    return [
        sdk.DashboardFieldConfigSourceOverrides(
            matcher=sdk.MatcherConfig(id_val="byRegexp", options=f"/^{first}[0-9]{{2}}$/"),
            properties=[_fixed(colour)],
        )
        for first, colour in HTTP_CLASSES.items()
    ]


def _second_axis(panel: Panel) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    """Return the axis on the right, for the second of two quantities that differ in size."""
    if not isinstance(panel, Timeseries) or len(panel.targets) != 2:
        return []
    return [
        sdk.DashboardFieldConfigSourceOverrides(
            matcher=sdk.MatcherConfig(id_val="byFrameRefID", options=panel.targets[1].ref),
            properties=[sdk.DynamicConfigValue(id_val="custom.axisPlacement", value="right")],
        )
    ]


def _limit_line(panel: Panel) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    if limit_of(panel) is None:
        return []
    return [
        sdk.DashboardFieldConfigSourceOverrides(
            matcher=sdk.MatcherConfig(id_val="byFrameRefID", options=LIMIT),
            properties=[
                _fixed("red"),
                sdk.DynamicConfigValue(
                    id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 8]}
                ),
                sdk.DynamicConfigValue(id_val="custom.showPoints", value="never"),
            ],
        )
    ]


def _fixed(colour: str) -> sdk.DynamicConfigValue:
    return sdk.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def _known_values(
    panel: Panel, presentation: Presentation
) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    fields = {target.query.by for target in panel.targets if not isinstance(target.query, Rows)}
    known = [COLOURS[by[0]] for by in sorted(fields) if len(by) == 1 and by[0] in COLOURS]
    if isinstance(panel.query, Mapping) and (named := COLOURS["status"].keys() & panel.query):
        known.append({name: COLOURS["status"][name] for name in sorted(named)})
    # on the other kinds the colour of a threshold says more than that of a value
    fixed = isinstance(panel, Pie | Bars | Timeseries | BarChart)
    return [
        sdk.DashboardFieldConfigSourceOverrides(
            matcher=sdk.MatcherConfig(id_val="byName", options=value),
            properties=[
                sdk.DynamicConfigValue(id_val="displayName", value=presentation.translate(text)),
                *(
                    [
                        sdk.DynamicConfigValue(
                            id_val="color",
                            value={"mode": "fixed", "fixedColor": presentation.colour(colour)},
                        )
                    ]
                    if fixed
                    else []
                ),
            ],
        )
        for values in known
        for value, (text, colour) in values.items()
    ]


def _digits(panel: Panel) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    """Return the digits of amounts by the currency in the name of their series."""
    if panel.unit != "currency":
        return []
    return [
        sdk.DashboardFieldConfigSourceOverrides(
            matcher=sdk.MatcherConfig(id_val="byRegexp", options=_named_after(digits)),
            properties=[sdk.DynamicConfigValue(id_val="decimals", value=digits)],
        )
        for digits in sorted({*DIGITS.values()})
    ]


def _named_after(digits: int) -> str:
    """Return the expression for names with a currency that has so many digits."""
    currencies = "|".join(name for name, number in DIGITS.items() if number == digits)
    return f"/(^|[ /:])({currencies})( |$)/"


def transformations(
    panel: Panel, presentation: Presentation
) -> list[sdk.DataTransformerConfig] | None:
    """Return the steps that turn an instant answer, a frame per series, into rows of a table."""
    match panel:
        case Records():
            return _fields(panel, presentation)
        case BarChart():
            columns = (WORDS["series"], panel.title)
        case Table():
            columns = panel.columns
        case _ if has_sparkline(panel):
            return _sparkline(panel)
        case _:
            return None
    return [
        sdk.DataTransformerConfig(
            id_val="reduce", options={"mode": "seriesToRows", "reducers": ["lastNotNull"]}
        ),
        sdk.DataTransformerConfig(
            id_val="organize",
            options={
                "renameByName": dict(
                    zip(("Field", "Last *"), map(presentation.translate, columns), strict=True)
                )
            },
        ),
    ]


def _sparkline(panel: Panel) -> list[sdk.DataTransformerConfig]:
    """Return the steps that put the exact newest value behind the course that leads to it."""
    field = sparkline_field(panel)
    found = [
        sdk.DataTransformerConfig(id_val="merge", options={}),
        sdk.DataTransformerConfig(
            id_val="sortBy", options={"fields": {}, "sort": [{"field": "Time"}]}
        ),
    ]
    if not field:
        return found
    return [
        sdk.DataTransformerConfig(id_val="labelsToFields", options={"mode": "columns"}),
        *found,
        sdk.DataTransformerConfig(
            id_val="groupingToMatrix",
            options={
                "columnField": field,
                "rowField": "Time",
                "valueField": "Value",
                "emptyValue": "null",
            },
        ),
    ]


def _fields(panel: Records, presentation: Presentation) -> list[sdk.DataTransformerConfig]:
    """Return the steps that make columns of the fields of the lines, after the time."""
    shown = ["Time", *(name for name, _ in panel.columns)]
    return [
        sdk.DataTransformerConfig(
            id_val="extractFields", options={"source": "Line", "format": "json", "keepTime": True}
        ),
        sdk.DataTransformerConfig(
            id_val="organize",
            options={
                "includeByName": dict.fromkeys(shown, True),
                "indexByName": {name: i for i, name in enumerate(shown)},
                "renameByName": {
                    name: presentation.translate(heading)
                    for name, heading in (("Time", WORDS["time"]), *panel.columns)
                },
            },
        ),
    ]


def _columns(
    panel: Records, presentation: Presentation
) -> list[sdk.DashboardFieldConfigSourceOverrides]:
    """Return the links of correlation ids, and the colours of sides and results."""
    found = []
    for name, heading in panel.columns:
        values = {
            value: {"text": presentation.translate(text), "color": presentation.colour(colour)}
            for value, (text, colour) in _known(name)
        }
        properties = []
        if name == "correlation_id":
            properties = [
                sdk.DynamicConfigValue(
                    id_val="links",
                    value=[{"title": presentation.word("signal_trace"), "url": _TRACE}],
                )
            ]
        elif values:
            properties = [
                sdk.DynamicConfigValue(
                    id_val="mappings", value=[{"type": "value", "options": values}]
                ),
                sdk.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
            ]
        if properties:
            matcher = sdk.MatcherConfig(id_val="byName", options=presentation.translate(heading))
            found.append(
                sdk.DashboardFieldConfigSourceOverrides(matcher=matcher, properties=properties)
            )
    return found


def _known(field: str) -> Iterable[tuple[str, tuple[str, str]]]:
    return COLOURS.get(field, {}).items()
