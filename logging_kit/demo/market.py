"""Random-walk prices, and the indicators EMA, RSI and volatility."""

from __future__ import annotations

import math
from collections import deque
from random import Random
from typing import Final, NamedTuple

_TICKS: Final = 12
"""Number of prices within a candle."""


class Candle(NamedTuple):
    """One closed candle; prices in quote currency, volume in base currency."""

    time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Market:
    """A geometric random walk.

    Args:
        price: First price.
        volatility: Standard deviation of the return of one candle, as a ratio.
        decimals: Decimals of a price.
        random: Source of the random numbers; the same seed gives the same prices.
    """

    def __init__(self, price: float, volatility: float, decimals: int, random: Random) -> None:
        self.price = price
        self.decimals = decimals
        self._volatility = volatility
        self._random = random
        self._drift = 0.0

    def candle(self, time_ms: int) -> Candle:
        """Return the next candle.

        Args:
            time_ms: Opening time, in milliseconds since 1970-01-01 UTC.
        """
        random = self._random
        if random.random() < 0.08:  # a trend begins or ends
            self._drift = random.gauss(0.0, 0.35) * self._volatility
        first = self.price
        prices = [first]
        for _ in range(_TICKS):
            step = random.gauss(self._drift / _TICKS, self._volatility / math.sqrt(_TICKS))
            prices.append(prices[-1] * math.exp(step))
        self.price = self.rounded(prices[-1])
        volume = round(
            abs(random.gauss(40.0, 15.0))
            * (1.0 + abs(self.price / first - 1.0) / self._volatility),
            3,
        )
        return Candle(
            time_ms, first, self.rounded(max(prices)), self.rounded(min(prices)), self.price, volume
        )

    def rounded(self, price: float) -> float:
        """Round a price to the market's tick size."""
        return round(price, self.decimals)


class Ema:
    """Exponential moving average.

    Args:
        length: Number of candles; the newest weighs `2 / (length + 1)`.
    """

    def __init__(self, length: int) -> None:
        self._weight = 2.0 / (length + 1)
        self.value: float | None = None

    def update(self, price: float) -> float:
        """Add a close, and return the average."""
        if self.value is None:
            self.value = price
        else:
            self.value = self.value + self._weight * (price - self.value)
        return self.value


class Rsi:
    """Relative strength index after Wilder, 0 to 100; `None` until there are enough candles.

    Args:
        length: Number of candles; 14 in J. Welles Wilder, New Concepts in Technical Trading
            Systems, 1978.
    """

    def __init__(self, length: int = 14) -> None:
        self._length = length
        self._seen = 0
        self._before: float | None = None
        self._gain = self._loss = 0.0

    def update(self, price: float) -> float | None:
        """Add a close, and return the index."""
        if self._before is None:
            self._before = price
            return None
        change, self._before = price - self._before, price
        self._seen += 1
        length = min(self._seen, self._length)
        self._gain += (max(change, 0.0) - self._gain) / length
        self._loss += (max(-change, 0.0) - self._loss) / length
        if self._seen < self._length:
            return None
        if self._loss == 0.0:
            if self._gain:
                return 100.0
            return 50.0
        return round(100.0 - 100.0 / (1.0 + self._gain / self._loss), 2)


class Volatility:
    """Standard deviation of recent returns, as a ratio.

    Args:
        length: Number of returns.
    """

    def __init__(self, length: int = 24) -> None:
        self._returns: deque[float] = deque(maxlen=length)
        self._before: float | None = None

    def update(self, price: float) -> float:
        """Add a close, and return the volatility."""
        if self._before is not None:
            self._returns.append(math.log(price / self._before))
        self._before = price
        if len(self._returns) < 2:
            return 0.0
        mean = sum(self._returns) / len(self._returns)
        return round(
            math.sqrt(sum((r - mean) ** 2 for r in self._returns) / (len(self._returns) - 1)), 6
        )
