"""System Health: heartbeats, errors, and the state of the log pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.log_pipeline import PIPELINE
from logging_kit.panels.dashboards.trading_overview import BOT_STATUS
from logging_kit.panels.panel import (
    BarChart,
    Bars,
    Gauge,
    Logs,
    Stat,
    Table,
    Timeseries,
    steps,
)
from logging_kit.panels.query.fields import (
    API_CALL,
    ERROR,
    HEARTBEAT,
    LIFECYCLE,
    LINES,
    NOTIFICATION,
    RISK,
)
from logging_kit.panels.query.language import (
    age,
    alive_or_zero,
    count,
    count_each,
    difference,
    last_time,
    ratio,
    rows,
    share,
    without,
    zero_where,
)

_FAILED: Final = LINES.level.among("error", "critical")
_DISCORD: Final = NOTIFICATION.channel == "discord"
_ALARM: Final = steps("green", (1, "orange"), (10, "red"))
_ANY: Final = steps("green", (1, "orange"))
_NAMED: Final = LINES.bot_name != ""
_STARTED: Final = LIFECYCLE.phase == "startup"
_RUNS: Final = count(
    count_each(LINES, where=_NAMED & (LINES.run_id != ""), by=(*units.BOT, "run_id")),
    by=units.BOT,
)
_FIRST_STARTS: Final = count(
    difference(_RUNS, count_each(LIFECYCLE, where=_STARTED, by=units.BOT)) < 1
)
"""Bots of which the time range has no line from before their first start in it."""

_NOW: Final = Row(
    "",
    (
        replace(BOT_STATUS, links=()),
        Stat(
            "Bots alive",
            alive_or_zero(count(count(HEARTBEAT, by=units.BOT, within="3m"))),
            id=2,
            about="Bots that wrote a heartbeat in the last 3 minutes.",
            missing="never shown: without a heartbeat it says 0, whether the bots, the shipper or "
            "Loki is at fault.",
            empty="No answer",
            thresholds=steps("red", (1, "green")),
        ),
        Stat(
            "Last heartbeat",
            last_time(HEARTBEAT, by=units.BOT, within="24h"),
            id=3,
            about="How long ago each bot last wrote a heartbeat.",
            empty="No data: no HEARTBEAT",
            unit="dateTimeFromNow",
        ),
        Stat(
            "Heartbeat age",
            age(HEARTBEAT, by=units.BOT, within="24h"),
            id=4,
            about="Seconds from each bot's newest heartbeat to the end of the time range; red "
            "from 2 minutes on.",
            empty="No data: no HEARTBEAT",
            unit="s",
            decimals=0,
            thresholds=steps("green", (75, "orange"), (120, "red")),
        ),
        Stat(
            "Errors (1h)",
            count(LINES, where=_FAILED, within="1h"),
            id=5,
            about="Lines at error or critical in the last hour, whatever the time range.",
            empty="No data",
            thresholds=_ALARM,
        ),
        Gauge(
            "API success rate",
            share(API_CALL, API_CALL.ok == "true", where=API_CALL.direction != "in"),
            id=6,
            about="Share of the requests that the bots made in the time range which succeeded; "
            "those that they answered are left out.",
            empty="No data: no API calls",
            unit="percentunit",
            thresholds=steps("red", (0.95, "orange"), (0.99, "green")),
        ),
    ),
)

_EVENTS: Final = Row(
    "Bots and messages",
    (
        Table(
            "Silent bots",
            without(
                count(HEARTBEAT, by=units.BOT, within="24h"),
                count(HEARTBEAT, by=units.BOT, within="3m"),
            ),
            id=11,
            about="Bots with a heartbeat in the last 24 hours, but none in the last 3 minutes.",
            missing="every bot writes heartbeats, or none has for a day (Bot status shows which).",
            empty="No data: see Bot status",
            none="No silent bots",
            columns=("Bot", "Heartbeats in 24 h"),
            h=5,
        ),
        Stat(
            "Restarts",
            zero_where(
                difference(
                    count(LIFECYCLE, where=_STARTED),
                    zero_where(_FIRST_STARTS, count(LINES)),
                    keep_zero=True,
                ),
                count(LINES),
            ),
            id=12,
            about="Starts of bots that already had a run in the time range: a first start is no "
            "restart. Two processes of one name that start for the first time count as one.",
            empty="No data",
            thresholds=steps("green", (3, "orange"), (10, "red")),
            h=5,
        ),
        Stat(
            "Risk rules triggered",
            count(RISK, where=RISK.state == "triggered"),
            id=13,
            about="How often a rule that protects the account acted in the time range.",
            empty="No data",
            thresholds=_ANY,
            h=5,
        ),
        Stat(
            "Discord sent",
            count(NOTIFICATION, where=_DISCORD & (NOTIFICATION.ok == "true")),
            id=14,
            about="Messages that Discord accepted in the time range.",
            empty="No data",
            h=5,
        ),
        Stat(
            "Discord failed",
            count(NOTIFICATION, where=_DISCORD & (NOTIFICATION.ok == "false")),
            id=15,
            about="Messages that Discord rejected in the time range.",
            empty="No data",
            thresholds=_ANY,
            h=5,
        ),
        Logs(
            "Risk events",
            rows(
                RISK,
                show=(
                    "{state}",
                    "{rule}",
                    "{symbol}",
                    "value={value}",
                    "limit={limit_value}",
                    "→ {action}",
                ),
            ),
            id=16,
            about="Rules that protect the account: the measured value, the limit and the action.",
            empty="No data: no risk events",
            none="No risk events",
            h=6,
        ),
    ),
)

_ERRORS: Final = Row(
    "Errors",
    (
        Timeseries(
            "Error rate",
            ratio(count(LINES, where=_FAILED), count(LINES)),
            id=21,
            about="Lines at error or critical, of all lines in each step.",
            empty="No data",
            unit="percentunit",
            low=0,
        ),
        Bars(
            "Lines by level",
            count(LINES, by="level"),
            id=22,
            about="Lines by severity. Lines that are not JSON have no level.",
            empty="No data",
        ),
        Logs(
            "Error log",
            rows(
                LINES,
                where=_FAILED,
                limit=300,
                show=("{bot_name}", "{event}", "{logger}", "{message}"),
            ),
            id=23,
            about="Lines at error or critical, newest first; the boxes level and search narrow "
            "them.",
            empty="No data: no errors",
            none="No errors",
            w=16,
        ),
        BarChart(
            "Errors by type",
            count(ERROR, by="error_type"),
            id=24,
            about="ERROR events by the class of the exception; message stands for an error "
            "without an exception.",
            empty="No data: no ERROR",
            none="No errors",
        ),
    ),
)

_API: Final = Row(
    "API calls",
    (
        Logs(
            "API call log",
            rows(
                API_CALL,
                limit=200,
                show=(
                    "{status}",
                    "{method}",
                    "{path}",
                    "{latency_ms}ms",
                    "{exchange}",
                    "attempt={attempt}",
                    "{error_type}",
                ),
            ),
            id=31,
            about="Requests to the exchanges and other services, newest first.",
            empty="No data: no API calls",
            none="No API calls",
        ),
    ),
)

SYSTEM_HEALTH: Final = Dashboard(
    "lk-system-health",
    "System Health",
    "Heartbeats, errors, and the state of the log pipeline.",
    (_NOW, _EVENTS, _ERRORS, _API, PIPELINE),
)
