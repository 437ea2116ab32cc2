"""The identities: the fields that tell bots, accounts, positions and orders apart."""

from __future__ import annotations

import pytest

from logging_kit.events import identities
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.fields import number, text
from logging_kit.events.identities import identity_of
from logging_kit.events.model import Event
from logging_kit.panels.query.lines import EventLines


@pytest.mark.parametrize(
    ("event", "identity"),
    [
        ("HEARTBEAT", identities.BOT),
        ("LIFECYCLE", identities.BOT),
        ("EQUITY", identities.ACCOUNT),
        ("POSITION", identities.POSITION),
        ("CANDLE", identities.MARKET),
        ("INDICATOR", identities.MARKET),
        ("SIGNAL", (*identities.BOT, "exchange", "symbol")),
    ],
)
def test_each_event_describes_things_that_its_fields_tell_apart(
    event: str, identity: tuple[str, ...]
) -> None:
    assert identity_of(BUILT_IN[event]) == identity


def test_every_field_of_an_identity_is_one_to_group_by() -> None:
    for event in BUILT_IN.values():
        lines = EventLines(event.name)
        for name in identity_of(event):
            assert getattr(lines, name).field.low_cardinality, (event.name, name)


def test_an_own_event_has_the_identity_of_its_fields() -> None:
    rate = number("rate", "funding rate")
    market = Event("FUNDING", fields=[rate, text("symbol", "market"), text("exchange", "exchange")])
    assert identity_of(market) == (*identities.BOT, "exchange", "symbol")
    assert identity_of(Event("TIDE", fields=[rate])) == identities.BOT


@pytest.mark.parametrize(
    "unit", [identities.ORDER, identities.DECISION, identities.ROUND_TRIP], ids=lambda u: u.ids[0]
)
def test_a_unit_belongs_to_one_bot(unit: identities.Unit) -> None:
    assert unit.fields[: len(identities.BOT)] == identities.BOT
    assert unit.ids
