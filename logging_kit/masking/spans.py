"""The places of a text that hold a secret: registered values, contexts and formats."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

from .rules.contexts import find_contexts
from .rules.name_at import WorkBudget
from .rules.token_formats import find_formats
from .secret import MASK
from .unescape import lower_case, original, views

if TYPE_CHECKING:
    from .registry import Registry
    from .rules.names import Names
    from .rules.token_formats import OwnFormats

_ESCAPED: Final = re.compile(r"\\|\x1b|%[0-9a-fA-F]{2}|&(?:quot|apos|lt|gt|amp|#)")
_is_plain: Final = re.compile(r"[\t\n\r -~]*").fullmatch
PLAIN_TOKEN: Final = re.compile(
    r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|[0-9a-f]{1,64}|0x[0-9a-f]{1,64}|[0-9.:TZ/ "
    r"+-]{1,64}"
)
_PAYLOAD: Final = re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9+/]{20,8192}={0,2}")

Span = tuple[int, int, str, str]
"""Start, end, layer, rule."""


def find_spans(text: str, registry: Registry, names: Names, formats: OwnFormats) -> list[Span]:
    """Find each secret in a text, also behind escapes and encodings.

    Args:
        text: The text.
        registry: The registered values.
        names: The rules about names.
        formats: The formats that the settings add.

    Returns:
        The places in no order; they may overlap.
    """
    budget = WorkBudget(len(text))
    found = _find(text, budget, registry, names, formats)
    if _ESCAPED.search(text) or _is_plain(text) is None:
        for view, way in views(text):
            if budget.left < 0:
                break
            found += [
                (*original(way, start, end), layer, rule)
                for start, end, layer, rule in _find(view, budget, registry, names, formats)
            ]
    return found


def _find(
    text: str, budget: WorkBudget, registry: Registry, names: Names, own_formats: OwnFormats
) -> list[Span]:
    found: list[Span] = [
        (start, end, "registered", name) for start, end, name in registry.find(text)
    ]
    if PLAIN_TOKEN.fullmatch(text):
        return found
    low = text.lower() if text.isascii() else lower_case(text)
    found += [
        (start, end, "context", rule)
        for start, end, rule in find_contexts(text, low, names, budget)
    ]
    if "eyJ" in text:
        found += _payloads(text, names, budget)
    formats = find_formats(text)
    if own_formats.prefixes:
        formats += own_formats.find(text)
    found += [(start, end, "format", rule) for start, end, rule in formats]
    return found


def _payloads(text: str, names: Names, budget: WorkBudget) -> list[Span]:
    """Find base64 of JSON that holds a secret: the signed payloads of Coinone and Gemini."""
    found: list[Span] = []
    for match in _PAYLOAD.finditer(text):
        try:
            decoded = binascii.a2b_base64(
                match[0].rstrip("=") + "=" * (-len(match[0].rstrip("=")) % 4)
            ).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if find_contexts(decoded, lower_case(decoded), names, budget):
            found.append((*match.span(), "context", "base64 of JSON"))
    return found


def replace_spans(text: str, spans: list[Span]) -> str:
    """Return the text with the mask in each of these places."""
    pieces = []
    at = 0
    for start, end, *_ in sorted(spans):
        if end <= at:
            continue
        if start >= at and (start > at or at == 0):
            pieces += [text[at:start], MASK]
        at = end
    return "".join([*pieces, text[at:]])
