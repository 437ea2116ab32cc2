"""Arithmetic on the numbers of an exchange, whose floats stand for decimal numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any


def number_of(value: Any) -> Any:
    """Return a number; text, which ccxt gives with `number = str`, without loss."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            return None
    try:
        if not math.isfinite(value):
            return None
    except (TypeError, ValueError, OverflowError):
        return None
    return value


def sum_of(values: Iterable[Any]) -> Any:
    """Return the sum of the numbers, without those that are `None`."""
    total: Any = 0
    for value in values:
        if value is not None:
            total = _decimal(total) + _decimal(value)
    return _plain(total)


def product(first: Any, second: Any) -> Any:
    """Return the product of two numbers."""
    return _plain(_decimal(first) * _decimal(second))


def quotient(first: Any, second: Any) -> Any:
    """Return the quotient of two numbers."""
    return _plain(_decimal(first) / _decimal(second))


def _decimal(value: Any) -> Decimal:
    """Return the decimal number that a float shows: 0.1 * 3 is then 0.3."""
    return Decimal(str(value))


def _plain(value: Any) -> Any:
    """Return a float or an integer where that keeps every digit."""
    if value == (whole := int(value)):
        return whole
    if Decimal(repr(float(value))) == value:
        return float(value)
    return value
