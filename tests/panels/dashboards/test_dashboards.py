"""The dashboards as Grafana gets them.

Complete, readable on a phone, and the same as what is in the repository.
"""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.exceptions import QueryError
from logging_kit.panels.colours import COLOURS
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.grafana import generate as grafana
from logging_kit.panels.panel import Bars, Logs, Panel, Records, Stat, Target, Timeseries
from logging_kit.panels.query.fields import AI_CALL, HEARTBEAT, LINES, SIGNAL, TRADE
from logging_kit.panels.query.language import age, count, rows, total

pytestmark = pytest.mark.slow

FILES = grafana.dashboards()
GRAFANA = Path(__file__).parents[3] / "monitoring" / "grafana"
TREES = {path: json.loads(text) for path, text in FILES.items()}
PANELS = [
    pytest.param(panel, id=f"{Path(path).stem}-{panel['id']}")
    for path, tree in TREES.items()
    for panel in tree["panels"]
    if panel["type"] != "row"
]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: Path(path).stem)
each_panel = pytest.mark.parametrize("panel", PANELS)


def test_the_files_are_those_that_the_guide_names() -> None:
    assert {Path(path).name for path in FILES} == {
        "trading-overview.json",
        "ai-signals.json",
        "system-health.json",
        "api-performance.json",
        "positions-pnl.json",
        "signal-trace.json",
    }
    twins = {"metrics-api-performance.json", "metrics-positions-pnl.json"}
    assert {file.name for file in (GRAFANA / "dashboards").iterdir()} == twins | {
        Path(path).name for path in FILES
    }


@each_file
def test_what_is_committed_is_what_the_panels_give(path: str) -> None:
    committed = (GRAFANA / "dashboards" / Path(path).name).read_text(encoding="utf-8")
    assert committed == FILES[path], "run python -m logging_kit.panels.grafana.generate"


@each_file
def test_the_schema_of_grafana_knows_every_key(path: str) -> None:
    # its module warns when it is imported first, which files() above did quietly
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models import dashboard as sdk

    register_default_plugins()
    again = json.loads(json.dumps(sdk.Dashboard.from_json(TREES[path]), cls=JSONEncoder))
    assert lost(TREES[path], again) == []


def lost(before: Any, after: Any, where: str = "") -> list[str]:
    """Return the differences of the first tree from the second."""
    if isinstance(before, dict) and isinstance(after, dict):
        missing = [f"{where}.{key}" for key in before if key not in after]
        return missing + [
            found
            for key in before
            if key in after
            for found in lost(before[key], after[key], f"{where}.{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for i, pair in enumerate(zip(before, after, strict=True))
            for found in lost(*pair, f"{where}[{i}]")
        ]
    return [] if before == after else [f"{where}: {before!r} became {after!r}"]


@each_file
def test_a_dashboard_is_one_that_file_provisioning_takes(path: str) -> None:
    tree = TREES[path]
    assert tree["schemaVersion"] <= 42
    assert not {"elements", "layout", "id"} & set(tree)
    assert re.fullmatch(r"lk-[a-z-]{1,37}", tree["uid"])
    slow = path.endswith("positions-pnl.json")
    assert (tree["tags"], tree["editable"], tree["refresh"]) == (
        ["logging_kit"],
        True,
        "1m" if slow else "30s",
    )
    assert tree["timezone"] == "browser"
    assert tree["time"] == {"from": "now-24h", "to": "now"}


def test_uids_are_unique() -> None:
    assert len({tree["uid"] for tree in TREES.values()}) == len(TREES)


@each_file
def test_ids_are_unique_and_nothing_overlaps(path: str) -> None:
    panels = TREES[path]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [panel["gridPos"] for panel in panels]
    for a, b in combinations(cells, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], (a, b)
    assert all(cell["x"] + cell["w"] <= 24 and cell["w"] >= 4 for cell in cells)
    top = [cell for cell in cells if cell["y"] == 0]
    assert len(top) <= 6


@each_file
def test_variables_links_and_annotations(path: str) -> None:
    tree = TREES[path]
    variables = {variable["name"]: variable for variable in tree["templating"]["list"]}
    traced = path.endswith("signal-trace.json")
    assert list(variables) == [
        *(["correlation_id"] if traced else []),
        "loki",
        "app",
        "env",
        "bot",
        "symbol",
        "level",
        "search",
        *(
            ["latency_limit"]
            if path.endswith(("api-performance.json", "system-health.json"))
            else []
        ),
    ]
    assert variables["loki"]["type"] == "datasource"
    assert variables["app"]["current"]["value"] == "trading"
    assert variables["app"]["query"]["label"] == "app"
    assert variables["app"]["query"]["type"] == 1
    for name in ("env", "bot", "symbol", "level"):
        assert (
            variables[name]["multi"],
            variables[name]["includeAll"],
            variables[name]["allValue"],
        ) == (True, True, ".*")
    for name, field in (("bot", "bot_name"), ("symbol", "symbol")):
        asked = variables[name]
        assert (asked["type"], asked["datasource"]["uid"]) == ("query", "loki-names")
        assert asked["query"]["query"].startswith(f"query_result(sum by ({field})")
        assert asked["allowCustomValue"] is True  # a name that is missing is typed
    link, explore = tree["links"]
    assert explore["url"].startswith("/explore?schemaVersion=1&panes=")
    assert (
        link["type"],
        link["tags"],
        link["asDropdown"],
        link["keepTime"],
        link["includeVars"],
    ) == (
        "dashboards",
        ["logging_kit"],
        True,
        True,
        True,
    )
    marks = tree["annotations"]["list"]
    assert [mark["iconColor"] for mark in marks] == ["green", "red", "dark-red", "gray"]
    assert [mark["enable"] for mark in marks] == [True, True, False, False]
    assert all(
        mark["expr"] and mark["titleFormat"] and mark["datasource"]["uid"] == "${loki}"
        for mark in marks
    )
    assert not any("placement" in item for item in (link, *marks))


@each_panel
def test_each_panel_explains_itself(panel: dict[str, Any]) -> None:
    assert panel["title"]
    description = panel["description"]
    assert re.search(r"\*\*Source:\*\* .+(\.log|files)", description)
    assert "**No data:** " in description
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"]
    assert panel["datasource"] == {"type": "loki", "uid": "${loki}"}


@each_panel
def test_each_panel_asks_as_its_kind_must(panel: dict[str, Any]) -> None:
    kind = panel["type"]
    over_time = kind == "barchart" and panel["options"]["orientation"] == "vertical"
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${loki}"
        records = kind == "table" and "maxLines" in target
        if target["refId"] in ("S", "L"):  # a sparkline, or a line at a limit
            assert target["queryType"] == "range"
            continue
        instant = (
            kind in ("stat", "gauge", "piechart", "bargauge", "barchart", "table")
            and not records
            and not over_time
        )
        assert (target["queryType"] == "instant") == instant
        if records:
            assert 5 <= target["maxLines"] <= 100
            assert [step["id"] for step in panel["transformations"]] == [
                "extractFields",
                "organize",
            ]
            continue
        if kind == "logs":
            assert 100 <= target["maxLines"] <= 500
        else:
            assert target["legendFormat"]
            assert "$search" not in target["expr"]
        if kind != "logs" and not re.search(r"\[\d+[smhd]\]", target["expr"]):
            assert "[$__auto]" in target["expr"]
    if kind in ("timeseries", "piechart") or over_time:
        assert panel["options"]["legend"]["showLegend"] is True
    if (kind == "barchart" and not over_time) or (
        kind == "table" and "legendFormat" in panel["targets"][0]
    ):
        assert [step["id"] for step in panel["transformations"]] == ["reduce", "organize"]


def test_dollars_and_won_stand_side_by_side() -> None:
    (panel,) = (param.values[0] for param in PANELS if param.values[0]["title"] == "PnL per day")  # type: ignore[index, call-overload]
    assert (panel["type"], panel["options"]["stacking"], panel["interval"]) == (
        "barchart",
        "none",
        "1d",
    )
    assert "A bar has the date of its day" in panel["description"]
    assert "offset -$__auto" in panel["targets"][0]["expr"]
    with pytest.raises(QueryError, match="dollars and won"):
        Bars("x", total(TRADE.pnl, by="quote"), id=1, about="a", empty="e", unit="currency")


def test_known_values_have_one_colour_everywhere() -> None:
    known = {value: colour for values in COLOURS.values() for value, (_, colour) in values.items()}
    seen = 0
    for param in PANELS:
        for override in param.values[0]["fieldConfig"]["overrides"]:  # type: ignore[index]
            if override["matcher"]["id"] != "byName":
                continue
            colours = [
                p["value"]["fixedColor"] for p in override["properties"] if p["id"] == "color"
            ]
            assert not colours or colours == [known[override["matcher"]["options"]]]
            seen += len(colours)
    assert seen > 30


def test_a_state_panel_says_no_data_when_its_snapshot_is_old() -> None:
    state = [
        panel
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        if panel.asks != "logs" and panel.source.startswith(("EQUITY", "POSITION"))
    ]
    assert len(state) >= 5
    assert all(panel.empty.startswith("No data") for panel in state)


def test_titles_of_the_guide_are_there() -> None:
    titles = {
        dashboard.title: {panel.title for panel in dashboard.panels} for dashboard in DASHBOARDS
    }
    assert titles["Trading Overview"] >= {
        "Bot status",
        "Equity",
        "Realized PnL",
        "Realized PnL today",
        "Win rate",
        "Orders by side",
    }
    assert titles["AI Signals"] >= {
        "Average confidence",
        "Confidence by signal",
        "Signal trend",
        "RSI",
        "PnL by exit reason",
    }
    assert titles["System Health"] >= {
        "Errors (1h)",
        "Silent bots",
        "API success rate",
        "Error log",
        "Error rate",
        "Unparseable lines",
    }


@pytest.mark.parametrize(
    ("kind", "query", "message"),
    [
        (Stat, rows(LINES), "shown by Logs"),
        (Logs, count(LINES), "shown by Logs"),
        (Timeseries, age(HEARTBEAT), "end of the range only"),
    ],
)
def test_a_panel_refuses_what_it_cannot_show(kind: type[Panel], query: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        kind("x", query, id=1, about="a", empty="e")


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ([(1, "a", 4), (1, "b", 4)], "share the id"),
        ([(1, "a", 4), (2, "a", 4)], "share the title"),
        ([(1, "a", 3)], "narrower than 4"),
        ([(1, "a", 25)], "wider than 24"),
        ([(i, str(i), 4) for i in range(7)], "more than 6"),
    ],
)
def test_a_dashboard_refuses_what_would_not_fit(
    panels: list[tuple[int, str, int]], message: str
) -> None:
    made = tuple(
        Stat(title, count(LINES), id=number, about="a", empty="e", w=w)
        for number, title, w in panels
    )
    with pytest.raises(QueryError, match=message):
        Dashboard("lk-x", "X", "x", (Row("", made),))


def test_several_queries_of_a_panel_are_told_apart_by_name() -> None:
    panel = Timeseries(
        "Signals and cost",
        {"all": count(SIGNAL, by="signal"), "cost": total(AI_CALL.cost_usd)},
        id=1,
        about="a",
        empty="e",
    )
    assert [(t.ref, t.legend, t.type, t.limit) for t in panel.targets] == [
        ("A", "all {{signal}}", "range", None),
        ("B", "cost", "range", None),
    ]
    assert panel.source == "SIGNAL in ai_signal.log, AI_CALL in ai_signal.log"
    assert Target("A", rows(LINES, limit=7), "logs", "").limit == 7


def test_a_table_of_lines_names_fields_that_they_have() -> None:
    with pytest.raises(AttributeError, match="did you mean 'pnl'"):
        Records("x", rows(TRADE), id=1, about="a", empty="e", columns=(("pln", "PnL"),))


def test_a_table_of_trades_leads_to_their_signals() -> None:
    (panel,) = (param.values[0] for param in PANELS if param.values[0]["title"] == "Last 5 trades")  # type: ignore[index, call-overload]
    links = {
        o["matcher"]["options"]: p["value"]
        for o in panel["fieldConfig"]["overrides"]
        for p in o["properties"]
        if p["id"] == "links"
    }
    assert [link["url"].partition("?")[0] for link in links["Signal"]] == ["/d/lk-signal-trace"]
    assert "var-correlation_id=${__value.raw}" in links["Signal"][0]["url"]


def test_the_chapter_names_each_panel() -> None:
    chapter = (GRAFANA.parents[1] / "docs" / "dashboards.md").read_text(encoding="utf-8")
    assert all(
        f"| {panel.title} |" in chapter for dashboard in DASHBOARDS for panel in dashboard.panels
    )


def test_provisioning_names_the_data_source_and_the_directory_that_the_dashboards_expect() -> None:
    sources = yaml.safe_load(
        (GRAFANA / "provisioning" / "datasources" / "loki.yml").read_text(encoding="utf-8")
    )
    loki, names = sources["datasources"]
    assert (names["uid"], names["type"], names["url"]) == (
        "loki-names",
        "prometheus",
        "$LOKI_URL/loki",
    )
    assert (sources["prune"], loki["uid"], loki["type"], loki["url"], loki["editable"]) == (
        True,
        "loki",
        "loki",
        "$LOKI_URL",
        False,
    )
    (trace,) = loki["jsonData"]["derivedFields"]
    assert (trace["matcherType"], trace["matcherRegex"]) == ("label", "correlation_id")
    assert (
        trace["url"] == "/d/lk-signal-trace?var-correlation_id=$${__value.raw}&from=now-30d&to=now"
    )
    boards = yaml.safe_load(
        (GRAFANA / "provisioning" / "dashboards" / "default.yml").read_text(encoding="utf-8")
    )
    (provider,) = boards["providers"]
    assert (provider["type"], provider["allowUiUpdates"], provider["options"]["path"]) == (
        "file",
        False,
        "/var/lib/grafana/dashboards",
    )
