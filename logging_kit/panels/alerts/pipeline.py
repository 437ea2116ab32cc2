"""The alerts on the logs themselves: missing, dropped, damaged, or with secrets."""

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
"""Heartbeats of a day: while there are any, BotHeartbeatMissing reports the bot that is missing."""


def pipeline_alerts() -> tuple[Alert, ...]:
    """Return the alerts on the pipeline, the most urgent first."""
    return (
        Alert(
            name="LogsMissing",
            severity="critical",
            measure=or_zero(union([_LINES, _KNOWN])),
            under=1,
            lasting="1m",
            summary="Not one log line has arrived for 5 minutes.",
            explanation="All bots are silent, or nothing ships their lines to Loki, so the "
            "dashboards are blind. For bots that wrote a heartbeat within the last day, "
            "BotHeartbeatMissing fires sooner; this alert covers all others, and later times.",
            runbook="Check the positions on the exchange first. Then check that the bots run "
            "(logging-kit tail -f), that Promtail runs and that it reaches Loki. The lines are "
            "safe in the files and arrive later.",
            panel_ref=("lk-system-health", "Last line received"),
        ),
        Alert(
            name="NoBotAlive",
            severity="critical",
            measure=without(_LINES, _KNOWN),
            over=0,
            lasting="1m",
            summary="Lines arrive, but no bot has written a heartbeat for a day.",
            explanation="Every bot is down, or has its heartbeat switched off. This alert follows "
            "BotHeartbeatMissing, which ends after a day, and does not end by itself.",
            runbook="As for BotHeartbeatMissing. All lines shows which program writes.",
            panel_ref=("lk-system-health", "Bots alive"),
        ),
        Alert(
            name="SecretLeak",
            severity="critical",
            measure=count(LINES, where=KEY_SHAPED, by=_FILE, within="5m"),
            over=0,
            summary="{value} lines of {job} have a text that looks like a key.",
            explanation="Masking missed a secret, or another program writes into the log folder.",
            runbook="Find the line in Explore, revoke the key at once, then add its field name to "
            "mask_names.",
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
            explanation="The disk is full or rejects writes. The lost lines are counted.",
            runbook="Run df -h on the bot's machine. The first line after the loss has the field "
            "dropped with the reason.",
            panel_ref=("lk-system-health", "Dropped lines"),
        ),
        Alert(
            name="UnparseableLogs",
            severity="warning",
            measure=count(LINES, where=UNPARSEABLE, by=_FILE, within="15m"),
            over=0,
            summary="{value} lines of {job} are not JSON.",
            explanation="A program other than logging_kit writes into the segments, so these "
            "lines are in no panel.",
            runbook="Find the lines in All lines, and let that program write to another file.",
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
            runbook="Run docker compose ps and docker compose logs loki. A full disk is the usual "
            "cause. The lines are safe in the files.",
            panel_ref=("lk-system-health", "Last line received"),
            no_answer=True,
        ),
        Alert(
            name="Watchdog",
            severity="none",
            measure=alive_or_zero(count(LINES, within="1m")),
            over=-1,
            summary="The alerts work.",
            explanation="This alert always fires. An outside service, a dead man's switch, calls "
            "you when the alert stops arriving.",
            runbook="Nothing. To use this alert, give the webhook channel the address of such a "
            "service and resume the rule.",
            panel_ref=("lk-system-health", "Last line received"),
            paused=True,
        ),
    )
