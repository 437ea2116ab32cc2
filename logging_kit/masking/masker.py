"""The four layers on one decoded string: names, registered values, contexts, formats."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from .containers import ContainerRules
from .discovery import from_environment
from .registry import Registry
from .rules.names import HARMLESS, STRONG, Names
from .rules.read_value import hidden_under
from .rules.token_formats import OwnFormat, OwnFormats
from .secret import MASK
from .spans import PLAIN_TOKEN, Span, find_spans, replace_spans

FAILED: Final = "<mask-failed>"
REGISTRY: Final = Registry()
_MAX_CLEAN: Final = 8192
_LONGEST_KNOWN: Final = 65_536
"""Characters of the longest clean text that is remembered."""

_MAX_CLEAN_TEXT: Final = 512
_MAX_PASSES: Final = 4
_LONG: Final = 16_384
_SHORTEST_TEXT: Final = 7
_SAME_DIGIT: Final = bytes(
    ord("0") if ord("1") <= byte <= ord("9") else byte for byte in range(256)
)
_NO_SHAPE: Final = re.compile(r"\S{12}|(?:[0-9a-fA-F]{2}[ :]){5}|[%&\\]")
"""Texts in which the digits matter: long tokens, spaced hex, escapes."""
_MIXED: Final = re.compile(r"[^\W\d]\w{0,64}\d|\d\w{0,64}[^\W\d]|\.\.|…|\*\*")
"""Tokens of letters and digits, and marks of a text that was cut."""
_NUMBER: Final = re.compile(r"(?<![\w.:-])\d{1,19}(?![\w.:-])")
_LONGEST_TEMPLATE: Final = 4096
_is_lower_hex: Final = re.compile(r"[0-9a-f]{1,64}").fullmatch


class Masker(ContainerRules):
    """Rules of masking by the settings they are made with, and the values of the process.

    Args:
        enabled: `False` lets everything through.
        mask_names: Names that are secret besides the known ones.
        allow_names: Names that are harmless although they look like a secret's.
        mask_formats: Formats of your own: `"acme_:base62:32-64"` is a prefix, an alphabet and the
            length after it.
        mask_env: Whether to register the secrets in the environment now.

    Raises:
        ValueError: When one of `mask_formats` makes no sense.
    """

    def __init__(
        self,
        *,
        enabled: bool = True,
        mask_names: Iterable[str] = (),
        allow_names: Iterable[str] = (),
        mask_formats: Iterable[OwnFormat] = (),
        mask_env: bool = True,
    ) -> None:
        self.enabled = enabled
        self.names = Names(mask_names, allow_names)
        self.classify: Callable[[str], int] = self.names.__getitem__
        self._formats = OwnFormats(mask_formats)
        self._registry = REGISTRY
        self.clean: dict[str, None] = {}
        self._long_clean: dict[str, None] = {}  # the last one: long texts often come again at once
        """Texts that were searched and hold no secret; another dict after each registration."""
        self.generation = 0
        """Grows with each registration: what was clean before may not be now."""
        self._clean_shapes: dict[bytes, bool] = {}
        self._known_masked: dict[str, None] = {}
        self._hidden: set[int] = (
            set()
        )  # hashes, not the secrets themselves; two texts with the same hash are both masked
        self._registry.listen(self)
        if enabled and mask_env:
            self._registry.add(from_environment(os.environ, self.names))

    def forget_clean(self) -> None:
        """Forget which texts were clean, since the registered values have changed."""
        # Replaced, not emptied: a thread that searches by the old values writes into the old ones.
        self.clean, self._clean_shapes, self._known_masked = {}, {}, {}
        self._long_clean = {}
        self.generation += 1

    @property
    def has_values(self) -> bool:
        """Return True if any value is registered."""
        return len(self._registry) > 0

    @property
    def needs_recheck(self) -> bool:
        """Return True if a finished line may hold what no string of it did.

        A registered value that is a number.
        """
        return self.enabled and self._registry.has_numbers

    def text(self, value: str, name_class: int = HARMLESS) -> str:
        """Mask the secrets in one string.

        Args:
            value: A decoded string, exactly a `str`: a subclass could lie about its content.
            name_class: Class of the name it stands under.

        Returns:
            The same object if nothing is masked.
        """
        if name_class != HARMLESS and self.enabled:
            try:
                if hidden_under(value, name_class):
                    return value if value == MASK else MASK
            except Exception:
                return FAILED
        return value if value in self.clean else self.searched(value)

    @property
    def is_clean_id(self) -> Callable[[str], object]:
        """Quick check that an id in hex holds no secret; valid until `generation` changes."""
        return self._is_clean_id if len(self._registry) else _is_lower_hex

    def _is_clean_id(self, value: str) -> bool:
        return _is_lower_hex(value) is not None and self._registry.is_clean(value)

    def searched(self, value: str) -> str:
        """Mask the secrets in a string that stands under a harmless name and is not in `clean`."""
        if not self.enabled:
            return value
        registry = self._registry
        try:
            size = len(value)
            if size < _SHORTEST_TEXT and size < registry.shortest:
                _remember(self.clean, value)
                return value
            shape = b""
            if size > _MAX_CLEAN_TEXT:
                return self._searched_long(value, self._long_clean)
            if " " in value:
                # Which digits they are decides nothing but registered values and the prefixes of
                # long tokens: a text that differs from a clean one without long tokens in its
                # digits only ("price 64010.5 crossed") is clean.
                shape = value.encode("utf-8", "replace").translate(_SAME_DIGIT)
                mixed = self._clean_shapes.get(shape)
                if mixed is not None and not (
                    (mixed and registry.holds(value))
                    or (registry.loose and registry.is_loose(value))
                ):
                    return value
            elif self._is_clean_id(value) or (  # the most frequent of the plain tokens comes first
                (token := PLAIN_TOKEN.fullmatch(value)) is not None
                and ((token.lastindex == 1 and not registry.has_hex) or registry.is_clean(value))
            ):
                return value
            clean, shapes = self.clean, self._clean_shapes
            replaced = self._replaced(value)
            if replaced is value:
                _remember(clean, value)
                if shape and _NO_SHAPE.search(value) is None:
                    # A token of letters and digits may be a part of a registered value.
                    _remember(shapes, shape, _MIXED.search(value) is not None)
            return replaced
        except Exception:
            return FAILED

    def _searched_long(self, value: str, known: dict[str, None]) -> str:
        if value in known:
            return value
        replaced = self._replaced(value)
        if replaced is value and len(value) <= _LONGEST_KNOWN:
            known.clear()
            known[value] = None
        return replaced

    def _replaced(self, value: str) -> str:
        """Return the text with each secret replaced; the same object if there is none."""
        size = len(value)
        spans = self._spans(value)
        if not spans:
            return value
        passes = _MAX_PASSES
        if size >= _LONG:
            passes = 2
        known = self._known_masked
        for rest in reversed(range(passes)):
            value = replace_spans(value, spans)
            if not rest:
                break
            # Signed requests differ in their secrets and in numbers, so what is left of them is
            # mostly known.
            template = _NUMBER.sub(_zeros, value)
            if template in known and not (
                self._registry.has_numbers and self._registry.find(value)
            ):
                break
            spans = self._spans(value)
            if not spans:
                if len(template) <= _LONGEST_TEMPLATE:
                    _remember(known, template)
                break
        return value

    def _spans(self, text: str) -> list[Span]:
        return find_spans(text, self._registry, self.names, self._formats)

    def explain(self, text: str) -> list[tuple[str, str, int, int]]:
        """Return layer, rule, start and end of each secret in a text, never a value."""
        found: list[tuple[str, str, int, int]] = []
        for start, end, layer, rule in sorted(
            self._spans(text), key=lambda span: (span[0], -span[1])
        ):
            if start < end and (not found or start >= found[-1][3]):
                found.append((layer, rule, start, end))
        return found

    def hides_value(self, value: str, name_class: int) -> bool:
        """Return True if a whole text is masked under a name of this class."""
        return self.enabled and value != MASK and hidden_under(value, name_class)

    def is_secret_value(self, value: str) -> bool:
        """Return True if a whole text is masked under a secret's name, and remember it."""
        known = hash(value)
        if known in self._hidden:
            return True
        hides = self.enabled and value != MASK and hidden_under(value, STRONG)
        if hides:
            if len(self._hidden) >= _MAX_CLEAN:
                self._hidden.clear()
            self._hidden.add(known)
        return hides

    def hides_number(self, value: int | float | Decimal, name_class: int) -> bool:
        """Return True if a number is masked under a name of this class."""
        return self.enabled and name_class == STRONG and not isinstance(value, bool)

    def recheck_line(self, line: bytes) -> bytes:
        """Check a finished JSON line for registered values once more.

        Args:
            line: The line, or its members without the outer braces, in UTF-8.

        Returns:
            The same object if there is none in it; else the line without them, which is valid JSON
            as it was.
        """
        if not self.enabled or not len(self._registry):
            return line
        text = line.decode("utf-8", "replace")
        found = self._registry.find(text, whole=True)
        if not found:
            return line
        body = text.rstrip("\n")
        opening, closing = ("", "") if body.startswith("{") else ("{", "}")
        masked = replace_spans(text, [(start, end, "", "") for start, end, _ in found])
        try:
            json.loads(f"{opening}{masked}{closing}")
        except ValueError:  # a number, or more than one string
            masked = (
                self._again(f"{opening}{body}{closing}")[len(opening) : -len(closing) or None]
                + text[len(body) :]
            )
        return masked.encode()

    def _again(self, line: str) -> str:
        try:
            return json.dumps(
                self._rebuilt(json.loads(line)), ensure_ascii=False, separators=(",", ":")
            )
        except (ValueError, RecursionError):
            return json.dumps({"message": FAILED})

    def _rebuilt(self, value: object) -> object:
        if isinstance(value, dict):
            return {self.text(key): self._rebuilt(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._rebuilt(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return MASK if self._registry.find(json.dumps(value), whole=True) else value
        return value


def _zeros(number: re.Match[str]) -> str:
    return "0" * len(number[0])


def _remember(known: dict[Any, Any], item: Any, value: object = None) -> None:
    if len(known) >= _MAX_CLEAN:
        known.clear()
    known[item] = value
