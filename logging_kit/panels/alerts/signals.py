"""The alerts on what decisions are made of: signals, models, market data, and the messages about them."""

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
"""Length of a candle, how long after the newest one it is stale (it came when it closed, so three more are missing), and how
long a market without candles is remembered."""


def signal_alerts(limits: Limits) -> tuple[Alert, ...]:
    """The alerts on signals, models and market data."""
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
            explanation="The bot has been up for 2 hours and has decided within the last week, but not lately, not even WAIT.",
            runbook="Does it get candles (Last candle)? Does the model answer (AI calls)? Does the error log say why?",
            panel_ref=("lk-ai-signals", "Last LONG and SHORT"),
        ),
        Alert(
            name="StaleMarketData",
            severity="warning",
            measure=union(candles),
            over=0,
            unless=SILENT,
            lasting="2m",
            summary="{bot_name} has got no {timeframe} candle of {symbol} for more than three candles.",
            explanation="The market data of this symbol have stopped, while the bot may go on deciding on the old ones. Of a bot that is "
            "silent itself BotHeartbeatMissing tells.",
            runbook="Is it one symbol (delisted, halted) or all of an exchange? Check the WebSocket connections and the API calls.",
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
            runbook="Compare with Confidence by signal over the last weeks: a change of the market, or of the model?",
            panel_ref=("lk-ai-signals", "Confidence by signal"),
        ),
        Alert(
            name="AiCostHigh",
            severity="warning",
            measure=total(AI_CALL.cost_usd, by=BOT, within="24h"),
            over=limits.ai_cost_usd,
            summary="The models of {bot_name} have cost {value} USD in 24 hours.",
            explanation="More requests than planned, or a more expensive model.",
            runbook="AI calls by model says which. A loop that asks on every tick is the usual cause.",
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
            summary="Discord has not taken {value} messages of {bot_name} in 15 minutes.",
            explanation="The webhook was deleted or is rate-limited: messages about trades are lost. This alert goes elsewhere.",
            runbook="Discord notifications has the HTTP status: 401 or 404 the webhook is gone, 429 too many messages.",
            panel_ref=("lk-system-health", "Discord failed"),
        ),
    )
