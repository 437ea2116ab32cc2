"""Key figures of a period: equity, fees, turnover, profit factor, drawdown, open positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Final

from ..events.catalogue import CATALOGUE
from ..events.own import own_events
from ..panels.currencies import format_amount
from .columns import signed_amount
from .lines import Owner
from .report import Report, number
from .text import Section

_ZERO: Final = Decimal(0)
Place = tuple[str, str]
"""Environment and quote currency: amounts of two environments or currencies do not add up."""


@dataclass(slots=True)
class Money:
    """Amounts of one environment and quote currency.

    Attributes:
        gains: Sum of the legs that earned.
        losses: Sum of the legs that lost, as a positive amount.
        fees: Sum of the fees in this currency.
        turnover: Sum of quantity times price over all legs.
        drawdown: Largest fall of the realized profit from its highest point in the period.
    """

    gains: Decimal = _ZERO
    losses: Decimal = _ZERO
    fees: Decimal = _ZERO
    turnover: Decimal = _ZERO
    drawdown: Decimal = _ZERO
    _highest: Decimal = _ZERO

    def add(self, line: Mapping[str, Any]) -> None:
        """Add a leg of a trade."""
        self.fees += number(line.get("fee")) or _ZERO
        qty, price = number(line.get("qty")), number(line.get("price"))
        if qty is not None and price is not None:
            self.turnover += abs(qty * price)
        pnl = number(line.get("pnl")) or _ZERO
        if line.get("action") not in ("exit", "partial_exit"):
            return
        if pnl > 0:
            self.gains += pnl
        else:
            self.losses -= pnl
        realized = self.gains - self.losses
        self._highest = max(self._highest, realized)
        self.drawdown = max(self.drawdown, self._highest - realized)

    @property
    def profit_factor(self) -> Decimal | None:
        """Gains divided by losses; None without a loss."""
        if self.losses:
            return self.gains / self.losses
        return None


@dataclass(slots=True)
class Equity:
    """Equity of one account: before the period or at its first snapshot, and at the last one."""

    start: Decimal
    end: Decimal


@dataclass(slots=True)
class Position:
    """The newest snapshot of a position."""

    at: datetime
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Figures:
    """Collects the key figures from the lines that a report reads."""

    money: defaultdict[Place, Money] = field(default_factory=lambda: defaultdict(Money))
    equity: dict[tuple[Owner, str], Equity] = field(default_factory=dict)
    positions: dict[tuple[Owner, str, str], Position] = field(default_factory=dict)
    events: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def note(self, at: datetime, owner: Owner, line: Mapping[str, Any], *, inside: bool) -> None:
        """Take one line into account.

        Args:
            at: Its time.
            owner: Its app, environment and bot.
            line: Its fields.
            inside: False if it is from the day before the period.
        """
        event = str(line.get("event") or "")
        if event and inside:
            count, _ = self.events.get(event, (0, at))
            self.events[event] = (count + 1, at)
        match event:
            case "TRADE" if inside:
                self.money[owner.env, str(line.get("quote") or "")].add(line)
            case "EQUITY":
                self._equity(owner, line, inside=inside)
            case "POSITION":
                place = (owner, str(line.get("exchange") or ""), str(line.get("symbol") or ""))
                self.positions[place] = Position(at, line)

    def _equity(self, owner: Owner, line: Mapping[str, Any], *, inside: bool) -> None:
        value = number(line.get("equity"))
        if value is None:
            return
        account = (owner, str(line.get("quote") or ""))
        known = self.equity.get(account)
        if known is None:
            self.equity[account] = Equity(value, value)
        elif inside:
            known.end = value
        else:
            known.start = known.end = value

    @property
    def open_positions(self) -> dict[tuple[Owner, str, str], Position]:
        """The positions whose newest snapshot is not flat."""
        return {
            place: position
            for place, position in self.positions.items()
            if number(position.fields.get("qty"))
        }


def sections(figures: Figures, zone: tzinfo | None, *, several: bool = False) -> list[Section]:
    """Return the sections of the key figures in reading order.

    Args:
        figures: The figures.
        zone: The reader's time zone.
        several: True if the report is about several environments, which are then named.
    """
    found = [
        Section(
            "Account",
            ("Account", "Currency", "Equity from", "to", "Change"),
            tuple(
                (
                    _owner(owner, several=several),
                    quote or "–",
                    format_amount(equity.start, quote),
                    format_amount(equity.end, quote),
                    _signed(equity.end - equity.start, quote),
                )
                for (owner, quote), equity in sorted(figures.equity.items())
            ),
        ),
        Section(
            "Trading",
            ("Currency", "Profit factor", "Drawdown", "Fees", "Turnover"),
            tuple(
                (
                    _place(env, quote, several=several),
                    _factor(money),
                    format_amount(money.drawdown, quote),
                    format_amount(money.fees, quote),
                    format_amount(money.turnover, quote),
                )
                for (env, quote), money in sorted(figures.money.items())
            ),
        ),
        Section(
            "Open positions",
            ("Bot", "Symbol", "Side", "Qty", "Entry", "Unrealized", "As of"),
            tuple(
                (
                    _owner(owner, several=several),
                    symbol or "–",
                    str(position.fields.get("position_side") or "–"),
                    _plain(position.fields.get("qty")),
                    _plain(position.fields.get("entry_price")),
                    _signed(
                        number(position.fields.get("unrealized_pnl")),
                        str(position.fields.get("quote") or ""),
                    ),
                    f"{position.at.astimezone(zone):%m-%d %H:%M}",
                )
                for (owner, _, symbol), position in sorted(
                    figures.open_positions.items(), key=lambda item: item[0]
                )
            ),
        ),
    ]
    return [section for section in found if section.rows]


def event_section(figures: Figures, zone: tzinfo | None) -> Section:
    """Return the number of lines of each event, the bot's own events included."""
    own = own_events()
    rows = []
    for event, (count, newest) in sorted(figures.events.items()):
        kind = "own"
        if event not in own:
            kind = ("not in the catalogue", "")[event in CATALOGUE]
        rows.append((event, f"{count:,}", f"{newest.astimezone(zone):%m-%d %H:%M:%S}", kind))
    if not rows:
        return Section("Events", text="None.")
    return Section("Events", ("Event", "Lines", "Newest", ""), tuple(rows))


def comparison(report: Report, before: Report, now: Figures, then: Figures) -> Section:
    """Return how a period differs from the one before it.

    Args:
        report: The report of the period.
        before: The report of the period before.
        now: The figures of the period.
        then: The figures of the period before.
    """
    rows = []
    for quote in sorted({*report.total, *before.total}):
        pnl, earlier = report.total[quote].pnl, before.total[quote].pnl
        rows.append(
            (f"PnL {quote}".strip(), *_compared(pnl, earlier, partial(_signed, currency=quote)))
        )
        closed, closed_before = report.total[quote].closed, before.total[quote].closed
        rows.append((f"Closed {quote}".strip(), *_compared(closed, closed_before, _count)))
    for place in sorted({*now.money, *then.money}):
        name = " ".join(filter(None, place))
        amount = partial(format_amount, currency=place[-1])
        rows.append(
            (f"Fees {name}", *_compared(now.money[place].fees, then.money[place].fees, amount))
        )
    for name, found, earlier_found in (
        ("Errors", report.errors.total(), before.errors.total()),
        ("Failed API calls", report.failed_calls.total(), before.failed_calls.total()),
        ("Lines", report.lines, before.lines),
    ):
        rows.append((name, *_compared(found, earlier_found, _count)))
    return Section(
        "Compared with the period before", ("Figure", "Now", "Before", "Change"), tuple(rows)
    )


def as_json(figures: Figures) -> dict[str, Any]:
    """Return the figures for programs, with amounts as text, so that no digit is lost."""
    return {
        "equity": [
            {**owner._asdict(), "quote": quote, "start": str(e.start), "end": str(e.end)}
            for (owner, quote), e in sorted(figures.equity.items())
        ],
        "trading": [
            {
                "env": env,
                "quote": quote,
                "gains": str(money.gains),
                "losses": str(money.losses),
                "profit_factor": _text(money.profit_factor),
                "drawdown": str(money.drawdown),
                "fees": str(money.fees),
                "turnover": str(money.turnover),
            }
            for (env, quote), money in sorted(figures.money.items())
        ],
        "open_positions": [dict(position.fields) for position in figures.open_positions.values()],
        "events": {event: count for event, (count, _) in sorted(figures.events.items())},
    }


def _compared(now: Any, before: Any, shown: Any) -> Sequence[str]:
    change = now - before
    text = shown(change)
    if change > 0 and not text.startswith("+"):
        text = f"+{text}"
    return shown(now), shown(before), text


def _factor(money: Money) -> str:
    factor = money.profit_factor
    if factor is not None:
        return f"{factor:.2f}"
    if money.gains:
        return "no loss"
    return "–"


def _signed(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "–"
    return signed_amount(amount, currency)


def _count(amount: int) -> str:
    return f"{amount:,}"


def _plain(value: object) -> str:
    amount = number(value)
    if amount is None:
        return "–"
    return f"{amount:,f}"


def _text(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    return str(amount)


def _owner(owner: Owner, *, several: bool) -> str:
    if several:
        return f"{owner.bot or '–'} ({owner.app}/{owner.env})"
    return owner.bot or "–"


def _place(env: str, quote: str, *, several: bool) -> str:
    if several:
        return f"{quote or '–'} ({env or '–'})"
    return quote or "–"
