"""What SQL is written against: ``logs``, the lines, and a view of each kind of event whose columns have types.

Times are ``TIMESTAMP`` in UTC without a zone, so that no session's zone shifts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from logging_kit.events.model import Field
from logging_kit.panels.compile.duckdb import RAW
from logging_kit.panels.engine.schema import ALL_LINES, own

VIEWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signals": "SIGNAL",
        "orders": "ORDER",
        "trades": "TRADE",
        "positions": "POSITION",
        "equities": "EQUITY",
        "heartbeats": "HEARTBEAT",
        "api_calls": "API_CALL",
        "notifications": "NOTIFICATION",
        "indicators": "INDICATOR",
        "candles": "CANDLE",
        "errors": "ERROR",
        "rate_limits": "RATE_LIMIT",
        "ws_events": "WS",
        "risks": "RISK",
        "lifecycles": "LIFECYCLE",
        "ai_calls": "AI_CALL",
    }
)
"""View → event. They are plural, since ``order`` is a word of SQL, and never one of SQL's own."""

_TIME: Final = "make_timestamp(ts) AS time"


def create() -> Iterator[str]:
    """The statements that make the views."""
    shared = ", ".join(
        (
            "level",
            "bot_name",
            "event",
            "message",
            *ALL_LINES,
            "logger",
            "app",
            "env",
            "job",
            "run_id",
            "seq",
        )
    )
    yield f"CREATE VIEW logs AS SELECT {_TIME}, {shared}, line::JSON AS line FROM {RAW}.lines"
    for view, event in VIEWS.items():
        fields = ", ".join(_column(field) for field in own(event))
        shared = "bot_name, level, message, app, env, run_id, seq"
        yield f'CREATE VIEW {view} AS SELECT {_TIME}, {fields}, {shared} FROM {RAW}."{event}"'


def columns(view: str) -> list[str]:
    """Names of the columns that are a view's own."""
    return [field.name for field in own(VIEWS[view])]


def _column(field: Field) -> str:
    number, text = f'"{field.name}$"', f'"{field.name}"'
    match field.kind:
        case "number":
            return f'{number} AS "{field.name}"'
        case "integer":
            return f'TRY_CAST({number} AS BIGINT) AS "{field.name}"'
        case "time":
            return f'make_timestamp(TRY_CAST({number} * 1000 AS BIGINT)) AS "{field.name}"'
        case "boolean":
            return f'TRY_CAST({text} AS BOOLEAN) AS "{field.name}"'
        case "object":
            return f'TRY_CAST({text} AS JSON) AS "{field.name}"'
        case _:
            return text
