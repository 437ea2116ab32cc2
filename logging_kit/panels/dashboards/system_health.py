"""System Health: heartbeats, errors, and the state of the log pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logging_kit.panels.dashboard import Dashboard, Row
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
    UNPARSEABLE,
)
from logging_kit.panels.query.language import (
    age,
    alive_or_zero,
    count,
    high,
    last_time,
    ratio,
    rows,
    share,
    size,
    total,
    without,
)

_FAILED: Final = LINES.level.among("error", "critical")
_DISCORD: Final = NOTIFICATION.channel == "discord"
_ALARM: Final = steps("green", (1, "orange"), (10, "red"))
_ANY: Final = steps("green", (1, "orange"))

_NOW: Final = Row(
    "",
    (
        replace(BOT_STATUS, links=()),
        Stat(
            "Bots alive",
            alive_or_zero(count(count(HEARTBEAT, by="bot_name", within="3m"))),
            id=2,
            about="Bots that wrote a heartbeat in the last 3 minutes.",
            missing="never shown: without a heartbeat it says 0, whether the bots, the shipper or "
            "Loki is at fault.",
            empty="No answer",
            thresholds=steps("red", (1, "green")),
        ),
        Stat(
            "Last heartbeat",
            last_time(HEARTBEAT, by="bot_name", within="24h"),
            id=3,
            about="How long ago each bot last wrote a heartbeat.",
            empty="No data: no HEARTBEAT",
            unit="dateTimeFromNow",
        ),
        Stat(
            "Heartbeat age",
            age(HEARTBEAT, by="bot_name", within="24h"),
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
            share(API_CALL, API_CALL.ok == "true"),
            id=6,
            about="Share of the requests in the time range that succeeded.",
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
                count(HEARTBEAT, by="bot_name", within="24h"),
                count(HEARTBEAT, by="bot_name", within="3m"),
            ),
            id=11,
            about="Bots with a heartbeat in the last 24 hours, but none in the last 3 minutes.",
            missing="every bot writes heartbeats, or none has for a day (Bot status shows which).",
            empty="No data: see Bot status",
            columns=("Bot", "Heartbeats in 24 h"),
            h=5,
        ),
        Stat(
            "Restarts",
            count(LIFECYCLE, where=LIFECYCLE.phase == "startup"),
            id=12,
            about="Starts of the chosen bots in the time range.",
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
            w=16,
        ),
        BarChart(
            "Errors by type",
            count(ERROR, by="error_type"),
            id=24,
            about="ERROR events by the class of the exception; message stands for an error "
            "without an exception.",
            empty="No data: no ERROR",
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
        ),
    ),
)

_PIPELINE: Final = Row(
    "Pipeline",
    (
        Stat(
            "Last line received",
            last_time(LINES, within="15m"),
            id=41,
            about="How long ago the newest line of the chosen bots was written.",
            empty="No data",
            unit="dateTimeFromNow",
            w=6,
        ),
        Stat(
            "Unparseable lines",
            count(LINES, where=UNPARSEABLE),
            id=42,
            about="Lines in the files that are not JSON, because another program writes there. "
            "They name no bot, so they are counted for all.",
            empty="No data",
            thresholds=_ANY,
            w=6,
        ),
        Stat(
            "Dropped lines",
            total(high(HEARTBEAT.dropped_logs, by="bot_name")),
            id=43,
            about="Lines that the bots could not write: the most that one run of each reported in "
            "the time range.",
            empty="No data: no HEARTBEAT",
            thresholds=_ANY,
            w=6,
        ),
        Stat(
            "Lines",
            count(LINES),
            id=44,
            about="All lines in the time range.",
            empty="No data",
            w=6,
        ),
        Timeseries(
            "Log volume by job",
            size(LINES, by="job"),
            id=45,
            about="Bytes of the lines in each step, by the file they come from.",
            empty="No data",
            unit="bytes",
            low=0,
        ),
        Timeseries(
            "Loop time",
            high(HEARTBEAT.loop_ms, by="bot_name"),
            id=46,
            about="The slowest round of each bot's main loop in each step.",
            empty="No data: no HEARTBEAT with loop_ms",
            unit="ms",
            low=0,
        ),
        Logs(
            "All lines",
            rows(LINES, limit=200),
            id=47,
            about="Every line as it was written, newest first; the boxes level and search narrow "
            "them.",
            empty="No data: no lines",
        ),
    ),
)

SYSTEM_HEALTH: Final = Dashboard(
    "lk-system-health",
    "System Health",
    "Heartbeats, errors, and the state of the log pipeline.",
    (_NOW, _EVENTS, _ERRORS, _API, _PIPELINE),
)
