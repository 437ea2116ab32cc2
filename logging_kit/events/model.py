"""The words that every part of the package shares: levels, streams, labels, fields and events."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

from ..exceptions import DefinitionError
from ._event_types import EventType as EventType

Kind = Literal["text", "choice", "id", "number", "integer", "boolean", "time", "object"]
Level = Literal["debug", "info", "warning", "error", "critical"]
Stream = Literal["bot", "trade", "ai_signal", "error"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STREAMS: Final[tuple[Stream, ...]] = get_args(Stream)
LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
)
_NUMERIC: Final = ("number", "integer", "time")
_FEW_VALUES: Final = ("choice", "boolean")

LABELS: Final = ("job", "app", "env", "level", "signal")
"""Loki's index labels: each has few values, so that a bot makes at most 40 streams.

Queries, dashboards and the configuration of Promtail follow this list; `job` is made of `app` and
the stream.
"""

FILTER_LABELS: Final = tuple(
    name for name in LABELS if name not in ("job", "app", "env", "level", "signal")
)
"""The labels without a filter of their own; each becomes a variable of the dashboards."""

STRUCTURED_METADATA: Final = (
    "event", "bot_name", "symbol", "exchange", "strategy", "correlation_id", "order_id", "trade_id",
    "run_id",
)  # fmt: skip
"""The fields that Loki keeps beside a line without an index: too many values for a label."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event.

    Args:
        name: Its key in the line, in lower case with underscores.
        kind: The kind of its values.
        doc: Its meaning, in a few words.
        unit: Unit of a number, such as `ms` or `quote currency`.
        choices: The allowed values of a `choice`.
        low: Lowest allowed number.
        high: Highest allowed number.
        low_cardinality: True if it takes fewer than 500 different values, so that a query may group
            by it (Loki refuses more series than that: `max_query_series`). A choice and a boolean
            always do.
        required: True if every line of the event must have it.

    Example:
        >>> Field("rate", "number", "funding rate", "ratio", low=-1, high=1, required=True).numeric
        True
    """

    name: str
    kind: Kind = "text"
    doc: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_cardinality: bool = False
    required: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.choices, tuple):
            object.__setattr__(self, "choices", tuple(self.choices))
        if self.kind in _FEW_VALUES:
            object.__setattr__(self, "low_cardinality", True)

    @property
    def numeric(self) -> bool:
        """True if a query may calculate with it."""
        return self.kind in _NUMERIC


ENVELOPE_FIELDS: Final = (
    Field("timestamp", "time", "time of the call"),
    Field("level", "choice", "severity", choices=tuple(LEVELS)),
    Field("app", doc="name of the program", low_cardinality=True),
    Field("env", doc="where it trades, such as testnet", low_cardinality=True),
    Field("bot_name", doc="name of the bot", low_cardinality=True),
    Field("logger", doc="name of the logger", low_cardinality=True),
    Field("message", doc="the line in words"),
    Field("event", doc="type of the event", low_cardinality=True),
    Field("run_id", "id", "one start of a process"),
    Field("seq", "integer", "number of the line in its run"),
    Field("v", "integer", "version of the format of the line"),
    Field("record_time", "time", "time of the event, if the line was written later"),
    Field("dropped", "integer", "lines lost immediately before this one"),
    Field("truncated", "boolean", "whether values were cut"),
    Field("masked", "integer", "values that were masked"),
    Field("schema_error", doc="how the fields differ from the catalogue"),
)
"""The keys of the line itself, in the order in which the documentation lists them."""

ENVELOPE: Final = tuple(field.name for field in ENVELOPE_FIELDS)
"""Their names; a caller's field of such a name is written as `<name>_`."""


@dataclass(frozen=True, slots=True, init=False)
class Event:
    """One type of event: its fields, its stream and its level.

    Args:
        name: Its type, in capitals with underscores, such as `FUNDING`.
        doc: One sentence about it.
        stream: The stream of its lines: `bot`, `trade`, `ai_signal` or `error`.
        fields: Its fields; those that are required say so.
        level: Level of its lines.
        positional: Names of the fields that a call may give without a name, in order.
        summary: Names of the fields that make the message of a line without one.
        levels: `(field, value, level)`: the line has this level when the field has this value.
        required_when: `(field, values, names)`: these fields are required too when the field has
            one of the values.
        view: Name of its SQL view; a plural of the name if not given.

    Example:
        >>> rate = Field("rate", "number", required=True)
        >>> funding = Event("FUNDING", "A funding payment.", "trade", [rate])
        >>> funding.view, funding.required
        ('fundings', ('rate',))
    """

    name: str
    doc: str
    stream: Stream
    fields: Mapping[str, Field]
    level: Level
    positional: tuple[str, ...]
    summary: tuple[str, ...]
    levels: tuple[tuple[str, str, Level], ...]
    required_when: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    view: str
    required: tuple[str, ...]
    """Names of the required fields."""
    needed: frozenset[str]
    """The same as a set, to be compared with the keys of a dict."""

    def __init__(
        self,
        name: str,
        doc: str = "",
        stream: Stream = "bot",
        fields: Iterable[Field] = (),
        level: Level = "info",
        positional: Iterable[str] = (),
        summary: Iterable[str] = (),
        levels: Iterable[tuple[str, str, Level]] = (),
        required_when: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]] = (),
        view: str = "",
    ) -> None:
        if isinstance(fields, Mapping):
            given = tuple(fields.values())
        else:
            given = tuple(fields)
        if len({field.name for field in given}) < len(given):
            raise DefinitionError(f"event {name!r}: two of its fields have the same name")
        required = tuple(field.name for field in given if field.required)
        values = {
            "name": name,
            "doc": doc,
            "stream": stream,
            "fields": MappingProxyType({field.name: field for field in given}),
            "level": level,
            "positional": tuple(positional),
            "summary": tuple(summary),
            "levels": tuple(levels),
            "required_when": tuple(required_when),
            "view": view or plural(str(name).lower()),
            "required": required,
            "needed": frozenset(required),
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)

    @property
    def method(self) -> str:
        """Name of the logger's method that writes it."""
        return self.name.lower()

    def with_fields(self, fields: Iterable[Field]) -> Event:
        """Return the event with these fields; one of a new name stands after the others."""
        given = {field.name: field for field in fields}
        return Event(
            self.name,
            self.doc,
            self.stream,
            {**self.fields, **given}.values(),
            self.level,
            self.positional,
            self.summary,
            self.levels,
            self.required_when,
            self.view,
        )

    def with_shared(self, fields: Iterable[Field]) -> Event:
        """Return the event with these fields after its own, where it does not have them already."""
        return self.with_fields(field for field in fields if field.name not in self.fields)


def plural(noun: str) -> str:
    """Return the plural of a name of an event, as a name of its SQL view.

    Example:
        >>> plural("equity"), plural("api_call"), plural("ws")
        ('equities', 'api_calls', 'ws_events')
    """
    if noun.endswith("s"):
        return f"{noun}_events"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def job_label(app: str, stream: str) -> str:
    """Return the `job` label that the lines of an app's stream have in Loki.

    Example:
        >>> job_label("trading", "ai_signal")
        'trading-ai-signal'
    """
    return f"{app}-{stream.replace('_', '-')}"


_ALIASES: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "trace": "debug",
        "verbose": "debug",
        "debug": "debug",
        "info": "info",
        "notice": "info",
        "success": "info",
        "warning": "warning",
        "warn": "warning",
        "error": "error",
        "err": "error",
        "exception": "error",
        "failure": "error",
        "critical": "critical",
        "fatal": "critical",
        "alert": "critical",
        "emergency": "critical",
    }
)


_STANDARD_LEVELS: Final[Mapping[int, Level]] = {
    number: _ALIASES[name] for name, number in LEVELS.items()
}


def level_name(level: float | str) -> Level:
    """Return the name of a level, given as a number of `logging` or as a name in any spelling.

    A number between two levels belongs to the lower one; so does a name that `logging.addLevelName`
    has given to such a number. Anything that is not a level is `info`.
    """
    if type(level) is int and level in _STANDARD_LEVELS:
        return _STANDARD_LEVELS[level]
    try:
        if isinstance(level, str):
            known = _ALIASES.get(level.lower())
            if known is not None:
                return known
            level = logging.getLevelName(level.upper())  # the number of a registered name
        if not isinstance(level, (int, float)):
            return "info"
        return next(
            (_ALIASES[name] for name in reversed((*LEVELS,)) if level >= LEVELS[name]), "debug"
        )
    except Exception:  # a hostile object may raise anything
        return "info"
