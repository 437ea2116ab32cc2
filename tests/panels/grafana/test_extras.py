"""Parts of the dashboards that only Grafana draws."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from logging_kit.panels.dashboard import COLUMNS, Dashboard, Row
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.grafana import generate
from logging_kit.panels.grafana.extras import has_sparkline, home_of
from logging_kit.panels.panel import Panel, Stat, Timeseries
from logging_kit.panels.presentation import ENGLISH
from logging_kit.panels.query.fields import API_CALL, HEARTBEAT, LINES, ORDER, SIGNAL
from logging_kit.panels.query.language import count, high
from tests.support.panels.grafana_variables import interpolate, queries, variables

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

FOLDER = Path(__file__).parents[3] / "monitoring" / "grafana" / "dashboards"
TREES: dict[str, Any] = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in sorted(FOLDER.glob("*.json"))
    if not file.stem.startswith("metrics-")  # those ask Prometheus
}
PANELS = {
    (stem, panel["title"]): panel
    for stem, tree in TREES.items()
    for panel in tree["panels"]
    if panel["type"] != "row"
}


def holes(panels: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return the cells of the grid, from the first row to the last one, that no panel covers."""
    covered = {
        (x, y)
        for panel in panels
        for cell in [panel["gridPos"]]
        for x in range(cell["x"], cell["x"] + cell["w"])
        for y in range(cell["y"], cell["y"] + cell["h"])
    }
    end = max(y for _, y in covered) + 1
    return [(x, y) for y in range(end) for x in range(COLUMNS) if (x, y) not in covered]


@pytest.mark.parametrize("stem", TREES)
def test_the_grid_has_no_holes(stem: str) -> None:
    assert holes(TREES[stem]["panels"]) == []


def places(*sizes: tuple[int, int]) -> list[dict[str, Any]]:
    made = tuple(
        Stat(str(n), count(LINES), id=n, about="a", empty="e", w=w, h=h)
        for n, (w, h) in enumerate(sizes)
    )
    board = Dashboard("lk-x", "X", "x", (Row("", ()), Row("", made)))
    return [{"gridPos": {"x": at.x, "y": at.y, "w": at.w, "h": at.h}} for _, at in board.layout()]


@pytest.mark.parametrize(
    "sizes",
    [
        [(16, 14), (8, 7), (8, 7)],
        [(8, 8), (8, 8)],
        [(12, 8), (6, 4), (6, 4), (6, 4), (6, 4)],
        [(4, 4)] * 7,
        [(8, 4), (16, 8)],
        [(24, 4), (8, 5)],
    ],
)
def test_panels_of_any_size_leave_no_hole(sizes: list[tuple[int, int]]) -> None:
    placed = places(*sizes)
    assert len(placed) == len(sizes)
    assert holes(placed) == []
    cells = [
        (x, y)
        for panel in placed
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))


def test_exact_counts_are_never_shortened() -> None:
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS.values()} & {
        "short",
        "sishort",
    } == set()


def test_a_number_has_a_course_where_its_windows_are_its_own() -> None:
    drawn = {
        title for (_, title), panel in PANELS.items() if panel["options"].get("graphMode") == "area"
    }
    assert {"Open positions", "WebSocket connections", "Stale accounts"} <= drawn
    assert not drawn & {
        "Bot status",
        "Realized PnL",
        "Closed trades",
        "Last heartbeat",
        "Heartbeat age",
    }
    for (_, title), panel in PANELS.items():
        if title not in drawn:
            continue
        newest, course = panel["targets"]
        assert (newest["queryType"], course["queryType"], course["refId"]) == (
            "instant",
            "range",
            "S",
        )
        assert newest["expr"] == course["expr"]
        assert "$__auto" not in course["expr"]
        steps = [step["id"] for step in panel["transformations"]]
        assert steps[-2:] == ["merge", "sortBy"] or steps == [
            "labelsToFields",
            "merge",
            "sortBy",
            "groupingToMatrix",
        ]
    assert not any(
        has_sparkline(panel)
        for page in DASHBOARDS
        for panel in page.panels
        if panel.asks != "instant"
    )


def test_legends_hold_the_newest_the_lowest_and_the_highest_value() -> None:
    for panel in PANELS.values():
        if panel["type"] == "timeseries":
            assert panel["options"]["legend"]["calcs"] in (["lastNotNull", "min", "max"], ["sum"])


def test_two_quantities_have_two_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {"loop": high(HEARTBEAT.loop_ms), "calls": high(API_CALL.latency_ms)}
    panel = Timeseries("x", lines, id=1, about="a", empty="e")
    page = Dashboard("lk-x", "X", "x", (Row("", (panel,)),))
    monkeypatch.setattr(generate, "all_dashboards", lambda: (page,))
    (text,) = generate.dashboards(ENGLISH).values()
    tree = json.loads(text)
    (drawn,) = (each for each in tree["panels"] if each["title"] == "x")
    assert {
        (o["matcher"]["options"], q["value"])
        for o in drawn["fieldConfig"]["overrides"]
        for q in o["properties"]
        if q["id"] == "custom.axisPlacement"
    } == {("B", "right")}


def test_http_statuses_have_the_colours_of_their_class() -> None:
    for title in ("Status codes", "Incoming status codes"):
        (overrides,) = (p["fieldConfig"]["overrides"] for (_, t), p in PANELS.items() if t == title)
        colours = {
            o["matcher"]["options"]: o["properties"][0]["value"]["fixedColor"]
            for o in overrides
            if o["matcher"]["id"] == "byRegexp"
        }
        for status, colour in (
            ("204", "green"),
            ("302", "blue"),
            ("429", "orange"),
            ("503", "red"),
        ):
            matching = [c for rule, c in colours.items() if re.fullmatch(rule.strip("/^$"), status)]
            assert matching == [colour]


def test_a_limit_is_a_variable_and_a_line() -> None:
    panel = PANELS["api-performance", "Latency by endpoint"]
    assert panel["targets"][-1]["expr"] == "vector(${latency_limit:percentencode})"
    chosen = variables(TREES["api-performance"], latency_limit="250")
    assert interpolate(panel["targets"][-1]["expr"], chosen) == "vector(250)"


def test_each_dashboard_ends_with_how_to_read_it() -> None:
    rows = [tree["panels"][-1] for tree in TREES.values()]
    assert {row["title"] for row in rows} == {"How to read this"}
    assert all(row["collapsed"] for row in rows)
    assert len({row["panels"][0]["options"]["content"] for row in rows}) == 1


def test_panels_lead_to_the_dashboard_about_their_events() -> None:
    def made(query: Any) -> Panel:
        return Stat("x", query, id=1, about="a", empty="e")

    assert home_of(made(count(SIGNAL))) == "lk-ai-signals"
    assert home_of(made(count(ORDER))) == ""
    assert home_of(made(count(LINES))) == ""
    links = PANELS["trading-overview", "LONG signals"]["links"]
    assert [link["url"].partition("?")[0] for link in links] == ["/d/lk-ai-signals"]
    for (stem, _), panel in PANELS.items():
        for link in panel.get("links") or ():
            assert not link["url"].startswith(f"/d/{TREES[stem]['uid']}?")


def test_explore_opens_with_the_lines_of_the_app() -> None:
    for tree in TREES.values():
        url = unquote(tree["links"][1]["url"].partition("panes=")[2])
        (pane,) = json.loads(url).values()
        assert pane["queries"][0]["expr"] == '{app="${app}"}'


@pytest.mark.servers
@pytest.mark.slow
def test_loki_lists_the_names_as_prometheus_would(loki: Loki) -> None:
    app = f"names-{time.time_ns() % 10**9}"
    now = time.time_ns()
    names = ["alpha", 'say "hi"', "grid (1)"]
    for n, name in enumerate(names):
        for job, event in (("bot", "HEARTBEAT"), ("ai-signal", "SIGNAL")):
            labels = {"app": app, "env": "live", "job": f"{app}-{job}", "level": "info"}
            metadata = {"bot_name": name, "symbol": f"X{n}", "event": event}
            loki.push(labels, [(now - n * 10**6, json.dumps({"event": event}), metadata)])
    asked = queries(TREES["trading-overview"])
    chosen = variables(TREES["trading-overview"], app=app)
    for variable, field, expected in (
        ("bot", "bot_name", set(names)),
        ("symbol", "symbol", {"X0", "X1", "X2"}),
    ):
        found = loki.query(interpolate(asked[f"variable {variable}"], chosen))
        assert {labels[field] for labels, _ in found} == expected
        # Grafana makes one text of each series; the regular expression takes the name out
        (rule,) = (
            v["regex"]
            for v in TREES["trading-overview"]["templating"]["list"]
            if v["name"] == variable
        )
        for labels, value in found:
            text = f'{{{field}="{labels[field]}"}} {value:g} 1795226400000'
            match = re.match(rule.strip("/"), text)
            assert match is not None
            assert match[1] == labels[field]
