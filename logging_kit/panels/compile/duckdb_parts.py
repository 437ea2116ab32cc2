"""Expressions of the SQL for DuckDB: aggregates, groups and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, assert_never

from logging_kit.events.identities import IdOf
from logging_kit.panels.query.nodes import UNIT, Aggregate, Rows

RAW: Final = "raw"
"""The schema of the tables, apart from the views that people query."""

_NEWEST: Final = "(ts, coalesce(run_id, ''), coalesce(seq, 0))"


def aggregate_of(query: Aggregate, window: int, value: Callable[[Any], str]) -> str:
    """Return the expression of an aggregate over the lines of a group."""
    number = f'"{query.field}$"'
    match query.fn:
        case "count":
            return "count(*)::DOUBLE"
        case "rate":
            return f"count(*) / {value(window / 1_000_000)}"
        case "size":
            return "sum(size)::DOUBLE"
        case "when":
            return "(max(ts) // 1000)::DOUBLE"
        case "begin":
            return "(min(ts) // 1000)::DOUBLE"
        case "total":
            return f"sum({number})"
        case "mean":
            return f"avg({number})"
        case "low":
            return f"min({number})"
        case "high":
            return f"max({number})"
        case "last":
            return f"arg_max({number}, {_NEWEST})"
        case "quantile":
            return f"quantile_cont({number}, {float(query.q or 0)!r})"
        case _ as unreachable:
            assert_never(unreachable)


def group_of(name: str, query: Aggregate) -> str:
    """Return the text of a group: a field, or the id of the thing that a line is about."""
    if name != UNIT:
        return f"coalesce(\"{name}\", '')"
    ids = []
    for each in query.ids:
        match each:
            case IdOf(known, other, value):
                ids.append(f'CASE WHEN "{other}" = \'{value}\' THEN "{known}" END')
            case known:
                ids.append(f'"{known}"')
    line = "coalesce(run_id, '') || ' ' || coalesce(seq, 0)::VARCHAR"
    return f"coalesce({', '.join([*ids, line])})"


def table_of(query: Aggregate | Rows) -> str:
    """Return the table that has the lines of a query."""
    if query.event:
        return f'{RAW}."{query.event}"'
    return f"{RAW}.lines"
