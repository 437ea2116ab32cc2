"""What an event and a field are, and the words that every part of the package shares: levels, files, labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["text", "choice", "id", "number", "integer", "boolean", "time", "object"]
Level = Literal["debug", "info", "warning", "error", "critical"]
Stream = Literal["bot", "trade", "ai_signal", "error"]

STREAMS: Final[tuple[Stream, ...]] = ("bot", "trade", "ai_signal", "error")
LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
)
SIGNALS: Final = ("LONG", "SHORT", "WAIT")

LABELS: Final = ("job", "app", "env", "level", "signal")
"""Loki's index labels: few values each, so that a bot makes at most 40 streams."""

STRUCTURED_METADATA: Final = (
    "event", "bot_name", "symbol", "exchange", "strategy", "correlation_id", "order_id", "trade_id", "run_id",
)  # fmt: skip
"""What Loki keeps beside a line without indexing it: every identity that is too varied for a label."""

ENVELOPE: Final = (
    "timestamp", "level", "app", "env", "bot_name", "logger", "message", "event", "run_id", "seq", "v",
    "record_time", "dropped", "truncated", "masked", "schema_error",
)  # fmt: skip
"""The keys that belong to the line itself; a caller's field of such a name is written as ``<name>_``."""


class EventType(StrEnum):
    """The kind of an event, as it stands in the line's ``event``."""

    SIGNAL = "SIGNAL"
    ORDER = "ORDER"
    TRADE = "TRADE"
    POSITION = "POSITION"
    EQUITY = "EQUITY"
    HEARTBEAT = "HEARTBEAT"
    API_CALL = "API_CALL"
    NOTIFICATION = "NOTIFICATION"
    INDICATOR = "INDICATOR"
    CANDLE = "CANDLE"
    ERROR = "ERROR"
    RATE_LIMIT = "RATE_LIMIT"
    WS = "WS"
    RISK = "RISK"
    LIFECYCLE = "LIFECYCLE"
    AI_CALL = "AI_CALL"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event.

    ``few`` says that it takes fewer than 500 different values, so that a query may group by it (Loki refuses more
    series than that: ``max_query_series``).
    """

    name: str
    kind: Kind
    doc: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_cardinality: bool = False
    required: bool = False

    @property
    def numeric(self) -> bool:
        """Whether a query may calculate with it."""
        return self.kind in ("number", "integer", "time")


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event: its fields, and where and how loudly its line is written."""

    type: EventType
    doc: str
    stream: Stream
    fields: Mapping[str, Field]
    level: Level = "info"
    positional: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    levels: tuple[tuple[str, str, Level], ...] = ()
    """``(field, value, level)``: the line is of this level when the field has this value."""
    required: tuple[str, ...] = ()
    """Names of the fields that it must have."""
    required_when: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()
    """``(field, values, names)``: it must have these fields too when the field has one of the values."""
    name: str = dataclass_field(init=False, repr=False)
    """The type as a plain string: hashing a member of an enumeration is slow."""
    needed: frozenset[str] = dataclass_field(init=False, repr=False)
    """What is ``required``, for a comparison with the keys of a dict."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.type.value)
        object.__setattr__(self, "needed", frozenset(self.required))

    @property
    def method(self) -> str:
        """Name of the logger's method that writes it."""
        return self.type.value.lower()

    @property
    def job(self) -> str:
        """The ``job`` label that its lines have in Loki."""
        return JOBS[self.stream]


JOBS: Final[Mapping[Stream, str]] = MappingProxyType(
    {
        "bot": "trading-bot",
        "trade": "trading-trade",
        "ai_signal": "trading-ai-signal",
        "error": "trading-error",
    }
)


_ALIASES: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "debug": "debug",
        "info": "info",
        "warning": "warning",
        "warn": "warning",
        "error": "error",
        "err": "error",
        "exception": "error",
        "failure": "error",
        "critical": "critical",
        "fatal": "critical",
    }
)


def level_name(level: float | str) -> Level:
    """Name of a level that is given as `logging`'s number, or as a name in any of its spellings.

    A number between two levels belongs to the lower one; what is no level at all is info.
    """
    try:
        if isinstance(level, str):
            return _ALIASES.get(level.lower(), "info")
        if not isinstance(level, (int, float)):
            return "info"
        return next(
            (_ALIASES[name] for name in reversed((*LEVELS,)) if level >= LEVELS[name]), "debug"
        )
    except Exception:  # an object may raise whatever is asked of it
        return "info"
