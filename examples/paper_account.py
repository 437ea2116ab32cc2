"""A paper account, indicators and recorded candles for `ema_bot.py`, in place of an exchange."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

FEE_RATE, SLIPPAGE = 0.00002, 0.00004
SECOND = 1_000_000_000
Side = Literal["LONG", "SHORT"]


class Candle(NamedTuple):
    """One closed candle; prices in quote currency, volume in base currency."""

    time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def read_candles(path: Path, count: int | None = None) -> list[Candle]:
    """Read the first candles of a CSV file; all of them when `count` is `None`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in islice(csv.DictReader(file), count)]
    return [
        Candle(round(datetime.fromisoformat(at).timestamp() * 1000), *map(float, values))
        for at, *values in rows
    ]


class ReplayClock:
    """The time of the replay, in nanoseconds since 1970-01-01 UTC. A real bot needs no clock."""

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        """Return the time."""
        return self.now_ns

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.advance_to(self.now_ns + round(seconds * SECOND))

    def advance_to(self, time_ns: int) -> None:
        """Move to a time, unless it has passed."""
        self.now_ns = max(self.now_ns, time_ns)


class Indicators:
    """EMA 12, EMA 26, the RSI 14 after Wilder, and the mean absolute return."""

    def __init__(self) -> None:
        self.fast = self.slow = self.before = 0.0
        self.gain = self.loss = self.volatility = 0.0
        self.seen = 0

    def update(self, close: float) -> dict[str, Any]:
        """Add a close; return the values by name, `rsi` once there are enough closes."""
        if self.seen == 0:
            self.fast = self.slow = self.before = close
        self.fast += 2 / 13 * (close - self.fast)
        self.slow += 2 / 27 * (close - self.slow)
        change, self.before = close - self.before, close
        self.volatility += (abs(change) / close - self.volatility) / 24
        length = max(1, min(self.seen, 14))
        self.gain += (max(change, 0.0) - self.gain) / length
        self.loss += (max(-change, 0.0) - self.loss) / length
        self.seen += 1
        values = {
            "ema_fast": round(self.fast, 6),
            "ema_slow": round(self.slow, 6),
            "volatility": round(self.volatility, 6),
        }
        if self.seen > 14:
            values["rsi"] = round(100.0 * self.gain / (self.gain + self.loss or 1.0), 2)
        return values


@dataclass
class Position:
    """An open position; `risk` is the loss in quote currency at which the bot gives up."""

    trade_id: str
    side: Side
    qty: float
    entry_price: float
    entry_fee: float
    opened_ns: int
    risk: float

    @property
    def sign(self) -> int:
        """1 for LONG, -1 for SHORT."""
        return {"LONG": 1, "SHORT": -1}[self.side]

    def profit(self, price: float) -> float:
        """Return the profit at a price, without the fee for leaving."""
        return round((price - self.entry_price) * self.qty * self.sign - self.entry_fee, 4)


class Account:
    """An account that holds at most one position; amounts in quote currency."""

    def __init__(self, balance: float) -> None:
        self.start = self.balance = self.highest = balance
        self.position: Position | None = None
        self.day, self.today = -1, 0.0

    def leave(self, position: Position, price: float, part: float, now_ns: int) -> dict[str, Any]:
        """Close a part of the position; return the fields of the TRADE event."""
        qty = round(position.qty * part, 8)
        entry_fee, fee = round(position.entry_fee * part, 4), fee_of(qty, price)
        pnl = round((price - position.entry_price) * qty * position.sign - fee - entry_fee, 4)
        fields = {
            "trade_id": position.trade_id, "position_side": position.side, "qty": qty,
            "pnl": pnl, "fee": fee,
            "entry_price": position.entry_price, "exit_price": price, "price": price,
            "pnl_pct": round(100.0 * pnl / (position.entry_price * qty), 4),
            "r_multiple": round(pnl / (position.risk * part), 3),
            "result": "breakeven", "duration_s": round((now_ns - position.opened_ns) / SECOND, 3),
        }  # fmt: skip
        if pnl:
            fields["result"] = "win" if pnl > 0 else "loss"
        position.qty = round(position.qty - qty, 8)
        position.entry_fee = round(position.entry_fee - entry_fee, 4)
        position.risk *= 1.0 - part
        if part == 1.0:
            self.position = None
        self.balance = round(self.balance + pnl, 4)
        self.today = round(self.snapshot(price, now_ns)["realized_pnl_today"] + pnl, 4)
        return fields

    def snapshot(self, price: float, now_ns: int) -> dict[str, Any]:
        """Return the fields of the EQUITY event."""
        day = now_ns // (86_400 * SECOND)
        if day != self.day:
            self.day, self.today = day, 0.0
        unrealized = self.position.profit(price) if self.position else 0.0
        equity = round(self.balance + unrealized, 4)
        self.highest = max(self.highest, equity)
        return {
            "equity": equity,
            "balance": self.balance,
            "realized_pnl": round(self.balance - self.start, 4),
            "realized_pnl_today": self.today,
            "unrealized_pnl": unrealized,
            "total_return_pct": round(100.0 * (equity / self.start - 1.0), 4),
            "drawdown_pct": round(100.0 * (1.0 - equity / self.highest), 4),
        }


def fee_of(qty: float, price: float) -> float:
    """Return the fee for a trade, in quote currency."""
    return round(qty * price * FEE_RATE, 4)


def fill_price(side: str, price: float, random: Random) -> float:
    """Return the price at which a market order is filled: a little worse than the market's."""
    worse = random.random() * SLIPPAGE * {"buy": 1, "sell": -1}[side]
    return round(price * (1.0 + worse), 5)
