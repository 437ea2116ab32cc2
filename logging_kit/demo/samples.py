"""Samples of the events that the simulated bot has no scene for."""

from __future__ import annotations

from typing import Any, Final

from ..events.catalogue import BUILT_IN
from ..events.model import Event, Field

SCENES: Final = frozenset(
    (
        "SIGNAL", "ORDER", "TRADE", "POSITION", "EQUITY", "HEARTBEAT", "API_CALL", "NOTIFICATION",
        "INDICATOR", "CANDLE", "ERROR", "RATE_LIMIT", "WS", "RISK", "LIFECYCLE", "AI_CALL",
    )
)  # fmt: skip
"""The events that the bot writes by itself."""


def without_scene() -> list[Event]:
    """Return the events of the catalogue that need a sample."""
    return [event for event in BUILT_IN.values() if event.name not in SCENES]


def sample(event: Event, **known: Any) -> dict[str, Any]:
    """Return a value for each field of an event.

    Args:
        event: The event.
        **known: Values of fields that the bot knows, such as `symbol`; used where the event has
            such a field.
    """
    values = {name: _value(field) for name, field in event.fields.items() if field.required}
    return values | {name: value for name, value in known.items() if name in event.fields}


def _value(field: Field) -> Any:
    match field.kind:
        case "choice":
            return field.choices[0]
        case "boolean":
            return True
        case "number" | "integer" | "time":
            if field.low is not None:
                low = field.low
            else:
                low = 0
            if field.high is not None:
                high = field.high
            else:
                high = low + 2
            middle = (low + high) / 2
            if field.kind == "number":
                return middle
            return int(middle)
        case "object":
            return {}
    return f"demo-{field.name}"
