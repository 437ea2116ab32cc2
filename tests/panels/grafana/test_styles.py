"""The dashboards in another language, time zone and palette, and what stands where there is no value."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.grafana import generate as grafana
from logging_kit.panels.presentation import Presentation
from tests.panels.dashboards.test_dashboards import FILES, TREES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("style", "words"), [(Presentation(), "No data"), (Presentation("ko"), "데이터 없음")]
)
def test_no_panel_says_that_there_was_none_where_it_cannot_know(
    style: Presentation, words: str
) -> None:
    never = {"Bot status", "Bots alive"}  # they have a value whatever happened
    for dashboard in DASHBOARDS:
        for panel in dashboard.panels:
            assert style.translate(panel.empty).startswith(words) == (panel.title not in never), (
                dashboard.uid,
                panel.title,
            )


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    generated = {tmp_path / name.removeprefix("monitoring/") for name in grafana.files()}
    assert generated < {*grafana.write(tmp_path)}
    assert {file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.json")} == {
        *FILES.values(),
        *grafana.metrics_dashboards().values(),
    }
    assert grafana.write(tmp_path) == []
    config = tmp_path / "loki" / "loki-config.yml"
    config.write_text("mine")
    (tmp_path / "grafana" / "dashboards" / "ai-signals.json").write_text("{}")
    assert [path.name for path in grafana.write(tmp_path)] == ["ai-signals.json"]
    assert config.read_text() == "mine"


def test_the_korean_files_differ_in_words_time_zone_and_colours_only(tmp_path: Path) -> None:
    korean = grafana.dashboards(Presentation("ko", "Asia/Seoul", "red-up"))
    assert korean.keys() == FILES.keys()
    for path, text in korean.items():
        tree = json.loads(text)
        assert tree["timezone"] == "Asia/Seoul"
        assert [target for panel in tree["panels"] for target in queries(panel)] == [
            target for panel in TREES[path]["panels"] for target in queries(panel)
        ]
        for panel in tree["panels"]:
            assert re.search("[가-힣]", panel["title"]) or panel["title"] in ("", "RSI"), panel[
                "title"
            ]
            if panel["type"] != "row":
                assert re.search("[가-힣]", panel["description"])
                assert "No data" not in panel["description"]
                assert re.search("[가-힣]", panel["fieldConfig"]["defaults"]["noValue"])
        assert [mark["iconColor"] for mark in tree["annotations"]["list"]] == [
            "red",
            "blue",
            "dark-red",
            "gray",
        ]


def queries(panel: dict[str, Any]) -> list[tuple[str, str]]:
    return [(target["refId"], target["expr"]) for target in panel.get("targets", ())]


def test_red_is_up_in_korea_and_an_alarm_stays_red() -> None:
    tree = json.loads(
        grafana.dashboards(Presentation(palette="red-up"))[
            "monitoring/grafana/dashboards/trading-overview.json"
        ]
    )
    panels = {
        panel["title"]: panel["fieldConfig"]["defaults"]
        for panel in tree["panels"]
        if panel["type"] != "row"
    }
    assert [step["color"] for step in panels["Realized PnL"]["thresholds"]["steps"]] == [
        "blue",
        "text",
        "red",
    ]
    assert panels["LONG signals"]["color"]["fixedColor"] == "red"
    assert [step["color"] for step in panels["Bot status"]["thresholds"]["steps"]] == [
        "red",
        "green",
    ]
    assert [step["color"] for step in panels["Win rate"]["thresholds"]["steps"]] == [
        "red",
        "orange",
        "green",
    ]


@pytest.mark.parametrize("given", [("fr",), ("en", "browser", "blue-up"), ("en", "../etc")])
def test_a_style_refuses_what_does_not_exist(given: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not '"):
        Presentation(*given)  # type: ignore[arg-type]
