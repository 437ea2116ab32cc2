"""Validation of events: compare values with the catalogue, and convert them without loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import Enum
from numbers import Integral, Rational
from typing import Any, Final
from uuid import UUID

from ..line import is_number
from .model import Event, Field, Level
from .rules import RULES
from .vocabulary import canonical_choice

BOOLEAN_WORDS: Final = ("failed", "ok")
"""Words of a summary for false and true."""

_BOOLEANS: Final = ("bool", "bool_")  # numpy's too
_MOST_BITS: Final = (
    1_024  # more than any float has; Python does not write out an int of 4,301 digits
)
_MOST_DIGITS: Final = 100
_EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])


def validate_value(spec: Field, value: Any) -> tuple[Any, str]:
    """Check one value, and convert it to its type in the catalogue where that loses nothing.

    Args:
        spec: The catalogue's entry of the field.
        value: The caller's value; `None` means that the field is absent.

    Returns:
        The value to write (an id as a string, a moment as milliseconds, a number of another library
        as a Python number), and what is wrong with it, or an empty text.
    """
    if value is None:
        return value, "is missing" if spec.required else ""
    try:
        value = _converted(spec, value.value if isinstance(value, Enum) else value)
        return value, _problem(spec, value)
    except Exception:  # the object's comparison or conversion raised
        return value, f"is {_kind(value)}, which cannot be checked"


def _converted(spec: Field, value: Any) -> Any:
    match spec.kind:
        case "choice" if isinstance(value, str):
            return canonical_choice(spec, value)
        case "id" if isinstance(value, UUID):
            return str(value)
        case "text" | "id" if isinstance(value, (int, float, Decimal, Integral)):
            return value if isinstance(value, bool) else str(value)
        case "time" if isinstance(value, datetime):
            return round(value.timestamp() * 1000)
        case "number" | "integer" | "time" if not isinstance(value, (str, int, float, Decimal)):
            return exact_number(value)
    return value


def _problem(spec: Field, value: Any) -> str:
    rules = RULES[spec.kind]
    if len(rules) > 1:
        return ""
    match rules[0].test:
        case "text":
            return "" if isinstance(value, str) else f"is {_kind(value)}, not text"
        case "choice":
            return "" if value in spec.choices else f"is none of {', '.join(spec.choices)}"
        case "range":
            return _number_problem(spec, value)
    is_boolean = type(value).__name__ in _BOOLEANS
    return "" if is_boolean else f"is {_kind(value)}, not true or false"


def exact_number(value: Any) -> Any:
    """Convert a number of another library to a Python number, exactly where that is possible.

    Args:
        value: Any object. An object that has `__float__` is a number, such as a
            `fractions.Fraction` or the quantity of a trading framework.

    Returns:
        An `int`; a `float` if its digits are those of the value, or if no decimal number is exact;
        else a `decimal.Decimal`. The value itself if it is no number, or true or false.

    Example:
        >>> exact_number(Fraction(1, 8)), exact_number(Fraction(2**60 + 1, 8))
        (0.125, Decimal('144115188075855872.125'))
    """
    kind = type(value)
    if kind.__name__ in _BOOLEANS or isinstance(value, (int, float, Decimal)):
        return value
    if hasattr(kind, "__index__"):
        with suppress(TypeError):  # an array has the method, but only whole numbers have an index
            return int(value.__index__())
    if not hasattr(kind, "__float__"):
        return value
    exact = _quotient(value) if isinstance(value, Rational) else _digits(value)
    try:
        number = float(value)
    except OverflowError:
        if exact is None:
            raise
        return exact
    if exact is None or not exact.is_finite():
        return number
    if not math.isfinite(number):  # a wider float, such as numpy's longdouble
        return exact
    if Decimal(repr(number)) == exact:
        return number
    return exact if float(exact) == number else number


def _quotient(value: Rational) -> Decimal | None:
    try:
        return _EXACT.divide(Decimal(int(value.numerator)), Decimal(int(value.denominator)))
    except (Inexact, InvalidOperation, Overflow):
        return None


def _digits(value: Any) -> Decimal | None:
    """Return the decimal number that a quantity shows as its text."""
    text = str(value)
    return Decimal(text) if len(text) <= _MOST_DIGITS and is_number(text) else None


def repair(event: Event, fields: MutableMapping[str, Any]) -> list[str]:
    """Validate all fields of an event, and replace the values that needed a conversion.

    Args:
        event: The catalogue's entry of the event.
        fields: The caller's fields; changed in place.

    Returns:
        One sentence for each field that is wrong or missing.
    """
    missing, problems = fill_derived(event, fields), []
    for name, value in fields.items():
        spec = event.fields.get(name)
        if spec is not None:
            fields[name], problem = validate_value(spec, value)
            if problem:
                problems.append(f"{name} {problem}")
    return problems + missing


def fill_derived(event: Event, fields: MutableMapping[str, Any]) -> list[str]:
    """Add the fields that follow from others, and find those that are missing.

    Args:
        event: The catalogue's entry of the event.
        fields: The caller's fields; changed in place.

    Returns:
        One sentence for each field that is missing.
    """
    if (
        event.name == "TRADE"
        and _word(event, "action", fields) == "exit"
        and fields.get("result") is None
    ):
        result = _result(fields.get("pnl"))
        if result:
            fields["result"] = result
    missing = [name for name in event.required if name not in fields]
    for name, values, needed in event.required_when:
        if _word(event, name, fields) in values:
            missing += [other for other in needed if fields.get(other) is None]
    return [f"{name} is missing" for name in missing]


def _word(event: Event, name: str, fields: Mapping[str, Any]) -> str:
    """Return the catalogue's word for a field's value; an empty text if it is no text."""
    value: Any = fields.get(name)
    if issubclass(type(value), Enum):
        value = value.value
    if not issubclass(type(value), str):
        return ""
    return canonical_choice(event.fields[name], str.__str__(value))


def _result(pnl: Any) -> str:
    """Return the result of a trade with this profit; an empty text if the profit is no number."""
    if type(pnl).__name__ in _BOOLEANS:
        return ""
    try:
        number = float(pnl)
    except Exception:  # including whatever a foreign object raises
        return ""
    if not math.isfinite(number):
        return ""
    if number == 0:
        return "breakeven"
    return "win" if number > 0 else "loss"


def level_of(event: Event, fields: Mapping[str, Any]) -> Level:
    """Return the level of an event's line: the catalogue's, or that of a field's value."""
    for name, value, level in event.levels:
        if _equals(fields.get(name), value):
            return level
    return event.level


def _equals(given: Any, value: str) -> bool:
    kind = type(given)
    try:
        return (issubclass(kind, str) and given.lower() == value) or (
            kind.__name__ in _BOOLEANS and str(given).lower() == value
        )
    except Exception:  # including whatever a foreign object raises
        return False


def summary(event: Event, fields: Mapping[str, Any]) -> str:
    """Return the message of a line whose caller gave none, such as `LONG BTC/USDT 0.91`."""
    words = []
    for name in event.summary:
        word = _summary_word(name, fields.get(name))
        if word:
            words.append(summary_prefix(name) + word)
    return " ".join(words) or event.name


def summary_prefix(name: str) -> str:
    """Return the text that stands before a field's value in a summary."""
    return "pnl " if name == "pnl" else ""


def _summary_word(name: str, value: Any) -> str:
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is float:
        return repr(value)
    if kind is bool and name != "pnl":
        return BOOLEAN_WORDS[value]
    if issubclass(kind, (str, float, Decimal)):
        return str(value)
    if issubclass(kind, int) and value.bit_length() < _MOST_BITS:
        return str(value)
    return ""


def _number_problem(spec: Field, value: Any) -> str:
    if type(value).__name__ in _BOOLEANS:
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
    if spec.kind == "integer" and isinstance(number, float) and not number.is_integer():
        return "is not a whole number"
    return ""


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
