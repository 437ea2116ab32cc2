"""A server in memory, a clock that stands still, and segments with known lines."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logging_kit.exceptions import PushError, TransportError
from logging_kit.line import rfc3339
from logging_kit.loki.entry import Entry
from logging_kit.loki.outcome import Outcome, Rejection
from logging_kit.loki.shipper import Shipper, ShipperOptions

NOW = 1_795_262_400.0
"""2026-11-21T12:00:00Z"""

Fault = Callable[["MemoryLoki", Sequence[Entry]], Outcome]


@dataclass
class MemoryLoki:
    """A server that keeps what is pushed and answers what it has: both protocols of the shipper.

    Attributes:
        script: Answers to the next pushes; then all are accepted.
        down: True while it does not answer.
        readable: False if it refuses queries.
        pushes: The entries of each push that was accepted, also in part.
        questions: How often it was asked.
    """

    script: list[Fault] = field(default_factory=list)
    down: bool = False
    readable: bool = True
    skew_s: float | None = 0.0
    pushes: list[list[Entry]] = field(default_factory=list)
    attempts: int = 0
    questions: int = 0

    def push(self, entries: Sequence[Entry], *, deadline: float | None = None) -> Outcome:
        self.attempts += 1
        if self.down:
            return Outcome(0, (), tuple(entries), 1.0, TransportError("refused"))
        if self.script:
            return self.script.pop(0)(self, entries)
        return self.accept(entries)

    def accept(self, entries: Sequence[Entry]) -> Outcome:
        self.pushes.append(list(entries))
        return Outcome(len(entries))

    def missing(
        self, entries: Sequence[Entry], *, deadline: float | None = None
    ) -> Sequence[Entry] | None:
        self.questions += 1
        if self.down:
            raise TransportError("refused")
        if not self.readable:
            return None
        found = {key(entry) for entry in self.entries}
        return [entry for entry in entries if key(entry) not in found]

    def close(self) -> None:
        pass

    @property
    def entries(self) -> list[Entry]:
        return [entry for push in self.pushes for entry in push]

    @property
    def texts(self) -> list[str]:
        return [str(entry.line) for entry in self.entries]

    @property
    def doubles(self) -> dict[str, int]:
        return {text: count for text, count in Counter(self.texts).items() if count > 1}


def key(entry: Entry) -> tuple[str, int, str]:
    return str(entry.labels["job"]), entry.time_ns, str(entry.line)


def take_but_break_off(part: int | None = None) -> Fault:
    """Keep the first entries, or all, but let the caller see a broken connection."""

    def fault(server: MemoryLoki, entries: Sequence[Entry]) -> Outcome:
        server.accept(entries[:part])
        return Outcome(0, (), tuple(entries), 0.0, TransportError("reset"))

    return fault


def answer(status: int, retry_after_s: float = 0.0) -> Fault:
    def fault(server: MemoryLoki, entries: Sequence[Entry]) -> Outcome:
        error = PushError(f"the server answered {status}", status)
        return Outcome(0, (), tuple(entries), retry_after_s, error)

    return fault


def reject(reason: str, wanted: Callable[[Entry], bool]) -> Fault:
    """Reject some entries for good, and accept the others."""

    def fault(server: MemoryLoki, entries: Sequence[Entry]) -> Outcome:
        refused = [Rejection(entry, reason) for entry in entries if wanted(entry)]
        good = [entry for entry in entries if not wanted(entry)]
        server.accept(good)
        return Outcome(len(good), tuple(refused), (), 0.0, PushError(reason, 400))

    return fault


@dataclass
class Clock:
    """Seconds that pass only on request, and while the shipper would wait."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Segments:
    """Segments of a log folder, with lines of one run."""

    def __init__(self, log_dir: Path, run_id: str = "01KRUN") -> None:
        self.log_dir = log_dir
        self.run_id = run_id
        self.seq = 0
        self.written: list[str] = []
        (log_dir / "segments").mkdir(parents=True, exist_ok=True)

    def path(self, stream: str = "bot", begun: float = NOW, suffix: str = "a1b2") -> Path:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(begun))
        return self.log_dir / "segments" / f"{stream}-{stamp}-{suffix}.log"

    def line(self, at: float, **fields: Any) -> str:
        self.seq += 1
        head = {
            "timestamp": rfc3339(round(at * 1e6)),
            "level": "info",
            "app": "trading",
            "env": "paper",
            "bot_name": "grid",
            "message": "text",
        }
        stamp = {"run_id": self.run_id, "seq": self.seq, "v": 1}
        return json.dumps({**head, **fields, **stamp}, separators=(",", ":"))

    def write(
        self,
        count: int,
        stream: str = "bot",
        at: float = NOW,
        step_s: float = 0.001,
        begun: float | None = None,
        suffix: str = "a1b2",
    ) -> list[str]:
        """Append lines to a segment; return their texts."""
        texts = [self.line(at + number * step_s) for number in range(count)]
        self.append(self.path(stream, at if begun is None else begun, suffix), *texts)
        return texts

    def append(self, path: Path, *texts: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{text}\n" for text in texts)
        self.written += texts


def shipper(
    log_dir: Path | Sequence[Path],
    server: MemoryLoki,
    clock: Clock | None = None,
    now: Callable[[], float] = lambda: NOW + 60,
    **options: Any,
) -> Shipper:
    """A shipper to a server in memory."""
    folders = [log_dir] if isinstance(log_dir, Path) else log_dir
    made = Shipper(
        folders,
        "http://loki.example:3100",
        ShipperOptions(**options),
        sender=server,
        reader=server,
        clock=now,
        **({} if clock is None else {"monotonic": clock}),
    )
    if clock is not None:

        def wait(before: float) -> None:
            due = max(min(made._due.values()), made.courier.not_before)
            clock.now = max(clock.now, due) + 0.001

        made._wait = wait  # type: ignore[method-assign]
    return made


def ship_all(log_dir: Path | Sequence[Path], server: MemoryLoki, **options: Any) -> Shipper:
    """Ship everything there is with a clock that needs no waiting."""
    made = shipper(log_dir, server, Clock(), **options)
    made.run(until_idle=True, give_up_s=3600)
    return made
