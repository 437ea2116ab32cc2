"""Events that every peer logs: ten fields, one nested, one an API key made for the run."""

from __future__ import annotations

import random
import secrets
import string
from collections.abc import Iterator
from typing import Any, Final

Fields = dict[str, Any]

_CHARACTERS: Final = string.ascii_letters + string.digits
SIGNAL_FIELDS: Final = frozenset(
    (
        "signal",
        "confidence",
        "symbol",
        "price",
        "strategy",
        "timeframe",
        "reason",
        "indicators",
        "correlation_id",
        "api_key",
    )
)
ORDER_FIELDS: Final = frozenset(
    (
        "status",
        "order_id",
        "symbol",
        "exchange",
        "side",
        "qty",
        "price",
        "reason",
        "indicators",
        "api_key",
    )
)


def new_key() -> str:
    """Make an API key in the form that exchanges give out: 64 letters and digits."""
    return "".join(secrets.choice(_CHARACTERS) for _ in range(64))


class Events:
    """Source of numbered events with varying values; the same seed gives the same values.

    The text of `reason` ends in the number, so each line of an output names its event.
    """

    def __init__(self, seed: int, key: str) -> None:
        self._random = random.Random(seed)
        self._key = key

    def signal(self, number: int) -> Fields:
        """Return the decision of a strategy."""
        made = self._random
        price = round(60_000 + 9_000 * made.random(), 2)
        return {
            "signal": "LONG" if number % 3 else "SHORT",
            "confidence": round(made.random(), 3),
            "symbol": "BTC/USDT" if number % 2 else "ETH/USDT",
            "price": price,
            "strategy": "ema-cross",
            "timeframe": "1h",
            "reason": f"ema 12 crossed 26 at {price:.2f} on bar {number}",
            "indicators": {
                "rsi": round(100 * made.random(), 1),
                "ema_fast": price - 12.5,
                "trend": "up",
            },
            "correlation_id": f"{made.getrandbits(64):016x}",
            "api_key": self._key,
        }

    def order(self, number: int) -> Fields:
        """Return an order that follows a decision."""
        made = self._random
        price = round(60_000 + 9_000 * made.random(), 2)
        return {
            "status": "submitted",
            "order_id": f"{made.getrandbits(48):015d}",
            "symbol": "BTC/USDT" if number % 2 else "ETH/USDT",
            "exchange": "binance",
            "side": "buy" if number % 3 else "sell",
            "qty": round(made.random(), 4),
            "price": price,
            "reason": f"entry at {price:.2f} for bar {number}",
            "indicators": {"spread": round(made.random(), 2), "book": price - 0.5, "trend": "up"},
            "api_key": self._key,
        }

    def signals(self, numbers: range) -> list[Fields]:
        """Return several signals, made before the clock starts."""
        return [self.signal(number) for number in numbers]

    def both(self, numbers: range) -> Iterator[Fields]:
        """Yield signals at even numbers and orders at odd ones."""
        return (self.order(number) if number % 2 else self.signal(number) for number in numbers)


def number_of(fields: Fields, message: str) -> int | None:
    """Return the number of the event behind a line, or None for a foreign line."""
    reason = fields.get("reason")
    if isinstance(reason, str) and " bar " in reason:
        return int(reason.rpartition(" ")[2])
    if isinstance(fields.get("a"), int):
        return int(fields["a"])
    if message.startswith("request "):
        return int(message.split(" ")[1])
    return None
