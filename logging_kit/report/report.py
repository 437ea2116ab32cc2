"""Results of a period, read from the log folder alone: profit, trades, errors, silences, failures.

A line counts once, by its run and number, also while its segment is in the folder and the archive.
Amounts are added up as `decimal.Decimal`, separately for each currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from math import isfinite
from pathlib import Path
from typing import Any, Final, Protocol

from ..events import identities
from ..line import is_number
from ..store.line_blocks import ReadProblems
from .lines import Owner, Wanted, read

SILENT_AFTER: Final = timedelta(minutes=3)
"""Time without a heartbeat after which a bot is silent, and the panel *Bot status* says DOWN."""

EVERYTHING: Final = Wanted()
_ZERO: Final = Decimal(0)
_exact_sum: Final = Context(prec=2_000).add
"""Sums keep every digit; the numbers of a line have far fewer."""

Place = tuple[str, str]
"""App and environment."""


@dataclass(slots=True)
class Result:
    """Profit and number of trades.

    Attributes:
        pnl: Realized profit, net of fees, in the quote currency.
        closed: Number of closed round trips.
        wins: Number of closed round trips with a profit, partial exits included.
    """

    pnl: Decimal = _ZERO
    closed: int = 0
    wins: int = 0

    @property
    def win_rate(self) -> float | None:
        """Share of wins; None without a closed round trip."""
        if self.closed:
            return self.wins / self.closed
        return None


@dataclass(frozen=True, slots=True)
class Silence:
    """A period in which a bot wrote no heartbeat."""

    bot: str
    start: datetime
    end: datetime
    app: str = ""
    env: str = ""

    @property
    def hours(self) -> float:
        """Length of the silence in hours."""
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(slots=True)
class Results:
    """Results by quote currency: in all, by symbol and strategy, and the best and worst exit."""

    total: defaultdict[str, Result] = field(default_factory=lambda: defaultdict(Result))
    by_symbol: defaultdict[tuple[str, str], Result] = field(
        default_factory=lambda: defaultdict(Result)
    )
    by_strategy: defaultdict[tuple[str, str], Result] = field(
        default_factory=lambda: defaultdict(Result)
    )
    best: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    worst: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """Results of a period. Amounts are in quote currency; `""` stands for a missing name.

    Attributes:
        start: Start of the period.
        end: End of the period, exclusive.
        lines: Number of lines.
        apps: Apps and environments with lines.
        places: Results of each app and environment; `total`, `by_symbol` and `by_strategy` of the
            report itself add up all of them.
        alive: Owners of heartbeats.
        total: Results by quote currency.
        by_symbol: Results by symbol and quote currency.
        by_strategy: Results by strategy and quote currency.
        best: Exit with the highest profit, by quote currency.
        worst: Exit with the lowest profit, by quote currency.
        trades: All lines of trades, oldest first.
        orders: Number of order events by status.
        order_ids: Orders with an event, each once.
        errors: Number of ERROR events by type.
        wrong: Number of lines that differ from the catalogue, by event and bot.
        restarts: Number of starts by bot.
        silences: Periods without a heartbeat.
        calls: Number of requests by exchange and path.
        failed_calls: Number of failed requests by exchange and path.
        risks: Number of triggered risk rules.
        failed_messages: Number of failed notifications by channel.
        ai_cost_usd: Cost of model calls in US dollars.
        dropped: Number of lost lines by bot, or by the bots of one process.
    """

    start: datetime
    end: datetime
    lines: int = 0
    apps: set[Place] = field(default_factory=set)
    places: defaultdict[Place, Results] = field(default_factory=lambda: defaultdict(Results))
    alive: set[Owner] = field(default_factory=set)
    total: defaultdict[str, Result] = field(default_factory=lambda: defaultdict(Result))
    by_symbol: defaultdict[tuple[str, str], Result] = field(
        default_factory=lambda: defaultdict(Result)
    )
    by_strategy: defaultdict[tuple[str, str], Result] = field(
        default_factory=lambda: defaultdict(Result)
    )
    best: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    worst: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    trades: list[Mapping[str, Any]] = field(default_factory=list)
    orders: Counter[str] = field(default_factory=Counter)
    order_ids: set[tuple[str, ...]] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, Owner]] = field(default_factory=Counter)
    restarts: Counter[Owner] = field(default_factory=Counter)
    silences: list[Silence] = field(default_factory=list)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed_calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    risks: Counter[str] = field(default_factory=Counter)
    failed_messages: Counter[str] = field(default_factory=Counter)
    ai_cost_usd: Decimal = _ZERO
    dropped: Counter[str] = field(default_factory=Counter)


class Observer(Protocol):
    """Sees the lines that a report reads."""

    def note(self, at: datetime, owner: Owner, line: Mapping[str, Any], *, inside: bool) -> None:
        """Take one line into account; `inside` is False for one from before the period."""


def summarise(
    directory: Path,
    start: datetime,
    end: datetime,
    wanted: Wanted = EVERYTHING,
    problems: ReadProblems | None = None,
    observer: Observer | None = None,
) -> Report:
    """Summarise the lines of a period, archived ones included.

    Args:
        directory: The log folder.
        start: Start of the period, with a time zone.
        end: End of the period, exclusive, with a time zone.
        wanted: The choice of owners.
        problems: Collects files that could not be read.
        observer: Sees each line too.
    """
    report = Report(start, end)
    trips = _RoundTrips()
    beats: dict[Owner, datetime] = {}
    lost: defaultdict[str, _Lost] = defaultdict(_Lost)
    newest = start
    for at, owner, line in read(directory, start, end, wanted, problems):
        inside = at >= start
        if observer is not None:
            observer.note(at, owner, line, inside=inside)
        counts = trips.note(owner, line)
        if line.get("event") == "HEARTBEAT":
            count = max(int(number(line.get("dropped_logs")) or 0), 0)
            lost[str(line.get("run_id") or owner.bot)].note(count, owner.bot, inside=inside)
            if inside:
                report.alive.add(owner)
                _beat(report, beats, owner, at)
            else:
                beats[owner] = max(at, beats.get(owner, at))
        if inside:
            newest = max(newest, at)
            report.lines += 1
            report.apps.add((owner.app, owner.env))
            if counts:
                _add(report, owner, line, trips)
            else:
                report.trades.append(line)
    for owner in beats:  # a silence at the end lasts until now at most
        _beat(report, beats, owner, min(end, max(newest, datetime.now(UTC))))
    for run in lost.values():
        if run.bots and run.now > run.before:
            report.dropped[", ".join(sorted(run.bots))] += run.now - run.before
    report.silences.sort(key=lambda silence: (silence.start, silence.bot))
    return report


def _add(report: Report, owner: Owner, line: Mapping[str, Any], trips: _RoundTrips) -> None:
    if line.get("schema_error"):
        report.wrong[str(line.get("event") or ""), owner] += 1
    match line.get("event"):
        case "TRADE":
            _trade(report, owner, line, trips)
        case "ORDER":
            report.orders[str(line.get("status", ""))] += 1
            report.order_ids.add(_identity(identities.ORDER, owner, line))
        case "ERROR":
            report.errors[str(line.get("error_type", ""))] += 1
        case "LIFECYCLE" if line.get("phase") == "startup":
            report.restarts[owner] += 1
        case "API_CALL":
            _call(report, line)
        case "RISK" if line.get("state") == "triggered":
            report.risks[str(line.get("rule", ""))] += 1
        case "NOTIFICATION" if line.get("ok") is False:
            report.failed_messages[str(line.get("channel", ""))] += 1
        case "AI_CALL":
            report.ai_cost_usd = _exact_sum(
                report.ai_cost_usd, number(line.get("cost_usd")) or _ZERO
            )


def number(value: object) -> Decimal | None:
    """Return a number of a line, which may be text; None if dashboards and SQL see no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    if is_number(text) and isfinite(float(text)):
        return Decimal(text)
    return None


def _beat(report: Report, beats: dict[Owner, datetime], owner: Owner, at: datetime) -> None:
    before = beats.get(owner)
    if before is not None and at - max(before, report.start) > SILENT_AFTER:
        report.silences.append(
            Silence(owner.bot, max(before, report.start), at, owner.app, owner.env)
        )
    beats[owner] = at


@dataclass(slots=True)
class _Lost:
    """Number of lines that a run has lost; the bots of a process share it."""

    before: int = 0
    now: int = 0
    bots: set[str] = field(default_factory=set)

    def note(self, count: int, bot: str, *, inside: bool) -> None:
        if inside:
            self.bots.add(bot)
        else:
            self.before = max(self.before, count)
        self.now = max(self.now, count)


def _identity(unit: identities.Unit, owner: Owner, line: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what tells one order or round trip from another; without an id, a line is its own."""
    rest = (name for name in unit.fields if name not in identities.BOT)
    shared = (*owner, *(str(line.get(name) or "") for name in rest))
    for name in unit.ids:
        if isinstance(name, str) and line.get(name):
            return (*shared, str(line[name]))
    return (*shared, str(line.get("run_id")), str(line.get("seq")))


@dataclass(slots=True)
class _RoundTrips:
    """Profit of each round trip so far, over its partial exits and its exit.

    An exit that is repeated with the same profit counts once.
    """

    pnl: dict[tuple[str, ...], Decimal] = field(default_factory=dict)
    exits: set[tuple[tuple[str, ...], Decimal | None]] = field(default_factory=set)

    def note(self, owner: Owner, line: Mapping[str, Any]) -> bool:
        """Add the profit of a line; return False if the line repeats an exit."""
        if line.get("event") != "TRADE" or line.get("action") not in ("exit", "partial_exit"):
            return True
        trip = _identity(identities.ROUND_TRIP, owner, line)
        pnl = number(line.get("pnl"))
        if line["action"] == "exit":
            if (trip, pnl) in self.exits:
                return False
            self.exits.add((trip, pnl))
        if pnl is not None:
            self.pnl[trip] = _exact_sum(self.pnl.get(trip, _ZERO), pnl)
        return True

    def won(self, owner: Owner, line: Mapping[str, Any]) -> bool:
        """Return True if the round trip that a line ends has a profit."""
        whole = self.pnl.get(_identity(identities.ROUND_TRIP, owner, line))
        if whole is None or number(line.get("pnl")) is None:
            return line.get("result") == "win"
        return whole > 0


def _trade(report: Report, owner: Owner, line: Mapping[str, Any], trips: _RoundTrips) -> None:
    report.trades.append(line)
    action, quote = line.get("action"), str(line.get("quote", ""))
    if action not in ("exit", "partial_exit"):
        return
    pnl = number(line.get("pnl"))
    won = action == "exit" and trips.won(owner, line)
    both: tuple[Report | Results, ...] = (report, report.places[owner.app, owner.env])
    for found in both:
        for result in (
            found.total[quote],
            found.by_symbol[str(line.get("symbol", "")), quote],
            found.by_strategy[str(line.get("strategy", "")), quote],
        ):
            result.pnl = _exact_sum(result.pnl, pnl or _ZERO)
            result.closed += action == "exit"
            result.wins += won
        if pnl is not None:
            _note_extremes(found, quote, pnl, line)


def _note_extremes(
    found: Report | Results, quote: str, pnl: Decimal, line: Mapping[str, Any]
) -> None:
    if quote not in found.best or pnl > (number(found.best[quote]["pnl"]) or _ZERO):
        found.best[quote] = line
    if quote not in found.worst or pnl < (number(found.worst[quote]["pnl"]) or _ZERO):
        found.worst[quote] = line


def _call(report: Report, line: Mapping[str, Any]) -> None:
    if line.get("direction") == "in":
        return
    key = (str(line.get("exchange", "")), str(line.get("path", "")))
    report.calls[key] += 1
    report.failed_calls[key] += line.get("ok") is False
