"""The ledger of a bot: the truth that tests compare files, queries and panels with."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from structlog.contextvars import get_contextvars

from ..events.catalogue import CATALOGUE
from ..events.validation import level_of as catalogue_level
from ..runtime.logger import BotLogger
from .clock import SimulatedClock

_BY_METHOD: Final = {event.method: event for event in CATALOGUE.values() if event.method != "error"}
_PLAIN: Final = frozenset({"info", "warning", "error", "critical", "exception"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of the bot, which is one line of its log.

    Attributes:
        time_ns: Time of the line, in nanoseconds since 1970-01-01 UTC.
        level: Level of the line.
        event: Type of the event; `""` for a plain line.
        file: Stream of the line.
        fields: Fields of the line.
    """

    time_ns: int
    level: str
    event: str
    file: str
    fields: dict[str, Any]


class Ledger:
    """Actions of a bot, with the counts and sums that dashboards show.

    The ledger is independent of the log: it records the bot's actions, not the written lines.
    Levels and streams follow from the catalogue, which the tests compare with tables of their own.

    Args:
        most: Number of newest entries to keep; all if `None`. Counts and sums cover all entries.
    """

    def __init__(self, most: int | None = None) -> None:
        self.entries: deque[Entry] = deque(maxlen=most)
        self.lines = 0
        self.by_event: Counter[str] = Counter()
        self.by_level: Counter[str] = Counter()
        self.by_file: Counter[str] = Counter()
        self.pnl: dict[str, float] = {}
        """Realized profit of exits and partial exits by quote currency, net of fees."""

    def add(self, time_ns: int, event: str, level: str = "", **fields: Any) -> Entry:
        """Add an entry.

        Args:
            time_ns: Time of the line, in nanoseconds since 1970-01-01 UTC.
            event: Type of the event; `""` for a plain line.
            level: Level of the line; by default that of the event.
            **fields: Fields of the line.
        """
        file = "bot"
        if event in CATALOGUE:
            file = CATALOGUE[event].stream
        entry = Entry(time_ns, level or level_of(event, fields), event, file, fields)
        self.entries.append(entry)
        self.lines += 1
        self.by_event[event] += 1
        self.by_level[entry.level] += 1
        self.by_file[file] += 1
        if event == "TRADE" and "pnl" in fields:
            quote = str(fields.get("quote", ""))
            self.pnl[quote] = self.pnl.get(quote, 0.0) + float(fields["pnl"])
        return entry

    def select(
        self,
        event: str | None = None,
        *,
        after_ns: int | None = None,
        until_ns: int | None = None,
        **equal: Any,
    ) -> list[Entry]:
        """Find entries.

        Args:
            event: Type of the event; `None` for all, `""` for plain lines.
            after_ns: Find entries after this time; a window of Loki excludes its start too.
            until_ns: Find entries up to and including this time.
            **equal: Fields and the values that they must have.
        """
        return [
            entry
            for entry in self.entries
            if (event is None or entry.event == event)
            and (after_ns is None or entry.time_ns > after_ns)
            and (until_ns is None or entry.time_ns <= until_ns)
            and all(entry.fields.get(name) == value for name, value in equal.items())
        ]

    def count(self, event: str | None = None, **conditions: Any) -> int:
        """Count entries; the arguments are those of `select`."""
        return len(self.select(event, **conditions))

    def total(self, event: str, field: str, **conditions: Any) -> float:
        """Add up a field of entries; the other arguments are those of `select`."""
        return sum(
            float(entry.fields[field])
            for entry in self.select(event, **conditions)
            if entry.fields.get(field) is not None
        )

    @property
    def signals(self) -> list[Entry]:
        """Decisions, including WAIT."""
        return self.select("SIGNAL")

    @property
    def orders(self) -> list[Entry]:
        """Changes of orders."""
        return self.select("ORDER")

    @property
    def trades(self) -> list[Entry]:
        """Entries, partial exits and exits."""
        return self.select("TRADE")

    @property
    def closed_trades(self) -> list[Entry]:
        """Exits, with their profit."""
        return self.select("TRADE", action="exit")


def level_of(event: str, fields: Mapping[str, Any]) -> str:
    """Return the level of an event by the catalogue; `info` for a plain line."""
    if event not in CATALOGUE:
        return "info"
    return catalogue_level(CATALOGUE[event], fields)


class RecordingLogger:
    """A logger that adds each call to a ledger before it calls the library.

    Args:
        log: The bot's logger.
        ledger: The bot's ledger.
        clock: The clock that was passed to `setup`. It ticks before each line, so that the entry
            and the line have the same time.
        **bound: Fields of every entry.
    """

    def __init__(self, log: BotLogger, ledger: Ledger, clock: SimulatedClock, **bound: Any) -> None:
        self._log = log.bind(**bound) if bound else log
        self._bound = bound
        self.ledger = ledger
        self.clock = clock

    def bind(self, **fields: Any) -> RecordingLogger:
        """Return a logger that adds these fields to each line."""
        return RecordingLogger(self._log, self.ledger, self.clock, **{**self._bound, **fields})

    def expect(self, event: str, level: str = "", **fields: Any) -> None:
        """Add an entry for a line that the library or another package will write next."""
        self.ledger.add(self.clock.tick(), event, level, **fields)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._log, name)
        if name in _PLAIN:
            return lambda *args, **fields: self._plain(name, method, args, fields)
        if name in _BY_METHOD:
            return lambda *args, **fields: self._typed(name, method, args, fields)
        raise AttributeError(f"a recording logger has no {name!r}")

    def _plain(
        self, name: str, method: Callable[..., Any], args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        level, event, error = name, "", fields.get("exc_info")
        if name == "exception":
            level, error = "error", sys.exc_info()[1]
        line = self._fields((), (), fields)
        line["message"] = "".join(args[:1])
        if level in ("error", "critical"):
            event = "ERROR"
            if error is None:
                line = {"error_type": "message", "error": line["message"], **line}
            else:
                line = {"error_type": type(error).__name__, "error": str(error), **line}
        self.ledger.add(self.clock.tick(), event, level, **line)
        method(*args, **fields)

    def _typed(
        self, name: str, method: Callable[..., Any], args: tuple[Any, ...], fields: dict[str, Any]
    ) -> Any:
        event = _BY_METHOD[name]
        line = self._fields(event.positional, args, fields)
        if name == "heartbeat":
            line.setdefault("dropped_logs", 0)
        entry = self.ledger.add(self.clock.tick(), event.name, "", **line)
        answer = method(*args, **fields)
        if name == "signal":
            entry.fields["correlation_id"] = answer
        return answer

    def _fields(
        self, names: Iterable[str], args: tuple[Any, ...], fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        line = {
            **get_contextvars(),
            **self._bound,
            **dict(zip(names, args, strict=False)),
            **fields,
        }
        for name in ("level", "event", "message", "exc_info"):
            line.pop(name, None)
        return line
