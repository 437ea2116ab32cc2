"""A simulated bot.

Something to look at before one has a bot, and a known truth to test dashboards against.

`simulate` runs it; its `Ledger` says what it did, without a look into the log.
"""

from __future__ import annotations

from .broker import PaperBroker
from .clock import SimulatedClock
from .ledger import Entry, Ledger, RecordingLogger
from .simulation import Simulation, simulate

__all__ = [
    "Entry",
    "Ledger",
    "PaperBroker",
    "RecordingLogger",
    "SimulatedClock",
    "Simulation",
    "simulate",
]
