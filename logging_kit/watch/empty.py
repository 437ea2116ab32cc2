"""Explanations of an empty panel: a zero, a filter, a missing field, a missing event, no lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.locale import WORDS
from logging_kit.panels.panel import Panel
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.fields import EventLines
from logging_kit.panels.query.language import count_each
from logging_kit.panels.query.nodes import Aggregate, Rows, reads
from logging_kit.panels.query.scope import Scope
from logging_kit.watch.filters import ALL


@dataclass(frozen=True, slots=True)
class Reason:
    """An English text that `Presentation.translate` knows, and the values of its places."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def say(self, style: Presentation) -> str:
        """Return the text in the reader's language."""
        text = style.translate(self.text)
        if self.values:
            return text.format(**self.values)
        return text


_FILTERS: Final = ("search", "level", "symbol", "bot", "env")


def why_empty(engine: DuckDBEngine, panel: Panel, scope: Scope) -> Reason:
    """Return the reason for a panel without an answer: what is missing, or what hides it.

    Args:
        engine: Holds the lines.
        panel: The panel.
        scope: The scope of its queries.
    """
    whole = f"{int(scope.end) - scope.start}ms"
    asked = replace(scope, step=0, ahead=False, window=whole)
    if not _lines(engine, None, None, replace(asked, bot=ALL, symbol=ALL, level=None, search=None)):
        return Reason(WORDS["empty_no_lines"])
    read = next(reads(panel.targets[0].query))
    for name in _FILTERS:
        if _narrows(asked, name) and _found(engine, panel, _without(asked, name)):
            return Reason(WORDS["empty_filter"], {"filter": name})
    if panel.none:
        return Reason(panel.none)
    if not isinstance(read, Aggregate) or read.event is None or read.field is None:
        return Reason(panel.empty)
    if _lines(engine, read.event, read.within, asked) and not _has(engine, read, asked):
        return Reason(WORDS["empty_no_field"], {"event": read.event, "field": read.field})
    return Reason(panel.empty)


def _without(scope: Scope, name: str) -> Scope:
    match name:
        case "search":
            return replace(scope, search=None)
        case "level":
            return replace(scope, level=None)
        case "symbol":
            return replace(scope, symbol=ALL)
        case "bot":
            return replace(scope, bot=ALL)
        case _:
            return replace(scope, env=ALL)


def _narrows(scope: Scope, name: str) -> bool:
    return getattr(scope, name) not in (None, "", ALL)


def _found(engine: DuckDBEngine, panel: Panel, scope: Scope) -> bool:
    query = panel.targets[0].query
    if isinstance(query, Rows):
        return bool(engine.lines(replace(query, limit=1), scope))
    return bool(engine.ask(query, scope))


def _lines(engine: DuckDBEngine, event: str | None, within: str | None, scope: Scope) -> bool:
    return bool(engine.ask(count_each(EventLines(event), by=(), within=within), scope))


def _has(engine: DuckDBEngine, read: Aggregate, scope: Scope) -> bool:
    return bool(engine.ask(Aggregate("high", read.event, read.field), scope))
