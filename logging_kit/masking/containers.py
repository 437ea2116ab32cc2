"""Rules about containers: which of their items are secret by the names around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .rules.mnemonics import find_mnemonics
from .rules.names import HARMLESS, HEADERS, JWK, KEYISH, LOGIN, STRONG, WEAK, Names
from .rules.value_shapes import has_digit

if TYPE_CHECKING:
    from .registry import Registry

_ARGUMENTS: Final = frozenset({"args", "params", "arguments", "data"})
_REQUESTS: Final = ("op", "method", "event", "action", "cmd", "type", "request", "e")
_JWK_SECRETS: Final = frozenset(("d", "k", "p", "q", "dp", "dq", "qi"))
_TIMES: Final = frozenset(("expiration", "expires", "expires_at", "expires_in", "expiry"))
_LOGIN: Final = re.compile(r"(?:\b|_)(?:auth\w{0,16}|log_?[io]n)\Z", re.IGNORECASE)
_VALUE_KEYS: Final = frozenset(("value", "Value", "val"))
_BESIDE_A_KEY: Final = frozenset(
    {"sign", "signature", "secret", "passphrase", "api_secret", "apisecret"}
)

_FLAG: Final = re.compile(r"--?[A-Za-z][\w-]{1,48}")
_MOST_WORDS: Final = 64
_FEWEST_WORDS: Final = 12


class ContainerRules:
    """Judgements on the items of mappings and sequences, for every walker over objects."""

    enabled: bool
    names: Names
    classify: Callable[[str], int]
    _registry: Registry

    def child_class(self, parent_class: int, name: str) -> int:
        """Return the class of a name inside a container of class `parent_class`."""
        if parent_class == STRONG:
            if name.lower() in _TIMES:
                return HARMLESS
            return STRONG
        if parent_class == JWK and name in _JWK_SECRETS:
            return STRONG
        found = self.names[name]
        if parent_class == HEADERS:
            if found == KEYISH:
                return WEAK
            return found
        if parent_class == LOGIN and found == HARMLESS and name in _ARGUMENTS:
            return WEAK
        return found

    def item_class(self, record: Mapping[Any, Any], name_class: int) -> int:
        """Return the class for the items of a mapping, to be given to `child_class`.

        Beside a signature or a secret, a `key` is that of an API, so it is judged as in headers;
        the arguments of a WebSocket's login have no names at all.

        Args:
            record: The mapping.
            name_class: Class of the mapping's own name.
        """
        if name_class == STRONG:
            return name_class
        if "key" in record or "KEY" in record or "Key" in record:
            beside = any(isinstance(name, str) and name.lower() in _BESIDE_A_KEY for name in record)
            if beside:
                return HEADERS
            return name_class
        if "kty" in record:
            return JWK
        if "args" in record or "params" in record:
            asked = (record.get(name) for name in _REQUESTS)
            if any(isinstance(what, str) and _LOGIN.search(what) for what in asked):
                return LOGIN
            return name_class
        return name_class

    def item_classes(self, items: Sequence[object], name_class: int) -> list[int] | None:
        """Return the class of each item of a sequence, or `None` if all have the sequence's own.

        Args:
            items: The items.
            name_class: Class of the sequence's own name.
        """
        if not self.enabled or name_class == STRONG or len(items) < 2:
            return None
        if len(items) == 2 and (name := self.name_in_pair(items)) is not None:
            return [name_class, self.child_class(name_class, name)]
        if type(items[0]) is not str:
            return None
        classes = self._of_words(items, name_class)
        for at, item in enumerate(items[:-1]):
            if type(item) is str and item[:1] == "-" and _FLAG.fullmatch(item):
                flag_class = self.classify(item)
                if flag_class not in (HARMLESS, HEADERS):
                    classes = classes or [name_class] * len(items)
                    classes[at + 1] = flag_class
        return classes

    def _of_words(self, items: Sequence[object], name_class: int) -> list[int] | None:
        """Return the classes of the words of a phrase, which a list holds one by one."""
        if not (self._registry.has_phrases or len(items) >= _FEWEST_WORDS):
            return None
        if len(items) > _MOST_WORDS or not all(type(item) is str for item in items):
            return None
        text, starts = "", []
        for item in items:
            starts.append(len(text))
            text += f"{item}\n"
        spans = find_mnemonics(text)
        if self._registry.has_phrases:
            spans += [(start, end) for start, end, _ in self._registry.find_phrases(text)]
        if not spans:
            return None
        classes = [name_class] * len(items)
        for start, end in spans:
            for at, first in enumerate(starts):
                if start <= first < end:
                    classes[at] = STRONG
        return classes

    def name_in_pair(self, items: Sequence[object]) -> str | None:
        """Return the name if two items are a secret's name and its value: `("api_key", "…")`."""
        if not self.enabled or len(items) != 2:
            return None
        name, value = items
        if isinstance(name, bytes):
            name = name.decode("utf-8", "replace")
        if (
            not isinstance(name, str)
            or len(name) > 64
            or not self.classify(name)
            or self.classify(name) == HEADERS
        ):
            return None
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str):
            # Two names are a list of names: ["api_key", "secret"].
            if has_digit(value) or len(value) >= 16:
                return name
            return None
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return name
        return None

    def name_in_record(self, record: Mapping[object, object]) -> str | None:
        """Return the name if a mapping is a name with its value.

        `{"name": "api_key", "value": "…"}`.
        """
        if not self.enabled or _VALUE_KEYS.isdisjoint(record):
            return None
        for label in ("name", "key", "Name", "Key", "field", "header", "param", "id"):
            name = record.get(label)
            if isinstance(name, str) and "/" in name:
                name = name.rpartition("/")[2]
            if (
                isinstance(name, str)
                and len(name) <= 64
                and self.classify(name) not in (HARMLESS, HEADERS)
            ):
                return name
        return None
