"""Rule table of the fields: the values that each kind of field takes as they are.

Three readers share the table. `events.validation` checks a value by it, `pipeline.field_plan`
decides by it which values need no more work, and `pipeline.fast_path` writes it out as Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, NoneType
from typing import Final, Literal, NamedTuple

from .model import Field, Kind

Test = Literal["always", "text", "choice", "range", "mapping"]
"""Test that a value has to pass.

`always` passes each value, `text` a string (which is masked), `choice` a string that the catalogue
lists, `range` a number within the bounds of the catalogue, and `mapping` a small dict of numbers
and clean texts.
"""


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        types: Exact types of the values. A value of another type may be right too, but needs a
            conversion.
        test: Test that such a value has to pass.
    """

    types: tuple[type, ...]
    test: Test


_ANYTHING: Final = (
    Rule((str,), "text"),
    Rule((float, int), "range"),
    Rule((bool, NoneType), "always"),
    Rule((dict,), "mapping"),
)
RULES: Final[Mapping[Kind, tuple[Rule, ...]]] = MappingProxyType(
    {
        "text": (Rule((str,), "text"),),
        "id": (Rule((str,), "text"),),
        "choice": (Rule((str,), "choice"),),
        "number": (Rule((float, int), "range"),),
        "integer": (Rule((int,), "range"),),
        "time": (Rule((int,), "range"),),
        "boolean": (Rule((bool,), "always"),),
        "object": _ANYTHING,
    }
)


def rules_of(spec: Field | None) -> tuple[Rule, ...]:
    """Return the rules of a field; a field that the catalogue does not know takes anything."""
    if spec is None:
        return _ANYTHING
    return RULES[spec.kind]
