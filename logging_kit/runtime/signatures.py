"""Signatures of the typed methods, from the catalogue: for `help()` and editors at run time, and as source for type checkers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

from ..events.catalogue import CATALOGUE
from ..events.model import Event, EventType, Field

_TYPES: Final = {
    "text": "str",
    "id": "str | int",
    "number": "Number",
    "integer": "int",
    "boolean": "bool",
    "time": "datetime | float",
    "object": "Any",
}
_FILLED_IN: Final = {EventType.API_CALL: frozenset({"direction", "status", "ok", "latency_ms"})}
_DERIVED: Final = {(EventType.TRADE, "result")}
_RETURNS: Final = {EventType.SIGNAL: "str", EventType.API_CALL: "ApiCall"}


def signature(event: Event) -> inspect.Signature:
    """Signature of the method that writes an event."""
    kind = inspect.Parameter
    parameters = [kind("self", kind.POSITIONAL_ONLY)]
    for name, annotation, required, positional in _parameters(event):
        how = kind.POSITIONAL_OR_KEYWORD if positional else kind.KEYWORD_ONLY
        parameters.append(
            kind(name, how, default=kind.empty if required else None, annotation=annotation)
        )
    parameters.append(kind("extra", kind.VAR_KEYWORD, annotation="Any"))
    return inspect.Signature(parameters, return_annotation=_RETURNS.get(event.type, "None"))


def source() -> str:
    """Source of ``methods.py``, which tells type checkers and editors what the methods take."""
    return _HEAD + "".join(
        _method(event) for event in CATALOGUE.values() if event.type is not EventType.ERROR
    )


def _parameters(event: Event) -> Iterator[tuple[str, str, bool, bool]]:
    filled_in = _FILLED_IN.get(event.type, frozenset())
    ordered = sorted(event.fields.values(), key=lambda f: (_rank(event, f), not f.required))
    for f in ordered:
        positional = f.name in event.positional
        required = (f.required or positional) and f.name not in filled_in
        yield f.name, _annotation(f, required=required), required, positional
    yield "message", "str | None", False, False


def _rank(event: Event, f: Field) -> int:
    return event.positional.index(f.name) if f.name in event.positional else len(event.positional)


def _annotation(f: Field, *, required: bool) -> str:
    text = (
        f"Literal[{', '.join(repr(c) for c in f.choices)}]".replace("'", '"')
        if f.kind == "choice"
        else _TYPES[f.kind]
    )
    return text if required or text == "Any" else f"{text} | None"


def _method(event: Event) -> str:
    parts = ["self"]
    keyword_only = False
    for name, annotation, required, positional in _parameters(event):
        if not positional and not keyword_only:
            parts.append("*")
            keyword_only = True
        parts.append(f"{name}: {annotation}" + ("" if required else " = None"))
    parts.append("**extra: Any")
    lines = "".join(f"        {part},\n" for part in parts)
    returns = _RETURNS.get(event.type, "None")
    return f"\n    def {event.method}(\n{lines}    ) -> {returns}:\n{_docstring(event)}\n        raise NotImplementedError\n"


def _condition(event: Event, f: Field) -> str:
    """When an optional field is required after all."""
    for name, values, needed in event.required_when:
        if f.name in needed and (event.type, f.name) not in _DERIVED:
            return f"; required when `{name}` is {' or '.join(f'`{value}`' for value in values)}"
    return ""


def _docstring(event: Event) -> str:
    width = max(len(f.name) for f in event.fields.values())
    rows = []
    for f in event.fields.values():
        unit = f", {f.unit}" if f.unit else ""
        rows.append(
            f"            {f.name}:{' ' * (width - len(f.name))} {f.doc}{unit}{_condition(event, f)}.".replace(
                "`", ""
            )
        )
    return (
        f'        """{event.doc}\n\n        Args:\n'
        + "\n".join(rows)
        + '\n            message: Text of the line instead of the usual one.\n            extra: Further fields.\n        """'
    )


_HEAD: Final = '''"""What the typed methods of `BotLogger` take, for type checkers and editors.

Generated from the catalogue by `python scripts/generate.py`; never imported at run time.
"""
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from .api_call import ApiCall

Number = float | Decimal


class EventMethods:
    """A method for each event."""
'''


def fields_of(event: Event) -> list[dict[str, Any]]:
    """Rows of the documentation's table of an event's fields."""
    return [
        {
            "name": f.name,
            "type": _annotation(f, required=True),
            "unit": f.unit,
            "required": f.required,
            "doc": f.doc + _condition(event, f),
        }
        for f in event.fields.values()
    ]
