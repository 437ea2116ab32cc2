"""The catalogue against the vocabulary it is made from, and with itself."""

from __future__ import annotations

import re

import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import (
    ENVELOPE,
    LABELS,
    LEVELS,
    STREAMS,
    STRUCTURED_METADATA,
    Event,
    EventType,
    job_label,
    level_name,
)

# level, file, required fields, optional fields; the fields that every event has are left out
VOCABULARY = """
SIGNAL       info    ai_signal  signal confidence symbol | price strategy timeframe model reason rsi correlation_id
ORDER        info    trade      order_id symbol exchange side status qty | client_order_id order_type price filled_qty avg_price fee fee_currency reduce_only reason latency_ms
TRADE        info    trade      trade_id action position_side symbol qty price | pnl quote entry_price exit_price pnl_pct r_multiple result fee duration_s exit_reason order_id
POSITION     info    bot        symbol position_side qty | entry_price mark_price notional unrealized_pnl unrealized_pnl_pct leverage liquidation_price quote
EQUITY       info    bot        equity quote | balance realized_pnl realized_pnl_today unrealized_pnl total_return_pct current_return_pct drawdown_pct
HEARTBEAT    info    bot        uptime_s | loop_ms ws_connections open_positions last_candle_ts queue_depth dropped_logs
API_CALL     info    bot        direction method path status ok latency_ms | exchange attempt error_type
NOTIFICATION info    bot        channel ok | kind latency_ms status error_type
INDICATOR    info    bot        symbol timeframe | rsi volatility
CANDLE       info    bot        symbol timeframe candle_ts open high low close | volume
ERROR        error   error      error_type error | component recoverable
RATE_LIMIT   debug   bot        status exchange | path retry_after_s weight_used
WS           info    bot        state ws_connections | stream code reason
RISK         warning trade      rule state | value limit_value action
LIFECYCLE    info    bot        phase | version git_sha mode
AI_CALL      info    ai_signal  provider model ok latency_ms | tokens_in tokens_out cost_usd
"""
CHOICES = {
    ("SIGNAL", "signal"): "LONG SHORT WAIT",
    ("ORDER", "side"): "buy sell",
    ("ORDER", "status"): "submitted accepted partially_filled filled canceled rejected expired",
    ("TRADE", "action"): "entry exit partial_exit",
    ("TRADE", "position_side"): "LONG SHORT",
    ("TRADE", "result"): "win loss breakeven",
    ("POSITION", "position_side"): "LONG SHORT FLAT",
    ("API_CALL", "direction"): "out in",
    ("NOTIFICATION", "channel"): "discord telegram slack email",
    ("RATE_LIMIT", "status"): "limited allowed",
    ("WS", "state"): "connected disconnected reconnecting",
    ("RISK", "state"): "warning triggered cleared",
    ("LIFECYCLE", "phase"): "startup ready shutdown reload",
}
# Loki's own words, those of LogRecord and of SQL, and what Promtail's stages use
TAKEN = {
    "detected_level", "service_name", "filename", "job", "severity", "lvl", "msg", "args", "name", "entry", "type", "limit",
    "event_type", "exc_info", "stack_info",
}  # fmt: skip
SUFFIXES = {
    "_ms": "ms",
    "_s": "s",
    "_pct": "percent",
    "_ts": "ms since 1970-01-01 UTC",
    "_usd": "USD",
}


@pytest.mark.parametrize("row", VOCABULARY.strip().splitlines(), ids=lambda row: row.split()[0])
def test_the_catalogue_has_the_vocabulary(row: str) -> None:
    name, level, file, fields = row.split(maxsplit=3)
    required, optional = (set(part.split()) for part in fields.split("|"))
    event = CATALOGUE[name]
    assert (event.level, event.stream) == (level, file)
    assert (
        {field.name for field in event.fields.values() if field.required}
        == set(event.required)
        == required
    )
    assert optional <= event.fields.keys() - required
    assert {"correlation_id", "strategy", "exchange"} <= event.fields.keys()


def test_there_are_these_events() -> None:
    names = [row.split()[0] for row in VOCABULARY.strip().splitlines()]
    assert sorted(names) == sorted(CATALOGUE) == sorted(EventType)
    assert all(event.name == name for name, event in CATALOGUE.items())


@pytest.mark.parametrize(("event", "field"), CHOICES)
def test_choices(event: str, field: str) -> None:
    assert list(CATALOGUE[event].fields[field].choices) == CHOICES[event, field].split()


each_event = pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.name)


@each_event
def test_fields_make_sense(event: Event) -> None:
    for name, field in event.fields.items():
        assert field.name == name
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
        assert field.doc
        assert not field.doc.endswith(".")
        assert bool(field.choices) == (field.kind == "choice")
        assert field.low_cardinality or field.kind not in ("choice", "boolean")
        assert not (field.low_cardinality and field.kind == "id")
        assert field.low is None or field.high is None or field.low < field.high
        assert field.numeric == (field.kind in ("number", "integer", "time"))
        assert field.numeric or not field.unit
        for suffix, unit in SUFFIXES.items():
            assert not (name.endswith(suffix) and field.numeric) or field.unit == unit


@each_event
def test_no_field_has_a_name_that_means_something_else(event: Event) -> None:
    assert not event.fields.keys() & (TAKEN | set(ENVELOPE) - {"exception"})
    assert ("signal" in event.fields) == (event.name == "SIGNAL")


@each_event
def test_what_the_event_says_of_its_fields_is_true(event: Event) -> None:
    assert event.fields.keys() >= {
        *event.positional,
        *event.summary,
        *(name for name, _, _ in event.levels),
    }
    for name, value, level in event.levels:
        field = event.fields[name]
        assert value in (field.choices or ("true", "false"))
        assert level in LEVELS
        assert level != event.level
    assert event.stream in STREAMS
    assert job_label("scalper", event.stream) == "scalper-" + event.stream.replace("_", "-")
    assert event.method == event.name.lower()
    assert event.doc.endswith(".")


def test_a_name_means_the_same_in_every_event() -> None:
    kinds: dict[str, set[str]] = {}
    for event in CATALOGUE.values():
        for field in event.fields.values():
            kinds.setdefault(field.name, set()).add(
                "text" if field.kind == "choice" else field.kind
            )
    assert {name for name, found in kinds.items() if len(found) > 1} == {
        "status"
    }  # of an order, of HTTP


def test_labels_are_few_and_metadata_is_known() -> None:
    assert LABELS == ("job", "app", "env", "level", "signal")
    known = {*ENVELOPE, *(name for event in CATALOGUE.values() for name in event.fields)}
    assert known.issuperset(STRUCTURED_METADATA)
    assert not set(LABELS) & set(STRUCTURED_METADATA)


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("INFO", "info"), ("warn", "warning"), ("exception", "error"), ("Fatal", "critical"), ("err", "error"), (10, "debug"),
        (25, "info"), (30, "warning"), (35.5, "warning"), (1, "debug"), (0, "debug"), (-5, "debug"), (99, "critical"),
        ("loud", "info"), (None, "info"), ([], "info"), (float("nan"), "debug"),
    ],
)  # fmt: skip
def test_level_names(given: float | str, level: str) -> None:
    assert level_name(given) == level
