"""Logging for trading bots.

Typed events, secrets masked, lines that survive a crash, dashboards from the first minute.

The names are imported when they are first used: pytest loads the package in every test run, for its
plugin, and pays for nothing else.

Example:
    >>> import logging_kit
    >>> log = logging_kit.setup(app="trading", env="testnet", bot_name="btc-grid")
    >>> cid = log.signal("LONG", symbol="BTC/USDT", confidence=0.91, price=64_000)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from ._version import __version__

if TYPE_CHECKING:
    from . import exceptions as exceptions
    from . import integrations as integrations
    from . import loki as loki
    from . import metrics as metrics
    from . import processors as processors
    from . import settings as settings
    from . import testing as testing
    from .events.model import Event, EventType, Field
    from .exceptions import (
        DefinitionError,
        LoggingKitError,
        NotAJournalError,
        NotEmptyError,
        NoTwinError,
        PostError,
        PushError,
        QueryError,
        RendererError,
        SchemaError,
        SettingsError,
        StackError,
        TransportError,
    )
    from .masking import Secret, forget_secret, mask, register_from, register_secret
    from .runtime.context import bound, in_context
    from .runtime.formatter import JsonFormatter
    from .runtime.handler import Handler
    from .runtime.logger import BotLogger
    from .runtime.setup import flush, get_logger, register_event, setup, shutdown, stats
    from .settings import Settings
    from .store.sinks.base import Sink, SinkOptions

__all__ = [
    "BotLogger",
    "DefinitionError",
    "Event",
    "EventType",
    "Field",
    "Handler",
    "JsonFormatter",
    "LoggingKitError",
    "NoTwinError",
    "NotAJournalError",
    "NotEmptyError",
    "PostError",
    "PushError",
    "QueryError",
    "RendererError",
    "SchemaError",
    "Secret",
    "Settings",
    "SettingsError",
    "Sink",
    "SinkOptions",
    "StackError",
    "TransportError",
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

_MODULES: Final = frozenset(
    ("exceptions", "integrations", "loki", "metrics", "processors", "settings", "testing")
)
_HOMES: Final = {
    "events.model": ("Event", "EventType", "Field"),
    "exceptions": (
        "DefinitionError",
        "LoggingKitError",
        "NoTwinError",
        "NotAJournalError",
        "NotEmptyError",
        "PostError",
        "PushError",
        "QueryError",
        "RendererError",
        "SchemaError",
        "SettingsError",
        "StackError",
        "TransportError",
    ),
    "masking": ("Secret", "forget_secret", "mask", "register_from", "register_secret"),
    "runtime.context": ("bound", "in_context"),
    "runtime.formatter": ("JsonFormatter",),
    "runtime.handler": ("Handler",),
    "runtime.logger": ("BotLogger",),
    "runtime.setup": ("flush", "get_logger", "register_event", "setup", "shutdown", "stats"),
    "settings": ("Settings",),
    "store.sinks.base": ("Sink", "SinkOptions"),
}
"""The module of each public name; type checkers read the imports above instead."""


@contextmanager
def _standard_output() -> Iterator[None]:
    """Let structlog be imported without an open standard output, which it asks for a terminal."""
    stream = getattr(sys, "stdout", None)
    if stream is not None and not getattr(stream, "closed", False):
        yield
        return
    was_there = hasattr(sys, "stdout")
    sys.stdout = None  # as in a program without a console
    try:
        yield
    finally:
        if was_there:
            sys.stdout = stream
        else:
            del sys.stdout


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    for home, names in _HOMES.items():
        if name in names:
            with _standard_output():
                value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *_MODULES]
