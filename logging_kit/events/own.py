"""A bot's own events: registered in code, read from TOML, remembered beside the lines."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..diagnostics import warn_once
from ..exceptions import DefinitionError
from ..suggestions import did_you_mean
from . import catalogue
from .catalogue import BUILT_IN, CATALOGUE
from .definition import problems
from .fields import SHARED
from .identities import IDENTITIES
from .model import Event, Field

Table = Mapping[str, Any]

FILE: Final = "own_events.json"
"""Name of the file in the log folder that describes a bot's own events and panels to readers."""

_EVENT_KEYS: Final = (
    "name", "doc", "stream", "fields", "level", "positional", "summary", "levels",
    "required_when", "view",
)  # fmt: skip
_FIELD_KEYS: Final = (
    "kind", "doc", "unit", "choices", "low", "high", "low_cardinality", "required",
)  # fmt: skip
_DEFAULT: Final = Field("")
_LARGEST: Final = 1 << 20
_panels: Final[dict[str, Table]] = {}


def own_events() -> dict[str, Event]:
    """Return the registered events by their names, without those of the catalogue."""
    return {name: event for name, event in CATALOGUE.items() if name not in BUILT_IN}


def forget() -> None:
    """Take all registered events out again, for tests."""
    for name in own_events():
        catalogue.remove(name)
    _panels.clear()


def register(event: Event) -> None:
    """Add an event to the catalogue.

    Raises:
        DefinitionError: If its definition is impossible, or its name is taken.
    """
    if not isinstance(event, Event):
        raise DefinitionError(f"register_event() takes an Event, not {type(event).__name__}")
    found = list(problems(event, CATALOGUE))
    if found:
        raise DefinitionError(f"event {event.name!r}: {'; '.join(found)}")
    catalogue.add(_completed(event))


def _completed(event: Event) -> Event:
    """Return the event as the catalogue has it, with the fields that every event has."""
    fields = []
    for field in event.fields.values():
        known = IDENTITIES.get(field.name, field)
        fields.append(replace(field, low_cardinality=known.low_cardinality))
    return event.with_fields(fields).with_shared(SHARED)


def register_tables(tables: Sequence[Table], where: str) -> None:
    """Add the events of TOML tables, unless they are registered already with the same definition.

    Args:
        tables: The tables, `[[tool.logging_kit.event]]`.
        where: Where they stand, for the message.

    Raises:
        DefinitionError: If a definition is impossible.
    """
    if not isinstance(tables, list | tuple):
        raise DefinitionError(f"{where}: write each event as [[tool.logging_kit.event]]")
    for table in tables:
        try:
            event = event_of(table)
            if CATALOGUE.get(event.name) != _completed(event) or event.name in BUILT_IN:
                register(event)
        except DefinitionError as error:
            raise DefinitionError(f"{error} ({where})") from None


def event_of(table: Table) -> Event:
    """Return the event that a TOML table defines.

    Raises:
        DefinitionError: If it has an unknown key, or a value of the wrong type.

    Example:
        >>> event_of({"name": "FUNDING", "fields": {"side": {"choices": ["paid"]}}}).view
        'fundings'
    """
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise DefinitionError('an event has no name: write name = "FUNDING"')
    name = table["name"]
    _check_keys(f"event {name!r}", table, _EVENT_KEYS)
    given = table.get("fields", {})
    if not isinstance(given, Mapping):
        raise DefinitionError(f'event {name!r}: write its fields as a table, rate = "number"')
    try:
        return Event(
            name,
            str(table.get("doc", "")),
            table.get("stream", "bot"),
            [_field_of(name, key, value) for key, value in given.items()],
            table.get("level", "info"),
            _texts(table.get("positional", ())),
            _texts(table.get("summary", ())),
            [(field, _text(value), level) for field, value, level in table.get("levels", ())],
            [
                (field, _texts(values), _texts(names))
                for field, values, names in table.get("required_when", ())
            ],
            str(table.get("view", "")),
        )
    except (TypeError, ValueError) as error:
        if isinstance(error, DefinitionError):
            raise
        raise DefinitionError(f"event {name!r}: {error}") from None


def _field_of(event: str, name: str, value: Any) -> Field:
    if isinstance(value, str):
        return Field(name, value)  # type: ignore[arg-type]  # checked when it is registered
    if not isinstance(value, Mapping):
        raise DefinitionError(f"event {event!r}: field {name!r} is a kind or a table of settings")
    _check_keys(f"event {event!r}: field {name!r}", value, _FIELD_KEYS)
    kind = value.get("kind", "choice" if "choices" in value else "text")
    more = {key: each for key, each in value.items() if key not in ("kind", "choices")}
    for bound in ("low", "high"):
        if isinstance(more.get(bound, 0), bool) or not isinstance(more.get(bound, 0), int | float):
            raise DefinitionError(f"event {event!r}: field {name!r}: {bound} must be a number")
    return Field(name, kind, choices=_texts(value.get("choices", ())), **more)


def _check_keys(what: str, table: Table, known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise DefinitionError(
                f"{what} has an unknown key {key!r}{did_you_mean(key, known)}; "
                f"the keys are {', '.join(known)}"
            )


def _texts(values: Any) -> tuple[str, ...]:
    if isinstance(values, str):
        return (values,)
    return tuple(_text(value) for value in values)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def table_of(event: Event) -> dict[str, Any]:
    """Return the table that defines an event; the opposite of `event_of`."""
    fields = {
        field.name: {
            key: value
            for key in _FIELD_KEYS
            if (value := getattr(field, key)) != getattr(_DEFAULT, key)
        }
        for field in event.fields.values()
        if field not in SHARED
    }
    table: dict[str, Any] = {key: getattr(event, key) for key in _EVENT_KEYS}
    return {**table, "fields": fields}


def keep_panels(tables: Any, where: str) -> None:
    """Keep the tables of a bot's own panels, which the dashboards read.

    Args:
        tables: The tables, `[[tool.logging_kit.panel]]`.
        where: Where they stand, for the message.

    Raises:
        DefinitionError: If one is not a table with a title.
    """
    if not isinstance(tables, list | tuple):
        raise DefinitionError(f"{where}: write each panel as [[tool.logging_kit.panel]]")
    for table in tables:
        if not isinstance(table, Mapping) or not isinstance(table.get("title"), str):
            raise DefinitionError(f'a panel has no title: write title = "Funding paid" ({where})')
        _panels[table["title"]] = table


def panel_tables() -> list[Table]:
    """Return the tables of the own panels that are known in this process."""
    return [*_panels.values()]


def remember(log_dir: Path) -> None:
    """Write a bot's own events and panels into the log folder; never raises.

    Definitions of other bots in the same folder stay. Readers find the events there if they have
    neither the bot's code nor its TOML.
    """
    events = [table_of(event) for event in own_events().values()]
    mine: dict[str, list[Any]] = {"event": events, "panel": panel_tables()}
    if not any(mine.values()):
        return
    try:
        log_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        before = _read(log_dir)
        merged = {
            kind: list(({_key(t): t for t in before[kind]} | {_key(t): t for t in tables}).values())
            for kind, tables in mine.items()
        }
        text = json.dumps(merged, indent=1, ensure_ascii=False, default=str) + "\n"
        path = log_dir / FILE
        if path.is_file() and path.read_text("utf-8") == text:
            return
        draft = path.with_name(f"{FILE}.{os.getpid()}")
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except (OSError, ValueError, TypeError) as error:
        warn_once("own-events", f"{log_dir / FILE} cannot be written: {error}")


def recall(log_dir: Path) -> None:
    """Register the events and panels that bots remembered in a log folder.

    A definition that contradicts one of this process, or is damaged, is left out.
    """
    tables = _read(log_dir)
    for table in tables["event"]:
        try:
            if isinstance(table, Mapping) and table.get("name") not in CATALOGUE:
                register(event_of(table))
        except DefinitionError as error:
            warn_once("own-events", f"{log_dir / FILE}: {error}")
    for table in tables["panel"]:
        if isinstance(table, Mapping) and isinstance(title := table.get("title"), str):
            _panels.setdefault(title, table)


def _read(log_dir: Path) -> dict[str, list[Any]]:
    found: Any = {}
    path = log_dir / FILE
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        warn_once("own-events", f"{path} cannot be read: {error}")
    if not isinstance(found, dict):
        found = {}
    return {
        kind: value if isinstance(value := found.get(kind), list) else []
        for kind in ("event", "panel")
    }


def _key(table: Any) -> str:
    if isinstance(table, Mapping):
        return str(table.get("name") or table.get("title"))
    return ""
