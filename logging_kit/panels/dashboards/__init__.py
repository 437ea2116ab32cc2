"""The dashboards, each in its own module."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.dashboards.ai_signals import AI_SIGNALS
from logging_kit.panels.dashboards.api_performance import API_PERFORMANCE
from logging_kit.panels.dashboards.positions_pnl import POSITIONS_PNL
from logging_kit.panels.dashboards.signal_trace import SIGNAL_TRACE
from logging_kit.panels.dashboards.system_health import SYSTEM_HEALTH
from logging_kit.panels.dashboards.trading_overview import TRADING_OVERVIEW

__all__ = [
    "AI_SIGNALS",
    "API_PERFORMANCE",
    "DASHBOARDS",
    "POSITIONS_PNL",
    "SIGNAL_TRACE",
    "SYSTEM_HEALTH",
    "TRADING_OVERVIEW",
]

DASHBOARDS: Final[tuple[Dashboard, ...]] = (
    TRADING_OVERVIEW,
    AI_SIGNALS,
    SYSTEM_HEALTH,
    API_PERFORMANCE,
    POSITIONS_PNL,
    SIGNAL_TRACE,
)
"""The dashboards of the package, in the order of a menu."""
