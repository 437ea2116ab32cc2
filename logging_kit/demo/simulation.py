"""The simulation's schedule.

A past that is written at once, and a present that goes on at any speed.
"""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, cycle, islice
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final

import orjson

from ..exceptions import NotEmptyError
from ..runtime.setup import get_logger, setup, shutdown
from ..store.reader import list_segments, tail
from .bot import PROFILES, DemoBot, Profile
from .clock import SECOND, SimulatedClock
from .ledger import Ledger, RecordingLogger

Progress = Callable[[float], None]
"""Is told which share of the past has been written, from 0 to 1."""

_REPORT_EVERY: Final = 500
_NEWEST: Final = 200


def other_bot(log_dir: Path) -> str | None:
    """Name of a bot, other than those of the demo, that the newest lines of a folder are of.

    `None` when there is none.
    """
    ours = re.compile(rf"demo|(?:{'|'.join(profile.name for profile in PROFILES)})(?:-\d+)?")
    for line in tail(log_dir, _NEWEST):
        try:
            name = str(orjson.loads(line.data)["bot_name"])
        except (ValueError, LookupError, TypeError):  # not a line of logging_kit
            continue
        if not ours.fullmatch(name):
            return name
    return None


class Simulation:
    """Bots on one schedule.

    Args:
        ledger: Where the bots write down what they do.
        clock: The clock that `setup` was given.
        bots: How many.
        seed: The same seed gives the same bots, prices, trades and failures.
    """

    def __init__(
        self, ledger: Ledger, clock: SimulatedClock, *, bots: int = 2, seed: int = 1
    ) -> None:
        self.clock = clock
        self.now_s = 0.0
        self._numbers = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self.bots = []
        for number, profile in enumerate(islice(_profiles(), bots)):
            random = Random(f"{seed}-{number}")  # noqa: S311 - the same numbers again is what is wanted
            bot = DemoBot(profile, ledger, clock, random, self.later)
            self.bots.append(bot)
            self.later(0.1 * number, bot.start)

    def later(self, delay_s: float, job: Callable[[], None]) -> None:
        """Run a job after so many seconds of simulated time."""
        heapq.heappush(self._due, (self.now_s + delay_s, next(self._numbers), job))

    def backfill(
        self, seconds: float, *, stop: Event | None = None, progress: Progress | None = None
    ) -> None:
        """Live through a time at once.

        Args:
            seconds: How long, in simulated seconds.
            stop: Ends it early.
            progress: Is told how far it is.
        """
        start_ns, begin_s = self.clock(), self.now_s
        for number in count():
            passed = self._due[0][0] - begin_s
            if stop is not None and stop.is_set():
                return
            if passed > seconds:
                break
            if progress is not None and number % _REPORT_EVERY == 0:
                progress(passed / seconds)
            self.clock.advance_to(start_ns + round(passed * SECOND))
            self._run_next()
        self.now_s = begin_s + seconds
        self.clock.advance_to(start_ns + round(seconds * SECOND))
        if progress is not None:
            progress(1.0)

    def live(
        self, *, speed: float = 1.0, seconds: float | None = None, stop: Event | None = None
    ) -> None:
        """Go on from now.

        Args:
            speed: Simulated seconds in a real one. Lines always have the real time.
            seconds: How long, in real seconds; until `stop` when `None`.
            stop: Ends it.
        """
        stop = stop or Event()
        self.clock.go_live()
        begin_s, began = self.now_s, time.monotonic()
        while not stop.is_set():
            passed = time.monotonic() - began
            if seconds is not None and passed >= seconds:
                return
            wait = (self._due[0][0] - begin_s) / speed - passed
            if wait <= 0:
                self._run_next()
            else:
                stop.wait(wait if seconds is None else min(wait, seconds - passed))

    def _run_next(self) -> None:
        self.now_s, _, job = heapq.heappop(self._due)
        job()


def _profiles() -> Iterator[Profile]:
    for number, profile in enumerate(cycle(PROFILES)):
        again = number // len(PROFILES)
        yield replace(profile, name=f"{profile.name}-{again + 1}") if again else profile


def simulate(
    log_dir: Path,
    *,
    bots: int = 2,
    seed: int = 1,
    backfill_s: float = 0.0,
    speed: float = 1.0,
    seconds: float | None = 0.0,
    end_ns: int | None = None,
    stdout: Any = "off",
    stop: Event | None = None,
    progress: Progress | None = None,
    ledger: Ledger | None = None,
    **settings: Any,
) -> Ledger:
    """Set the logging up, simulate bots and shut it down.

    Args:
        log_dir: The log folder.
        bots: How many bots.
        seed: The same seed gives the same bots, prices, trades and failures.
        backfill_s: How much of the past is written first, in seconds.
        speed: Simulated seconds in a real one, after that.
        seconds: How long it goes on, in real seconds; until `stop` when `None`, not at all when 0.
        end_ns: End of the past, in nanoseconds since 1970-01-01 UTC; now when `None`.
        stdout: As in `setup`, for the present; the past is not shown.
        stop: Ends it.
        progress: Is told which share of the past has been written.
        ledger: The ledger to write into.
        **settings: As in `setup`.

    Returns:
        What the bots did.

    Raises:
        NotEmptyError: When a past is wanted and the folder has lines already.
    """
    if backfill_s and list_segments(log_dir, archive=True):
        raise NotEmptyError(
            f"'{log_dir}' holds log lines already. A past can only be written into an empty "
            "folder: Loki refuses lines "
            "that are much older than the newest one of their stream. Take another folder, or do "
            "without the past."
        )
    ledger = Ledger() if ledger is None else ledger
    clock = SimulatedClock(
        (time.time_ns() if end_ns is None else end_ns) - round(backfill_s * SECOND)
    )
    settings = {"bot_name": "demo", **settings, "log_dir": log_dir, "clock": clock}
    log = RecordingLogger(get_logger(), ledger, clock)
    log.expect("LIFECYCLE", phase="startup")
    setup(**settings, stdout="off" if backfill_s else stdout)
    try:
        simulation = Simulation(ledger, clock, bots=bots, seed=seed)
        if backfill_s:
            simulation.backfill(backfill_s, stop=stop, progress=progress)
            setup(**settings, stdout=stdout)
        if seconds != 0:
            simulation.live(speed=speed, seconds=seconds, stop=stop)
    finally:
        log.expect("LIFECYCLE", phase="shutdown")
        shutdown()
    return ledger
