"""The alerts on the logs themselves: do they arrive, whole, and without secrets."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.alerts.alert import BOT, Alert, or_zero, union
from logging_kit.panels.query.fields import HEARTBEAT, KEY_SHAPED, LINES, UNPARSEABLE
from logging_kit.panels.query.language import (
    alive_or_zero,
    count,
    difference,
    last,
    low,
    total,
    without,
)

_FILE: Final = ("app", "env", "job")
_LINES: Final = count(LINES, within="5m")
_KNOWN: Final = total(count(HEARTBEAT, by=BOT, within="24h"))
"""Heartbeats of a day: while there are any, BotHeartbeatMissing says which bot is gone, and the others need not."""


def pipeline_alerts() -> tuple[Alert, ...]:
    """The alerts on the pipeline, the most urgent first."""
    return (
        Alert(
            name="LogsMissing",
            severity="critical",
            measure=or_zero(union([_LINES, _KNOWN])),
            under=1,
            lasting="1m",
            summary="Not one log line has arrived for 5 minutes.",
            explanation="All bots are silent, or nothing carries their lines to Loki: the dashboards are blind. Of bots that wrote a "
            "heartbeat within the last day, BotHeartbeatMissing says so, and sooner; this is for all others, and for later.",
            runbook="Look at the positions on the exchange first. Do the bots run (logging-kit tail -f)? Does Promtail run, and does "
            "it reach Loki? The lines are safe in the files and arrive later.",
            panel_ref=("lk-system-health", "Last line received"),
        ),
        Alert(
            name="NoBotAlive",
            severity="critical",
            measure=without(_LINES, _KNOWN),
            over=0,
            lasting="1m",
            summary="Lines arrive, but no bot has written a heartbeat for a day.",
            explanation="Every bot is down, or has its heartbeat switched off. It follows BotHeartbeatMissing, which ends after a day, "
            "and never ends by itself.",
            runbook="As for BotHeartbeatMissing. All lines says who writes.",
            panel_ref=("lk-system-health", "Bots alive"),
        ),
        Alert(
            name="SecretLeak",
            severity="critical",
            measure=count(LINES, where=KEY_SHAPED, by=_FILE, within="5m"),
            over=0,
            summary="{value} lines of {job} hold what looks like a key.",
            explanation="Masking has missed something, or another program writes into the log folder.",
            runbook="Find the line in Explore, revoke the key at once, then register its field name (mask_names).",
            panel_ref=("lk-system-health", "All lines"),
        ),
        Alert(
            name="LogsDropped",
            severity="warning",
            measure=difference(
                last(HEARTBEAT.dropped_logs, by=BOT, within="15m"),
                low(HEARTBEAT.dropped_logs, by=BOT, within="15m"),
            ),
            over=0,
            lasting="5m",
            summary="{bot_name} could not write {value} log lines in 15 minutes.",
            explanation="The disk is full or refuses to write: lines are lost, and counted.",
            runbook="df -h on the bot's machine. The lines after the loss carry the field dropped with the reason.",
            panel_ref=("lk-system-health", "Dropped lines"),
        ),
        Alert(
            name="UnparseableLogs",
            severity="warning",
            measure=count(LINES, where=UNPARSEABLE, by=_FILE, within="15m"),
            over=0,
            summary="{value} lines of {job} are no JSON.",
            explanation="Something else than logging_kit writes into the segments, so these lines are in no panel.",
            runbook="Find them in All lines, and give that program another file.",
            panel_ref=("lk-system-health", "Unparseable lines"),
        ),
        Alert(
            name="LokiDown",
            severity="critical",
            measure=alive_or_zero(count(LINES, within="1m")),
            under=0,
            lasting="2m",
            summary="Loki does not answer Grafana.",
            explanation="Loki is down or too slow. No other alert works while it is.",
            runbook="docker compose ps; docker compose logs loki. A full disk is the usual cause. The lines are safe in the files.",
            panel_ref=("lk-system-health", "Last line received"),
            no_answer=True,
        ),
        Alert(
            name="Watchdog",
            severity="none",
            measure=alive_or_zero(count(LINES, within="1m")),
            over=-1,
            summary="The alerts work.",
            explanation="It always fires. A service outside (a dead man's switch) calls you when it stops hearing from it.",
            runbook="Nothing. To use it, give the webhook channel the address of such a service, and resume this rule.",
            panel_ref=("lk-system-health", "Last line received"),
            paused=True,
        ),
    )
