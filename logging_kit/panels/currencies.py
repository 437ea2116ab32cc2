"""Digits of amounts by their currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

DIGITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("KRW", "JPY", "VND", "IDR"), 0),
        **dict.fromkeys(
            ("USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "EUR", "GBP", "CHF", "AUD"), 2
        ),
        **dict.fromkeys(("CAD", "SGD", "HKD", "TRY", "BRL", "CNY", "TWD"), 2),
        "BTC": 8,
        "ETH": 6,
        "BNB": 5,
        "SOL": 4,
    }
)
"""Digits after the point; an amount of another currency has as many as it needs."""

_SIGNIFICANT: Final = 4
_MOST: Final = 10


def format_amount(value: float | Decimal, currency: str = "") -> str:
    """Format an amount with the digits of its currency, and never a small one as zero.

    Args:
        value: The amount.
        currency: Its currency, in any case.

    Example:
        >>> format_amount(0.00031, "BTC"), format_amount(1234.5, "USDT"), format_amount(0.0004)
        ('0.00031000', '1,234.50', '0.0004')
    """
    digits = DIGITS.get(currency.upper())
    size = abs(float(value))
    if digits is not None and (value == 0 or size >= 0.5 * 10.0**-digits):
        return f"{value:,.{digits}f}"
    if value == 0 or size >= 100:
        return f"{value:,.2f}"
    leading = int(f"{value:e}".partition("e")[2])
    text = f"{value:,.{min(max(_SIGNIFICANT - 1 - leading, 2), _MOST)}f}"
    whole, _, part = text.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
