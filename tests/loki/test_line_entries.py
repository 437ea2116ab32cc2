"""Labels, metadata and time of a line; `test_shipper_like_promtail.py` compares with Promtail."""

from __future__ import annotations

import json

import pytest

from logging_kit.events.model import LABELS, STREAMS, STRUCTURED_METADATA
from logging_kit.loki.entry import Entry
from logging_kit.loki.line_entries import Labeller

BASE = {"timestamp": "2026-11-21T12:00:00.123456Z", "app": "scalper", "env": "paper"}


def entry(stream: str = "bot", /, **fields: object) -> Entry:
    return Labeller("trading", "testnet").entry(stream, json.dumps({**BASE, **fields}).encode(), 7)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_label_of_the_catalogue_comes_from_the_line(stream):
    fields = {name: f"v-{name}" for name in LABELS if name != "job"}
    found = entry(stream, **fields)
    assert found.labels == {**fields, "job": f"v-app-{stream.replace('_', '-')}"}
    assert list(found.labels) == [name for name in LABELS if name in found.labels]


def test_every_identity_of_the_catalogue_is_metadata():
    fields = {name: f"v-{name}" for name in STRUCTURED_METADATA}
    assert entry(**fields).metadata == fields


def test_missing_and_empty_fields_are_no_labels_and_no_metadata():
    found = entry(signal="", level=None, order_id="", run_id=None)
    assert "signal" not in found.labels
    assert "level" not in found.labels
    assert found.metadata == {}


@pytest.mark.parametrize(
    "data", [b"no JSON", b"[1]", b'"text"', b"7", b"null", b'{"app": "x"', b""]
)
def test_what_is_no_object_has_the_labels_of_the_settings(data):
    found = Labeller("trading", "testnet").entry("ai_signal", data, 7)
    assert found.labels == {"job": "trading-ai-signal", "app": "trading", "env": "testnet"}
    assert found.time_ns == 7
    assert found.line == data.decode()


def test_a_line_without_an_app_has_that_of_the_settings():
    found = Labeller("trading", "testnet").entry("bot", b'{"level":"info"}', 7)
    assert found.labels == {
        "job": "trading-bot",
        "app": "trading",
        "env": "testnet",
        "level": "info",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (7.5, "7.5"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (12345678901234567890, "12345678901234567000"),
        (True, "true"),
        (False, "false"),
        ({"b": 1, "a": "<x>"}, '{"a":"\\u003cx\\u003e","b":1}'),
        ([1, "&"], '[1,"\\u0026"]'),
    ],
)
def test_other_values_are_written_as_promtail_does(value, text):
    assert entry(order_id=value).metadata == {"order_id": text}


@pytest.mark.parametrize(
    ("stamp", "ns"),
    [
        ("2026-11-21T12:00:00Z", 1_795_262_400_000_000_000),
        ("2026-11-21T12:00:00.1Z", 1_795_262_400_100_000_000),
        ("2026-11-21T12:00:00.123456Z", 1_795_262_400_123_456_000),
        ("2026-11-21T12:00:00.123456789Z", 1_795_262_400_123_456_789),
        ("2026-11-21T21:00:00+09:00", 1_795_262_400_000_000_000),
        ("2026-11-21T06:30:00.5-05:30", 1_795_262_400_500_000_000),
        ("2026-11-21 12:00:00Z", 7),
        ("2026-11-21T12:00:00", 7),
        ("2026-13-21T12:00:00Z", 7),
        ("2026-11-21T12:00:61Z", 7),
        ("2026-11-21T12:00:00+99:00", 7),
        ("yesterday", 7),
        ("", 7),
        (1_795_262_400, 7),
        (None, 7),
    ],
)
def test_times(stamp, ns):
    assert entry(timestamp=stamp).time_ns == ns


def test_bytes_that_are_no_text_are_replaced():
    assert Labeller("a", "b").entry("bot", b"\xff\xfe", 7).line == "\ufffd\ufffd"


def test_lines_of_a_stream_share_their_labels():
    labeller = Labeller("a", "b")
    one, other = (labeller.entry("bot", b"{}", 7) for _ in range(2))
    assert one.labels is other.labels
