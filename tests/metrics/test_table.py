"""The table of the metrics against the catalogue of events and the rules of Prometheus."""

from __future__ import annotations

import re

import pytest

from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.model import ENVELOPE_FIELDS, STRUCTURED_METADATA
from logging_kit.metrics.table import EVENT, LEVEL, METRICS, NOW, ONE, SELF, Metric

_UNITS = ("_seconds", "_ratio", "_percent", "_total", "_info")
_ANY_LINE = {field.name for field in ENVELOPE_FIELDS} | {*STRUCTURED_METADATA}


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: f"{m.name}-{m.event}")
def test_each_row_names_fields_and_values_of_the_catalogue(metric: Metric) -> None:
    fields = dict(BUILT_IN[metric.event].fields) if metric.event else {}
    for _label, field in metric.labels:
        assert field in fields or field in _ANY_LINE or field in (EVENT, LEVEL)
    for field, values in metric.where:
        assert set(values) <= set(fields[field].choices)
    if metric.value not in (ONE, NOW) and not metric.words:
        assert fields[metric.value].numeric
    if metric.ends is not None:
        assert set(metric.ends[1]) <= set(fields[metric.ends[0]].choices)
    assert set(dict(metric.words)) <= set(fields[metric.value].choices if metric.words else ())
    assert "bot_name" in metric.label_names


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: f"{m.name}-{m.event}")
def test_names_follow_the_conventions(metric: Metric) -> None:
    assert re.fullmatch(r"(trading|http)_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert "milliseconds" not in metric.name
    assert "_pct" not in metric.name
    assert ("timestamp" in metric.name) == (metric.value == NOW)
    if metric.value == NOW:
        assert metric.name.endswith("_timestamp_seconds")
    if metric.scale == 0.001:
        assert metric.name.endswith("_seconds")
    if metric.scale == 0.01:
        assert metric.name.endswith("_ratio")
    if metric.kind == "histogram":
        assert metric.buckets == tuple(sorted(metric.buckets))
    for label in metric.label_names:
        assert label not in ("order_id", "message", "price", "correlation_id", "trade_id", "run_id")


def test_rows_of_one_name_agree() -> None:
    known: dict[str, Metric] = {}
    for metric in METRICS:
        first = known.setdefault(metric.name, metric)
        assert (first.kind, first.label_names, first.doc) == (
            metric.kind,
            metric.label_names,
            metric.doc,
        )
    assert not known.keys() & SELF.keys()


def test_the_metrics_that_the_guides_build_on_are_there() -> None:
    labels = {metric.name: metric.label_names for metric in METRICS}
    assert labels["trading_trades_total"] == ("bot_name", "side", "result")
    assert labels["trading_position_pnl_percent"] == ("bot_name", "symbol")
    assert labels["trading_trade_duration_seconds"] == ("bot_name",)
    assert labels["trading_api_latency_seconds"] == ("bot_name", "exchange", "endpoint", "ok")
    assert labels["trading_signal_confidence"] == ("bot_name", "symbol")


def test_finite_labels_are_told_from_others() -> None:
    by_name = {metric.name: metric for metric in METRICS}
    assert by_name["trading_trades_total"].choices() == (
        ("side", ("LONG", "SHORT")),
        ("result", ("win", "loss", "breakeven")),
    )
    assert by_name["trading_notifications_total"].choices()[1] == ("ok", ("true", "false"))
    assert by_name["trading_orders_total"].choices() == ()
    assert by_name["trading_events_total"].choices() == ()
