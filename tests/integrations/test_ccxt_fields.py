from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.ccxt import (
    from_ccxt_balance,
    from_ccxt_order,
    from_ccxt_position,
    from_ccxt_trade,
)
from logging_kit.integrations.ccxt_fields import base_of, quote_of

ORDER = {
    "id": "81", "clientOrderId": "grid-1", "symbol": "BTC/USDT", "side": "buy", "type": "limit", "amount": 0.3,
    "filled": 0.1, "remaining": 0.2, "price": 64_000.0, "average": 63_990.5, "status": "open", "reduceOnly": False,
    "fee": {"cost": 0.0001, "currency": "BTC"}, "info": {"apiKey": "no field"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "filled", "word"),
    [
        ("open", 0, "accepted"),
        ("open", None, "accepted"),
        ("open", 0.1, "partially_filled"),
        ("open", 0.3, "filled"),
        ("closed", 0.3, "filled"),
        ("closed", None, "filled"),
        ("closed", 0, "canceled"),
        ("canceled", 0.1, "canceled"),
        ("cancelled", 0, "canceled"),
        ("canceling", 0, "canceled"),
        ("expired", 0, "expired"),
        ("rejected", 0, "rejected"),
        ("Rejected", 0, "rejected"),
        (None, None, "submitted"),
        (None, 0.3, "filled"),
        ("some new word", 0, "submitted"),
    ],
)
def test_the_words_of_ccxt_for_a_status(status: str | None, filled: Any, word: str) -> None:
    assert from_ccxt_order({**ORDER, "status": status, "filled": filled})["status"] == word


def test_an_order(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    start(strict=True).order(**from_ccxt_order(ORDER, exchange="binance"))
    (line,) = events("ORDER")
    assert line["message"] == "partially_filled buy 0.3 BTC/USDT 64000.0"
    expected = {
        "order_id": "81", "client_order_id": "grid-1", "symbol": "BTC/USDT", "exchange": "binance", "side": "buy",
        "qty": 0.3, "filled_qty": 0.1, "order_type": "limit", "price": 64_000.0, "avg_price": 63_990.5, "fee": 0.0001,
        "fee_currency": "BTC", "reduce_only": False,
    }  # fmt: skip
    assert {name: line[name] for name in expected} == expected
    assert "info" not in line


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("market", "market"), ("LIMIT", "limit"), ("stop-limit", "stop_limit"), ("STOP_LOSS_LIMIT", "stop_limit"),
        ("stop_market", "stop"), ("take_profit_market", "take_profit"), ("TRAILING_STOP_MARKET", "trailing_stop"),
        ("iceberg", None), (None, None),
    ],
)  # fmt: skip
def test_the_type_of_an_order(kind: str | None, word: str | None) -> None:
    assert from_ccxt_order({**ORDER, "type": kind}).get("order_type") == word


def test_what_an_exchange_leaves_out_is_left_out() -> None:
    order = {
        "id": "1",
        "symbol": "BTC/USDT",
        "side": "sell",
        "filled": 0.1,
        "remaining": 0.2,
        "price": 0,
        "triggerPrice": 5,
    }
    fields = from_ccxt_order(order, qty=None)
    assert fields["price"] == 5
    assert not {"fee", "avg_price", "qty", "exchange", "client_order_id"} & fields.keys()
    assert from_ccxt_order(order)["qty"] == 0.3
    assert from_ccxt_order({})["status"] == "submitted"


def test_numbers_as_text_keep_their_digits() -> None:
    fields = from_ccxt_order(
        {**ORDER, "amount": "0.300000000000000001", "price": "x", "average": "inf", "filled": True}
    )
    assert fields["qty"] == Decimal("0.300000000000000001")
    assert not {"price", "avg_price", "filled_qty"} & fields.keys()


@pytest.mark.parametrize(
    ("fee", "fees", "expected"),
    [
        (None, [{"cost": 0.1, "currency": "BNB"}, {"cost": 0.2, "currency": "BNB"}], (0.3, "BNB")),
        (None, [{"cost": 0.1, "currency": "BNB"}, {"cost": 0.2, "currency": "BTC"}], (None, None)),
        ({"cost": None}, [{"cost": "0.5", "currency": "USDT"}, "odd"], (Decimal("0.5"), "USDT")),
        (None, None, (None, None)),
    ],
)  # fmt: skip
def test_the_fees_of_an_order(fee: Any, fees: Any, expected: tuple[Any, Any]) -> None:
    fields = from_ccxt_order({**ORDER, "fee": fee, "fees": fees})
    assert (fields.get("fee"), fields.get("fee_currency")) == expected


FILL = {
    "id": "f1", "order": "81", "symbol": "BTC/USDT:USDT", "side": "buy", "price": 64_000.0, "amount": 0.01, "cost": 640.0,
    "fee": {"cost": 0.32, "currency": "USDT"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("side", "action", "position_side"),
    [
        ("buy", "entry", "LONG"),
        ("sell", "entry", "SHORT"),
        ("sell", "exit", "LONG"),
        ("buy", "exit", "SHORT"),
        ("sell", "partial_exit", "LONG"),
    ],
)
def test_the_side_of_a_fill_and_the_action_give_that_of_the_position(
    side: str, action: str, position_side: str
) -> None:
    assert from_ccxt_trade({**FILL, "side": side}, action)["position_side"] == position_side


def test_a_trade(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    log = start(strict=True)
    log.trade(**from_ccxt_trade(FILL, exchange="binance"))
    log.trade(**from_ccxt_trade({**FILL, "side": "sell"}, "exit", trade_id="t1", pnl=12.5))
    entry, exit_ = events("TRADE")
    assert (entry["trade_id"], entry["order_id"], entry["quote"]) == ("81", "81", "USDT")
    assert (entry["qty"], entry["price"], entry["fee"]) == (0.01, 64_000.0, 0.32)
    assert (exit_["trade_id"], exit_["pnl"], exit_["result"]) == ("t1", 12.5, "win")


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        ({"cost": 0.00001, "currency": "BTC"}, {"fee": 0.64}),
        ({"cost": 0.001, "currency": "BNB"}, {"fee_cost": 0.001, "fee_currency": "BNB"}),
        ({"cost": 0.5, "currency": None}, {"fee": 0.5}),
        (None, {}),
    ],
)
def test_the_fee_of_a_trade_is_in_quote_currency(fee: Any, expected: dict[str, Any]) -> None:
    fields = from_ccxt_trade({**FILL, "fee": fee})
    assert {name: fields[name] for name in fields if name.startswith("fee")} == expected


def test_the_price_of_a_fill_that_has_only_its_cost() -> None:
    fields = from_ccxt_trade({**FILL, "price": None}, position_side="SHORT")
    assert (fields["price"], fields["position_side"]) == (64_000, "SHORT")


POSITION = {
    "symbol": "BTC/USDT:USDT", "side": "short", "contracts": 3, "contractSize": 0.1, "entryPrice": 64_000, "markPrice": 63_000,
    "notional": 18_900, "unrealizedPnl": 300, "percentage": 15.6, "leverage": 10, "liquidationPrice": 0,
}  # fmt: skip


def test_a_position(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    start(strict=True).position(**from_ccxt_position(POSITION, exchange="okx"))
    (line,) = events("POSITION")
    assert (line["position_side"], line["qty"], line["quote"]) == ("SHORT", -0.3, "USDT")
    assert line["unrealized_pnl_pct"] == 1.5625  # of the entry value of 19,200, not of the margin
    assert (line["leverage"], line["exchange"]) == (10, "okx")
    assert "liquidation_price" not in line


@pytest.mark.parametrize(
    ("changes", "word", "qty"),
    [
        ({"side": "long", "contractSize": None}, "LONG", 3),
        ({"contracts": 0}, "FLAT", 0),
        ({"contracts": None, "side": None}, "FLAT", 0),
        ({"side": None, "contracts": -3}, "SHORT", -0.3),
        ({"side": "long", "contracts": "2.5"}, "LONG", 0.25),
    ],
)
def test_the_side_of_a_position(changes: dict[str, Any], word: str, qty: float) -> None:
    fields = from_ccxt_position({**POSITION, **changes})
    assert (fields["position_side"], float(fields["qty"])) == (word, qty)


def test_the_profit_of_an_inverse_contract() -> None:
    """100 contracts of 1 USD of BTC/USD:BTC have a profit in BTC."""
    fields = from_ccxt_position(
        {
            "symbol": "BTC/USD:BTC",
            "side": "long",
            "contracts": 0.5,
            "entryPrice": 50_000,
            "unrealizedPnl": 0.01,
        }
    )
    assert (fields["quote"], fields["unrealized_pnl_pct"]) == ("BTC", 2)


def test_a_balance(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    balance = {"total": {"USDT": 1_000.5, "BTC": 0.1, "ETH": "2", "DUST": 0, "NONE": None}}
    log = start(strict=True)
    log.equity(**from_ccxt_balance(balance, "USDT", prices={"BTC": 64_000}, exchange="okx"))
    log.equity(**from_ccxt_balance({}, "EUR", realized_pnl=3))
    full, empty = events("EQUITY")
    assert (full["equity"], full["balance"], full["unpriced"]) == (7_400.5, 1_000.5, ["ETH"])
    assert (empty["equity"], empty["quote"], empty["realized_pnl"]) == (0, "EUR", 3)


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTC/USDT", "BTC", "USDT"),
        ("BTC/USDT:USDT", "BTC", "USDT"),
        ("BTC/USD:BTC-240628", "BTC", "BTC"),
        ("BTCUSDT", None, None),
        (None, None, None),
    ],
)
def test_the_currencies_of_a_symbol(symbol: Any, base: Any, quote: Any) -> None:
    assert (base_of(symbol), quote_of(symbol)) == (base, quote)
