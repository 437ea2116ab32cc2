"""Simulated bots: data to look at before you have a bot, and a known truth for tests.

`simulate` runs them. Its `Ledger` records what they did, independently of the log.
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
