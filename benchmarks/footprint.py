"""Memory and idle CPU, measured once in the process that logs."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Final

from .peers import Peer
from .scenarios import Numbers, Task

RATE: Final = 50_000
_RING: Final = 100_000
_SAMPLE_S: Final = 0.25
GROWTH_LINES: Final = 5_000_000


def memory_rate(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Measure private memory at 50,000 lines a second, without the journal's file pages."""
    events = task.events()
    total = int(task.seconds * RATE)
    ring = events.signals(range(min(_RING, total)))
    gc.collect()
    bare = _private_kib()
    peer.start(task.folder, 1)
    write = peer.signal
    highest, done = bare, 0
    start = time.perf_counter()
    sample_at = start
    while done < total:
        now = time.perf_counter()
        if now >= sample_at:
            highest = max(highest, _private_kib())
            sample_at = now + _SAMPLE_S
        due = min(total, int((now - start) * RATE))
        for number in range(done, due):
            fields = ring[number % _RING]
            fields["reason"] = f"ema 12 crossed 26 on bar {number}"
            write(fields)
        if due - done < RATE // 1_000:
            time.sleep(0.001)
        done = due
    took = time.perf_counter() - start
    peer.flush()
    highest = max(highest, _private_kib())
    return {"mb": (highest - bare) * 1024 / 1e6, "lines_per_s": total / took}, total


def memory_growth(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Measure the growth of private memory from a fifth of the lines to all of them."""
    peer.start(task.folder, 1)
    events = task.events()
    total = GROWTH_LINES if task.seconds >= 60 else int(task.seconds * 20_000)
    after_fifth = 0
    for number in range(total):
        peer.signal(events.signal(number))
        if number == total // 5:
            peer.flush()
            gc.collect()
            after_fifth = _private_kib()
    peer.flush()
    gc.collect()
    return {"mb": (_private_kib() - after_fifth) * 1024 / 1e6, "lines": float(total)}, total


def idle(peer: Peer, task: Task) -> tuple[Numbers, int]:
    """Measure the CPU time of all threads while nothing is logged."""
    peer.start(task.folder, 1)
    for fields in task.events().signals(range(100)):
        peer.signal(fields)
    peer.flush()
    time.sleep(1.0)
    before = _cpu_ns()
    time.sleep(task.seconds)
    return {
        "percent": (_cpu_ns() - before) / 1e9 / task.seconds * 100,
        "threads": float(len(_threads())),
    }, 100


def _private_kib() -> int:
    with Path("/proc/self/status").open("rb") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(b"RssAnon:"))


def _threads() -> list[Path]:
    return list(Path("/proc/self/task").iterdir())


def _cpu_ns() -> int:
    """Return the run time of all threads in nanoseconds.

    Source: https://docs.kernel.org/scheduler/sched-stats.html
    """
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in _threads())
