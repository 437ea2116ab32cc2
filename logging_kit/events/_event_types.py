"""The types of the catalogue's events.

Generated from the catalogue by `python scripts/generate.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class EventType(StrEnum):
    """The type of an event, as it stands in the line's `event`."""

    SIGNAL = "SIGNAL"
    ORDER = "ORDER"
    TRADE = "TRADE"
    POSITION = "POSITION"
    EQUITY = "EQUITY"
    HEARTBEAT = "HEARTBEAT"
    API_CALL = "API_CALL"
    NOTIFICATION = "NOTIFICATION"
    INDICATOR = "INDICATOR"
    CANDLE = "CANDLE"
    ERROR = "ERROR"
    RATE_LIMIT = "RATE_LIMIT"
    WS = "WS"
    RISK = "RISK"
    LIFECYCLE = "LIFECYCLE"
    AI_CALL = "AI_CALL"


EventName = Literal[
    "SIGNAL",
    "ORDER",
    "TRADE",
    "POSITION",
    "EQUITY",
    "HEARTBEAT",
    "API_CALL",
    "NOTIFICATION",
    "INDICATOR",
    "CANDLE",
    "ERROR",
    "RATE_LIMIT",
    "WS",
    "RISK",
    "LIFECYCLE",
    "AI_CALL",
]
"""The same names for type checkers and editors."""
