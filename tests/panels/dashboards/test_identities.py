"""Panels group by the whole identity of what they count, and never add up money that differs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from logging_kit.events import identities
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.build import is_money
from logging_kit.panels.query.fields import EQUITY, POSITION
from logging_kit.panels.query.language import count_each, last, total
from logging_kit.panels.query.nodes import (
    UNIT,
    AcrossSeries,
    Age,
    Aggregate,
    Below,
    Difference,
    FillZero,
    Filtered,
    Having,
    Query,
    Ratio,
    Rows,
    Scaled,
    Without,
)

PANELS = [
    pytest.param(panel, id=f"{page.uid}-{panel.id}")
    for page in DASHBOARDS
    for panel in page.panels
    if panel.asks != "logs"
]
MARKETS = {"CANDLE", "INDICATOR"}
"""Their prices are those of a market, which live and testnet bots share."""


def nodes(query: Query) -> Iterator[Query]:
    """Yield a query and all its parts."""
    yield query
    match query:
        case Ratio(a, b) | Without(a, b) | Having(a, b) | Difference(a, b) | Below(a, b):
            yield from nodes(a)
            yield from nodes(b)
        case FillZero(of, alive):
            yield from nodes(of)
            if alive is not None:
                yield from nodes(alive)
        case AcrossSeries() | Scaled() | Filtered() | Age():
            yield from nodes(query.of)


def faults(query: Query) -> list[str]:
    """Return what a query mixes up."""
    found = []
    for node in nodes(query):
        by = {*node.by}
        if "bot_name" in by and not {*identities.BOT} <= by:
            found.append(f"bots of a name are one: {node.by}")
        match node:
            case Aggregate("last", str(event)) if UNIT not in by:
                if missing := {*identities.identity_of(BUILT_IN[event])} - by:
                    found.append(f"last of {event} without {sorted(missing)}")
            case AcrossSeries("total") if is_money(node) and "env" not in by:
                found.append(f"play money is added to money: {node.by}")
            case Aggregate("total", str(event)) if is_money(node) and event not in MARKETS:
                found.append(f"money is added line by line, whatever is sent twice: {node.by}")
    return found


@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_mixes_up_what_only_shares_a_name(panel: Panel) -> None:
    for target in panel.targets:
        assert not isinstance(target.query, Rows)
        assert faults(target.query) == []


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (last(EQUITY.equity, by=("bot_name", "quote")), "bots of a name"),
        (last(EQUITY.equity, by=(*identities.BOT, "quote")), "without ['exchange']"),
        (
            last(POSITION.qty, by=(*identities.BOT, "exchange", "symbol", "quote")),
            "without ['position_side']",
        ),
        (total(last(EQUITY.equity, by=identities.ACCOUNT), by="quote"), "play money"),
        (count_each(EQUITY, by="bot_name"), "bots of a name"),
    ],
)
def test_a_query_that_groups_by_less_is_found(query: Query, fault: str) -> None:
    assert any(fault in text for text in faults(query))
