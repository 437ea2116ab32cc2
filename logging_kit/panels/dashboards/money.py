"""Amounts of money, and the panels that show them.

An amount is always of one environment and one currency: play money is no money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from logging_kit.events import identities as units
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.fields import EQUITY, POSITION, TRADE, FieldRef, Where
from logging_kit.panels.query.language import (
    below,
    count_each,
    having,
    last,
    last_time,
    total,
    without,
    zero_where,
)
from logging_kit.panels.query.nodes import Query

P = TypeVar("P", bound=Panel)

CURRENCY: Final = ("env", "quote")
"""The groups of every amount."""

HOLD: Final = "1d"
"""How long the newest value of an account stands: longer than the rhythm of a slow bot."""

SEEN: Final = "15m"
"""How long the newest snapshot of a position stands: three times its rhythm."""

CLOSED: Final = TRADE.action == "exit"
BOOKED: Final = TRADE.action.among("exit", "partial_exit") & (TRADE.quote != "")
ROUND_TRIP: Final = (*units.ROUND_TRIP.fields, "trade_id")
"""The groups of a round trip with its id."""

_LEG_OF_TRIP: Final = units.Unit((*units.LEG.fields, "trade_id"), units.LEG.ids)
_HELD: Final = POSITION.position_side != "FLAT"
_MARKET: Final = (*units.BOT, "exchange", "symbol")


def money(kind: type[P], title: str, query: Query | Mapping[str, Query], **options: Any) -> P:
    """Return a panel whose values are amounts in the currency that their series is named after.

    Args:
        kind: The kind of panel, such as `Stat`.
        title: Its heading.
        query: Its query, or several by the names of their series.
        **options: Further arguments of the panel.
    """
    return kind(title, query, unit="currency", **options)


def booked(*by: str) -> Query:
    """Return the profit of the exits and partial exits, each once, by further fields."""
    legs = last(TRADE.pnl, where=BOOKED, by=(*by, "quote"), unit=units.LEG)
    return total(legs, by=("env", *by, "quote"))


def trips(*by: str) -> Query:
    """Return the profit of each round trip: that of all its exits in the time range."""
    legs = last(TRADE.pnl, where=BOOKED, by=(*by, "quote"), unit=_LEG_OF_TRIP)
    return total(legs, by=(*ROUND_TRIP, *by, "quote"))


def closed_trips(*by: str) -> Query:
    """Return the profit of each round trip whose last exit is in the time range."""
    return having(trips(*by), count_each(TRADE, where=CLOSED, by=(*ROUND_TRIP, *by, "quote")))


def accounts(field: FieldRef) -> Query:
    """Return the sum of the accounts' newest values, each held until the next."""
    return total(last(field, by=units.ACCOUNT, within=HOLD), by=CURRENCY)


def stale_accounts() -> Query:
    """Return the accounts whose newest snapshot is older than an hour."""
    return without(
        count_each(EQUITY, by=units.ACCOUNT, within=HOLD),
        count_each(EQUITY, by=units.ACCOUNT, within="1h"),
    )


def positions(field: FieldRef) -> Query:
    """Return the newest value of each position; a FLAT snapshot ends both sides of its market."""
    newest = last_time(POSITION, where=_HELD, by=units.POSITION, within=SEEN)
    flat = last_time(POSITION, where=POSITION.position_side == "FLAT", by=_MARKET, within=SEEN)
    return without(last(field, where=_HELD, by=units.POSITION, within=SEEN), below(newest, flat))


def flat_or(of: Query, by: tuple[str, ...], where: Where | None = None) -> Query:
    """Return a query over positions with 0 where a snapshot says that all are flat."""
    return zero_where(of, count_each(POSITION, where=where, by=by, within=SEEN))
