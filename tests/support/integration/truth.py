"""Expected values of the panels, computed in plain Python from the books of the bots.

Nothing here reads a log or knows a query: each answer follows from the bots' own ledgers and from what the panel's
description promises. A window at time t holds what happened later than its length before t and not later than t.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from logging_kit.demo import Ledger

Answer = dict[tuple[str, ...], float]
"""A panel's values by what tells its series apart."""

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a bot did.

    Attributes:
        time_ns: When, in nanoseconds since 1970-01-01 UTC.
        bot: Which bot.
        run: How often that bot had started by then; the first run is 1.
        number: Its number in the run, from 1.
        event: Kind of the event; `""` for a plain line.
        level: How loud it is.
        file: The file its line belongs to.
        logger: Name of the logger that the bot used.
        fields: What the bot said about it.
    """

    time_ns: int
    bot: str
    run: int
    number: int
    event: str
    level: str
    file: str
    logger: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields.get(name)


class Truth:
    """All entries of the ledgers of all bots.

    Args:
        ledgers: The ledger of each bot, by its name.
        logger: Name of the logger that the bots used, which is their app.
        sizes: Bytes of the lines by bot, run and number; only *Log volume by job* needs them, which no ledger can know.
    """

    def __init__(
        self,
        ledgers: Mapping[str, Ledger],
        logger: str,
        sizes: Mapping[tuple[str, int, int], int] | None = None,
    ) -> None:
        facts: list[Fact] = []
        for bot, ledger in ledgers.items():
            run = number = 0
            for entry in ledger.entries:
                starts = entry.event == "LIFECYCLE" and entry.fields["phase"] == "startup"
                run, number = (run + 1, 1) if starts else (run, number + 1)
                facts.append(
                    Fact(
                        entry.time_ns,
                        bot,
                        run,
                        number,
                        entry.event,
                        entry.level,
                        entry.file,
                        logger,
                        entry.fields,
                    )
                )
        self.facts = sorted(facts, key=lambda fact: fact.time_ns)
        assert all(
            before.time_ns < after.time_ns
            for before, after in pairwise(facts)
            if before.bot == after.bot
        )
        self.app = logger
        self.sizes = sizes or {}
        self._of: defaultdict[str | None, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            self._of[None].append(fact)
            self._of[fact.event].append(fact)
        self._times = {event: [fact.time_ns for fact in facts] for event, facts in self._of.items()}

    def between(self, event: str | None, after_ns: int, until_ns: int) -> list[Fact]:
        """Return the entries in `(after_ns, until_ns]`; `None` means all."""
        times = self._times.get(event, [])
        return self._of[event][bisect_right(times, after_ns) : bisect_right(times, until_ns)]

    def rows(self, start_ns: int, end_ns: int) -> list[Fact]:
        """Return the entries in `[start_ns, end_ns)`, oldest first."""
        times = self._times.get(None, [])
        return self._of[None][bisect_left(times, start_ns) : bisect_left(times, end_ns)]


@dataclass(frozen=True, slots=True)
class Window:
    """The time range of a panel at one moment.

    Args:
        truth: What happened.
        at: The moment, in nanoseconds since 1970-01-01 UTC.
        length: How far back, in nanoseconds, where the panel does not say it itself.
        bots: Names of the bots that are chosen.
    """

    truth: Truth
    at: int
    length: int
    bots: Collection[str]

    def of(self, event: str | None, last: int | None = None, **equal: Any) -> list[Fact]:
        """Return the entries of one kind or of any, oldest first."""
        length = self.length if last is None else last
        return [
            fact
            for fact in self.truth.between(event, self.at - length, self.at)
            if fact.bot in self.bots and all(fact[name] == value for name, value in equal.items())
        ]

    def count(self, event: str | None, last: int | None = None, **equal: Any) -> Answer:
        """Return the count; 0 only if the bots wrote any line."""
        return self.counted(len(self.of(event, last, **equal)), last)

    def counted(self, number: int, last: int | None = None) -> Answer:
        return {(): number} if self.of(None, last) else {}

    def newest(self, event: str, field: str, *by: str, last: int | None = None) -> Answer:
        """The newest value of each."""
        return {
            key: facts[-1][field]
            for key, facts in grouped(self.of(event, last), field, *by).items()
        }


def grouped(facts: Iterable[Fact], field: str, *by: str) -> dict[tuple[str, ...], list[Fact]]:
    """The facts that have the field, by bot (`bot`) or by other fields."""
    groups: defaultdict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact[field] is not None:
            groups[tuple(fact.bot if name == "bot" else str(fact[name]) for name in by)].append(
                fact
            )
    return groups


def counts(keys: Iterable[str]) -> Answer:
    """Count each value."""
    return {(key,): number for key, number in Counter(keys).items()}


def totals(facts: Iterable[Fact], field: str, *by: str) -> Answer:
    """The sum of a field, by other fields."""
    return {
        key: sum(fact[field] for fact in group) for key, group in grouped(facts, field, *by).items()
    }


def added(values: Answer, *places: int) -> Answer:
    """The sums of values that have the same key, of which only these places are kept."""
    sums: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for key, value in values.items():
        sums[tuple(key[place] for place in places)] += value
    return dict(sums)


def part(some: int, whole: int) -> Answer:
    """A part of a whole; nothing when there is no whole."""
    return {(): some / whole} if whole else {}


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def exits(w: Window) -> list[Fact]:
    return w.of("TRADE", action="exit")


def realized(w: Window) -> Answer:
    return totals(
        (fact for fact in w.of("TRADE") if fact["action"] in ("exit", "partial_exit")),
        "pnl",
        "quote",
    )


def positions(w: Window, field: str) -> Answer:
    """Each position's newest snapshot of the last quarter of an hour, by bot, exchange, symbol and quote."""
    return w.newest("POSITION", field, "bot", "exchange", "symbol", "quote", last=15 * MINUTE)


def open_positions(w: Window) -> Answer:
    known = positions(w, "qty")
    return {(): sum(qty != 0 for qty in known.values())} if known else {}


def submitted(w: Window) -> list[Fact]:
    return w.of("ORDER", status="submitted")


def fill_rate(w: Window) -> Answer:
    ended = [
        fact["status"]
        for fact in w.of("ORDER")
        if fact["status"] in ("filled", "rejected", "canceled", "expired")
    ]
    return part(ended.count("filled"), len(ended))


def bot_status(w: Window) -> Answer:
    return {(): len(w.of("HEARTBEAT", 3 * MINUTE))}


def stale_accounts(w: Window) -> Answer:
    account = ("bot", "exchange", "quote")
    held = w.newest("EQUITY", "equity", *account, last=DAY)
    fresh = w.newest("EQUITY", "equity", *account, last=HOUR)
    return {(): len(held.keys() - fresh.keys())} if held else {}


OVERVIEW: dict[str, Callable[[Window], Answer]] = {
    "Bot status": bot_status,
    "Equity": lambda w: added(w.newest("EQUITY", "equity", "bot", "quote", last=HOUR), 1),
    "Realized PnL": realized,
    "Unrealized PnL": lambda w: added(positions(w, "unrealized_pnl"), 3),
    "Stale accounts": stale_accounts,
    "Win rate": lambda w: part(
        len([fact for fact in exits(w) if fact["result"] == "win"]), len(exits(w))
    ),
    "Open positions": open_positions,
    "LONG signals": lambda w: w.count("SIGNAL", signal="LONG"),
    "SHORT signals": lambda w: w.count("SIGNAL", signal="SHORT"),
    "WAIT signals": lambda w: w.count("SIGNAL", signal="WAIT"),
    "Signal distribution": lambda w: counts(fact["signal"] for fact in w.of("SIGNAL")),
    "Signal frequency": lambda w: counts(fact["signal"] for fact in w.of("SIGNAL")),
    "Realized PnL today": realized,
    "Closed trades": lambda w: w.counted(len(exits(w))),
    "Orders": lambda w: w.counted(len(submitted(w))),
    "Order fill rate": fill_rate,
    "Orders by side": lambda w: counts(fact["side"] for fact in submitted(w)),
    "Orders by status": lambda w: counts(
        fact["status"] for fact in w.of("ORDER") if fact["status"] != "submitted"
    ),
    "Orders by exchange": lambda w: counts(fact["exchange"] for fact in submitted(w)),
    "PnL over time": lambda w: w.newest("EQUITY", "realized_pnl", "bot", "quote"),
    "Open positions by symbol": lambda w: added(
        {k: v for k, v in positions(w, "notional").items() if v != 0}, 2, 3
    ),
    "WebSocket connections": lambda w: added(
        w.newest("HEARTBEAT", "ws_connections", "bot", last=5 * MINUTE)
    ),
    "WebSocket connections over time": lambda w: {
        bot: min(fact["ws_connections"] for fact in facts)
        for bot, facts in grouped(w.of("HEARTBEAT"), "ws_connections", "bot").items()
    },
}


def directed(w: Window) -> list[Fact]:
    return [fact for fact in w.of("SIGNAL") if fact["signal"] in ("LONG", "SHORT")]


def confidences(w: Window, *by: str) -> Answer:
    groups = grouped(w.of("SIGNAL"), "confidence", *by)
    return {key: mean([fact["confidence"] for fact in facts]) for key, facts in groups.items()}


def win_rate_by_side(w: Window) -> Answer:
    groups = grouped(exits(w), "action", "position_side")
    return {
        side: mean([float(fact["result"] == "win") for fact in facts])
        for side, facts in groups.items()
    }


SIGNALS: dict[str, Callable[[Window], Answer]] = {
    "Signal share": lambda w: counts(fact["signal"] for fact in w.of("SIGNAL")),
    "Average confidence": confidences,
    "Confidence by signal": lambda w: confidences(w, "signal"),
    "Signal trend": lambda w: counts(fact["signal"] for fact in w.of("SIGNAL")),
    "RSI": lambda w: w.newest("INDICATOR", "rsi", "bot", "symbol", "timeframe"),
    "High-confidence share": lambda w: part(
        len([f for f in directed(w) if f["confidence"] >= 0.8]), len(directed(w))
    ),
    "Signal to trade": lambda w: part(len(w.of("TRADE", action="entry")), len(directed(w))),
    "Last LONG and SHORT": lambda w: {
        (fact["signal"],): fact.time_ns // 1_000_000 for fact in directed(w)
    },
    "AI calls": lambda w: w.count("AI_CALL"),
    "AI cost": lambda w: totals(w.of("AI_CALL"), "cost_usd"),
    "Win rate by side": win_rate_by_side,
    "PnL by exit reason": lambda w: totals(w.of("TRADE"), "pnl", "exit_reason", "quote"),
    "AI calls by model": lambda w: counts(fact["model"] for fact in w.of("AI_CALL")),
}


def heartbeats(w: Window, last: int) -> dict[tuple[str, ...], list[Fact]]:
    return grouped(w.of("HEARTBEAT", last), "uptime_s", "bot")


def failed(w: Window, last: int | None = None) -> list[Fact]:
    return [fact for fact in w.of(None, last) if fact.level in ("error", "critical")]


def silent_bots(w: Window) -> Answer:
    lately = heartbeats(w, 3 * MINUTE)
    return {bot: len(facts) for bot, facts in heartbeats(w, DAY).items() if bot not in lately}


def highest(w: Window, field: str) -> Answer:
    return {
        bot: max(fact[field] for fact in facts)
        for bot, facts in grouped(w.of("HEARTBEAT"), field, "bot").items()
    }


def last_line(w: Window) -> Answer:
    lines = w.of(None, 15 * MINUTE)
    return {(): lines[-1].time_ns // 1_000_000} if lines else {}


def bytes_by_job(w: Window) -> Answer:
    sums: Counter[tuple[str, ...]] = Counter()
    for fact in w.of(None):
        sums[f"{w.truth.app}-{fact.file.replace('_', '-')}",] += w.truth.sizes[
            fact.bot, fact.run, fact.number
        ]
    return dict(sums)


HEALTH: dict[str, Callable[[Window], Answer]] = {
    "Bot status": bot_status,
    "Bots alive": lambda w: {(): len(heartbeats(w, 3 * MINUTE))},
    "Last heartbeat": lambda w: {
        bot: facts[-1].time_ns // 1_000_000 for bot, facts in heartbeats(w, DAY).items()
    },
    "Heartbeat age": lambda w: {
        bot: (w.at // 1_000_000 - facts[-1].time_ns // 1_000_000) / 1000
        for bot, facts in heartbeats(w, DAY).items()
    },
    "Errors (1h)": lambda w: w.counted(len(failed(w, HOUR)), HOUR),
    "API success rate": lambda w: part(len(w.of("API_CALL", ok=True)), len(w.of("API_CALL"))),
    "Silent bots": silent_bots,
    "Restarts": lambda w: w.count("LIFECYCLE", phase="startup"),
    "Risk rules triggered": lambda w: w.count("RISK", state="triggered"),
    "Discord sent": lambda w: w.count("NOTIFICATION", channel="discord", ok=True),
    "Discord failed": lambda w: w.count("NOTIFICATION", channel="discord", ok=False),
    "Error rate": lambda w: part(len(failed(w)), len(w.of(None))),
    "Lines by level": lambda w: counts(fact.level for fact in w.of(None)),
    "Errors by type": lambda w: counts(fact["error_type"] for fact in w.of("ERROR")),
    "Last line received": last_line,
    "Unparseable lines": lambda w: w.counted(0),
    "Lines with wrong fields": lambda w: w.counted(0),
    "Dropped lines": lambda w: added(highest(w, "dropped_logs")),
    "Lines": lambda w: {(): len(w.of(None))} if w.of(None) else {},
    "Log volume by job": bytes_by_job,
    "Loop time": lambda w: highest(w, "loop_ms"),
}

METRICS = {"lk-trading-overview": OVERVIEW, "lk-ai-signals": SIGNALS, "lk-system-health": HEALTH}
"""What each panel of a dashboard shows, by the dashboard's uid and the panel's title."""


def said(fact: Fact, *words: str) -> str:
    """The words of a log panel, such as `qty={qty}`; one whose field was not said is left out."""
    found = {"bot_name": fact.bot, "event": fact.event, "logger": fact.logger, **fact.fields}
    if fact.event == "RISK":
        found["message"] = " ".join(
            str(fact[name]) for name in ("rule", "state", "value", "limit_value")
        )
    spelled = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in found.items()
    }
    return " ".join(
        word.format_map(spelled)
        for word in words
        if word[word.find("{") + 1 : word.find("}")] in spelled
    )


ROWS: dict[str, tuple[Callable[[Fact], bool], tuple[str, ...]]] = {
    "Trade timeline": (
        lambda fact: fact.event == "TRADE",
        (
            "{action}",
            "{position_side}",
            "{symbol}",
            "qty={qty}",
            "@ {price}",
            "pnl={pnl}",
            "{quote}",
            "({exit_reason})",
        ),
    ),
    "Discord notifications": (
        lambda fact: fact.event == "NOTIFICATION" and fact["channel"] == "discord",
        ("{kind}", "ok={ok}", "status={status}", "{error_type}"),
    ),
    "LONG and SHORT signals": (
        lambda fact: fact["signal"] in ("LONG", "SHORT"),
        (
            "{signal}",
            "{symbol}",
            "confidence={confidence}",
            "price={price}",
            "rsi={rsi}",
            "{model}",
            "— {reason}",
        ),
    ),
    "Risk events": (
        lambda fact: fact.event == "RISK",
        ("{state}", "{rule}", "{symbol}", "value={value}", "limit={limit_value}", "→ {action}"),
    ),
    "API call log": (
        lambda fact: fact.event == "API_CALL",
        (
            "{status}",
            "{method}",
            "{path}",
            "{latency_ms}ms",
            "{exchange}",
            "attempt={attempt}",
            "{error_type}",
        ),
    ),
    "Error log": (
        lambda fact: fact.level in ("error", "critical"),
        ("{bot_name}", "{event}", "{logger}", "{message}"),
    ),
}
"""Which facts a log panel lists, and the words of each line."""
