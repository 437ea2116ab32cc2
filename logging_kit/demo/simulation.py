"""The schedule of a simulation: a past written at once, and a present at any speed."""

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
from .bot import DemoBot
from .clock import SECOND, SimulatedClock
from .ledger import Ledger, RecordingLogger
from .profiles import PROFILES, Profile

Progress = Callable[[float], None]
"""Called with the written share of the past, from 0 to 1."""

_REPORT_EVERY: Final = 500
_NEWEST: Final = 200


def other_bot(log_dir: Path) -> str | None:
    """Return the name of a bot in the newest lines that is not one of the demo, or `None`."""
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
        ledger: Records the actions of the bots.
        clock: The clock that was passed to `setup`.
        bots: Number of bots.
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
            random = Random(f"{seed}-{number}")  # noqa: S311 - repeatable on purpose
            bot = DemoBot(profile, ledger, clock, random, self.later)
            self.bots.append(bot)
            self.later(0.1 * number, bot.start)

    def later(self, delay_s: float, job: Callable[[], None]) -> None:
        """Run a job after a delay, in seconds of simulated time."""
        heapq.heappush(self._due, (self.now_s + delay_s, next(self._numbers), job))

    def backfill(
        self, seconds: float, *, stop: Event | None = None, progress: Progress | None = None
    ) -> None:
        """Simulate a period at once.

        Args:
            seconds: Length of the period, in simulated seconds.
            stop: Ends the simulation early when it is set.
            progress: Called with the simulated share of the period.
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
        """Simulate from now on.

        Args:
            speed: Simulated seconds in a real second. Lines always have the real time.
            seconds: Length in real seconds; `None` continues until `stop` is set.
            stop: Ends the simulation when it is set.
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
                if seconds is not None:
                    wait = min(wait, seconds - passed)
                stop.wait(wait)

    def _run_next(self) -> None:
        self.now_s, _, job = heapq.heappop(self._due)
        job()


def _profiles() -> Iterator[Profile]:
    for number, profile in enumerate(cycle(PROFILES)):
        round_number = number // len(PROFILES) + 1
        if round_number > 1:
            profile = replace(profile, name=f"{profile.name}-{round_number}")
        yield profile


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
    """Set up the logging, simulate bots, and shut the logging down.

    Args:
        log_dir: The log folder.
        bots: Number of bots.
        seed: The same seed gives the same bots, prices, trades and failures.
        backfill_s: Length of the past to write first, in seconds.
        speed: Simulated seconds in a real second, after the past.
        seconds: Length of the present in real seconds; `None` continues until `stop` is set.
        end_ns: End of the past, in nanoseconds since 1970-01-01 UTC; now by default.
        stdout: As in `setup`, for the present; the past is not shown.
        stop: Ends the simulation when it is set.
        progress: Called with the written share of the past.
        ledger: The ledger to add to; a new one by default.
        **settings: As in `setup`.

    Returns:
        The ledger.

    Raises:
        NotEmptyError: If a past is requested, and the folder has lines already.
    """
    if backfill_s and list_segments(log_dir, archive=True):
        raise NotEmptyError(
            f"'{log_dir}' holds log lines already. A past can only be written into an empty "
            "folder: Loki refuses lines that are much older than the newest line of their stream. "
            "Choose another folder, or no past."
        )
    if ledger is None:
        ledger = Ledger()
    if end_ns is None:
        end_ns = time.time_ns()
    clock = SimulatedClock(end_ns - round(backfill_s * SECOND))
    settings = {"bot_name": "demo", **settings, "log_dir": log_dir, "clock": clock}
    log = RecordingLogger(get_logger(), ledger, clock)
    log.expect("LIFECYCLE", phase="startup")
    first_stdout = stdout
    if backfill_s:
        first_stdout = "off"
    setup(**settings, stdout=first_stdout)
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
