from __future__ import annotations

import logging.config
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.freqtrade import LoggedStrategy, log_config

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


class Base:
    """A strategy with the methods of `IStrategy` that the mixin calls."""

    timeframe = "5m"
    filled = 0

    def confirm_trade_entry(self, pair: str, *_: Any, **__: Any) -> bool:
        return pair != "DOGE/USDT"

    def order_filled(self, *_: Any, **__: Any) -> None:
        self.filled += 1


class Grid(LoggedStrategy, Base):
    def signal_confidence(self, _pair: str, _side: str, _entry_tag: str | None) -> float:
        return 0.8


class Bare(LoggedStrategy):
    pass


def order(side: str, ft_side: str, **changes: Any) -> Any:
    return SimpleNamespace(**{
        "order_id": f"o-{side}", "side": side, "ft_order_side": ft_side, "status": "closed", "order_type": "limit",
        "safe_amount": 0.1, "safe_filled": 0.1, "price": 64_000.0, "safe_price": 63_990.0, **changes,
    })  # fmt: skip


def trade(**changes: Any) -> Any:
    profit = SimpleNamespace(profit_abs=12.5, profit_ratio=0.0195)
    return SimpleNamespace(**{
        "id": 7, "exchange": "binance", "entry_side": "buy", "is_short": False, "is_open": True, "stake_currency": "USDT",
        "open_rate": 63_000.0, "exit_reason": None, "calculate_profit": lambda _price, _qty: profit, **changes,
    })  # fmt: skip


def confirm(strategy: Any, pair: str, side: str = "long") -> bool:
    return bool(
        strategy.confirm_trade_entry(pair, "limit", 0.1, 64_000.0, "GTC", None, "ema", side)
    )


def test_a_round_trip(start: Start, events: Events) -> None:
    start(strict=True)
    strategy = Grid()
    assert confirm(strategy, "BTC/USDT")
    assert not confirm(strategy, "DOGE/USDT")
    strategy.order_filled("BTC/USDT", trade(), order("buy", "buy"), None)
    strategy.order_filled("BTC/USDT", trade(), order("sell", "sell"), None)
    closed = trade(is_open=False, exit_reason="roi")
    strategy.order_filled("BTC/USDT", closed, order("sell", "sell"), None)
    assert strategy.filled == 3
    (signal,) = events("SIGNAL")
    assert (signal["signal"], signal["confidence"], signal["strategy"]) == ("LONG", 0.8, "Grid")
    assert (signal["timeframe"], signal["reason"]) == ("5m", "ema")
    assert [line["status"] for line in events("ORDER")] == ["filled"] * 3
    entry, part, end = events("TRADE")
    assert [line["action"] for line in (entry, part, end)] == ["entry", "partial_exit", "exit"]
    assert (end["pnl"], end["pnl_pct"], end["result"]) == (12.5, 1.95, "win")
    assert (end["exit_reason"], end["quote"], end["trade_id"]) == ("roi", "USDT", "7")
    ids = {line["correlation_id"] for line in (*events("ORDER"), *events("TRADE"), signal)}
    assert len(ids) == 1


def test_a_strategy_without_callbacks_of_its_own(start: Start, events: Events) -> None:
    start(strict=True)
    strategy = Bare()
    assert confirm(strategy, "ETH/USDT", "short")
    short = trade(entry_side="sell", is_short=True)
    strategy.order_filled("ETH/USDT", short, order("sell", "sell"), None)
    assert events("SIGNAL")[0]["signal"] == "SHORT"
    assert events("TRADE")[0]["position_side"] == "SHORT"


def test_a_trade_of_another_shape_stops_no_bot(start: Start, events: Events) -> None:
    start(strict=True)
    Bare().order_filled("ETH/USDT", object(), object(), None)
    assert events("ORDER") == []


def test_the_records_of_freqtrade_are_lines(
    log_dir: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    config = log_config(log_dir=str(log_dir), stdout="off", hooks=(), version="0")
    config["loggers"] = {"freqtrade": {"level": "INFO", "propagate": True}}  # freqtrade adds it
    logging.config.dictConfig(config)
    logging.getLogger("freqtrade.worker").info("Changing state to: RUNNING")
    assert [line["message"] for line in lines()] == ["Changing state to: RUNNING"]


def test_the_real_strategy(start: Start, events: Events) -> None:
    """The callbacks have the names and the arguments of freqtrade's own."""
    interface = pytest.importorskip("freqtrade.strategy.interface")
    import inspect

    for name in ("confirm_trade_entry", "order_filled"):
        theirs = inspect.signature(getattr(interface.IStrategy, name)).parameters
        assert list(inspect.signature(getattr(LoggedStrategy, name)).parameters) == list(theirs)
