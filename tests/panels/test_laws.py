"""The panels of one screen never contradict each other, whatever the bot wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.demo.simulation import simulate
from tests.support.panels.laws import violations

pytestmark = pytest.mark.slow

Start = Callable[..., BotLogger]
MARKET = {"symbol": "BTC/USDT", "exchange": "binance"}


def now() -> int:
    """Return the present moment in ms, behind every line that was written."""
    logging_kit.flush()
    return time.time_ns() // 1_000_000 + 1


def readme(log: BotLogger) -> None:
    """Write the lines of README's example."""
    cid = log.signal("LONG", symbol="BTC/USDT", confidence=0.91, price=64_000, reason="ema")
    with logging_kit.bound(correlation_id=cid):
        with log.api_call("binance", "POST", "/api/v3/order") as call:
            call.status = 200
        log.order("filled", order_id="1", side="buy", qty=0.01, **MARKET)
        log.trade(
            "entry", trade_id="t1", position_side="LONG", symbol="BTC/USDT", qty=0.01, price=64_010
        )
    log.heartbeat(uptime_s=1, open_positions=1, ws_connections=2)


def two_exchanges(log: BotLogger) -> None:
    """Write accounts on two exchanges, and trades with several exits, told twice."""
    log.equity(10_000, quote="USDT", exchange="binance", realized_pnl=5)
    log.equity(5_000, quote="USDT", exchange="bybit", realized_pnl=-2)
    log.equity(0.5, quote="BTC", exchange="bybit")
    for trade_id, legs in {"a": (5, -1), "b": (-3,), "c": (2, 2, -1)}.items():
        for pnl in legs[:-1]:
            _exit(log, "partial_exit", trade_id, pnl)
        for _ in range(2):
            _exit(log, "exit", trade_id, legs[-1])


def _exit(log: BotLogger, action: Any, trade_id: str, pnl: float) -> None:
    log.trade(
        action, trade_id=trade_id, position_side="SHORT", qty=1, price=2, pnl=pnl, quote="USDT",
        strategy="ema", exit_reason="stop", **MARKET,
    )  # fmt: skip


def hedged(log: BotLogger) -> None:
    """Write a hedged market, a flat one, and orders in the words of ccxt."""
    log.position("long", qty=1_000, unrealized_pnl=10, notional=100, quote="USDT", **MARKET)
    log.position("short", qty=-400, unrealized_pnl=-4, notional=-40, quote="USDT", **MARKET)
    log.position("LONG", qty=1, unrealized_pnl=3, quote="USDT", symbol="ETH/USDT", exchange="x")
    log.position("FLAT", qty=0, symbol="ETH/USDT", exchange="x")
    told = (("1", "open"), ("1", "closed"), ("1", "closed"), ("2", "canceled"), ("3", "vanished"))
    for order_id, status in told:
        log.order(status, order_id=order_id, side="BUY", qty=1, **MARKET)  # type: ignore[arg-type]


def quiet(log: BotLogger) -> None:
    """Write nothing but the start of the bot."""


@pytest.mark.parametrize("story", [readme, two_exchanges, hedged, quiet])
def test_a_story_breaks_no_law(
    story: Callable[[BotLogger], None], start: Start, log_dir: Path
) -> None:
    story(start())
    assert violations(log_dir, now()) == []


def test_all_stories_together_break_no_law(start: Start, log_dir: Path) -> None:
    log = start()
    for story in (readme, two_exchanges, hedged):
        story(log)
    assert violations(log_dir, now()) == []
    assert violations(log_dir, now(), span_s=900) == []


def test_the_demo_breaks_no_law(tmp_path: Path) -> None:
    simulate(tmp_path, backfill_s=6 * 3600.0, seconds=0)
    assert violations(tmp_path, time.time_ns() // 1_000_000 + 1) == []
