"""Table of the metrics: each with its type, its labels, the event and the field that feed it.

Its rows, in `trading_rows` and `operation_rows`, are the only place where a metric is written by
hand. The observer of events, the page that Prometheus reads, the restoring of counts, the PromQL of
the alerts and dashboards, the recording rules and the tables of docs/metrics.md follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .definition import EVENT, LEVEL, NOW, ONE, Kind, Metric
from .operation_rows import OPERATION
from .trading_rows import TRADING

__all__ = ["EVENT", "LEVEL", "METRICS", "NOW", "ONE", "SELF", "Kind", "Metric"]

METRICS: Final[tuple[Metric, ...]] = (*TRADING, *OPERATION)
"""Every metric that an event feeds. Two rows of one name feed the same metric."""

SELF: Final[Mapping[str, tuple[Kind, tuple[str, ...], str]]] = MappingProxyType(
    {
        "logging_kit_records_total": (
            "counter",
            ("level",),
            "Lines that the bot logged, by level.",
        ),
        "logging_kit_dropped_total": (
            "counter",
            ("reason",),
            "Lines that this run has lost, by reason.",
        ),
        "logging_kit_masked_total": (
            "counter",
            ("kind",),
            "Secrets that this run has hidden.",
        ),
        "logging_kit_schema_errors_total": (
            "counter",
            (),
            "Events of this run that differ from the catalogue.",
        ),
        "logging_kit_metrics_failures_total": (
            "counter",
            (),
            "Events of this run that the metrics could not take.",
        ),
        "logging_kit_label_overflows_total": (
            "counter",
            ("metric",),
            "Events whose labels were replaced by _other, because the metric has too many series.",
        ),
        "logging_kit_build_info": (
            "gauge",
            ("bot_name", "env", "version"),
            "Always 1; its labels describe the bot and the version of the package.",
        ),
        "logging_kit_queue_depth": (
            "gauge",
            (),
            "Lines that wait for standard output, or over a second for the disk.",
        ),
    }
)
"""Metrics of the package itself: type, labels and help text."""
