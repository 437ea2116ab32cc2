"""Queries in PromQL over the metrics of a bot."""

from __future__ import annotations

import pytest

from logging_kit.exceptions import NoTwinError
from logging_kit.panels.compile.promql import promql
from logging_kit.panels.query.fields import (
    AI_CALL,
    API_CALL,
    CANDLE,
    EQUITY,
    HEARTBEAT,
    LINES,
    ORDER,
    SIGNAL,
    TRADE,
    Test,
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
from logging_kit.panels.query.nodes import Aggregate, Query
from logging_kit.panels.query.scope import DASHBOARD, Scope, Variable

SCOPE = Scope("a", "b", window="1h")
IN = 'app="a", env=~"b"'
BOT = ("app", "env", "bot_name")
CLOSED = TRADE.action == "exit"

CASES: dict[str, tuple[Query, str]] = {
    "a count": (
        count(SIGNAL, by="signal"),
        f"(round(sum by (signal) (increase(trading_signals_total{{{IN}}}[1h]))) > 0)",
    ),
    "a test on a label": (
        count(TRADE, where=CLOSED & (TRADE.result == "win"), by="position_side", within="2d"),
        (
            "(round(sum by (position_side) (label_replace(increase(trading_trades_total"
            f'{{{IN}, result="win"}}[2d]), "position_side", "$1", "side", "(.*)"))) > 0)'
        ),
    ),
    "a newest value": (
        last(EQUITY.equity, by=(*BOT, "exchange", "quote"), within="1h"),
        f"max by (app, env, bot_name, quote) (last_over_time(trading_equity{{{IN}}}[1h]))",
    ),
    "a factor": (
        high(EQUITY.drawdown_pct, by=BOT),
        f"(max by (app, env, bot_name) (max_over_time(trading_drawdown_ratio{{{IN}}}[1h])) * 100)",
    ),
    "the lowest": (
        low(HEARTBEAT.dropped_logs, by=BOT),
        f"min by (app, env, bot_name) (min_over_time(trading_dropped_lines{{{IN}}}[1h]))",
    ),
    "an average of buckets": (
        mean(SIGNAL.confidence, where=SIGNAL.signal.among("LONG", "SHORT")),
        (
            f'(sum(increase(trading_signal_confidence_ratio_sum{{{IN}, signal=~"LONG|SHORT"}}[1h])) / '
            f'(sum(increase(trading_signal_confidence_ratio_count{{{IN}, signal=~"LONG|SHORT"}}[1h]))'
            " > 0))"
        ),
    ),
    "a quantile": (
        quantile(0.5, TRADE.duration_s, where=CLOSED),
        (
            "histogram_quantile(0.5, sum by (le) "
            f"(increase(trading_trade_duration_seconds_bucket{{{IN}}}[1h])))"
        ),
    ),
    "a moment": (
        last_time(SIGNAL, by="signal"),
        (
            "(max by (signal) "
            f"(max_over_time(trading_last_signal_timestamp_seconds{{{IN}}}[1h])) * 1000)"
        ),
    ),
    "an age": (
        age(HEARTBEAT, by=BOT),
        (
            "(time() - (max by (app, env, bot_name) "
            f"(max_over_time(trading_heartbeat_timestamp_seconds{{{IN}}}[1h])) * 1000) / 1000)"
        ),
    ),
    "a rate": (
        rate(SIGNAL, by="signal") * 60,
        f"((sum by (signal) (rate(trading_signals_total{{{IN}}}[1h])) > 0) * 60)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_query(name: str) -> None:
    query, wanted = CASES[name]
    assert promql(query, SCOPE) == wanted


def test_a_series_that_appears_in_the_window_counts_whole() -> None:
    metric = f'trading_orders_total{{{IN}, status="filled"}}'
    assert promql(count(ORDER, where=ORDER.status == "filled", by="exchange"), SCOPE) == (
        f"(round(sum by (exchange) ((({metric} unless {metric} offset 1h) "
        f"and on (job, instance) (up offset 1h == 1) or increase({metric}[1h])))) > 0)"
    )


def test_profit_is_gains_without_losses() -> None:
    booked = TRADE.action.among("exit", "partial_exit")
    both = promql(total(TRADE.pnl, where=booked, by="quote"), SCOPE)
    gains = promql(total(TRADE.pnl, where=booked & (TRADE.pnl > 0), by="quote"), SCOPE)
    losses = promql(total(TRADE.pnl, where=booked & (TRADE.pnl < 0), by="quote"), SCOPE)
    assert "trading_trade_losses_total" not in gains
    assert "trading_trade_gains_total" not in losses
    assert losses.endswith(" * -1)")
    assert both == f"({gains} - {losses[1:].removesuffix(' * -1)')})"
    assert "trading_ai_cost_usd_total" in promql(total(AI_CALL.cost_usd, by="model"), SCOPE)


def test_queries_combine() -> None:
    wins = share(TRADE, TRADE.result == "win", where=CLOSED)
    assert promql(wins, SCOPE).startswith("((")
    a, b = count(SIGNAL, by="signal"), count(SIGNAL, by="signal", within="5m")
    x, y = promql(a, SCOPE), promql(b, SCOPE)
    assert promql(without(a, b), SCOPE) == f"({x} unless {y})"
    assert promql(difference(a, b), SCOPE) == f"({x} - {y})"
    assert promql(ratio(a, b), SCOPE) == f"(({x} or {y} * 0) / ({y} != 0))"
    assert promql(a >= 3, SCOPE) == f"({x} >= 3)"
    assert promql(total(a), SCOPE) == f"sum({x})"
    assert promql(count(a), SCOPE) == f"count({x})"
    beats = count(HEARTBEAT, within="3m")
    assert promql(alive_or_zero(beats), SCOPE).endswith(" or vector(0))")
    assert promql(beats, SCOPE).endswith(" * 0))")


def test_lines_of_any_event_are_those_of_the_general_metric() -> None:
    where = (LINES.level == "critical") & (LINES.event != "RISK")
    text = promql(count(LINES, where=where, by=BOT), SCOPE)
    assert f'trading_events_total{{{IN}, level="critical", event!="RISK"}}' in text
    assert 'event="HEARTBEAT"' in promql(count(HEARTBEAT, by=BOT), SCOPE)


def test_the_variables_of_a_dashboard_stay_in_their_quotes() -> None:
    text = promql(count(CANDLE, by="symbol"), DASHBOARD)
    assert "app=~`${app:regex}`" in text
    assert "bot_name=~`^(?:${bot:regex})$`" in text
    assert "symbol=~`^(?:${symbol:regex})$`" in text
    assert "symbol" not in promql(count(SIGNAL, by="signal"), DASHBOARD)
    assert 'bot_name=~"^(?:x)$"' in promql(count(CANDLE), Scope("a", "b", bot="x", window="1m"))


@pytest.mark.parametrize(
    "query",
    [
        rows(SIGNAL),
        size(LINES, by=BOT),
        count(SIGNAL, where=SIGNAL.strategy == "ema"),
        count(SIGNAL, by="model"),
        count(LINES, by="job"),
        high(TRADE.pnl, where=CLOSED, by="quote"),
        mean(TRADE.r_multiple, where=CLOSED),
        count(API_CALL, where=API_CALL.latency_ms > 100),
        count(API_CALL, where=API_CALL.status >= 500),
        count(TRADE, where=TRADE.action == "entry"),
        quantile(0.5, AI_CALL.tokens_in),
    ],
    ids=repr,
)
def test_what_no_metric_carries_has_no_twin(query: Query) -> None:
    with pytest.raises(NoTwinError):
        promql(query, SCOPE)


def test_numbers_that_are_labels_are_compared_as_texts() -> None:
    out = API_CALL.direction == "out"
    assert 'status="429"' in promql(count(API_CALL, where=out & (API_CALL.status == 429)), SCOPE)
    assert 'status!="200"' in promql(count(API_CALL, where=out & (API_CALL.status != 200)), SCOPE)


def test_tests_that_the_bounds_imply_are_met() -> None:
    plain = promql(mean(SIGNAL.confidence, by="signal"), SCOPE)
    within = (SIGNAL.confidence >= 0) & (SIGNAL.confidence <= 1)
    assert promql(mean(SIGNAL.confidence, where=within, by="signal"), SCOPE) == plain
    with pytest.raises(NoTwinError):
        promql(mean(SIGNAL.confidence, where=SIGNAL.confidence >= 0.5, by="signal"), SCOPE)


def test_a_quantile_of_a_gauge_is_taken_over_time() -> None:
    text = promql(quantile(0.5, HEARTBEAT.ws_connections, by="bot_name"), SCOPE)
    metric = f"trading_websocket_connections{{{IN}}}"
    assert text == f"max by (bot_name) (quantile_over_time(0.5, {metric}[1h]))"


def test_every_app_and_fewer_labels() -> None:
    everywhere = Scope(None, window="1h")
    assert 'app=~".+"' in promql(count(SIGNAL), everywhere)
    few = count(SIGNAL, by=("app", "env"))
    text = promql(without(count(SIGNAL, by=BOT), few), everywhere)
    assert " unless on (app, env) " in text


def test_a_variable_can_be_a_label() -> None:
    query = Aggregate("count", "SIGNAL", where=(Test("signal", "==", Variable("side")),))
    assert "signal=~`${side:regex}`" in promql(query, SCOPE)
    query = Aggregate("count", "SIGNAL", where=(Test("signal", "!=", Variable("side")),))
    assert "signal!~`${side:regex}`" in promql(query, SCOPE)
