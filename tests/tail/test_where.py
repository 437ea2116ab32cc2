"""Conditions on the fields of a line."""

from __future__ import annotations

from typing import Any

import pytest

from logging_kit.tail.where import Condition

LINE: dict[str, Any] = {
    "event": "TRADE",
    "pnl": -12.5,
    "qty": "0.010",
    "symbol": "BTC/USDT",
    "ok": True,
    "status": 200,
    "reason": "it's late",
    "exception": {"type": "KeyError", "frames": []},
    "a.b": 1,
    "id": 2**60 + 1,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pnl < 0", True),
        ("pnl<-12.5", False),
        ("pnl <= -12.5", True),
        ("pnl >= -12.5", True),
        ("pnl > -13", True),
        ("none < 0", False),
        ("reason < 0", False),
        ("qty = 0.01", True),
        ("qty > 0.005", True),
        ("status == 200.0", True),
        ("id = 1152921504606846977", True),
        ("id = 1152921504606846976", False),
        ("ok = true", True),
        ("ok = 1", False),
        ("ok > 0", False),
        ("symbol = BTC/USDT", True),
        ("symbol = 'BTC/USDT'", True),
        ('symbol != "ETH/USDT"', True),
        ("symbol <> BTC/USDT", False),
        ("symbol > A", True),
        ("none != x", True),
        ("symbol ~ ^BTC", True),
        ("symbol !~ ^BTC", False),
        ("symbol ~ '^E(TH|OS)'", False),
        (r"reason = 'it\'s late'", True),
        ('reason = "it\'s late"', True),
        ("event in (TRADE, ORDER)", True),
        ("event not in (TRADE, 'ORDER')", False),
        ("status in (200, 201)", True),
        ("none is null", True),
        ("pnl is null", False),
        ("pnl is not null", True),
        ("exception.type = KeyError", True),
        ("exception.type.x = KeyError", False),
        ("a.b = 1", True),
        ("pnl < 0 and symbol = BTC/USDT", True),
        ("pnl > 0 or symbol = BTC/USDT", True),
        ("not pnl > 0", True),
        ("NOT (pnl < 0 AND ok = true)", False),
        ("pnl > 0 and ok = true or status = 200", True),
        ("pnl > 0 and (ok = true or status = 200)", False),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert Condition(text)(LINE) is expected


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("pnl < 0", {"pnl"}),
        ("pnl < 0 and ok = true", {"pnl", "ok"}),
        ("pnl < 0 or pnl > 5 and ok = true", {"pnl"}),
        ("pnl < 0 or ok = true", set()),
        ("not pnl < 0", set()),
        ("pnl is null", set()),
        ("pnl != 3", set()),
        ("pnl !~ 3", set()),
        ("pnl is not null", {"pnl"}),
        ("pnl not in (3)", set()),
    ],
)
def test_only_fields_that_no_match_can_lack_are_needed(text: str, needed: set[str]) -> None:
    assert Condition(text).needed == needed
    assert Condition(text)({}) is False or not needed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a field is missing"),
        ("pnl", "a comparison is missing"),
        ("pnl <", "a value is missing"),
        ("pnl < 0 0", "'and' or 'or' is missing"),
        ("(pnl < 0", r"'\)' is missing"),
        ("pnl in 3", r"'\(' is missing"),
        ("pnl in (3", r"'\)' is missing"),
        ("pnl not 3", "'in' is missing"),
        ("pnl is 3", "'null' is missing"),
        ("pnl ~ '('", "unterminated"),
        ("'pnl", "no part of a condition"),
        ("not " * 60 + "pnl < 0", "nested"),
        ("= 3", "a field is missing"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Condition(text)
