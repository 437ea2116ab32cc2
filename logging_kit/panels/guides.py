"""Where each panel and number of well-known trading-bot monitoring guides is found here, on logs alone."""

from __future__ import annotations

from typing import Final

_OVERVIEW, _SIGNALS, _HEALTH = "Trading Overview", "AI Signals", "System Health"
_API, _PNL = "API Performance", "Positions & PnL"

GUIDES: Final[tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]] = (
    (
        "000: Prometheus and Grafana runbook (coinpilot_ metrics)",
        (
            ("active positions", _OVERVIEW, "Open positions"),
            ("total PnL", _OVERVIEW, "Realized PnL"),
            ("trade count", _OVERVIEW, "Closed trades"),
            ("AI requests", _SIGNALS, "AI calls"),
            ("API latency", _API, "P95 latency"),
            ("volatility index", _PNL, "Volatility index"),
        ),
    ),
    (
        "001: trader bot with Prometheus: Trading Overview",
        (
            ("Orders (24h)", _OVERVIEW, "Orders"),
            ("Open Positions", _OVERVIEW, "Open positions"),
            ("Realized Profit", _OVERVIEW, "Realized PnL"),
            ("WebSocket Connections", _OVERVIEW, "WebSocket connections"),
            ("Orders by Side", _OVERVIEW, "Orders by side"),
            ("Orders by Status", _OVERVIEW, "Orders by status"),
            ("PnL Over Time", _OVERVIEW, "PnL over time"),
            ("Open Positions by Symbol", _OVERVIEW, "Open positions by symbol"),
            ("Orders by Exchange", _OVERVIEW, "Orders by exchange"),
            ("WebSocket Connections Over Time", _OVERVIEW, "WebSocket connections over time"),
            ("order fill rate", _OVERVIEW, "Order fill rate"),
        ),
    ),
    (
        "001: trader bot with Prometheus: API Performance",
        (
            ("API Status", _API, "API status"),
            ("Request Rate, requests per minute", _API, "Request rate"),
            ("P50", _API, "P50 latency"),
            ("P95", _API, "P95 latency"),
            ("P99", _API, "P99 latency"),
            ("Error Rate", _API, "Error rate"),
            ("Latency by Endpoint", _API, "Latency by endpoint"),
            ("Request Rate by Endpoint", _API, "Request rate by endpoint"),
            ("Request Rate by Method", _API, "Request rate by method"),
            ("Response Status Codes", _API, "Status codes"),
            ("P95 Bar Gauge", _API, "P95 by endpoint"),
            ("rate-limit ratio", _API, "Rate-limited share"),
            ("requests to the bot's own API", _API, "Incoming request rate"),
        ),
    ),
    (
        "002: Loki, Promtail and Grafana",
        (
            ("LONG count", _OVERVIEW, "LONG signals"),
            ("SHORT count", _OVERVIEW, "SHORT signals"),
            ("WAIT count", _OVERVIEW, "WAIT signals"),
            ("signal distribution", _OVERVIEW, "Signal distribution"),
            ("signal frequency per hour", _OVERVIEW, "Signal frequency"),
            ("trade timeline", _OVERVIEW, "Trade timeline"),
            ("Discord notification log", _OVERVIEW, "Discord notifications"),
            ("distribution", _SIGNALS, "Signal share"),
            ("average-confidence gauge", _SIGNALS, "Average confidence"),
            ("signal trend", _SIGNALS, "Signal trend"),
            ("LONG/SHORT detail log", _SIGNALS, "LONG and SHORT signals"),
            ("RSI chart", _SIGNALS, "RSI"),
            ("error count (1h)", _HEALTH, "Errors (1h)"),
            ("bot status", _HEALTH, "Bot status"),
            ("API success rate", _HEALTH, "API success rate"),
            ("Discord success count", _HEALTH, "Discord sent"),
            ("live error log", _HEALTH, "Error log"),
            ("lines by level", _HEALTH, "Lines by level"),
            ("error-rate trend", _HEALTH, "Error rate"),
            ("API call log", _HEALTH, "API call log"),
        ),
    ),
    (
        "003: trade counts that survive a restart",
        (
            ("Total Trade Count (2 days)", _PNL, "Filled orders (2 days)"),
            ("Volatility Index", _PNL, "Volatility index"),
        ),
    ),
    (
        "004: account and trade metrics (coin_trader_ metrics)",
        (
            ("account equity, realized PnL", _PNL, "Equity and realized PnL"),
            ("total return", _PNL, "Total return"),
            ("current return", _PNL, "Current return"),
            ("open PnL", _OVERVIEW, "Unrealized PnL"),
            ("position quantity", _PNL, "Position quantity"),
            ("entry price, mark price, notional", _PNL, "Position snapshots"),
            ("win rate", _PNL, "Win rate"),
            ("trades, wins, losses", _OVERVIEW, "Closed trades"),
            ("last 5 trades", _PNL, "Last 5 trades"),
            ("R-multiples", _PNL, "R-multiple"),
            ("loop delay", _PNL, "Loop delay"),
            ("last candle", _PNL, "Last candle"),
            ("last signal, time and side", _PNL, "Last signals"),
            ("errors of 5 minutes by type", _PNL, "Errors by type (5 min)"),
        ),
    ),
)
"""Guide → (what it names, the dashboard here, the panel there)."""
