"""The alerts on signals, models, market data and messages."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.alerts.alert import BOT, SILENT, Alert, Limits, union
from logging_kit.panels.query.fields import AI_CALL, CANDLE, HEARTBEAT, NOTIFICATION, SIGNAL
from logging_kit.panels.query.language import count, high, mean, total, without

_CANDLES: Final = (
    ("1m", "4m", "24h"),
    ("3m", "12m", "24h"),
    ("5m", "20m", "24h"),
    ("15m", "1h", "24h"),
    ("30m", "2h", "24h"),
    ("1h", "4h", "24h"),
    ("4h", "16h", "3d"),
    ("1d", "4d", "7d"),
)
"""Length of a candle, age of the newest one at which the data are stale, and memory of a market.

A candle arrives when it closes, so at four lengths three more are missing.
"""


def signal_alerts(limits: Limits) -> tuple[Alert, ...]:
    """Return the alerts on signals, models, market data and messages."""
    usual = count(SIGNAL, by=BOT, within="7d")
    candles = [
        without(
            count(
                CANDLE,
                where=CANDLE.timeframe == length,
                by=(*BOT, "symbol", "timeframe"),
                within=known,
            ),
            count(
                CANDLE,
                where=CANDLE.timeframe == length,
                by=(*BOT, "symbol", "timeframe"),
                within=stale,
            ),
        )
        for length, stale, known in _CANDLES
    ]
    return (
        Alert(
            name="NoSignals",
            severity="warning",
            measure=without(
                without(usual, count(SIGNAL, by=BOT, within=limits.no_signal_for)),
                without(usual, high(HEARTBEAT.uptime_s, by=BOT, within="10m") > 7200),
            ),
            over=0,
            lasting="10m",
            summary=f"{{bot_name}} beats, but has not decided anything for {limits.no_signal_for}.",
            explanation="The bot has been up for 2 hours and decided something within the last "
            "week, but nothing lately, not even WAIT.",
            runbook="Check that it gets candles (Last candle) and that the model answers (AI "
            "calls), then read the error log.",
            panel_ref=("lk-ai-signals", "Last LONG and SHORT"),
        ),
        Alert(
            name="StaleMarketData",
            severity="warning",
            measure=union(candles),
            over=0,
            unless=SILENT,
            lasting="2m",
            summary="{bot_name} has had no {timeframe} candle of {symbol} for more than three "
            "candles.",
            explanation="The market data of this symbol have stopped, and the bot may still "
            "decide on old data. If the bot itself is silent, BotHeartbeatMissing fires instead.",
            runbook="Find out whether it is one symbol (delisted, halted) or all of an exchange. "
            "Check the WebSocket connections and the API calls.",
            panel_ref=("lk-positions-pnl", "Price"),
        ),
        Alert(
            name="LowConfidence",
            severity="info",
            measure=mean(
                SIGNAL.confidence, where=SIGNAL.signal.among("LONG", "SHORT"), by=BOT, within="1h"
            ),
            under=limits.confidence,
            lasting="30m",
            summary="{bot_name} decides with an average confidence of {value:percent}.",
            explanation="The model is unsure of its decisions to trade.",
            runbook="Compare with Confidence by signal over the last weeks to see whether the "
            "market or the model has changed.",
            panel_ref=("lk-ai-signals", "Confidence by signal"),
        ),
        Alert(
            name="AiCostHigh",
            severity="warning",
            measure=total(AI_CALL.cost_usd, by=BOT, within="24h"),
            over=limits.ai_cost_usd,
            summary="The models of {bot_name} have cost {value} USD in 24 hours.",
            explanation="More requests than planned, or a more expensive model.",
            runbook="AI calls by model shows the model. A loop that calls it on every tick is the "
            "usual cause.",
            panel_ref=("lk-ai-signals", "AI cost"),
        ),
        Alert(
            name="DiscordFailing",
            severity="warning",
            measure=count(
                NOTIFICATION,
                where=(NOTIFICATION.channel == "discord") & (NOTIFICATION.ok == "false"),
                by=BOT,
                within="15m",
            ),
            over=2,
            summary="Discord has rejected {value} messages of {bot_name} in 15 minutes.",
            explanation="The webhook was deleted or is rate-limited, so messages about trades are "
            "lost. This alert takes another channel.",
            runbook="Discord notifications has the HTTP status: 401 or 404 means that the webhook "
            "was deleted, 429 that there are too many messages.",
            panel_ref=("lk-system-health", "Discord failed"),
        ),
    )
