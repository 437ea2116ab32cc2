"""A paper broker.

Fills orders at the market's price with slippage and a fee, and keeps the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

Side = Literal["buy", "sell"]
PositionSide = Literal["LONG", "SHORT"]
_BREAKEVEN: Final = 1e-9
_DIGITS: Final = 4
"""Of an amount of money, after the point."""


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
    """Loss that was accepted when it was opened; the unit of `Leg.r_multiple`."""

    @property
    def sign(self) -> int:
        """1 when it is long, -1 when short."""
        if self.side == "LONG":
            return 1
        return -1

    def unrealized(self, price: float) -> float:
        """Profit if it were closed at this price, without the fee for that."""
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
        """Outcome: win, loss or breakeven."""
        if abs(self.pnl) < _BREAKEVEN:
            return "breakeven"
        if self.pnl > 0:
            return "win"
        return "loss"


class PaperBroker:
    """One account that holds at most one position per symbol.

    Args: balance: Money at the beginning, in quote currency. random: Source of the slippage.
        fee_rate: Fee as a ratio of the value traded. slippage: Largest distance of a fill from the
        market's price, as a ratio; always to the disadvantage. decimals: Digits of a price after
        the point.
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
        """Return an id like an exchange's: a number that only grows."""
        self._orders += 1
        return f"{prefix}{self._orders:06d}"

    def fill_price(self, side: Side, price: float) -> float:
        """Price at which a market order is filled."""
        worse = self._random.random() * self._slippage
        return round(price * (1.0 + worse if side == "buy" else 1.0 - worse), self._decimals)

    def fee(self, qty: float, price: float) -> float:
        """Fee for a trade, in quote currency."""
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
            time_ns: When, in nanoseconds since 1970-01-01 UTC.
            trade_id: Id of the round trip.
            correlation_id: Of the signal that it follows from.
            risk: Loss that is accepted, in quote currency.
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
            time_ns: When, in nanoseconds since 1970-01-01 UTC.
            part: Ratio of the position that is closed.

        Raises:
            KeyError: When there is no position.
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
        leg = Leg(
            qty=qty,
            price=price,
            fee=fee,
            pnl=pnl,
            pnl_pct=round(100.0 * pnl / (position.entry_price * qty), 4),
            r_multiple=round(pnl / (position.risk * qty / position.qty), 3)
            if position.risk
            else 0.0,
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
        """Profit of what was closed on this UTC day."""
        day = time_ns // 86_400_000_000_000
        if day != self._day:
            self._day, self._today = day, 0.0
        return self._today

    def unrealized(self, prices: dict[str, float]) -> float:
        """Profit of the open positions.

        Args:
            prices: Market price of each symbol that has one.
        """
        return round(
            sum(position.unrealized(prices[symbol]) for symbol, position in self.positions.items()),
            _DIGITS,
        )

    def snapshot(self, prices: dict[str, float], time_ns: int) -> dict[str, float]:
        """Return the account as an EQUITY event shows it; amounts in quote currency."""
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
