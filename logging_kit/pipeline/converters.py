"""How values of each kind become JSON values: numbers, times, containers, objects of numpy, pandas, polars, pydantic, attrs."""

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
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from ..masking import MASK, STRONG

if TYPE_CHECKING:
    from .normalise import Walk

Handler = Callable[["Walk", Any, int], Any]

_ARRAY_ITEMS: Final = 20
_MOST_SORTED: Final = 1_000
_MOST_BYTES: Final = 300_000
_MOST_DIGITS: Final = 100
_INT64: Final = range(-(2**63), 2**64)
_FLOAT_BITS: Final = 1_023  # a number that no double holds is refused by many who read JSON
_handlers: Final[dict[type, Handler]] = {}


def _int(walk: Walk, value: int, name_class: int) -> Any:
    value = int.__index__(value)
    if value not in _INT64:
        try:
            digits = str(value)
        except ValueError:  # sys.set_int_max_str_digits
            return f"<int of {value.bit_length()} bits>"
        kept = walk.number(value, name_class)
        if kept is MASK:
            return kept
        return orjson.Fragment(digits) if value.bit_length() <= _FLOAT_BITS else digits
    return walk.number(value, name_class)


def _float(walk: Walk, value: float, name_class: int) -> Any:
    value = float.__float__(value)
    return walk.number(value, name_class) if math.isfinite(value) else None


def _decimal(walk: Walk, value: Decimal, name_class: int) -> Any:
    if not value.is_finite():
        return None
    kept = walk.number(value, name_class)
    if kept is MASK:
        return kept
    digits = str(value)
    return digits if len(digits) <= _MOST_DIGITS else walk.text(digits)


def _str(walk: Walk, value: str, name_class: int) -> Any:
    return walk.text(str.__str__(value), name_class)


def _bytes(walk: Walk, value: bytes | bytearray | memoryview, name_class: int) -> Any:
    return walk.text(bytes(value[:_MOST_BYTES]).decode("utf-8", "backslashreplace"), name_class)


def _moment(walk: Walk, value: date | time, name_class: int) -> Any:
    text = value.isoformat()
    return None if text == "NaT" else walk.text(text, name_class)  # pandas.NaT is a datetime


def _duration(walk: Walk, value: timedelta, name_class: int) -> Any:
    return _float(walk, value.total_seconds(), name_class)


def _text_of(walk: Walk, value: UUID | PurePath, name_class: int) -> Any:
    return walk.text(str(value), name_class)


def _enum(walk: Walk, value: Enum, name_class: int) -> Any:
    return walk.plain(value.value, name_class)


def _error(walk: Walk, value: BaseException, name_class: int) -> Any:
    return walk.text(f"{type(value).__name__}: {value}", name_class)


def _sequence(walk: Walk, value: Any, name_class: int) -> Any:
    return walk.items(value, len(value), name_class)


def _set(walk: Walk, value: Set[Any], name_class: int) -> Any:
    try:
        ordered: Any = sorted(value) if len(value) <= _MOST_SORTED else value
    except TypeError:
        ordered = value
    return walk.items(ordered, len(value), name_class)


def _namedtuple(walk: Walk, value: Any, name_class: int) -> Any:
    return walk.mapping(dict(zip(value._fields, value, strict=True)), name_class)


def _attributes(names: Callable[[Any], Iterable[str]]) -> Handler:
    def handler(walk: Walk, value: Any, name_class: int) -> Any:
        if not walk.enter(value):
            return walk.refusal(value)
        try:
            return walk.mapping(
                {name: getattr(value, name, None) for name in names(value)}, name_class
            )
        finally:
            walk.leave()

    return handler


_dataclass = _attributes(lambda value: (f.name for f in dataclass_fields(value)))
_attrs = _attributes(lambda value: (a.name for a in value.__attrs_attrs__))
_pydantic = _attributes(
    lambda value: (*type(value).model_fields, *(value.__pydantic_extra__ or ()))
)


def _secret(walk: Walk, _value: Any, _name_class: int) -> Any:
    walk.hid("", STRONG)
    return MASK


def _scalar(walk: Walk, value: Any, name_class: int) -> Any:
    plain = value.item()  # numpy: the nearest Python value
    return (
        walk.foreign(value, name_class)
        if type(plain) is type(value)
        else walk.plain(plain, name_class)
    )


def _numpy_moment(walk: Walk, value: Any, name_class: int) -> Any:
    text = str(value)  # item() gives nanoseconds as a bare int
    return None if text == "NaT" else walk.text(text, name_class)


def _numpy_duration(walk: Walk, value: Any, name_class: int) -> Any:
    nanoseconds = value.astype("timedelta64[ns]").item()
    return None if nanoseconds is None else _float(walk, nanoseconds / 1e9, name_class)


def _array(walk: Walk, value: Any, name_class: int) -> Any:
    head = value.flat[:_ARRAY_ITEMS]  # reshape() would copy all of an array that is not contiguous
    values = list(head) if head.dtype.kind in "mM" else head.tolist()
    return walk.plain({"shape": list(value.shape), "values": values}, name_class)


def _series(walk: Walk, value: Any, name_class: int) -> Any:
    head = value[:_ARRAY_ITEMS]
    return walk.plain(
        {
            "shape": list(value.shape),
            "values": (head.to_list if hasattr(head, "to_list") else head.tolist)(),
        },
        name_class,
    )


def _frame(walk: Walk, value: Any, name_class: int) -> Any:
    head = value.head(5)
    rows = head.to_dicts() if hasattr(head, "to_dicts") else head.to_dict("records")
    return walk.plain({"shape": list(value.shape), "rows": rows}, name_class)


def _none(_walk: Walk, _value: Any, _name_class: int) -> Any:
    return None


def _foreign(walk: Walk, value: Any, name_class: int) -> Any:
    return walk.foreign(value, name_class)


_BY_BASE: Final[tuple[tuple[Any, Handler], ...]] = (
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
    (Mapping, lambda walk, value, name_class: walk.mapping(value, name_class)),
    (Set, _set),
    ((list, tuple, deque, range), _sequence),
)

_BY_MODULE: Final[Mapping[str, Mapping[str, Handler]]] = {
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


def handler_of(kind: type) -> Handler:
    """Find what turns values of a type into JSON values."""
    handler = _handlers.get(kind)
    if handler is None:
        if len(_handlers) > 2_000:  # types made at run time must not pile up
            _handlers.clear()
        handler = _handlers[kind] = _find(kind)
    return handler


def _find(kind: type) -> Handler:
    for base in kind.__mro__:
        by_name = _BY_MODULE.get((base.__module__ or "").partition(".")[0])
        if by_name and base.__name__ in by_name:
            return by_name[base.__name__]
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _namedtuple
    for bases, handler in _BY_BASE:
        if issubclass(kind, bases):
            return handler
    if is_dataclass(kind):
        return _dataclass
    return _attrs if hasattr(kind, "__attrs_attrs__") else _foreign
