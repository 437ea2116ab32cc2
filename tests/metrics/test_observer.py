"""Events as counts, newest values and buckets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.metrics import observer as module
from logging_kit.metrics.observer import BATCH, Observer
from logging_kit.metrics.values import MOST_SERIES, OTHER, HistogramCell

Cells = Mapping[tuple[str, ...], Any]


@pytest.fixture
def observer() -> Observer:
    return Observer("bot", str)


def see(observer: Observer, event: str | None, level: str = "info", **fields: Any) -> None:
    observer.observe(level, CATALOGUE[event] if event else None, fields)


def cells(observer: Observer, name: str) -> Cells:
    with observer.lock:
        observer.collect()
    assert observer.failures == 0
    return observer.values.families[name].cells


def number(observer: Observer, name: str, *labels: str) -> float:
    value: float = cells(observer, name)["bot", *labels].value
    return value


def test_a_signal_feeds_each_of_its_metrics(observer: Observer) -> None:
    see(observer, "SIGNAL", signal="LONG", symbol="BTC/USDT", confidence=0.8, correlation_id="c1")
    see(observer, "SIGNAL", signal="WAIT", symbol="BTC/USDT", confidence=0.3)
    assert number(observer, "trading_signals_total", "LONG") == 1
    assert number(observer, "trading_signals_total", "SHORT") == 0
    assert number(observer, "trading_signal_confidence", "BTC/USDT") == 0.3
    assert number(observer, "trading_last_signal_side", "BTC/USDT") == 0
    assert number(observer, "trading_events_total", "SIGNAL", "info") == 2
    ratio = cells(observer, "trading_signal_confidence_ratio")["bot", "LONG"]
    assert isinstance(ratio, HistogramCell)
    assert (sum(ratio.counts), ratio.counts[7], ratio.sum) == (1, 1, 0.8)
    assert ratio.exemplar is not None
    assert (ratio.exemplar.correlation_id, ratio.exemplar.value) == ("c1", 0.8)


@pytest.mark.parametrize(
    ("pnl", "result"), [(3.0, "win"), (-1, "loss"), (0, "breakeven"), (Decimal("2.5"), "win")]
)
def test_the_result_of_a_trade_follows_from_its_pnl(
    observer: Observer, pnl: Any, result: str
) -> None:
    trade = {"position_side": "LONG", "symbol": "BTC/USDT", "quote": "USDT", "duration_s": 90}
    see(observer, "TRADE", action="exit", pnl=pnl, **trade)
    see(observer, "TRADE", action="entry", **trade)
    assert number(observer, "trading_trades_total", "LONG", result) == 1
    assert sum(c.value for c in cells(observer, "trading_trades_total").values()) == 1
    gains = number(observer, "trading_trade_gains_total", "BTC/USDT", "USDT", "")
    losses = number(observer, "trading_trade_losses_total", "BTC/USDT", "USDT", "")
    assert gains - losses == float(pnl)
    assert min(gains, losses) == 0
    duration = cells(observer, "trading_trade_duration_seconds")["bot",]
    assert (sum(duration.counts), duration.counts[1]) == (1, 1)


@pytest.mark.parametrize(
    "given", [125, 125.0, "125.0", Decimal(125), Fraction(125), np.float64(125)]
)
def test_numbers_of_any_type_count(observer: Observer, given: Any) -> None:
    call = {"direction": "out", "method": "GET", "path": "/x", "exchange": "e", "status": 200}
    see(observer, "API_CALL", ok=True, latency_ms=given, **call)
    cell = cells(observer, "trading_api_latency_seconds")["bot", "e", "/x", "true"]
    assert (sum(cell.counts), cell.sum) == (1, 0.125)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), None, "fast", True, [], object()])
def test_what_is_no_number_counts_as_an_event_only(observer: Observer, given: Any) -> None:
    call = {"direction": "out", "method": "GET", "path": "/x", "exchange": "e", "status": 200}
    see(observer, "API_CALL", ok=True, latency_ms=given, **call)
    cell = cells(observer, "trading_api_latency_seconds")["bot", "e", "/x", "true"]
    assert (sum(cell.counts), cell.sum) == (0, 0)
    assert number(observer, "trading_api_requests_total", "e", "GET", "200") == 1


@pytest.mark.parametrize("confidence", [87, -0.1, 1.01])
def test_values_that_the_catalogue_does_not_allow_are_left_out(
    observer: Observer, confidence: float
) -> None:
    see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=0.5)
    see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=confidence)
    cell = cells(observer, "trading_signal_confidence_ratio")["bot", "LONG"]
    assert (sum(cell.counts), cell.sum) == (1, 0.5)
    assert number(observer, "trading_signals_total", "LONG") == 2


def test_requests_that_the_bot_answered_stand_apart(observer: Observer) -> None:
    for direction in ("in", "out", "in"):
        see(
            observer, "API_CALL", direction=direction, method="GET", path="/orders", status=500,
            ok=False, latency_ms=10.0,
        )  # fmt: skip
    assert number(observer, "http_requests_total", "GET", "/orders", "500") == 2
    assert number(observer, "trading_api_requests_total", "", "GET", "500") == 1
    assert number(observer, "trading_events_total", "API_CALL", "warning") == 3


def test_a_closed_position_leaves_no_value_behind(observer: Observer) -> None:
    for side, qty in (("LONG", 1.0), ("FLAT", 0.0)):
        for symbol in ("BTC/USDT", "ETH/USDT"):
            if (side, symbol) != ("FLAT", "ETH/USDT"):
                see(
                    observer, "POSITION", position_side=side, symbol=symbol, qty=qty,
                    unrealized_pnl_pct=1.5, entry_price=2.0,
                )  # fmt: skip
    for name in ("trading_open_positions", "trading_position_quantity"):
        assert set(cells(observer, name)) == {("bot", "ETH/USDT")}
    assert number(observer, "trading_position_pnl_percent", "ETH/USDT") == 1.5
    see(observer, "POSITION", position_side="SHORT", symbol="BTC/USDT", qty=-2)
    assert number(observer, "trading_position_quantity", "BTC/USDT") == -2
    assert number(observer, "trading_open_positions", "BTC/USDT") == 1


def test_the_newest_value_wins_whatever_its_other_labels(observer: Observer) -> None:
    for confidence, signal in ((0.1, "LONG"), (0.2, "SHORT"), (0.3, "LONG"), (0.4, "SHORT")):
        see(observer, "SIGNAL", signal=signal, symbol="A", confidence=confidence)
    assert number(observer, "trading_signal_confidence", "A") == 0.4
    see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=None)
    assert number(observer, "trading_signal_confidence", "A") == 0.4


def test_a_field_that_is_absent_is_no_0(observer: Observer) -> None:
    see(observer, "POSITION", position_side="LONG", symbol="A", qty=1, mark_price="n/a")
    see(observer, "HEARTBEAT", uptime_s=1)
    assert number(observer, "trading_position_quantity", "A") == 1
    for name in ("trading_position_mark_price", "trading_position_pnl_percent"):
        assert cells(observer, name) == {}
    assert cells(observer, "trading_websocket_connections") == {}


def test_accounts_are_shown_as_ratios_and_amounts(observer: Observer) -> None:
    see(observer, "EQUITY", equity=1000, quote="USDT", total_return_pct=5, current_return_pct=-1)
    see(observer, "EQUITY", equity=900, quote="USDT", drawdown_pct=10, realized_pnl=-100)
    assert number(observer, "trading_equity", "USDT") == 900
    assert number(observer, "trading_return_ratio", "USDT", "total") == 0.05
    assert number(observer, "trading_return_ratio", "USDT", "current") == -0.01
    assert number(observer, "trading_drawdown_ratio", "USDT") == 0.1
    assert number(observer, "trading_realized_pnl", "USDT") == -100


def raised() -> ValueError:
    try:
        raise ValueError("x")
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "message"),
        ({"error_type": "Timeout"}, "Timeout"),
        ({"exc_info": raised()}, "ValueError"),
        ({"exc_info": False}, "message"),
        ({"exception": {"type": "KeyError", "message": "k"}}, "KeyError"),
    ],
)
def test_errors_count_by_their_type_and_level(
    observer: Observer, fields: dict[str, Any], kind: str
) -> None:
    see(observer, "ERROR", "critical", **fields)
    see(observer, "ERROR", "error", **fields)
    assert number(observer, "trading_errors_total", kind) == 2
    assert number(observer, "trading_events_total", "ERROR", "critical") == 1


def test_plain_lines_count_by_level_and_bot(observer: Observer) -> None:
    for level in ("debug", "info", "info"):
        see(observer, None, level, message="x")
    see(observer, None, "info", bot_name="other")
    assert number(observer, "trading_events_total", "", "info") == 2
    assert number(observer, "trading_events_total", "", "debug") == 1
    assert cells(observer, "trading_events_total")["other", "", "info"].value == 1


def test_too_many_labels_are_counted_together(observer: Observer) -> None:
    for n in range(MOST_SERIES + 50):
        see(
            observer, "ORDER", order_id=str(n), symbol="A", exchange=f"x{n}", side="buy",
            status="filled", qty=1,
        )  # fmt: skip
    found = cells(observer, "trading_orders_total")
    assert len(found) == MOST_SERIES + 1
    assert found[OTHER, OTHER, OTHER, OTHER].value == 50
    assert observer.values.families["trading_orders_total"].overflows >= 50


@pytest.mark.parametrize("value", [[1], {"a": 1}, Decimal(3), 1.5, object()])
def test_labels_of_any_type_count(observer: Observer, value: Any) -> None:
    for _ in range(BATCH * 2 + 3):
        see(observer, "NOTIFICATION", channel=value, ok=True)
    total = sum(c.value for c in cells(observer, "trading_notifications_total").values())
    assert total == BATCH * 2 + 3


def test_sets_beyond_those_remembered_count(
    observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_SETS", 3)
    for n in range(500):
        see(observer, "SIGNAL", signal="LONG", symbol=f"S{n % 50}", confidence=0.5)
    assert number(observer, "trading_signals_total", "LONG") == 500


def test_values_of_labels_are_masked_and_cut() -> None:
    observer = Observer("bot", lambda text: text.replace("hunter2", "***"))
    see(observer, "RISK", rule="a hunter2 b", state="warning")
    see(observer, "RISK", rule="x" * 5000, state="warning")
    see(observer, "RISK", rule="x" * 124 + "hunter2", state="warning")
    assert not any("hun" in labels[1] for labels in cells(observer, "trading_risk_events_total"))
    found = cells(observer, "trading_risk_events_total")
    assert ("bot", "a *** b", "warning", "") in found
    assert max(len(labels[1]) for labels in found) == 128


class Hostile:
    def __hash__(self) -> int:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


def test_nothing_raises(observer: Observer) -> None:
    see(observer, "SIGNAL", signal=Hostile(), symbol=Hostile(), confidence=Hostile())
    see(observer, "TRADE", action="exit", pnl=Hostile(), result=None)
    see(observer, "ERROR", error_type=None, exc_info=Hostile())
    with observer.lock:
        observer.collect()


def test_threads_lose_nothing(observer: Observer) -> None:
    def work() -> None:
        for n in range(1_000):
            see(observer, "SIGNAL", signal="LONG", symbol=f"S{n % 7}", confidence=0.5)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(observer, "trading_signals_total", "LONG") == 4_000


def test_a_call_while_the_numbers_are_read_does_not_wait(observer: Observer) -> None:
    with observer.lock:
        for _ in range(BATCH + 10):
            see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=0.5)
    assert number(observer, "trading_signals_total", "LONG") == BATCH + 10


def test_a_child_begins_at_0(observer: Observer) -> None:
    see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=0.5)
    observer.after_fork_in_child()
    assert number(observer, "trading_signals_total", "LONG") == 0


def test_gauges_can_be_left_out() -> None:
    observer = Observer("bot", str, accumulates_only=True)
    see(observer, "SIGNAL", signal="LONG", symbol="A", confidence=0.5)
    assert cells(observer, "trading_signal_confidence") == {}
    assert number(observer, "trading_signals_total", "LONG") == 1


def test_the_clock_is_the_given_one() -> None:
    clock: Callable[[], int] = lambda: 5_000_000_000  # noqa: E731
    observer = Observer("bot", str, clock)
    see(observer, "HEARTBEAT", uptime_s=1, loop_ms=20)
    assert number(observer, "trading_heartbeat_timestamp_seconds") == 5
    assert number(observer, "trading_last_loop_duration_seconds") == 0.02
