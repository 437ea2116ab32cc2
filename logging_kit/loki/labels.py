"""Labels and structured metadata in the form that Loki accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

MAX_LABELS: Final = 15
"""Most labels of a stream, Loki's default."""

_MAX_NAME: Final = 1_024  # bytes, Loki's defaults
_MAX_VALUE: Final = 2_048
_MAX_METADATA: Final = 128
_MAX_METADATA_BYTES: Final = 60_000

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OTHER: Final = re.compile(r"[^a-zA-Z0-9_]")


def clean_name(name: object) -> str:
    """Return a name that Loki allows for a label.

    Args:
        name: Any name; other characters than ASCII letters, digits and `_` become `_`.

    Example:
        >>> clean_name("my-app.id")
        'my_app_id'
        >>> clean_name("1h")
        '_1h'
    """
    text = str(name)
    if not _NAME.fullmatch(text):
        text = _OTHER.sub("_", text)
        if text[:1].isdigit():
            text = f"_{text}"
    return text[:_MAX_NAME]


def clean_value(value: object) -> str:
    """Return the text of a value, in valid UTF-8.

    Args:
        value: Any value: `True` is `true` as in JSON.
    """
    if value is True:
        return "true"
    if value is False:
        return "false"
    try:
        text = str(value)
    except Exception:
        return ""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def clean_pairs(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return names and values that Loki accepts, without those that are empty or `None`.

    Two names that become the same keep both values: the second gets a number.
    """
    cleaned: dict[str, str] = {}
    for given, value in pairs:
        if value is None:
            continue
        name, text = clean_name(given), clean_value(value)
        if not name.strip("_") or not text:
            continue
        if name in cleaned:
            name = _free_name(name, cleaned)
        cleaned[name] = text
    return cleaned


def _free_name(name: str, used: Mapping[str, str]) -> str:
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


def split_labels(labels: Mapping[str, Any], limit: int) -> tuple[dict[str, str], dict[str, str]]:
    """Return the labels of a stream, and those above the limit, which become metadata.

    Args:
        labels: Names and values, the most important ones first.
        limit: Most labels of a stream.
    """
    pairs = list(clean_pairs(labels.items()).items())
    kept = {name: _cut(value, _MAX_VALUE) for name, value in pairs[:limit]}
    return kept, dict(pairs[limit:])


def clean_metadata(metadata: Mapping[str, Any]) -> tuple[dict[str, str], int]:
    """Return structured metadata within Loki's limits, and the number of values left out."""
    cleaned = clean_pairs(metadata.items())
    kept: dict[str, str] = {}
    size = 0
    for name, value in cleaned.items():
        added = len(name) + len(value.encode())
        if len(kept) < _MAX_METADATA and size + added <= _MAX_METADATA_BYTES:
            kept[name] = value
            size += added
    return kept, len(cleaned) - len(kept)


def _cut(value: str, limit: int) -> str:
    if len(value) * 4 <= limit:
        return value
    return value.encode()[:limit].decode("utf-8", "ignore")
