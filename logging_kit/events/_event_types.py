"""The types of the catalogue's events.

Generated from the catalogue by `python scripts/generate.py`.
"""

from __future__ import annotations

from enum import StrEnum


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
