"""Profiles of the simulated bots, and their strategies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """Name, market and strategy of a bot."""

    name: str
    symbol: str
    exchange: str
    strategy: str
    price: float
    decimals: int
    stake: float
    """Value of a position, in quote currency."""

    @property
    def quote(self) -> str:
        """Currency of prices and profits."""
        return self.symbol.partition("/")[2]


PROFILES: Final = (
    Profile("btc-trend", "BTC/USDT", "binance", "ema_cross", 64_000.0, 1, 6_400.0),
    Profile("eth-scalp", "ETH/USDT", "bybit", "rsi_revert", 3_200.0, 2, 4_000.0),
    Profile("sol-swing", "SOL/USDT", "okx", "ema_cross", 160.0, 3, 2_500.0),
    Profile("xrp-grid", "XRP/KRW", "upbit", "rsi_revert", 800.0, 1, 3_000_000.0),
)


def choose_signal(strategy: str, gap: float, values: dict[str, float]) -> tuple[str, str]:
    """Return the signal of a strategy, and its reason.

    Args:
        strategy: Name of the strategy.
        gap: Fast EMA over slow EMA, minus 1.
        values: The indicators `rsi` and `volatility`.
    """
    if strategy == "rsi_revert":
        if values["rsi"] < 30:
            return "LONG", "oversold"
        if values["rsi"] > 70:
            return "SHORT", "overbought"
        return "WAIT", "rsi in between"
    if abs(gap) <= 1.5 * values["volatility"]:
        return "WAIT", "no trend"
    return choose_trend(gap)


def choose_trend(gap: float) -> tuple[str, str]:
    """Return the signal of the trend, and its reason.

    Args:
        gap: Fast EMA over slow EMA, minus 1.
    """
    if gap > 0:
        return "LONG", "ema 12 over 26"
    return "SHORT", "ema 12 under 26"
