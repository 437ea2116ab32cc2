"""Signatures of the typed methods, which `help()` and editors show at run time."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

from ..events.model import Event, Field

_TYPES: Final = {
    "text": "str",
    "id": "str | int",
    "number": "Number",
    "integer": "int",
    "boolean": "bool",
    "time": "datetime | float",
    "object": "Any",
}
FILLED_IN: Final = {"API_CALL": frozenset({"direction", "status", "ok", "latency_ms"})}
"""The required fields that the method fills in itself."""

RETURNS: Final = {"SIGNAL": "str", "API_CALL": "ApiCall"}
"""The methods that return more than `None`."""

_DERIVED: Final = {("TRADE", "result")}


def signature(event: Event) -> inspect.Signature:
    """Return the signature of the method that writes an event."""
    kind = inspect.Parameter
    parameters = [kind("self", kind.POSITIONAL_ONLY)]
    for name, annotation, required, positional in method_parameters(event):
        how = kind.POSITIONAL_OR_KEYWORD if positional else kind.KEYWORD_ONLY
        parameters.append(
            kind(name, how, default=kind.empty if required else None, annotation=annotation)
        )
    parameters.append(kind("extra", kind.VAR_KEYWORD, annotation="Any"))
    return inspect.Signature(parameters, return_annotation=RETURNS.get(event.name, "None"))


def method_parameters(event: Event) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield name, annotation, required and positional for each parameter of an event's method."""
    filled_in = FILLED_IN.get(event.name, frozenset())
    ordered = sorted(event.fields.values(), key=lambda f: (_rank(event, f), not f.required))
    for f in ordered:
        positional = f.name in event.positional
        required = (f.required or positional) and f.name not in filled_in
        yield f.name, annotation(f, required=required), required, positional
    yield "message", "str | None", False, False


def _rank(event: Event, f: Field) -> int:
    return event.positional.index(f.name) if f.name in event.positional else len(event.positional)


def annotation(f: Field, *, required: bool) -> str:
    """Return the type of a field, as source."""
    text = _TYPES.get(f.kind, "")
    if f.kind == "choice":
        text = f"Literal[{', '.join(repr(c) for c in f.choices)}]".replace("'", '"')
    return text if required or text == "Any" else f"{text} | None"


def condition(event: Event, f: Field) -> str:
    """Return a clause that says when an optional field is required, or `""`."""
    for name, values, needed in event.required_when:
        if f.name in needed and (event.name, f.name) not in _DERIVED:
            return f"; required when `{name}` is {' or '.join(f'`{value}`' for value in values)}"
    return ""
