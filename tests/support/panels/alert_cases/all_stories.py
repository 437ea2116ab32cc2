"""All stories for the alerts."""

from __future__ import annotations

from tests.support.panels.alert_cases import bots, money, pipeline, signals

STORIES = [
    *bots.HEARTBEATS,
    *bots.STARTS,
    *bots.ERRORS,
    *bots.RISKS,
    *money.LOSSES,
    *money.ORDERS,
    *money.REQUESTS,
    *money.LIMITED,
    *money.SOCKETS,
    *signals.SIGNALS,
    *signals.CANDLES,
    *signals.OTHERS,
    *pipeline.PIPELINE,
    *pipeline.KEYS,
    *pipeline.LINES,
]
