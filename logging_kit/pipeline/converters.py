"""Converters of values to JSON values, by type: numbers, times, containers, foreign objects.

numpy, pandas, polars, pydantic and attrs are recognised by the module of the type, so none of them
is imported here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from ..events.validation import exact_number
from ..masking import MASK, STRONG


class ValueNormaliser(Protocol):
    """The pass over the values of one line that a converter is part of.

    `normalise.Normaliser` in the package.
    """

    def plain(self, value: Any, name_class: int) -> Any:
        """Turn any value into JSON values."""

    def text(self, value: str, name_class: int = ...) -> str:
        """Mask and cut a string."""

    def number(self, value: Any, name_class: int) -> Any:
        """Keep or mask a number."""

    def mapping(self, value: Mapping[Any, Any], name_class: int) -> Any:
        """Turn a mapping into a dict."""

    def items(self, value: Iterable[Any], length: int, name_class: int) -> Any:
        """Turn a sequence or a set into a list."""

    def count_masked(self, value: str, name_class: int) -> None:
        """Count a masked value."""

    def enter(self, value: Any) -> bool:
        """Go into a container, unless that would be a cycle or too deep."""

    def leave(self) -> None:
        """Go back out of a container."""

    def refusal(self, value: Any) -> str:
        """Return the text that stands for a container that `enter` refused."""


Converter = Callable[[ValueNormaliser, Any, int], Any]
"""Takes the pass, the value and the class that masking gives to its name; returns JSON values."""

_ARRAY_ITEMS: Final = 20
_MOST_SORTED: Final = 1_000
_MOST_BYTES: Final = 300_000
_MOST_DIGITS: Final = 100
_INT64: Final = range(-(2**63), 2**64)
_FLOAT_BITS: Final = 1_023  # a number that no double holds is refused by many who read JSON
_converters: Final[dict[type, Converter]] = {}


def _int(normaliser: ValueNormaliser, value: int, name_class: int) -> Any:
    value = int.__index__(value)
    if value not in _INT64:
        try:
            digits = str(value)
        except ValueError:  # sys.set_int_max_str_digits
            return f"<int of {value.bit_length()} bits>"
        kept = normaliser.number(value, name_class)
        if kept is MASK:
            return kept
        return orjson.Fragment(digits) if value.bit_length() <= _FLOAT_BITS else digits
    return normaliser.number(value, name_class)


def _float(normaliser: ValueNormaliser, value: float, name_class: int) -> Any:
    value = float.__float__(value)
    return normaliser.number(value, name_class) if math.isfinite(value) else None


def _decimal(normaliser: ValueNormaliser, value: Decimal, name_class: int) -> Any:
    if not value.is_finite():
        return None
    kept = normaliser.number(value, name_class)
    if kept is MASK:
        return kept
    digits = str(value)
    return digits if len(digits) <= _MOST_DIGITS else normaliser.text(digits)


def _str(normaliser: ValueNormaliser, value: str, name_class: int) -> Any:
    return normaliser.text(str.__str__(value), name_class)


def _bytes(
    normaliser: ValueNormaliser, value: bytes | bytearray | memoryview, name_class: int
) -> Any:
    return normaliser.text(
        bytes(value[:_MOST_BYTES]).decode("utf-8", "backslashreplace"), name_class
    )


def _moment(normaliser: ValueNormaliser, value: date | time, name_class: int) -> Any:
    text = value.isoformat()
    return None if text == "NaT" else normaliser.text(text, name_class)  # pandas.NaT is a datetime


def _duration(normaliser: ValueNormaliser, value: timedelta, name_class: int) -> Any:
    return _float(normaliser, value.total_seconds(), name_class)


def _text_of(normaliser: ValueNormaliser, value: UUID | PurePath, name_class: int) -> Any:
    return normaliser.text(str(value), name_class)


def _enum(normaliser: ValueNormaliser, value: Enum, name_class: int) -> Any:
    return normaliser.plain(value.value, name_class)


def _error(normaliser: ValueNormaliser, value: BaseException, name_class: int) -> Any:
    return normaliser.text(f"{type(value).__name__}: {value}", name_class)


def _sequence(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    return normaliser.items(value, len(value), name_class)


def _set(normaliser: ValueNormaliser, value: Set[Any], name_class: int) -> Any:
    try:
        ordered: Any = sorted(value) if len(value) <= _MOST_SORTED else value
    except TypeError:
        ordered = value
    return normaliser.items(ordered, len(value), name_class)


def _namedtuple(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    return normaliser.mapping(dict(zip(value._fields, value, strict=True)), name_class)


def _attributes(names: Callable[[Any], Iterable[str]]) -> Converter:
    def converter(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
        if not normaliser.enter(value):
            return normaliser.refusal(value)
        try:
            return normaliser.mapping(
                {name: getattr(value, name, None) for name in names(value)}, name_class
            )
        finally:
            normaliser.leave()

    return converter


_dataclass = _attributes(lambda value: (f.name for f in dataclass_fields(value)))
_attrs = _attributes(lambda value: (a.name for a in value.__attrs_attrs__))
_pydantic = _attributes(
    lambda value: (*type(value).model_fields, *(value.__pydantic_extra__ or ()))
)


def _secret(normaliser: ValueNormaliser, _value: Any, _name_class: int) -> Any:
    normaliser.count_masked("", STRONG)
    return MASK


def _scalar(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    plain = value.item()  # numpy: the nearest Python value
    return (
        _foreign(normaliser, value, name_class)
        if type(plain) is type(value)
        else normaliser.plain(plain, name_class)
    )


def _numpy_moment(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    text = str(value)  # item() gives nanoseconds as a bare int
    return None if text == "NaT" else normaliser.text(text, name_class)


def _numpy_duration(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    nanoseconds = value.astype("timedelta64[ns]").item()
    return None if nanoseconds is None else _float(normaliser, nanoseconds / 1e9, name_class)


def _array(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    head = value.flat[:_ARRAY_ITEMS]  # reshape() would copy all of an array that is not contiguous
    values = list(head) if head.dtype.kind in "mM" else head.tolist()
    return normaliser.plain({"shape": list(value.shape), "values": values}, name_class)


def _series(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    head = value[:_ARRAY_ITEMS]
    return normaliser.plain(
        {
            "shape": list(value.shape),
            "values": (head.to_list if hasattr(head, "to_list") else head.tolist)(),
        },
        name_class,
    )


def _frame(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    head = value.head(5)
    rows = head.to_dicts() if hasattr(head, "to_dicts") else head.to_dict("records")
    return normaliser.plain({"shape": list(value.shape), "rows": rows}, name_class)


def _none(_normaliser: ValueNormaliser, _value: Any, _name_class: int) -> Any:
    return None


def _foreign(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    return normaliser.text(str.__str__(repr(value)), name_class)


def _quantity(normaliser: ValueNormaliser, value: Any, name_class: int) -> Any:
    """Convert an object with `__float__`, such as a `Fraction` or a framework's quantity."""
    try:
        number = exact_number(value)
    except Exception:  # a tensor of several numbers, or an object that cannot say it after all
        return _foreign(normaliser, value, name_class)
    if isinstance(number, (int, float, Decimal)) and not isinstance(number, bool):
        return normaliser.plain(number, name_class)
    return _foreign(normaliser, value, name_class)


_BY_BASE: Final[tuple[tuple[Any, Converter], ...]] = (
    (Enum, _enum),
    (str, _str),
    (int, _int),
    (float, _float),
    (Decimal, _decimal),
    ((bytes, bytearray, memoryview), _bytes),
    ((datetime, date, time), _moment),
    (timedelta, _duration),
    ((UUID, PurePath), _text_of),
    (BaseException, _error),
    (Mapping, lambda normaliser, value, name_class: normaliser.mapping(value, name_class)),
    (Set, _set),
    ((list, tuple, deque, range), _sequence),
)

_BY_MODULE: Final[Mapping[str, Mapping[str, Converter]]] = {
    "numpy": {
        "ndarray": _array,
        "datetime64": _numpy_moment,
        "timedelta64": _numpy_duration,
        "generic": _scalar,
    },
    "pandas": {
        "Series": _series,
        "Index": _series,
        "DataFrame": _frame,
        "NAType": _none,
        "NaTType": _none,
    },
    "polars": {"Series": _series, "DataFrame": _frame},
    "pydantic": {
        "BaseModel": _pydantic,
        "_SecretBase": _secret,
        "_SecretField": _secret,
        "SecretStr": _secret,
        "SecretBytes": _secret,
    },
}


def converter_of(kind: type) -> Converter:
    """Find the converter of a type."""
    converter = _converters.get(kind)
    if converter is None:
        if len(_converters) > 2_000:  # types made at run time must not pile up
            _converters.clear()
        converter = _converters[kind] = _find(kind)
    return converter


def _find(kind: type) -> Converter:
    for base in kind.__mro__:
        by_name = _BY_MODULE.get((base.__module__ or "").partition(".")[0])
        if by_name and base.__name__ in by_name:
            return by_name[base.__name__]
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _namedtuple
    for bases, converter in _BY_BASE:
        if issubclass(kind, bases):
            return converter
    if is_dataclass(kind):
        return _dataclass
    if hasattr(kind, "__attrs_attrs__"):
        return _attrs
    # A mock has every method, and a number of its own invention.
    is_number = hasattr(kind, "__float__") and kind.__module__ != "unittest.mock"
    return _quantity if is_number else _foreign
