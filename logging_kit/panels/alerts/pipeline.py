"""The alerts on the logs themselves: missing, dropped, damaged, or with secrets."""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import BOT
from logging_kit.panels.alerts.alert import KNOWN, Alert, both, union
from logging_kit.panels.query.fields import HEARTBEAT, KEY_SHAPED, LINES, UNPARSEABLE
from logging_kit.panels.query.language import (
    alive_or_zero,
    count,
    difference,
    low,
    total,
    without,
)

_PLACE: Final = ("app", "env")
_FILE: Final = (*_PLACE, "job")
_LINES: Final = count(LINES, by=_PLACE, within="7m")
_BOTS: Final = count(KNOWN, by=_PLACE)
_STOPPED: Final = without(_BOTS, _LINES)
_ALL_STOPPED: Final = without(without(_STOPPED, total(_LINES)), count(KNOWN) <= 1)

MISSING: Final = union([_STOPPED > 1, _ALL_STOPPED])
"""The number of bots of each app and environment whose lines have all stopped at once.

It is the machine or the pipeline: several bots are silent, or nothing at all arrives. One bot that
is silent alone is not among them.
"""

_OLDER: Final = difference(
    count(LINES, by=_PLACE, within="2h"), count(LINES, by=_PLACE, within="1h")
)
_UNWATCHED: Final = without(both(_LINES, _OLDER > 0), _BOTS)


def pipeline_alerts() -> tuple[Alert, ...]:
    """Return the alerts on the pipeline, the most urgent first."""
    return (
        Alert(
            name="LogsMissing",
            severity="critical",
            measure=MISSING,
            over=0,
            lasting="1m",
            keep_firing="3m",
            summary="Not one line of the {value} known bots has arrived for 7 minutes: the "
            "pipeline or their machine is down.",
            explanation="Several bots fell silent at once, or nothing at all arrives: their "
            "machine is down, or nothing ships their lines to Loki, so the dashboards are blind. "
            "It names each app and environment, in one message, and takes the place of "
            "BotHeartbeatMissing. A single bot that is silent raises BotHeartbeatMissing. Without "
            "a heartbeat in three days, such as on a new server, it does not fire.",
            runbook="Check the positions on the exchange first. Then check that the bots run "
            "(logging-kit tail -f), that Promtail runs and that it reaches Loki. The lines are "
            "safe in the files and arrive later.",
            panel_ref=("lk-system-health", "Last line received"),
        ),
        Alert(
            name="NoBotAlive",
            severity="warning",
            measure=_UNWATCHED,
            over=0,
            lasting="10m",
            summary="Lines arrive, but no bot has written a heartbeat for three days.",
            explanation="Programs have been writing lines for more than an hour, and nothing "
            "would notice their end: heartbeats are switched off, or every bot is long dead. "
            "Within three days of the last heartbeat, BotHeartbeatMissing fires instead.",
            runbook="All lines shows which program writes. Call log.heartbeat() once a minute in "
            "its main loop.",
            panel_ref=("lk-system-health", "Bots alive"),
        ),
        Alert(
            name="SecretLeak",
            severity="critical",
            measure=count(LINES, where=KEY_SHAPED, by=(*BOT, "job"), within="1h"),
            over=0,
            resolves=False,
            summary="{value} lines of {bot_name} in {job} have a text that looks like a key.",
            explanation="Masking missed a secret, or another program writes into the log folder.",
            runbook="Find the line in Explore, revoke the key at once, then add its field name to "
            "mask_names.",
            panel_ref=("lk-system-health", "All lines"),
        ),
        Alert(
            name="LogsDropped",
            severity="warning",
            measure=union(
                [
                    total(LINES.dropped, by=BOT, within="1h"),
                    difference(
                        low(HEARTBEAT.dropped_logs, by=BOT, within="2m"),
                        low(HEARTBEAT.dropped_logs, by=BOT, within="1h"),
                    )
                    > 0,
                ]
            ),
            over=0,
            resolves=False,
            summary="{bot_name} could not write {value} log lines in an hour.",
            explanation="The disk is full or rejects writes. The lost lines are counted.",
            runbook="Run df -h on the bot's machine. The first line after the loss has the field "
            "dropped with the reason.",
            panel_ref=("lk-system-health", "Dropped lines"),
        ),
        Alert(
            name="UnparseableLogs",
            severity="warning",
            measure=count(LINES, where=UNPARSEABLE, by=_FILE, within="1h"),
            over=0,
            summary="{value} lines of {job} are not JSON.",
            explanation="A program other than logging_kit writes into the segments, so these "
            "lines are in no panel.",
            runbook="Find the lines in All lines, and let that program write to another file.",
            panel_ref=("lk-system-health", "Unparseable lines"),
        ),
        Alert(
            name="WrongEvents",
            severity="warning",
            measure=count(LINES, where=LINES.schema_error != "", by=BOT, within="1h"),
            over=0,
            keep_firing="15m",
            summary="{value} lines of {bot_name} differ from the catalogue of events.",
            explanation="A field is missing or has a value that the catalogue does not know, so "
            "panels and alerts leave these lines out or show them wrongly.",
            runbook="Each such line has the field schema_error, which says what is wrong: search "
            "for it in All lines, and correct the call in the bot.",
            panel_ref=("lk-system-health", "All lines"),
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
