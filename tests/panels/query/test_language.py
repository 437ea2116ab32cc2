"""The query language refuses wrong queries at construction, and normalises the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.exceptions import QueryError
from logging_kit.panels.query import fields as source
from logging_kit.panels.query.fields import (
    API_CALL,
    EQUITY,
    ERROR,
    HEARTBEAT,
    INDICATOR,
    LINES,
    ORDER,
    POSITION,
    RISK,
    SIGNAL,
    TRADE,
    UNPARSEABLE,
    loki_location,
)
from logging_kit.panels.query.language import (
    age,
    alive_or_zero,
    count,
    difference,
    high,
    last,
    last_time,
    low,
    mean,
    quantile,
    rate,
    ratio,
    rows,
    share,
    size,
    total,
    without,
)
from logging_kit.panels.query.nodes import Aggregate, FillZero, Ratio, Rows, Scaled, parts, reads

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: TRADE.pln, "TRADE has no field 'pln'; did you mean 'pnl'"),
        (lambda: LINES.pnl, "LINES has no field 'pnl'"),
        (lambda: count(TRADE, by="sid"), "TRADE has no field 'sid'"),
        (lambda: rows(TRADE, show=("{qtty}",)), "did you mean 'qty'"),
    ],
)
def test_an_unknown_field_names_the_nearest(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: TRADE.symbol > 3, "is text"),
        (lambda: TRADE.pnl == "3", "is a number"),
        (lambda: TRADE.pnl > True, "is a number"),
        (lambda: TRADE.action == "exti", "is never 'exti'; did you mean 'exit'"),
        (lambda: TRADE.symbol == 3, "compared with a text"),
        (lambda: API_CALL.ok == "yes", "True or False"),
        (lambda: ERROR.exception == "x", "is an object"),
        (lambda: ORDER.status.among(), "one text or more"),
        (lambda: ORDER.status.among("filled", "lost"), "is never 'lost'"),
        (lambda: TRADE.pnl.among("1"), "text field"),
        (lambda: (TRADE.action == "exit") | (TRADE.action == "entry"), "joined by &"),
        (lambda: (TRADE.action == "exit") and (TRADE.pnl > 0), "join tests with &"),
        (lambda: 0 < TRADE.pnl < 5, "join tests with &"),
        (lambda: (TRADE.action == "exit") & (ORDER.side == "buy"), "lines of one event"),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: count(TRADE, where=ORDER.side == "buy"), "says nothing about the lines of TRADE"),
        (lambda: count(TRADE, by="price"), "too many values"),
        (lambda: count(TRADE, by="trade_id"), "too many values"),
        (lambda: count(TRADE, by="correlation_id"), "too many values"),
        (lambda: count(LINES, by="message"), "too many values"),
        (lambda: count(TRADE, within="5 minutes"), "a window is a number"),
        (lambda: count(TRADE, within="0m"), "a window is a number"),
        (lambda: mean(TRADE.symbol, by="quote"), "is no number"),
        (lambda: last(TRADE.result), "is no number"),
        (lambda: last(EQUITY.equity), "grouped by bot_name, quote too"),
        (lambda: last(EQUITY.equity, by="bot_name"), "grouped by quote too"),
        (lambda: last(HEARTBEAT.loop_ms), "grouped by bot_name too"),
        (lambda: last(POSITION.qty, by="bot_name"), "grouped by symbol too"),
        (lambda: last(INDICATOR.rsi, by=("bot_name", "symbol")), "grouped by timeframe too"),
        (lambda: total(TRADE.pnl), "is money: group it by quote"),
        (lambda: mean(TRADE.pnl, by="bot_name"), "is money"),
        (lambda: high(TRADE.pnl), "is money"),
        (lambda: low(EQUITY.equity, by="bot_name"), "is money"),
        (lambda: quantile(0.5, TRADE.pnl), "is money"),
        (
            lambda: total(last(EQUITY.equity, by=("bot_name", "quote"))),
            "a sum of money is grouped by quote",
        ),
        (
            lambda: total(last(EQUITY.equity, by=("bot_name", "quote")) * 2 != 0),
            "a sum of money is grouped by quote",
        ),
        (lambda: quantile(95, API_CALL.latency_ms), "between 0 and 1"),
        (lambda: ratio(count(TRADE, by="symbol"), count(TRADE)), "grouped alike"),
        (
            lambda: without(count(TRADE, by="symbol"), count(TRADE, by="exchange")),
            "grouped by fields of the first",
        ),
        (lambda: difference(count(TRADE, by="symbol"), count(TRADE)), "grouped alike"),
        (lambda: alive_or_zero(count(HEARTBEAT, by="bot_name")), "has no `by`"),
        (lambda: count(count(TRADE, by="symbol"), by="side"), "told apart by"),
        (lambda: count(count(TRADE, by="symbol"), within="5m"), "belong to the inner query"),
        (
            lambda: total(last(POSITION.qty, by=("bot_name", "symbol")), where=POSITION.qty > 0),
            "belong to the inner query",
        ),
        (lambda: count(TRADE) > count(ORDER), "compared with a number"),
        (lambda: rows(TRADE, limit=5001), "1 to 5000 lines"),
        (lambda: rows(TRADE, show=("{qty} {price}",)), "a word names one field"),
        (lambda: rows(TRADE, show=("exit",)), "a word names one field"),
    ],
)
def test_a_query_that_would_be_answered_wrongly_is_refused(
    wrong: Callable[[], Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        wrong()


def test_every_event_of_the_catalogue_can_be_asked_about() -> None:
    for name in CATALOGUE:
        lines = getattr(source, name)
        assert set(CATALOGUE[name].fields) <= set(lines.fields)
        assert lines.bot_name.field.low_cardinality


def test_fields_are_where_loki_has_them() -> None:
    assert [loki_location(name) for name in ("level", "signal", "job", "event", "symbol", "order_id", "pnl", "quote")] == [
        "label", "label", "label", "metadata", "metadata", "metadata", "line", "line",
    ]  # fmt: skip


def test_counts_say_0_only_where_the_missing_series_is_known() -> None:
    assert isinstance(count(TRADE), FillZero)
    assert isinstance(rate(TRADE, by="bot_name"), FillZero)
    assert isinstance(count(TRADE, by="symbol"), Aggregate)
    assert isinstance(count(LINES), Aggregate)
    assert isinstance(count(LINES, where=LINES.level == "error"), FillZero)
    assert isinstance(size(LINES, by="job"), Aggregate)
    assert count(TRADE, within="5m").alive.of.within == "5m"  # type: ignore[attr-defined]


def test_counting_what_a_comparison_kept_is_0_where_there_was_something_to_keep() -> None:
    held = last(POSITION.qty, by=("bot_name", "symbol"))
    assert count(held != 0) == FillZero(count(held != 0).of, Scaled(count(held), 0))  # type: ignore[attr-defined]


def test_a_ratio_takes_the_bare_counts() -> None:
    made = share(
        TRADE, TRADE.result == "win", where=TRADE.action == "exit", by="symbol", within="1d"
    )
    assert isinstance(made, Ratio)
    assert made == ratio(
        count(
            TRADE,
            where=(TRADE.action == "exit") & (TRADE.result == "win"),
            by="symbol",
            within="1d",
        ),
        count(TRADE, where=TRADE.action == "exit", by="symbol", within="1d"),
    )
    assert isinstance(share(TRADE, TRADE.result == "win"), Ratio)
    assert made.by == ("symbol",)


def test_money_may_be_grouped_by_what_implies_its_currency() -> None:
    assert total(TRADE.pnl, by="symbol").by == ("symbol",)
    assert total(last(POSITION.notional, by=("bot_name", "symbol")), by="symbol").by == ("symbol",)
    assert total(source.AI_CALL.cost_usd).by == ()


def test_reads_are_those_that_a_panel_is_about() -> None:
    silent = without(
        count(HEARTBEAT, by="bot_name", within="24h"), count(HEARTBEAT, by="bot_name", within="3m")
    )
    assert [read.within for read in reads(silent) if isinstance(read, Aggregate)] == ["24h", "3m"]
    assert [read.event for read in reads(ratio(count(TRADE), count(SIGNAL)))] == ["TRADE", "SIGNAL"]
    assert [read.event for read in reads(age(HEARTBEAT))] == ["HEARTBEAT"]
    assert [read.event for read in reads(rows(RISK))] == ["RISK"]
    assert [read.event for read in reads((rate(API_CALL) * 60) > 5)] == ["API_CALL"]


def test_nodes_are_values() -> None:
    assert last_time(SIGNAL, by="signal") == last_time(SIGNAL, by=("signal",))
    assert hash(count(TRADE)) == hash(count(TRADE))
    assert rows(TRADE, limit=5) == Rows("TRADE", (), 5)
    assert count(LINES, where=UNPARSEABLE) == count(LINES, where=UNPARSEABLE)
    assert parts("qty={qty}!") == ("qty=", "qty", "!")
    assert [(q > 1).op for q in [count(LINES)]] == [">"]  # type: ignore[attr-defined]
    assert [kept.op for kept in (count(LINES) >= 1, count(LINES) < 1, count(LINES) <= 1)] == [
        ">=",
        "<",
        "<=",
    ]  # type: ignore[attr-defined]
