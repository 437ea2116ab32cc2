"""Measurements; each function runs in a process of its own with one peer."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .events import Events
from .peers import Peer

Numbers = dict[str, float]


@dataclass(frozen=True, slots=True)
class Task:
    """One measurement.

    Attributes:
        scenario: Name of the scenario.
        peer: Name of the peer.
        folder: Empty folder for the output of the peer.
        seed: Seed of the events.
        key: API key in the events.
        lines: Number of lines.
        seconds: Duration of a measurement by time, in seconds.
    """

    scenario: str
    peer: str
    folder: Path
    seed: int
    key: str
    lines: int
    seconds: float

    @property
    def sinks(self) -> int:
        """Return the number of sinks for `Peer.start`."""
        return 3 if self.scenario == "sinks_three" else 1

    def events(self) -> Events:
        """Return the events, which are the same for each peer of a round."""
        return Events(self.seed, self.key)


Measure = Callable[[Peer, Task], tuple[Numbers, int]]
"""Return the figures and the number of logged lines, which are numbered from 0."""


def single(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time one thread until everything is in the file, then single calls."""
    warm, lines = task.lines // 10, task.lines
    events = task.events()
    first, batch, timed = (
        events.signals(range(*span))
        for span in ((0, warm), (warm, warm + lines), (warm + lines, warm + 2 * lines))
    )
    write = peer.signal
    for fields in first:
        write(fields)
    peer.flush()
    _settle()
    cpu, start = time.process_time(), time.perf_counter()
    for fields in batch:
        write(fields)
    returned = time.perf_counter()
    peer.flush()
    end, cpu_end = time.perf_counter(), time.process_time()
    calls = _one_by_one(write, timed)
    peer.flush()
    return {
        "us": (end - start) / lines * 1e6,
        "call_us": (returned - start) / lines * 1e6,
        "cpu_us": (cpu_end - cpu) / lines * 1e6,
        **_percentiles(calls),
    }, warm + 2 * lines


def threads(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time four threads that log without a pause until everything is in the file."""
    number, warm = 4, task.lines // 10
    events = task.events()
    first = events.signals(range(warm))
    share = task.lines // number
    batches = [
        events.signals(range(warm + n * share, warm + (n + 1) * share)) for n in range(number)
    ]
    write = peer.signal
    for fields in first:
        write(fields)
    peer.flush()
    _settle()
    barrier = threading.Barrier(number + 1)

    def run(batch: list[dict[str, Any]]) -> None:
        barrier.wait()
        for fields in batch:
            write(fields)

    callers = [threading.Thread(target=run, args=(batch,)) for batch in batches]
    for caller in callers:
        caller.start()
    barrier.wait()
    start = time.perf_counter()
    for caller in callers:
        caller.join()
    peer.flush()
    return {"us": (time.perf_counter() - start) / (share * number) * 1e6}, warm + share * number


def busy(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time single calls beside a thread that computes in Python without a pause."""
    ended = False

    def compute() -> None:
        while not ended:
            sum(n * n for n in range(1_000))

    batch = task.events().signals(range(min(task.lines, int(task.seconds * 1_000))))
    peer.signal(batch[0])
    peer.flush()
    _settle()
    computing = threading.Thread(target=compute)
    computing.start()
    times = []
    until = time.perf_counter() + task.seconds
    for fields in batch[1:]:
        time.sleep(0.0005)  # waking up also waits for the interpreter's lock
        start = time.perf_counter_ns()
        peer.signal(fields)
        times.append(time.perf_counter_ns() - start)
        if time.perf_counter() > until:
            break
    ended = True
    computing.join()
    peer.flush()
    return _percentiles(times), 1 + len(times)


def sinks(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time signals and orders in turns, to one sink or to three."""
    warm, lines = task.lines // 10, task.lines
    events = list(task.events().both(range(warm + lines)))
    kinds = (peer.signal, peer.order)
    for number in range(warm):
        kinds[number % 2](events[number])
    peer.flush()
    _settle()
    start = time.perf_counter()
    for number in range(warm, warm + lines):
        kinds[number % 2](events[number])
    peer.flush()
    sys.stdout.flush()
    return {"us": (time.perf_counter() - start) / lines * 1e6}, warm + lines


def text(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time a plain line: `log.info("position checked", a=1)`."""
    return _plain(peer, peer.text, task)


def record(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time a record that a library logs through `logging`."""
    return _plain(peer, peer.record, task)


def _plain(peer: Peer, write: Callable[[int], None], task: Task) -> tuple[Numbers, int]:
    warm, lines = task.lines // 10, task.lines
    for number in range(warm):
        write(number)
    peer.flush()
    _settle()
    start = time.perf_counter()
    for number in range(warm, warm + lines):
        write(number)
    peer.flush()
    return {"us": (time.perf_counter() - start) / lines * 1e6}, warm + lines


def disabled(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Time a call below the level, minus a call of a method that does nothing."""
    number = task.lines * 5
    peer.silent(0)
    _settle()
    took = []
    for call in (peer.nothing, peer.silent):
        start = time.perf_counter()
        for n in range(number):
            call(n)
        took.append(time.perf_counter() - start)
    return {"us": (took[1] - took[0]) / number * 1e6}, 0


def kill(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Send SIGKILL right after the last call; the parent counts the lines."""
    for fields in task.events().signals(range(LINES_BEFORE_KILL)):
        peer.signal(fields)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


LINES_BEFORE_KILL: Final = 2_000


def _settle() -> None:
    """Freeze the objects made so far, and let a writer thread come to rest."""
    gc.collect()
    gc.freeze()
    time.sleep(0.05)


def _one_by_one(write: Callable[[dict[str, Any]], None], batch: list[dict[str, Any]]) -> list[int]:
    times = [0] * len(batch)
    clock = time.perf_counter_ns
    for n, fields in enumerate(batch):
        start = clock()
        write(fields)
        times[n] = clock() - start
    return times


def _percentiles(times_ns: list[int]) -> Numbers:
    ordered = sorted(times_ns)
    last = len(ordered) - 1
    return {
        name: ordered[round(last * share)] / 1e3
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))
    }
