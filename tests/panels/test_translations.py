"""Every text of the dashboards has its translation, found by the ids of dashboard and panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.locale import texts
from logging_kit.panels.presentation import OwnText, Presentation
from logging_kit.panels.translations import entries, translations

KOREAN = Presentation("ko")


def leaves(tree: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, (*place, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from leaves(value, (*place, str(number)))
    else:
        yield place


def test_every_text_has_a_translation() -> None:
    missing = [".".join(entry.key) for entry in entries("ko") if not entry.translation]
    assert missing == [], "add them to logging_kit/panels/locale/ko.toml"


def test_every_translation_is_of_a_text_in_use() -> None:
    used = {entry.key for entry in entries("ko")}
    assert {key for key in leaves(texts("ko")) if key[0] not in ("alerts", "message")} == used


def test_both_languages_have_the_same_words() -> None:
    assert texts("ko")["words"].keys() == texts("en")["words"].keys()
    assert texts("ko")["message"].keys() == texts("en")["message"].keys()


def test_one_english_text_has_one_translation() -> None:
    found: dict[str, str | None] = {}
    for entry in entries("ko"):
        assert found.setdefault(entry.english, entry.translation) == entry.translation, entry


@pytest.mark.parametrize("name", ["event_in_file", "in_window", "zero_lines", "no_event"])
def test_a_translation_has_the_places_of_the_english_text(name: str) -> None:
    given = {"event": "<event>", "file": "<file>", "window": "<window>", "span": "<span>"}
    english, korean = texts("en")["words"][name], texts("ko")["words"][name]
    for place, value in given.items():
        assert (f"{{{place}}}" in english) == (value in korean.format(**given))


def test_a_text_without_a_translation_stays_english() -> None:
    assert KOREAN.translate("A panel of a bot's own") == "A panel of a bot's own"
    assert KOREAN.translate(OwnText("Errors")) == "Errors"
    assert KOREAN.translate("Errors") == translations("ko")["Errors"] == "에러"
    assert KOREAN.word("search") == "검색"


def test_a_panel_speaks_the_language_of_the_reader() -> None:
    for dashboard in DASHBOARDS:
        for panel in dashboard.panels:
            about = panel.describe(KOREAN.translate)
            assert "**출처:**" in about
            assert "**데이터 없음:**" in about
