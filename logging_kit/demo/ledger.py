"""The bot's own account of what it did.

The truth that files, queries and dashboard panels are compared with.
"""

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
    """One thing that the bot did and that is one line of its log.

    Attributes:
        time_ns: When, in nanoseconds since 1970-01-01 UTC; the line has the same time.
        level: How loud the line is.
        event: Kind of the event; `""` for a plain line.
        file: File that the line belongs to.
        fields: What the bot said about it.
    """

    time_ns: int
    level: str
    event: str
    file: str
    fields: dict[str, Any]


class Ledger:
    """Record of a bot's actions, with the counts and sums that dashboards show.

    It is kept apart from the log on purpose: it knows what the bot did, not what was written.
    Levels and files follow from the catalogue, which the tests compare with tables of their own.

    Args: most: How many entries are kept, the newest ones; all when `None`. Counts and sums always
        cover everything.
    """

    def __init__(self, most: int | None = None) -> None:
        self.entries: deque[Entry] = deque(maxlen=most)
        self.lines = 0
        self.by_event: Counter[str] = Counter()
        self.by_level: Counter[str] = Counter()
        self.by_file: Counter[str] = Counter()
        self.pnl: dict[str, float] = {}
        """Realized profit by quote currency: of exits and partial exits, net of fees."""

    def add(self, time_ns: int, event: str, level: str = "", **fields: Any) -> Entry:
        """Write down one entry.

        Args:
            time_ns: When, in nanoseconds since 1970-01-01 UTC.
            event: Kind of the event; `""` for a plain line.
            level: How loud it is; worked out from the event when not given.
            **fields: What there is to say about it.
        """
        file = CATALOGUE[event].stream if event in CATALOGUE else "bot"
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
            event: Kind of the event; all when `None`, plain lines when `""`.
            after_ns: Later than this; a window of Loki is open on this side.
            until_ns: Not later than this.
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
        """Count entries; takes what `select` takes."""
        return len(self.select(event, **conditions))

    def total(self, event: str, field: str, **conditions: Any) -> float:
        """Add up a field of entries; takes what `select` takes."""
        return sum(
            float(entry.fields[field])
            for entry in self.select(event, **conditions)
            if entry.fields.get(field) is not None
        )

    @property
    def signals(self) -> list[Entry]:
        """Decisions, WAIT included."""
        return self.select("SIGNAL")

    @property
    def orders(self) -> list[Entry]:
        """Steps in the lives of orders."""
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
    """Return the level of an event by the catalogue; a plain line without one is `info`."""
    return catalogue_level(CATALOGUE[event], fields) if event in CATALOGUE else "info"


class RecordingLogger:
    """A logger that writes each call into the ledger before the library sees it.

    Args: log: The bot's logger. ledger: The bot's ledger. clock: The clock that `setup` was given;
        it ticks before each line, so that ledger and line have the same time. **bound: Fields of
        every entry.
    """

    def __init__(self, log: BotLogger, ledger: Ledger, clock: SimulatedClock, **bound: Any) -> None:
        self._log = log.bind(**bound) if bound else log
        self._bound = bound
        self.ledger = ledger
        self.clock = clock

    def bind(self, **fields: Any) -> RecordingLogger:
        """Return a logger whose lines carry these fields as well."""
        return RecordingLogger(self._log, self.ledger, self.clock, **{**self._bound, **fields})

    def expect(self, event: str, level: str = "", **fields: Any) -> None:
        """Record a line that logging_kit or another package is about to write."""
        self.ledger.add(self.clock.tick(), event, level, **fields)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._log, name)
        if name in _PLAIN:
            return lambda *args, **fields: self._plain(name, method, args, fields)
        if name in _BY_METHOD:
            return lambda *args, **fields: self._typed(name, method, args, fields)
        raise AttributeError(f"a kept log has no {name!r}")

    def _plain(
        self, name: str, method: Callable[..., Any], args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        level = "error" if name == "exception" else name
        said = self._said((), (), fields)
        said["message"] = args[0] if args else ""
        if level in ("error", "critical"):
            error = sys.exc_info()[1] if name == "exception" else fields.get("exc_info")
            said.setdefault("error_type", type(error).__name__ if error is not None else "message")
            said.setdefault("error", str(error) if error is not None else said["message"])
        self.ledger.add(
            self.clock.tick(), "ERROR" if level in ("error", "critical") else "", level, **said
        )
        method(*args, **fields)

    def _typed(
        self, name: str, method: Callable[..., Any], args: tuple[Any, ...], fields: dict[str, Any]
    ) -> Any:
        event = _BY_METHOD[name]
        said = self._said(event.positional, args, fields)
        if name == "heartbeat":
            said.setdefault("dropped_logs", 0)
        entry = self.ledger.add(self.clock.tick(), event.name, "", **said)
        answer = method(*args, **fields)
        if name == "signal":
            entry.fields["correlation_id"] = answer
        return answer

    def _said(
        self, names: Iterable[str], args: tuple[Any, ...], fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        said = {
            **get_contextvars(),
            **self._bound,
            **dict(zip(names, args, strict=False)),
            **fields,
        }
        for name in ("level", "event", "message", "exc_info"):
            said.pop(name, None)
        return said
