"""A paper broker that fills orders at the market's price, with slippage and a fee."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

Side = Literal["buy", "sell"]
PositionSide = Literal["LONG", "SHORT"]
_BREAKEVEN: Final = 1e-9
_DIGITS: Final = 4
"""Decimals of an amount of money."""


@dataclass(slots=True)
class Position:
    """An open position; amounts in quote currency, `qty` in base currency and always positive."""

    trade_id: str
    side: PositionSide
    qty: float
    entry_price: float
    entry_fee: float
    opened_ns: int
    correlation_id: str = ""
    risk: float = 0.0
    """Accepted loss when the position was opened; the unit of `Leg.r_multiple`."""

    @property
    def sign(self) -> int:
        """1 for a long position, -1 for a short one."""
        if self.side == "LONG":
            return 1
        return -1

    def unrealized(self, price: float) -> float:
        """Return the profit at a price, without the fee for closing."""
        return round((price - self.entry_price) * self.qty * self.sign - self.entry_fee, _DIGITS)


@dataclass(frozen=True, slots=True)
class Leg:
    """Result of closing a position or a part of it; amounts in quote currency."""

    qty: float
    price: float
    fee: float
    pnl: float
    pnl_pct: float
    r_multiple: float
    duration_s: float

    @property
    def result(self) -> Literal["win", "loss", "breakeven"]:
        """The field `result` of the trade."""
        if abs(self.pnl) < _BREAKEVEN:
            return "breakeven"
        if self.pnl > 0:
            return "win"
        return "loss"


class PaperBroker:
    """One account that holds at most one position per symbol.

    Args:
        balance: Balance at the start, in quote currency.
        random: Source of the slippage.
        fee_rate: Fee as a ratio of the value traded.
        slippage: Largest difference between a fill and the market's price, as a ratio; a fill is
            never better than the market.
        decimals: Decimals of a price.
    """

    def __init__(
        self,
        balance: float,
        random: Random,
        *,
        fee_rate: float = 0.0004,
        slippage: float = 0.0002,
        decimals: int = 2,
    ) -> None:
        self.start = self.balance = self.highest = balance
        self.realized = 0.0
        self.positions: dict[str, Position] = {}
        self._today = 0.0
        self._day = -1
        self._random = random
        self._fee_rate = fee_rate
        self._slippage = slippage
        self._decimals = decimals
        self._orders = 0

    def new_id(self, prefix: str) -> str:
        """Return a new id with an increasing number, as an exchange gives it."""
        self._orders += 1
        return f"{prefix}{self._orders:06d}"

    def fill_price(self, side: Side, price: float) -> float:
        """Return the price at which a market order is filled."""
        worse = self._random.random() * self._slippage
        if side == "sell":
            worse = -worse
        return round(price * (1.0 + worse), self._decimals)

    def fee(self, qty: float, price: float) -> float:
        """Return the fee for a trade, in quote currency."""
        return round(qty * price * self._fee_rate, _DIGITS)

    def open(
        self,
        symbol: str,
        side: PositionSide,
        qty: float,
        price: float,
        time_ns: int,
        *,
        trade_id: str,
        correlation_id: str = "",
        risk: float = 0.0,
    ) -> Position:
        """Ledger the fill that opens a position.

        Args:
            symbol: The market.
            side: Direction of the position.
            qty: Amount in base currency.
            price: Average price of the fills.
            time_ns: Time of the fill, in nanoseconds since 1970-01-01 UTC.
            trade_id: Id of the round trip.
            correlation_id: Correlation id of the signal.
            risk: Accepted loss, in quote currency.
        """
        position = Position(
            trade_id, side, qty, price, self.fee(qty, price), time_ns, correlation_id, risk
        )
        self.positions[symbol] = position
        return position

    def close(self, symbol: str, price: float, time_ns: int, *, part: float = 1.0) -> Leg:
        """Ledger the fill that closes a position or a part of it.

        Args:
            symbol: The market.
            price: Average price of the fills.
            time_ns: Time of the fill, in nanoseconds since 1970-01-01 UTC.
            part: Part of the position to close, as a ratio.

        Raises:
            KeyError: If there is no position.
        """
        position = self.positions[symbol]
        whole = part >= 1.0
        if whole:
            qty = position.qty
        else:
            qty = round(position.qty * part, 8)
        if whole:
            entry_fee = position.entry_fee
        else:
            entry_fee = round(position.entry_fee * qty / position.qty, _DIGITS)
        fee = self.fee(qty, price)
        pnl = round((price - position.entry_price) * qty * position.sign - fee - entry_fee, _DIGITS)
        r_multiple = 0.0
        if position.risk:
            r_multiple = round(pnl / (position.risk * qty / position.qty), 3)
        leg = Leg(
            qty=qty,
            price=price,
            fee=fee,
            pnl=pnl,
            pnl_pct=round(100.0 * pnl / (position.entry_price * qty), 4),
            r_multiple=r_multiple,
            duration_s=round((time_ns - position.opened_ns) / 1e9, 3),
        )
        if whole:
            del self.positions[symbol]
        else:
            position.risk *= 1.0 - part
            position.qty = round(position.qty - qty, 8)
            position.entry_fee = round(position.entry_fee - entry_fee, _DIGITS)
        self.realized = round(self.realized + pnl, _DIGITS)
        self.balance = round(self.start + self.realized, _DIGITS)
        self._today = round(self.realized_today(time_ns) + pnl, _DIGITS)
        return leg

    def realized_today(self, time_ns: int) -> float:
        """Return the profit of the trades closed on the UTC day of this time."""
        day = time_ns // 86_400_000_000_000
        if day != self._day:
            self._day, self._today = day, 0.0
        return self._today

    def unrealized(self, prices: dict[str, float]) -> float:
        """Return the profit of the open positions.

        Args:
            prices: Market price by symbol.
        """
        return round(
            sum(position.unrealized(prices[symbol]) for symbol, position in self.positions.items()),
            _DIGITS,
        )

    def snapshot(self, prices: dict[str, float], time_ns: int) -> dict[str, float]:
        """Return the fields of an EQUITY event; amounts in quote currency."""
        unrealized = self.unrealized(prices)
        equity = round(self.balance + unrealized, _DIGITS)
        self.highest = max(self.highest, equity)
        return {
            "equity": equity,
            "balance": self.balance,
            "realized_pnl": self.realized,
            "realized_pnl_today": self.realized_today(time_ns),
            "unrealized_pnl": unrealized,
            "total_return_pct": round(100.0 * (equity / self.start - 1.0), 4),
            "current_return_pct": round(100.0 * unrealized / self.balance, 4),
            "drawdown_pct": round(100.0 * (1.0 - equity / self.highest), 4),
        }
