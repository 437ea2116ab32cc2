"""Digits of amounts by their currency."""

from __future__ import annotations

import pytest

from logging_kit.panels.currencies import format_amount


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (0.00031, "BTC", "0.00031000"),
        (-1.5, "btc", "-1.50000000"),
        (1234.5, "USDT", "1,234.50"),
        (0.0004, "USDT", "0.0004"),
        (1_000_000, "KRW", "1,000,000"),
        (0.4, "KRW", "0.40"),
        (0, "BTC", "0.00000000"),
        (0, "", "0.00"),
        (12.3456, "DOGE", "12.35"),
        (0.00000123, "PEPE", "0.00000123"),
        (123456.789, "DOGE", "123,456.79"),
        (-1e-9, "BTC", "-0.000000001"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(value: float, currency: str, text: str) -> None:
    assert format_amount(value, currency) == text


@pytest.mark.parametrize("currency", ["BTC", "USDT", "KRW", "", "SHIB"])
def test_no_amount_looks_like_zero(currency: str) -> None:
    for exponent in range(-9, 9):
        for sign in (1, -1):
            shown = format_amount(sign * 3.1 * 10.0**exponent, currency)
            assert any(digit in shown for digit in "123456789"), (exponent, shown)
