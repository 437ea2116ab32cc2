"""A simulated bot: something to look at before one has a bot, and a known truth to test dashboards against.

`simulate` runs it; its `Book` says what it did, without a look into the log.
"""

from __future__ import annotations

from .book import Book, Entry, RecordingLogger
from .broker import PaperBroker
from .clock import SimulatedClock
from .simulation import Simulation, simulate

__all__ = [
    "Book",
    "Entry",
    "PaperBroker",
    "RecordingLogger",
    "SimulatedClock",
    "Simulation",
    "simulate",
]
