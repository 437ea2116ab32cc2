"""The alerts on the processes of the bots, and the list of all alerts.

All are computed from log lines. A full disk of the server or an agent that does not read a file
needs a metric, so it is not among them.

An alert that reports an occurrence has a window of half an hour or more, so that lines which arrive
late are reported too.
"""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import BOT
from logging_kit.panels.alerts.alert import SILENT, Alert, Limits, both, minus, union
from logging_kit.panels.alerts.exchanges import exchange_alerts
from logging_kit.panels.alerts.money import money_alerts
from logging_kit.panels.alerts.pipeline import MISSING, pipeline_alerts
from logging_kit.panels.alerts.signals import signal_alerts
from logging_kit.panels.query.fields import HEARTBEAT, LIFECYCLE, LINES
from logging_kit.panels.query.language import count, difference, high, without
from logging_kit.panels.query.nodes import Query

_STOPPED: Final = (LIFECYCLE.phase == "shutdown") & (LIFECYCLE.reason != "exit")
"""The end that a person or a deployment asked for; a program that ends by itself says `exit`."""

_SPLITS: Final = ("2m", "5m", "10m", "20m", "40m")


def alerts(limits: Limits | None = None) -> tuple[Alert, ...]:
    """Return all alerts, the most urgent first in each part.

    Args:
        limits: Thresholds; the default ones if None.
    """
    given = limits or Limits()
    return (
        *_bots(given),
        *money_alerts(given),
        *exchange_alerts(given),
        *signal_alerts(given),
        *pipeline_alerts(),
    )


def _starts(within: str) -> Query:
    return count(LIFECYCLE, where=LIFECYCLE.phase == "startup", by=BOT, within=within)


def _restarts(limit: float) -> Query:
    """Return the starts that followed no orderly end, where there are too many of them.

    Several workers of one name that start together are one start: there must be starts on both
    sides of some moment.
    """
    hour = _starts("1h")
    spread = union([difference(hour, _starts(split)) > 0 for split in _SPLITS])
    crashes = {
        within: minus(_starts(within), count(LIFECYCLE, where=_STOPPED, by=BOT, within=longer))
        for within, longer in (("30m", "40m"), ("1h", "70m"))
    }
    many = union([crashes["30m"] > limit, crashes["1h"] > limit + 1, _starts("1h") > 5 * limit])
    return both(many, spread)


def _bots(limits: Limits) -> tuple[Alert, ...]:
    stopped = count(LIFECYCLE, where=_STOPPED, by=BOT, within="15m")
    errors = {
        within: count(LINES, where=LINES.level == "error", by=BOT, within=within)
        for within in ("5m", "30m", "1h")
    }
    return (
        Alert(
            name="BotHeartbeatMissing",
            severity="critical",
            measure=without(without(SILENT, MISSING), stopped),
            over=0,
            keep_firing="10m",
            summary="{bot_name} has not written a heartbeat for 8 minutes.",
            explanation="The bot was alive within the last three days and is silent now: it has "
            "ended or hangs, or its lines do not arrive. A clock that is five minutes behind does "
            "not fire it. An orderly end (LIFECYCLE shutdown) gives the bot 15 minutes to come "
            "back. If several bots are silent and no line of their app and environment arrives, "
            "LogsMissing fires instead.",
            runbook="Check the positions on the exchange first. Then check that the process runs, "
            "and that System Health shows lines of other bots. If you stopped the bot on purpose, "
            "silence this alert for its app, env and bot_name until it is back.",
            panel_ref=("lk-system-health", "Silent bots"),
        ),
        Alert(
            name="BotRestarting",
            severity="warning",
            measure=_restarts(limits.restarts),
            over=limits.restarts,
            keep_firing="30m",
            summary="{bot_name} has restarted {value} times within an hour.",
            explanation="A supervisor keeps restarting the bot, and it ends soon after each start. "
            "Starts that follow an orderly end are deployments and do not count, unless there are "
            "very many; several workers that start together count once.",
            runbook="Read the last ERROR before each start in the error log. A bot that restarts "
            "may send its first orders again: check the open orders on the exchange.",
            panel_ref=("lk-system-health", "Restarts"),
        ),
        Alert(
            name="CriticalLogged",
            severity="critical",
            measure=count(
                LINES,
                where=(LINES.level == "critical") & (LINES.event != "RISK"),
                by=BOT,
                within="1h",
            ),
            over=0,
            resolves=False,
            summary="{bot_name} has logged {value} critical lines in an hour.",
            explanation="The bot itself reports that it cannot work properly. Risk rules have "
            "their own alert.",
            runbook="Open the error log, read the line and its exception, and follow its "
            "correlation_id to the signal behind it.",
            panel_ref=("lk-system-health", "Error log"),
        ),
        Alert(
            name="ErrorBurst",
            severity="warning",
            measure=union(
                [
                    errors["5m"] > limits.errors,
                    errors["30m"] > 2 * limits.errors,
                    errors["1h"] > 3 * limits.errors,
                ]
            ),
            over=limits.errors,
            keep_firing="15m",
            summary="{bot_name} logs many errors: {value} of late.",
            explanation="Something fails repeatedly: an exchange in maintenance, a lost network, "
            "a programming error. It takes more than the limit in 5 minutes, twice as many in 30 "
            "minutes or three times as many in an hour. Critical lines are not counted here: "
            "CriticalLogged reports each of them.",
            runbook="Errors by type shows which error it is. For the exchange, read its status "
            "page; for a single type, read its traceback.",
            panel_ref=("lk-system-health", "Errors by type"),
        ),
        Alert(
            name="LoopSlow",
            severity="warning",
            measure=high(HEARTBEAT.loop_ms, by=BOT, within="5m"),
            over=limits.loop_ms,
            lasting="5m",
            keep_firing="15m",
            summary="A round of {bot_name}'s main loop took {value} ms.",
            explanation="The bot decides late, on old prices.",
            runbook="Compare with the latency of the API calls. If they are fast, the computation "
            "is slow: profile the strategy.",
            panel_ref=("lk-system-health", "Loop time"),
        ),
    )
