"""Panels that show amounts of money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from logging_kit.panels.panel import Panel
from logging_kit.panels.query.nodes import Query

P = TypeVar("P", bound=Panel)


def money(kind: type[P], title: str, query: Query | Mapping[str, Query], **options: Any) -> P:
    """Return a panel whose values are amounts in the currency that their series is named after.

    Args:
        kind: The kind of panel, such as `Stat`.
        title: Its heading.
        query: Its query, or several by the names of their series.
        **options: Further arguments of the panel.
    """
    return kind(title, query, unit="currency", decimals=2, **options)
