"""Fields with the same meaning on every line: what Loki keeps beside a line, and its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from .catalogue import BUILT_IN
from .model import ENVELOPE, LABELS, STRUCTURED_METADATA, Field


def _shared_field(name: str) -> Field:
    """Return the definition of a field that lines of several events have."""
    field = next(event.fields[name] for event in BUILT_IN.values() if name in event.fields)
    return replace(field, required=False)


IDENTITIES: Final[Mapping[str, Field]] = MappingProxyType(
    {name: _shared_field(name) for name in STRUCTURED_METADATA if name not in ENVELOPE}
)
"""The fields that Loki keeps beside a line, except the envelope's.

They are text on every line: Promtail would turn a number into a float, and an id would lose digits.
"""

LINE_LABELS: Final[Mapping[str, Field]] = MappingProxyType(
    {name: _shared_field(name) for name in LABELS if name not in (*ENVELOPE, "job")}
)
"""The labels that are fields of some events, such as `signal`."""
