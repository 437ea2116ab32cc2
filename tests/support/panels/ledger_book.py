"""An independent book: bots that note what is true in plain Python before they write a line.

The bots trade live and on testnet, in two apps, on two exchanges and in two currencies, in hedge
mode, with partial exits. Lines are told twice, orders are filled without being submitted, files
are late, snapshots come every minute or every four hours, and one bot has a name full of marks
that mean something to a query. Nothing here shares code with the panels.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.panels.reference_engine import Entry

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
STREAMS = {"SIGNAL": "ai-signal", "ORDER": "trade", "TRADE": "trade"}
SYMBOLS = {"USDT": ("BTC/USDT", "ETH/USDT"), "BTC": ("ETH/BTC", "SOL/BTC")}
ODD_NAME = 'b+(1)|"x"\\.*'

Key = tuple[str, ...]


@dataclass(frozen=True)
class Owner:
    """One bot, and the rhythm of its snapshots."""

    app: str
    env: str
    name: str
    exchanges: tuple[str, ...]
    quote: str
    every: int


OWNERS = (
    Owner("trading", "live", "alpha", ("binance", "bybit"), "USDT", MINUTE),
    Owner("trading", "testnet", "alpha", ("binance",), "USDT", 5 * MINUTE),
    Owner("trading", "live", ODD_NAME, ("bybit",), "BTC", 4 * HOUR),
    Owner("other", "live", "alpha", ("binance",), "USDT", MINUTE),
)


@dataclass
class Truth:
    """The numbers of one app at the end."""

    orders: set[Key] = field(default_factory=set)
    ended: dict[Key, str] = field(default_factory=dict)
    sides: dict[Key, str] = field(default_factory=dict)
    decisions: dict[Key, str] = field(default_factory=dict)
    confidence: dict[Key, float] = field(default_factory=dict)
    entries: set[Key] = field(default_factory=set)
    legs: list[tuple[Key, str, str, str, str, str, int, float]] = field(default_factory=list)
    closed: dict[Key, str] = field(default_factory=dict)
    equity: dict[Key, tuple[str, str, float]] = field(default_factory=dict)
    positions: dict[Key, tuple[str, str, str, float, float]] = field(default_factory=dict)
    restarts: int = 0
    wrong: int = 0
    lines: int = 0

    def pnl(self, *which: int) -> dict[Key, float]:
        """Return the profit by fields of a leg: 1 env, 2 quote, 3 symbol, 4 strategy, 5 reason."""
        found: dict[Key, float] = defaultdict(float)
        for leg in self.legs:
            found[tuple(str(leg[at]) for at in which)] += leg[7]
        return dict(found)

    def trips(self) -> dict[Key, float]:
        """Return the profit of each round trip."""
        found: dict[Key, float] = defaultdict(float)
        for leg in self.legs:
            found[leg[0]] += leg[7]
        return dict(found)


class Simulator:
    """Writes the lines of all bots over some hours, and the truth about them."""

    def __init__(self, seed: int, end: int, hours: int) -> None:
        self.chance = random.Random(seed)
        self.end, self.start = end, end - hours * HOUR
        self.truth: dict[str, Truth] = defaultdict(Truth)
        self.entries: list[Entry] = []
        self._seq: Counter[str] = Counter()
        self._ids: Counter[Key] = Counter()
        for owner in OWNERS:
            self._live(owner)
        self.entries.sort(key=lambda entry: entry.ts)

    def files(self) -> Iterator[list[Entry]]:
        """Yield the lines in the order of writing; the newest tenth comes before the rest."""
        late = len(self.entries) * 9 // 10
        yield self.entries[late:]
        yield self.entries[:late]

    def _live(self, owner: Owner) -> None:
        truth = self.truth[owner.app]
        run = f"{owner.app}-{owner.env}-{owner.name[:2]}-1"
        self._line(owner, run, self.start + 1, "LIFECYCLE", phase="startup")
        restart = self.start + self.chance.randrange(HOUR, self.end - self.start)
        balances = dict.fromkeys(owner.exchanges, 1000.0)
        at = self.start + MINUTE
        snapshot = at
        while at < self.end - 2 * MINUTE:
            if at >= restart and run.endswith("1"):
                run = run[:-1] + "2"
                truth.restarts += 1
                self._line(owner, run, at, "LIFECYCLE", phase="startup")
            if at >= snapshot:
                self._snapshots(owner, run, at + SECOND, balances)
                snapshot = at + owner.every
            if self.chance.random() < 0.06:
                exchange = self.chance.choice(owner.exchanges)
                balances[exchange] += self._trade(owner, run, at, exchange)
            self._line(owner, run, at + 50 * SECOND, "HEARTBEAT", uptime_s=1, ws_connections=1)
            at += MINUTE
        self._hedge(owner, run, self.end - MINUTE)

    def _trade(self, owner: Owner, run: str, at: int, exchange: str) -> float:
        """Decide, order, enter and leave within a minute; return the profit."""
        truth, chance = self.truth[owner.app], self.chance
        symbol = chance.choice(SYMBOLS[owner.quote])
        strategy = chance.choice(("ema", "grid"))
        signal = chance.choice(("LONG", "SHORT", "WAIT"))
        me: Key = (owner.app, owner.env, owner.name)
        number = self._ids[me] = self._ids[me] + 1
        cid = f"{owner.env}-{owner.name}-{number}"
        confidence = round(chance.random(), 3)
        shared = {"symbol": symbol, "strategy": strategy, "correlation_id": cid}
        truth.decisions[(*me, cid)] = signal
        wrong = chance.random() < 0.05
        if not wrong:
            truth.confidence[(*me, cid)] = confidence
        for again in range(chance.choice((1, 1, 2))):
            told = 87 if wrong else confidence
            fault = {"schema_error": "confidence is above 1"} if wrong else {}
            truth.wrong += wrong
            self._line(
                owner, run, at + again, "SIGNAL", signal=signal, confidence=told, **shared, **fault
            )
        if signal == "WAIT":
            return 0.0
        side = "buy" if signal == "LONG" else "sell"
        order: Key = (*me, exchange, str(number))
        truth.orders.add(order)
        truth.sides[order] = side
        statuses = chance.choice(
            (
                ("filled",),
                ("submitted", "filled", "filled"),
                ("submitted", "rejected"),
                ("accepted",),
            )
        )
        for step, status in enumerate(statuses):
            if status not in ("submitted", "accepted"):
                truth.ended[order] = status
            self._line(
                owner, run, at + 1000 + step, "ORDER", order_id=str(number), status=status,
                side=side, qty=1, exchange=exchange, **shared,
            )  # fmt: skip
        if truth.ended.get(order) != "filled":
            return 0.0
        trip: Key = (*me, exchange, symbol, f"t{number}")
        common = {
            **shared, "exchange": exchange, "trade_id": f"t{number}", "position_side": signal,
            "qty": 1, "price": 10, "quote": owner.quote,
        }  # fmt: skip
        truth.entries.add(trip)
        self._line(owner, run, at + 2000, "TRADE", action="entry", **common)
        earned = 0.0
        legs = ["partial_exit"] * chance.choice((0, 0, 1, 2))
        if chance.random() < 0.9:
            legs.append("exit")
            truth.closed[trip] = signal
        for step, action in enumerate(legs):
            pnl = round(chance.gauss(0.2, 5), 4)
            reason = chance.choice(("stop", "target"))
            truth.legs.append(
                (trip, owner.env, owner.quote, symbol, strategy, reason, at + 3000 + step, pnl)
            )
            earned += pnl
            for again in range(2 if action == "exit" and chance.random() < 0.3 else 1):
                self._line(
                    owner, run, at + 3000 + 100 * again + step, "TRADE", action=action, pnl=pnl,
                    exit_reason=reason, **common,
                )  # fmt: skip
        return earned

    def _snapshots(self, owner: Owner, run: str, at: int, balances: dict[str, float]) -> None:
        for exchange, worth in balances.items():
            key: Key = (owner.env, owner.name, exchange, owner.quote)
            self.truth[owner.app].equity[key] = (owner.env, owner.quote, worth)
            self._line(owner, run, at, "EQUITY", equity=worth, quote=owner.quote, exchange=exchange)

    def _hedge(self, owner: Owner, run: str, at: int) -> None:
        """Hold both sides of a market, and let another market go flat."""
        held, flat = SYMBOLS[owner.quote]
        exchange = owner.exchanges[0]
        for side, qty in (("LONG", 1000.0), ("SHORT", -400.0)):
            gain = round(self.chance.gauss(0, 5), 3)
            key: Key = (owner.env, owner.name, exchange, held, side)
            self.truth[owner.app].positions[key] = (owner.env, owner.quote, held, qty, gain)
            self._position(owner, run, at, side, held, qty, gain)
        self._position(owner, run, at, "LONG", flat, 5.0, 1.0)
        self._position(owner, run, at + SECOND, "FLAT", flat, 0.0, 0.0)

    def _position(
        self, owner: Owner, run: str, at: int, side: str, symbol: str, qty: float, gain: float
    ) -> None:
        self._line(
            owner, run, at, "POSITION", position_side=side, symbol=symbol, qty=qty,
            unrealized_pnl=gain, notional=qty * 10, quote=owner.quote, exchange=owner.exchanges[0],
        )  # fmt: skip

    def _line(self, owner: Owner, run: str, at: int, event: str, **fields: Any) -> None:
        self._seq[run] += 1
        moment = datetime.fromtimestamp(at // SECOND, UTC)
        body = {
            "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}.{at % SECOND:06d}Z", "level": "info",
            "app": owner.app, "env": owner.env, "bot_name": owner.name, "logger": "bot",
            "message": event, "event": event, **fields, "run_id": run, "seq": self._seq[run],
        }  # fmt: skip
        self.truth[owner.app].lines += 1
        job = f"{owner.app}-{STREAMS.get(event, 'bot')}"
        self.entries.append(Entry(at, job, json.dumps(body), body, self._seq[run]))
