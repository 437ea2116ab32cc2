"""Whether an event's values are what the catalogue says, and the small repairs that make them so."""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from numbers import Integral
from typing import Any, Final
from uuid import UUID

from ..line import is_number
from .model import Event, Field, Level

_BOOLEANS: Final = ("bool", "bool_")  # numpy's too
_MOST_BITS: Final = (
    1_024  # more than any float has; Python refuses to write out an int of 4,301 digits
)


def check(spec: Field, value: Any) -> tuple[Any, str]:
    """Look at one value, and bring it to its catalogue type where that loses nothing.

    Args:
        spec: What the catalogue says of the field.
        value: The caller's value; ``None`` is absent, which is wrong only for a required field.

    Returns:
        The value to write (an id as a string, a moment as milliseconds), and what is wrong with it, or ``""``.
    """
    if value is None:
        return value, "is missing" if spec.required else ""
    try:
        return _checked(spec, value.value if isinstance(value, Enum) else value)
    except Exception:  # an object whose comparison or conversion raises
        return value, f"is {_kind(value)}, which cannot be checked"


def _checked(spec: Field, value: Any) -> tuple[Any, str]:
    match spec.kind:
        case "id" if isinstance(value, UUID):
            return str(value), ""
        case "text" | "id":
            if isinstance(value, (int, float, Decimal, Integral)) and not isinstance(
                value, bool
            ):  # numpy's whole numbers too
                return str(value), ""
            return value, "" if isinstance(value, str) else f"is {_kind(value)}, not text"
        case "choice":
            return value, "" if value in spec.choices else f"is none of {', '.join(spec.choices)}"
        case "boolean":
            return value, "" if type(
                value
            ).__name__ in _BOOLEANS else f"is {_kind(value)}, not true or false"
        case "object":
            return value, ""
        case "time" if isinstance(value, datetime):
            return round(value.timestamp() * 1000), ""
    return value, _number(spec, value)


def repair(event: Event, fields: MutableMapping[str, Any]) -> list[str]:
    """Check all fields of an event and replace the values that needed a repair.

    Args:
        event: What the catalogue says of the event.
        fields: The caller's fields; changed in place.

    Returns:
        One sentence for each field that is wrong or missing; empty when all is well.
    """
    lacking, problems = complete(event, fields), []
    for name, value in fields.items():
        spec = event.fields.get(name)
        if spec is not None:
            fields[name], problem = check(spec, value)
            if problem:
                problems.append(f"{name} {problem}")
    return problems + lacking


def complete(event: Event, fields: MutableMapping[str, Any]) -> list[str]:
    """Fill in what follows from other fields, and find what is missing.

    Args:
        event: What the catalogue says of the event.
        fields: The caller's fields; changed in place.

    Returns:
        One sentence for each field that is missing.
    """
    if (
        event.name == "TRADE"
        and _word(fields.get("action")) == "exit"
        and fields.get("result") is None
    ):
        result = _result(fields.get("pnl"))
        if result:
            fields["result"] = result
    lacking = [name for name in event.required if name not in fields]
    for name, values, needed in event.required_when:
        if _word(fields.get(name)) in values:
            lacking += [other for other in needed if fields.get(other) is None]
    return [f"{name} is missing" for name in lacking]


def _word(value: Any) -> str:
    value = value.value if issubclass(type(value), Enum) else value
    return value if issubclass(type(value), str) else ""


def _result(pnl: Any) -> str:
    """How a trade with this profit ended; ``""`` when the profit is no number."""
    if type(pnl).__name__ in _BOOLEANS:
        return ""
    try:
        number = float(pnl)
    except Exception:  # also what an object of somebody else raises
        return ""
    return (
        ("win" if number > 0 else "loss" if number < 0 else "breakeven")
        if math.isfinite(number)
        else ""
    )


def level_of(event: Event, fields: Mapping[str, Any]) -> Level:
    """Level of an event's line: the catalogue's, or the one that a field's value asks for."""
    for name, value, level in event.levels:
        if _says(fields.get(name), value):
            return level
    return event.level


def _says(given: Any, value: str) -> bool:
    kind = type(given)
    try:
        return (issubclass(kind, str) and given.lower() == value) or (
            kind.__name__ in _BOOLEANS and str(given).lower() == value
        )
    except Exception:  # what an object of somebody else raises
        return False


def summary(event: Event, fields: Mapping[str, Any]) -> str:
    """The sentence that stands as the line's message when the caller gave none, such as ``LONG BTC/USDT 0.91``."""
    words = []
    for name in event.summary:
        value: Any = fields.get(name)
        kind = type(value)
        if name == "pnl":
            if issubclass(kind, (str, float, Decimal)) or (
                issubclass(kind, int) and value.bit_length() < _MOST_BITS
            ):
                words.append(f"pnl {value}")
        elif kind is str:
            if value:
                words.append(value)
        elif kind is float:
            words.append(repr(value))
        elif kind is bool:
            words.append("ok" if value else "failed")
        elif issubclass(kind, (str, float, Decimal)) or (
            issubclass(kind, int) and value.bit_length() < _MOST_BITS
        ):
            words.append(str(value))
    return " ".join(words) or event.name


def _number(spec: Field, value: Any) -> str:
    if isinstance(value, bool):
        return "is true or false, not a number"
    if isinstance(value, str) and not is_number(value):
        return "is not a number"
    try:
        number = value if type(value) is int else float(value)
    except (TypeError, ValueError, OverflowError):
        return f"is {_kind(value)}, not a number"
    if type(number) is float and not math.isfinite(number):
        return "is not finite"
    if spec.low is not None and number < spec.low:
        return f"is below {spec.low:g}"
    if spec.high is not None and number > spec.high:
        return f"is above {spec.high:g}"
    return (
        ""
        if spec.kind != "integer" or isinstance(number, int) or number.is_integer()
        else "is not a whole number"
    )


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
