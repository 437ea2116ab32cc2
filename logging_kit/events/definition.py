"""Checks of the definition of a bot's own event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ..suggestions import did_you_mean
from .model import ENVELOPE, KINDS, LABELS, LEVELS, STREAMS, STRUCTURED_METADATA, Event, Field

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_NAME: Final = 40
_MOST_FIELDS: Final = 100
_TEXTS: Final = ("text", "id", "choice")
_RESERVED: Final = frozenset(
    (
        "event_type", "exc_info", "stack_info", "stack", "exception", "args", "self", "extra",
        "name", "fields", "detected_level", "service_name", "filename",
    )
)  # fmt: skip
"""Names with a meaning in `logging`, in the query language or in Loki."""

_RESERVED_VIEWS: Final = frozenset(("logs", "lines", "batch"))


def problems(event: Event, known: Mapping[str, Event]) -> Iterator[str]:
    """Yield one sentence for each fault of a definition, with what to do about it.

    Args:
        event: The event to be registered.
        known: The events that exist already.
    """
    if not isinstance(event.name, str) or not _NAME.fullmatch(event.name):
        yield "its name must be capital letters, digits and underscores, such as FUNDING_RATE"
        return
    if len(event.name) > _LONGEST_NAME:
        yield f"its name is longer than {_LONGEST_NAME} characters: choose a shorter one"
    if event.name in known:
        yield "an event of this name exists already: choose another name, or register it once only"
    views = {other.view: name for name, other in known.items() if name != event.name}
    if event.view in _RESERVED_VIEWS or event.view in views:
        yield f"its SQL view {event.view!r} exists already: give another one with view="
    elif not _FIELD_NAME.fullmatch(event.view):
        yield f"its SQL view {event.view!r} must be lower case letters, digits and underscores"
    if event.stream not in STREAMS:
        yield f"its stream {event.stream!r} is none of {', '.join(STREAMS)}"
    if event.level not in (*LEVELS,):
        yield f"its level {event.level!r} is none of {', '.join(LEVELS)}"
    if len(event.fields) > _MOST_FIELDS:
        yield f"it has more than {_MOST_FIELDS} fields: split it"
    for field in event.fields.values():
        for problem in _field_problems(field):
            yield f"field {field.name!r} {problem}"
    yield from _reference_problems(event)


def _field_problems(field: Field) -> Iterator[str]:
    if not isinstance(field.name, str) or not _FIELD_NAME.fullmatch(field.name):
        yield "must be lower case letters, digits and single underscores, such as funding_rate"
        return
    if field.name in ENVELOPE:
        yield "belongs to the line itself: choose another name"
    elif field.name in LABELS:
        yield "is a label in Loki, where other values would open new streams: choose another name"
    elif field.name in _RESERVED:
        yield "has another meaning in a line: choose another name"
    if field.kind not in KINDS:
        yield f"has the kind {field.kind!r}, which is none of {', '.join(KINDS)}"
        return
    if field.name in STRUCTURED_METADATA and field.kind not in _TEXTS:
        yield "is an identity, and text in every event: give it the kind 'text' or 'id'"
    if field.kind == "choice" and not field.choices:
        yield "is a choice without choices: give them with choices="
    if field.choices and field.kind != "choice":
        yield "has choices: give it the kind 'choice'"
    if not all(isinstance(choice, str) and choice for choice in field.choices):
        yield "has a choice that is not a text: write choices as texts"
    if not field.numeric and (field.low is not None or field.high is not None):
        yield "is not a number: leave out low and high"
    elif field.low is not None and field.high is not None and field.low > field.high:
        yield f"has low={field.low:g} above high={field.high:g}: swap them"


def _reference_problems(event: Event) -> Iterator[str]:
    named = {
        "positional": event.positional,
        "summary": event.summary,
        "levels": [name for name, _, _ in event.levels],
        "required_when": [
            name for first, _, others in event.required_when for name in (first, *others)
        ],
    }
    for part, names in named.items():
        for name in names:
            if name not in event.fields:
                suggestion = did_you_mean(name, event.fields)
                yield f"{part} names {name!r}, which is not one of its fields{suggestion}"
    for name, value, level in event.levels:
        field = event.fields.get(name)
        if level not in (*LEVELS,):
            yield f"levels: {level!r} is none of {', '.join(LEVELS)}"
        if field is not None and field.choices and value not in field.choices:
            yield f"levels: {name} is never {value!r}{did_you_mean(value, field.choices)}"
