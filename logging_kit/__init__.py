"""Logging for trading bots: typed events, secrets masked, lines that survive a crash, dashboards from the first minute.

Example:
    >>> import logging_kit
    >>> log = logging_kit.setup(app="trading", env="testnet", bot_name="btc-grid")
    >>> cid = log.signal("LONG", symbol="BTC/USDT", confidence=0.91, price=64_000, reason="ema 12 crossed 26")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__
from .events.model import Event, EventType, Field
from .exceptions import (
    DefinitionError,
    LoggingKitError,
    NotAJournalError,
    NotEmptyError,
    QueryError,
    SchemaError,
    SettingsError,
    StackError,
)
from .masking import Secret, forget_secret, mask, register_from, register_secret
from .runtime.context import bound, in_context
from .runtime.handler import Handler
from .runtime.logger import BotLogger
from .runtime.setup import flush, get_logger, register_event, setup, shutdown, stats
from .settings import Settings
from .store.sinks.base import Sink, SinkOptions

if TYPE_CHECKING:
    from .runtime.formatter import JsonFormatter

__all__ = [
    "BotLogger",
    "DefinitionError",
    "Event",
    "EventType",
    "Field",
    "Handler",
    "JsonFormatter",
    "LoggingKitError",
    "NotAJournalError",
    "NotEmptyError",
    "QueryError",
    "SchemaError",
    "Secret",
    "Settings",
    "SettingsError",
    "Sink",
    "SinkOptions",
    "StackError",
    "__version__",
    "bound",
    "flush",
    "forget_secret",
    "get_logger",
    "in_context",
    "mask",
    "register_event",
    "register_from",
    "register_secret",
    "setup",
    "shutdown",
    "stats",
]


def __getattr__(name: str) -> Any:
    if name == "JsonFormatter":  # python-json-logger is imported by those who use it
        from .runtime.formatter import JsonFormatter

        return JsonFormatter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
