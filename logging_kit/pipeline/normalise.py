"""Turn whatever a caller logs into plain JSON values, with the secrets in it masked, in one walk.

The caller's objects are never changed. numpy, pandas, polars, pydantic and attrs are recognised by
the module their types come from, so none of them is ever imported here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..masking import HARMLESS, MASK
from .converters import converter_of

if TYPE_CHECKING:
    from ..masking import Masker

MAX_TEXT: Final = 65_536
"""Characters of one string that a line keeps."""

MAX_ITEMS: Final = 1_000
"""Items of one container that a line keeps."""

MAX_NODES: Final = 20_000
"""Values of one line, all containers together."""

MAX_CHARS: Final = 262_144
"""Characters of one line's strings and keys together: four times what a line can hold, so that no
call takes long."""

MAX_DEPTH: Final = 32
_ALWAYS: Final = (
    256  # characters that each field keeps of its string, even if others have used up MAX_CHARS
)
_INT64: Final = 2**63
MARGIN: Final = 1_024  # a secret that begins just before the cut is still seen whole
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Normaliser:
    """One pass over the values of one line.

    Attributes:
        masked: Number of values that it masked.
        cut: True once it left something out.
        first: The first value that was masked, and the class of its name.
        field: Key of the first field that had a secret.
    """

    masked = 0
    cut = False
    first: tuple[str, int] | None = None
    field = ""
    _nodes = 0
    _room = MAX_CHARS
    _path: tuple[int, ...] = ()

    def __init__(self, masker: Masker) -> None:
        self._masker = masker

    def count_masked(self, value: str, name_class: int) -> None:
        """Count a masked value, and remember the first one to explain its rule later."""
        self.masked += 1
        if self.first is None:
            self.first = (value, name_class)

    def text(self, value: str, name_class: int = HARMLESS) -> str:
        """Mask and cut one string."""
        limit = MAX_TEXT if self._room >= MAX_TEXT else max(self._room, _ALWAYS)
        if len(value) > limit + MARGIN:
            value = value[: limit + MARGIN]
        masked = self._masker.text(value, name_class)
        if masked is not value:
            self.count_masked(value, name_class)
        if len(masked) > limit:
            masked = masked[:limit]
            self.cut = True
        self._room -= len(masked)
        return masked

    def plain(self, value: Any, name_class: int = HARMLESS) -> Any:
        """Turn one value into JSON values; never raises."""
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            return self.text(value, name_class)
        try:
            return converter_of(kind)(self, value, name_class)
        except RecursionError:
            return "<too-deep>"
        except Exception as error:
            return self._placeholder(kind, error)

    def number(self, value: Any, name_class: int) -> Any:
        """Keep or mask one number."""
        if name_class != HARMLESS and self._masker.hides_number(value, name_class):
            self.count_masked(str(value), name_class)
            return MASK
        return value

    def mapping(self, value: Mapping[Any, Any], name_class: int) -> Any:
        """Turn a mapping into a dict with keys that are strings."""
        secret = self._masker.name_in_record(value)
        name_class = self._masker.item_class(value, name_class)
        inner: dict[str, Any] = {}
        if not self.enter(value):
            return self.refusal(value)
        mask, classify = self._masker.text, self._masker.classify
        try:
            for key, item in islice(value.items(), MAX_ITEMS):
                if self._full():
                    break
                name = key if type(key) is str else self.key(key)
                if (
                    name_class == HARMLESS
                    and secret is None
                    and classify(name) == HARMLESS
                    and name not in inner
                ):
                    kind = type(item)
                    if (
                        kind is float or kind is bool or (kind is int and -_INT64 < item < _INT64)
                    ) and mask(name) is name:
                        inner[name] = item
                        self._room -= len(name)
                        continue
                below = self._masker.child_class(
                    name_class,
                    secret if secret is not None and name in ("value", "Value", "val") else name,
                )
                name = self.text(name)
                while name in inner:
                    name += "_"
                inner[name] = self.plain(item, below)
        finally:
            self.leave()
        if len(inner) < len(value):
            self.cut = True
            inner["..."] = f"<{len(value) - len(inner)} more>"
        return inner

    def items(self, value: Iterable[Any], length: int, name_class: int) -> Any:
        """Turn a sequence or a set into a list."""
        if not self.enter(value):
            return self.refusal(value)
        try:
            kept = list(islice(value, MAX_ITEMS))
            plain: list[Any] = []
            classes = self._masker.item_classes(kept, name_class)
            if classes is not None:
                return [self.plain(item, own) for item, own in zip(kept, classes, strict=True)]
            for item in kept:
                if self._full():
                    break
                plain.append(self.plain(item, name_class))
        finally:
            self.leave()
        if len(plain) < length:
            self.cut = True
            plain.append(f"<{length - len(plain)} more>")
        return plain

    def key(self, key: Any) -> str:
        """Return the text of a key that may be of any type; it is exactly a `str`."""
        if issubclass(type(key), str):
            return str.__str__(key)
        if isinstance(key, bytes):
            return key.decode("utf-8", "backslashreplace")
        try:
            return str.__str__(str(key))
        except Exception as error:
            return self._placeholder(type(key), error)

    def enter(self, value: Any) -> bool:
        """Go into a container; refused in a cycle and when it is too deep."""
        if id(value) in self._path or len(self._path) >= MAX_DEPTH:
            return False
        self._path = (*self._path, id(value))
        return True

    def leave(self) -> None:
        """Go back out of the container that `enter` went into."""
        self._path = self._path[:-1]

    def refusal(self, value: Any) -> str:
        """Return the text that stands for a container that `enter` refused."""
        if id(value) in self._path:
            return "<cycle>"
        self.cut = True
        return "<too-deep>"

    def _full(self) -> bool:
        """Count an item of a container.

        Return True if the line has too many of them, or too long ones.
        """
        self._nodes += 1
        return self._nodes > MAX_NODES or self._room <= 0

    def _placeholder(self, kind: type, error: Exception) -> str:
        return self.text(f"<{kind.__name__} that raised {type(error).__name__}>")


def encodable(text: str) -> str:
    """Replace lone surrogates, which have no UTF-8."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
