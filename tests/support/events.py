"""Values for the fields of every event, made from what the catalogue says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import Event, Field

METHODS = {name: event for name, event in CATALOGUE.items() if name != "ERROR"}
MOMENT = datetime(2026, 11, 21, 2, 0, 0, 500_000, tzinfo=UTC)


def right(field: Field) -> tuple[Any, Any]:
    """A value that the field may have, and what the line then says."""
    match field.kind:
        case "choice":
            return field.choices[0], field.choices[0]
        case "number":
            return (0.5, 0.5) if field.high == 1 else (Decimal("12.50"), "12.50")
        case "integer":
            return 3, 3
        case "boolean":
            return True, True
        case "time":
            return MOMENT, 1_795_226_400_500
        case "object":
            return {"a": [1]}, {"a": [1]}
        case "id":
            return 1234, "1234"
    return f"some {field.name}", f"some {field.name}"


def wrong(field: Field) -> list[Any]:
    """Values that the field must not have."""
    values: list[Any] = {
        "choice": ["no such thing", 5, True, ["LONG"], {"a": 1}],
        "number": ["many", True, float("nan"), Decimal("Infinity"), [1], object()],
        "integer": [1.5, "3.2", False, "three", float("inf")],
        "boolean": ["yes", 1, 0.0, []],
        "time": ["yesterday", True, [1]],
        "object": [],
        "id": [True, ["a"], {"a": 1}, object()],
        "text": [True, ["a"], {"a": 1}, object()],
    }[field.kind]
    if field.low is not None:
        values = [*values, field.low - 0.001 if field.kind == "number" else int(field.low) - 1]
    if field.high is not None:
        values = [*values, field.high + 0.001]
    return values


def all_fields(event: Event) -> dict[str, Any]:
    """Every field of an event with a value it may have."""
    return {name: right(field)[0] for name, field in event.fields.items()}


def required_fields(event: Event) -> dict[str, Any]:
    """Return the required fields of an event."""
    return {name: right(field)[0] for name, field in event.fields.items() if field.required}


class Hostile:
    """Raises whatever is done with it."""

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __bool__(self) -> bool:
        raise RuntimeError("bool")

    def __float__(self) -> float:
        raise RuntimeError("float")

    __hash__ = None  # type: ignore[assignment]
