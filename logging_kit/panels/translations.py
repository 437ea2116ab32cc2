"""Translations of the dashboards' texts, found by the ids of dashboards and panels.

The texts themselves are in `locale/<language>.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from logging_kit.panels.colours import COLOURS
from logging_kit.panels.dashboard import ANNOTATIONS, Annotation, Dashboard
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.locale import WORDS, texts
from logging_kit.panels.panel import Panel, Records, Table


class Entry(NamedTuple):
    """A text, its place in the file of a language, and its translation; None if there is none."""

    key: tuple[str, ...]
    english: str
    translation: str | None


@cache
def translations(language: str) -> Mapping[str, str]:
    """Return the English texts of the package's dashboards with their translations."""
    return {
        entry.english: entry.translation
        for entry in entries(language)
        if entry.translation is not None
    }


def entries(language: str) -> Iterator[Entry]:
    """Yield every text that the dashboards show."""
    tree = texts(language)
    for key, english in _texts():
        yield Entry(key, english, _at(tree, key))


def _at(tree: Any, key: tuple[str, ...]) -> str | None:
    for part in key:
        if isinstance(tree, list):
            if int(part) < len(tree):
                tree = tree[int(part)]
            else:
                tree = None
        elif isinstance(tree, Mapping):
            tree = tree.get(part)
    if isinstance(tree, str):
        return tree
    return None


def _texts() -> Iterator[tuple[tuple[str, ...], str]]:
    for name, word in WORDS.items():
        yield ("words", name), word
    for field, values in COLOURS.items():
        for value, (text, _) in values.items():
            yield ("values", field, value), text
    for annotation in ANNOTATIONS:
        yield from _annotation(annotation)
    for dashboard in DASHBOARDS:
        yield from _dashboard(dashboard)


def _annotation(annotation: Annotation) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("annotations", annotation.key, "name"), annotation.name
    yield ("annotations", annotation.key, "title"), annotation.title


def _dashboard(dashboard: Dashboard) -> Iterator[tuple[tuple[str, ...], str]]:
    place = ("dashboards", dashboard.uid)
    yield (*place, "title"), dashboard.title
    yield (*place, "about"), dashboard.about
    titles = [row.title for row in dashboard.rows if row.title]
    for number, title in enumerate(titles):
        yield (*place, "rows", str(number)), title
    for panel in dashboard.panels:
        for key, text in _panel(panel):
            yield (*place, "panels", str(panel.id), *key), text


def _panel(panel: Panel) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("title",), panel.title
    yield ("about",), panel.about
    yield ("empty",), panel.empty
    if panel.none:
        yield ("none",), panel.none
    if panel.missing:
        yield ("missing",), panel.missing
    if isinstance(panel.query, Mapping):
        for name in panel.query:
            yield ("series", name), name
    for number, wording in enumerate(panel.wordings):
        yield ("wordings", str(number)), wording.text
    for number, link in enumerate(panel.links):
        yield ("links", str(number)), link.title
    if isinstance(panel, Table):
        for number, heading in enumerate(panel.columns):
            yield ("columns", str(number)), heading
    if isinstance(panel, Records):
        for field, heading in panel.columns:
            yield ("columns", field), heading
