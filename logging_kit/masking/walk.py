"""Masking of whole objects, for messages and reports that do not pass through the log."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Set
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .rules.names import HARMLESS
from .secret import MASK, Secret

if TYPE_CHECKING:
    from .masker import Masker

TOO_DEEP: Final = "<too-deep>"
CYCLE: Final = "<cycle>"
FAILED: Final = "<mask-failed>"
_MAX_DEPTH: Final = 32


def masked(value: Any, masker: Masker) -> Any:
    """Return the value without its secrets; it is the same object if nothing was masked."""
    if not masker.enabled:
        return value
    try:
        return _ObjectMasker(masker).value(value, HARMLESS, 0)
    except Exception:
        return FAILED


class _ObjectMasker:
    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._open: set[int] = set()

    def value(self, value: Any, name_class: int, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            plain = str.__str__(value)
            hidden = self._masker.text(plain, name_class)
            if hidden is plain:
                return value
            return hidden
        if isinstance(value, (int, float, complex, Decimal)):
            return self._number(value, name_class)
        if isinstance(value, (bytes, bytearray)):
            return self._bytes(value, name_class)
        if isinstance(value, Secret):
            return value
        if depth > _MAX_DEPTH:
            return TOO_DEEP
        if id(value) in self._open:
            return CYCLE
        self._open.add(id(value))
        try:
            return self._container(value, name_class, depth + 1)
        except Exception:
            return FAILED
        finally:
            self._open.discard(id(value))

    def _number(self, value: Any, name_class: int) -> Any:
        if not isinstance(value, complex) and self._masker.hides_number(value, name_class):
            return MASK
        shown = str(value)
        return value if len(shown) < 4 or self._masker.text(shown) == shown else MASK

    def _bytes(self, value: bytes | bytearray, name_class: int) -> Any:
        shown = bytes(value).decode("utf-8", "surrogateescape")
        hidden = self._masker.text(shown, name_class)
        return value if hidden is shown else type(value)(hidden.encode("utf-8", "surrogateescape"))

    def _container(self, value: Any, name_class: int, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value, name_class, depth)
        if isinstance(value, (list, tuple, Set)):
            return self._sequence(value, name_class, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value, name_class, depth)
        shown = str.__str__(str(value))
        hidden = self._masker.text(shown, name_class)
        if hidden == shown:
            return value
        return hidden

    def _mapping(self, value: Mapping[Any, Any], name_class: int, depth: int) -> Any:
        masker = self._masker
        record = masker.name_in_record(value)
        name_class = masker.item_class(value, name_class)
        items: dict[Any, Any] = {}
        same = True
        for key, item in value.items():
            name = _name_of(key)
            child = masker.child_class(name_class, name) if name else name_class
            if record is not None and name in ("value", "Value", "val"):
                child = masker.child_class(name_class, record)
            new_key = self.value(key, HARMLESS, depth) if isinstance(key, (str, bytes)) else key
            new = self.value(item, child, depth)
            same = same and new is item and new_key is key
            items[new_key] = new
        if same:
            return value
        try:
            return items if type(value) is dict else type(value)(items)  # type: ignore[call-arg]
        except Exception:
            return items

    def _sequence(self, value: Any, name_class: int, depth: int) -> Any:
        masker = self._masker
        items = list(value)
        classes = masker.item_classes(items, name_class) or [name_class] * len(items)
        if hasattr(value, "_fields") and len(value._fields) == len(items):
            classes = [masker.child_class(name_class, name) for name in value._fields]
        new = [self.value(item, child, depth) for item, child in zip(items, classes, strict=True)]
        if all(one is other for one, other in zip(new, items, strict=True)):
            return value
        kind = type(value)
        try:
            return kind(*new) if hasattr(value, "_fields") else kind(new)
        except Exception:
            return new if isinstance(value, list) else tuple(new)

    def _dataclass(self, value: Any, name_class: int, depth: int) -> Any:
        changed = {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            new = self.value(item, self._masker.child_class(name_class, field.name), depth)
            if new is not item:
                changed[field.name] = new
        if not changed:
            return value
        other = copy.copy(value)
        for name, new in changed.items():
            object.__setattr__(other, name, new)
        return other


def _name_of(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("utf-8", "replace")
    if isinstance(key, str):
        return str.__str__(key)
    return ""
