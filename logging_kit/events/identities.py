"""Fields with the same meaning on every line, and the identities that they make.

The identities are written here alone: panels, alerts, reports and SQL group by them. A number that
is grouped by less adds up, or mixes up, things that only share a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from .catalogue import BUILT_IN
from .model import ENVELOPE, LABELS, STRUCTURED_METADATA, Event, Field


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

BOT: Final = ("app", "env", "bot_name")
"""A bot: two programs, or live and testnet, may each run a bot of the same name."""

ACCOUNT: Final = (*BOT, "exchange", "quote")
"""An account: a bot has one for each exchange and currency."""

MARKET: Final = (*BOT, "exchange", "symbol", "timeframe")
"""A market as a bot sees it."""

POSITION: Final = (*BOT, "exchange", "symbol", "position_side", "quote")
"""A position; in hedge mode a market has one for each side."""

STRATEGY: Final = (*BOT, "strategy")
"""A strategy that a bot runs."""


class IdOf(NamedTuple):
    """An id that counts only on lines on which another field has a value.

    Attributes:
        name: The field of the id.
        field: The other field.
        value: Its value.
    """

    name: str
    field: str
    value: str


class Unit(NamedTuple):
    """A thing that several lines may be about, so that a count of lines is not its number.

    Attributes:
        fields: The fields that tell these things apart, apart from their id.
        ids: The fields of the id; the first that a line has is its id. A line without any is a
            thing of its own.
    """

    fields: tuple[str, ...]
    ids: tuple[str | IdOf, ...] = ()


LINE: Final = Unit(())
"""A line: an agent that was killed may send it twice."""

ORDER: Final = Unit((*BOT, "exchange"), ("order_id",))
"""An order: each change of its status is a line."""

DECISION: Final = Unit((*BOT, "strategy", "symbol", "signal"), ("correlation_id",))
"""A decision: a strategy may repeat its signal until it changes."""

ROUND_TRIP: Final = Unit((*BOT, "exchange", "symbol"), ("trade_id",))
"""A trade from its entry to its exit, with the exits between them."""

LEG: Final = Unit((*BOT, "exchange", "symbol", "action"), (IdOf("trade_id", "action", "exit"),))
"""A part of a round trip: its exit, which has the id of the trade, or one of its partial exits."""

_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"EQUITY": ACCOUNT, "POSITION": POSITION, "INDICATOR": MARKET, "CANDLE": MARKET}
)


def identity_of(event: Event) -> tuple[str, ...]:
    """Return the fields that tell apart the things whose state the lines of an event describe.

    Args:
        event: An event of the catalogue, or one of a bot's own.

    Example:
        >>> identity_of(BUILT_IN["EQUITY"])
        ('app', 'env', 'bot_name', 'exchange', 'quote')
    """
    if event.name in _OF:
        return _OF[event.name]
    found = [*BOT]
    if "symbol" in event.fields:
        found += ["exchange", "symbol"]
    found += [name for name in ("timeframe", "quote") if _required(event, name)]
    return tuple(found)


def _required(event: Event, name: str) -> bool:
    return name in event.fields and event.fields[name].required
