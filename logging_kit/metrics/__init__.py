"""Prometheus metrics of a bot, from the same events that it logs.

`setup(metrics_port=8000)` serves them; the extra `[metrics]` installs what that needs. The modules:
`table` lists every metric, `observer` turns an event into updates, `values` holds the numbers,
`restore` brings the counts of earlier runs back, `page` writes the text that Prometheus reads, and
`server` serves it. `heartbeat` calls a dead man's switch, and `check_clock` compares the clock with
that of an exchange.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ..runtime.clock_skew import check_clock
from .gauges import register_gauge, unregister_gauge
from .table import METRICS, Metric

if TYPE_CHECKING:
    from .page import CONTENT_TYPE, asgi_app, exposition, wsgi_app

__all__ = [
    "CONTENT_TYPE",
    "METRICS",
    "Metric",
    "asgi_app",
    "check_clock",
    "exposition",
    "register_gauge",
    "unregister_gauge",
    "wsgi_app",
]

_OF_PAGE: Final = ("CONTENT_TYPE", "asgi_app", "exposition", "wsgi_app")


def __getattr__(name: str) -> Any:
    # prometheus_client is an extra, which neither the table nor the heartbeat needs
    if name in _OF_PAGE:
        return getattr(importlib.import_module(".page", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
