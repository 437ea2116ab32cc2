"""The alerts on signals, models, market data and messages."""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import BOT, MARKET
from logging_kit.line import parse_duration
from logging_kit.panels.alerts.alert import SILENT, Alert, Limits, both, union
from logging_kit.panels.query.fields import (
    AI_CALL,
    CANDLE,
    HEARTBEAT,
    LIFECYCLE,
    NOTIFICATION,
    SIGNAL,
    Where,
)
from logging_kit.panels.query.language import count, high, mean, total, without
from logging_kit.panels.query.nodes import Query

_CANDLES: Final = (
    ("1m", "4m", "30m"),
    ("3m", "12m", "1h"),
    ("5m", "20m", "2h"),
    ("15m", "1h", "4h"),
    ("30m", "2h", "8h"),
    ("1h", "4h", "12h"),
    ("4h", "16h", "3d"),
    ("1d", "4d", "7d"),
)
"""Length of a candle, age of the newest one at which the data are stale, and memory of a market.

A candle arrives when it closes, so at four lengths three more are missing.
"""
_SLOW: Final = ("4h", "1d")

_INTERVALS: Final = (1, 2, 4, 8, 16)
"""Multiples of `Limits.no_signal_for`, for bots that decide less often."""
_DECISIONS: Final = 15
_MEMORY: Final = 12
"""A bot with this many decisions in so many times the silence decides more often than that."""

_LONGEST_MEMORY_S: Final = 30 * 86_400
_FEW_SIGNALS: Final = 3
"""Decisions that make an average."""


def signal_alerts(limits: Limits) -> tuple[Alert, ...]:
    """Return the alerts on signals, models, market data and messages."""
    return (
        Alert(
            name="NoSignals",
            severity="warning",
            measure=_undecided(limits.no_signal_for),
            over=0,
            lasting="10m",
            keep_firing="10m",
            summary="{bot_name} beats, but has not decided anything for longer than usual.",
            explanation=f"The bot has decided nothing, not even WAIT, for {limits.no_signal_for} "
            "and for longer than it usually takes: a strategy that decides every four hours has "
            f"more time. It takes {_DECISIONS} earlier decisions, and a run as long as the "
            "silence.",
            runbook="Check that it gets candles (Last candle) and that the model answers (AI "
            "calls), then read the error log.",
            panel_ref=("lk-ai-signals", "Last LONG and SHORT"),
        ),
        Alert(
            name="StaleMarketData",
            severity="warning",
            measure=_stale(),
            over=0,
            unless=SILENT,
            lasting="5m",
            keep_firing="5m",
            summary="{bot_name} has had no {timeframe} candle of {symbol} for more than three "
            "candles.",
            explanation="The market data of this symbol have stopped, and the bot may still "
            "decide on old data. If the bot itself is silent, BotHeartbeatMissing fires instead. "
            "All symbols of a bot come in one message. Loki answers for as many markets as its "
            "max_query_series allows.",
            runbook="Find out whether it is one symbol (delisted, halted) or all of an exchange. "
            "Check the WebSocket connections and the API calls.",
            panel_ref=("lk-positions-pnl", "Price"),
        ),
        Alert(
            name="LowConfidence",
            severity="info",
            measure=union([_confidence(within) for within in ("1h", "24h")]),
            under=limits.confidence,
            lasting="30m",
            keep_firing="1h",
            summary="{bot_name} decides with an average confidence of {value:percent}.",
            explanation="The model is unsure of its decisions to trade. It takes three of them in "
            "an hour, or in a day if the bot decides rarely.",
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
                within="30m",
            ),
            over=2,
            keep_firing="15m",
            summary="Discord has rejected {value} messages of {bot_name} in 30 minutes.",
            explanation="The webhook was deleted or is rate-limited, so messages about trades are "
            "lost. This alert takes another channel.",
            runbook="Discord notifications has the HTTP status: 401 or 404 means that the webhook "
            "was deleted, 429 that there are too many messages.",
            panel_ref=("lk-system-health", "Discord failed"),
        ),
    )


def _undecided(shortest: str) -> Query:
    """Return the bots that beat, but have not decided for longer than usual."""
    base = parse_duration(shortest) // 1_000_000
    uptime = high(HEARTBEAT.uptime_s, by=BOT, within="10m")
    silences = []
    for times in _INTERVALS:
        silence = base * times
        if times > 1 and silence * _MEMORY > _LONGEST_MEMORY_S:
            break
        usual = count(SIGNAL, by=BOT, within=_duration(silence * _MEMORY)) >= _DECISIONS
        undecided = without(usual, count(SIGNAL, by=BOT, within=_duration(silence)))
        silences.append(both(uptime > silence, undecided))
    return union(silences)


def _duration(seconds: int) -> str:
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _stale() -> Query:
    """Return the markets whose candles have stopped, without those of a bot that has just begun.

    A bot that was restarted may have left out a market on purpose: then the memory is short.
    """
    known = [
        _known(CANDLE.timeframe == length, memory, within_run=length not in _SLOW)
        for length, _, memory in _CANDLES
    ]
    fast = [length for length, _, _ in _CANDLES if length not in _SLOW]
    known.append(_known(CANDLE.timeframe.among(*fast), "24h", within_run=True))
    fresh = [
        count(CANDLE, where=CANDLE.timeframe == length, by=MARKET, within=stale)
        for length, stale, _ in _CANDLES
    ]
    return without(union(known), union(fresh))


def _known(lengths: Where, memory: str, *, within_run: bool) -> Query:
    several = count(CANDLE, where=lengths, by=MARKET, within=memory) > 1
    if not within_run:
        return several
    started = LIFECYCLE.phase == "startup"
    return without(several, count(LIFECYCLE, where=started, by=BOT, within=memory))


def _confidence(within: str) -> Query:
    traded = (
        SIGNAL.signal.among("LONG", "SHORT") & (SIGNAL.confidence >= 0) & (SIGNAL.confidence <= 1)
    )
    enough = count(SIGNAL, where=traded, by=BOT, within=within) >= _FEW_SIGNALS
    return both(mean(SIGNAL.confidence, where=traded, by=BOT, within=within), enough)
