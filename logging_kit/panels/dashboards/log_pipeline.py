"""Row of System Health: the log pipeline."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Row
from logging_kit.panels.panel import Logs, Stat, Timeseries, steps
from logging_kit.panels.query.fields import HEARTBEAT, LINES, UNPARSEABLE
from logging_kit.panels.query.language import (
    count,
    difference,
    high,
    last_time,
    low,
    rows,
    size,
    total,
)

_ANY: Final = steps("green", (1, "orange"))
_RUN: Final = units.Unit(units.BOT, ("run_id",))

PIPELINE: Final = Row(
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
            total(
                difference(
                    high(HEARTBEAT.dropped_logs, unit=_RUN), low(HEARTBEAT.dropped_logs, unit=_RUN)
                )
            ),
            id=43,
            about="Lines that the bots could not write in the time range: by how much the count "
            "in the heartbeats of each run rose.",
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
        Stat(
            "Lines with wrong fields",
            count(LINES, where=LINES.schema_error != ""),
            id=48,
            about="Events whose fields differ from the catalogue, such as an unknown status: "
            "panels may not count them. schema_error in the line says what is wrong.",
            empty="No data",
            thresholds=_ANY,
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
            high(HEARTBEAT.loop_ms, by=units.BOT),
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
