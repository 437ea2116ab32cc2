"""Pushing of lines to Loki and to OTLP receivers: sender, handlers and emitters.

The names are those of python-logging-loki: a program changes its import and nothing else.

Example:
    >>> from logging_kit import loki as logging_loki
    >>> handler = logging_loki.LokiHandler(url="http://127.0.0.1:3100", version="1")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .entry import Entry
    from .handler import LokiHandler, LokiQueueHandler
    from .options import SenderOptions
    from .outcome import Outcome, Rejection
    from .sender import Sender

__all__ = [
    "Entry",
    "LokiHandler",
    "LokiQueueHandler",
    "Outcome",
    "Rejection",
    "Sender",
    "SenderOptions",
]

_HOMES: Final = {
    "entry": ("Entry",),
    "handler": ("LokiHandler", "LokiQueueHandler"),
    "options": ("SenderOptions",),
    "outcome": ("Outcome", "Rejection"),
    "sender": ("Sender",),
}
_MODULES: Final = {
    "emitter": f"{__name__}.emitter",
    "handlers": f"{__name__}.handler",
    "const": "logging_loki.const",
}
"""Modules of python-logging-loki, and what stands for them."""


def __getattr__(name: str) -> Any:
    try:
        if name in _MODULES:
            return import_module(_MODULES[name])
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("logging_loki", "requests", "urllib3"):
            raise
        raise ModuleNotFoundError(
            f"logging_kit.loki.{name} needs {error.name}: pip install 'logging-kit[loki]'",
            name=error.name,
        ) from None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *_MODULES]
