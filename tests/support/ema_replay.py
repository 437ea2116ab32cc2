"""Replays of the example bot on a simulated clock, with a ledger of what the bot did."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import logging_kit
from logging_kit.demo import Ledger, RecordingLogger, SimulatedClock

EXAMPLES = Path(__file__).parents[2] / "examples"
if str(EXAMPLES) not in sys.path:  # as when Python runs one of its scripts
    sys.path.append(str(EXAMPLES))

import ema_bot  # noqa: E402
import paper_account  # noqa: E402

SECOND = 1_000_000_000


def read_candles(count: int | None = None) -> list[Any]:
    """Read the first candles of the example's file."""
    candles: list[Any] = paper_account.read_candles(ema_bot.DATA, count)
    return candles


def replay(
    candles: Sequence[Any], *, log_dir: Path, end_ns: int, hours: float = 24.0, **settings: Any
) -> Ledger:
    """Let the bot trade the candles in an empty folder, with a restart halfway.

    Args:
        candles: Oldest first.
        log_dir: An empty folder.
        end_ns: End of the replay, in nanoseconds since 1970-01-01 UTC.
        hours: Length of the replay.
        **settings: As in `logging_kit.setup`.

    Returns:
        What the bot did.
    """
    clock = SimulatedClock(end_ns - round(hours * 3600) * SECOND)
    begin, ledger, bot = clock(), Ledger(), ema_bot.EmaBot(clock)
    chosen = {"bot_name": "ema-eurusd", "stdout": "off", **settings}
    half = len(candles) // 2
    for part, until_ns in (
        (candles[:half], begin + (end_ns - begin) // 2),
        (candles[half:], end_ns),
    ):
        ledger.add(clock.tick(), "LIFECYCLE", phase="startup")
        with logging_kit.setup(**{**chosen, "log_dir": log_dir, "clock": clock}) as log:
            bot.run(RecordingLogger(log, ledger, clock), part, until_ns)
            ledger.add(clock.tick(), "LIFECYCLE", phase="shutdown")
    return ledger
