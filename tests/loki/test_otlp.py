"""OTLP: each line is one record, with the names that OpenTelemetry's conventions have."""

from __future__ import annotations

import gzip
import json
import logging
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from logging_kit import loki, processors
from logging_kit.events.model import LEVELS
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.otlp import SEVERITIES, any_value, rejected_records
from logging_kit.loki.sender import Sender
from logging_kit.pipeline.spans import current_span
from logging_kit.testing import FakeAnswer, FakeTransport

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def push(*entries: Entry) -> dict[str, Any]:
    transport = FakeTransport()
    sender = Sender(SenderOptions(url="http://collector", protocol="otlp"), transport)
    assert sender.push(entries).accepted == len(entries)
    ((body, headers),) = transport.requests
    assert headers["Content-Type"] == "application/json"
    data: dict[str, Any] = json.loads(gzip.decompress(body))
    return data


def line(**fields: Any) -> str:
    base = {"timestamp": "2026-11-30T12:00:00.123456Z", "level": "info", "app": "trading"}
    return json.dumps({**base, **fields, "v": 1})


def attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: value(pair["value"]) for pair in pairs}


def value(given: dict[str, Any]) -> Any:
    if not given:
        return None
    ((kind, content),) = given.items()
    if kind == "arrayValue":
        return [value(each) for each in content["values"]]
    if kind == "kvlistValue":
        return attributes(content["values"])
    return int(content) if kind == "intValue" else content


def records(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for resource in data["resourceLogs"]:
        for scope in resource["scopeLogs"]:
            for record in scope["logRecords"]:
                yield attributes(resource["resource"]["attributes"]), scope["scope"]["name"], record


def test_a_line_is_a_record() -> None:
    text = line(
        level="warning", env="live", bot_name="grid", logger="bot.orders", message="slow",
        event="API_CALL", method="GET", path="/api/v3/order", status=200, latency_ms=3.5, ok=True,
        run_id="01KAJ", seq=17, tags={"a": [1, None, 2.5]}, wide=2**70, nothing=None,
    )  # fmt: skip
    data = push(Entry({"job": "trading-bot", "app": "trading"}, 1_764_500_000_123_456_789, text))
    ((resource, scope, record),) = records(data)
    assert resource["service.name"] == "trading"
    assert resource["deployment.environment.name"] == "live"
    assert resource["service.instance.id"] == "01KAJ"
    assert resource["bot_name"] == "grid"
    assert resource["telemetry.sdk.language"] == "python"
    assert scope == "bot.orders"
    assert record["timeUnixNano"] == "1764500000123456789"
    assert (record["severityNumber"], record["severityText"]) == (13, "warning")
    assert record["body"] == {"stringValue": "slow"}
    assert record["eventName"] == "API_CALL"
    assert attributes(record["attributes"]) == {
        "job": "trading-bot",
        "http.request.method": "GET",
        "url.template": "/api/v3/order",
        "http.response.status_code": 200,
        "latency_ms": 3.5,
        "ok": True,
        "log.record.uid": "01KAJ-17",
        "tags": {"a": [1, None, 2.5]},
        "wide": 2.0**70,
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"event": "ORDER", "status": "filled"}, {"status": "filled"}),
        ({"method": "ws", "status": 0}, {"method": "ws", "status": 0}),
        ({"error_type": "OSError"}, {"error.type": "OSError"}),
        ({"exception": "text"}, {"exception": "text"}),
    ],
)
def test_fields_without_a_convention_keep_their_names(fields: Any, expected: Any) -> None:
    ((_, _, record),) = records(push(Entry({}, 1, line(**fields))))
    assert attributes(record["attributes"]) == expected


def test_an_exception_has_the_names_of_the_conventions() -> None:
    exception = {"type": "OSError", "message": "no", "frames": [{"line": 1}]}
    ((_, _, record),) = records(push(Entry({}, 1, line(exception=exception))))
    found = attributes(record["attributes"])
    assert (found["exception.type"], found["exception.message"]) == ("OSError", "no")
    assert json.loads(found["exception.stacktrace"]) == exception


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_has_a_severity(level: Any) -> None:
    ((_, _, record),) = records(push(Entry({}, 1, line(level=level))))
    assert record["severityNumber"] == SEVERITIES[level]


def test_text_is_the_body_and_labels_are_attributes() -> None:
    labels = {"app": "bot", "severity": "error", "side": "buy"}
    data = push(Entry(labels, 5, "no JSON", {"order_id": 7}), Entry(labels, 6, "[1, 2]"))
    first, second = records(data)
    assert first[0]["service.name"] == "bot"
    assert first[2]["body"] == {"stringValue": "no JSON"}
    assert (first[2]["severityNumber"], first[2]["severityText"]) == (17, "error")
    assert attributes(first[2]["attributes"]) == {"side": "buy", "order_id": "7"}
    assert second[2]["body"] == {"stringValue": "[1, 2]"}


def test_records_of_a_resource_and_a_logger_stand_together() -> None:
    given = [
        Entry({}, n, line(run_id=run, logger=logger))
        for n, (run, logger) in enumerate([("a", "x"), ("b", "x"), ("a", "x"), ("a", "y")])
    ]
    data = push(*given)
    assert len(data["resourceLogs"]) == 2
    assert [record["timeUnixNano"] for _, _, record in records(data)] == ["0", "2", "3", "1"]


@pytest.mark.parametrize(
    ("fields", "trace", "span"),
    [
        ({"trace_id": TRACE, "span_id": SPAN}, TRACE, SPAN),
        ({"trace_id": TRACE.upper(), "span_id": SPAN}, TRACE, SPAN),
        ({"trace_id": TRACE}, TRACE, None),
        ({"trace_id": TRACE, "span_id": "0" * 16}, TRACE, None),
        ({"trace_id": "0" * 32, "span_id": SPAN}, None, None),
        ({"trace_id": 5, "span_id": SPAN}, None, None),
        ({"span_id": SPAN}, None, None),
    ],
)
def test_ids_of_a_span(fields: Any, trace: Any, span: Any) -> None:
    ((_, _, record),) = records(push(Entry({}, 1, line(**fields))))
    assert (record.get("traceId"), record.get("spanId")) == (trace, span)
    kept = attributes(record["attributes"])
    assert ("trace_id" in kept) is (trace is None and "trace_id" in fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, "")),
        ("{}", (0, "")),
        ("[]", (0, "")),
        ('{"partialSuccess":{}}', (0, "")),
        ('{"partialSuccess":null}', (0, "")),
        ('{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"old"}}', (3, "old")),
        ('{"partialSuccess":{"rejectedLogRecords":2}}', (2, "")),
    ],
)
def test_partial_success(text: str, expected: tuple[int, str]) -> None:
    assert rejected_records(text) == expected


def test_records_that_are_partly_rejected_are_counted_and_not_sent_again() -> None:
    text = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}'
    transport = FakeTransport(FakeAnswer(200, text))
    sender = Sender(SenderOptions(url="http://collector", protocol="otlp"), transport)
    outcome = sender.push([Entry({}, 1, "a"), Entry({}, 2, "b")])
    assert outcome.is_complete
    assert sender.counters()["partly_rejected"] == 1
    assert len(transport.requests) == 1


def test_any_value() -> None:
    assert any_value(2**63) == {"stringValue": str(2**63)}
    assert any_value(-(2**63)) == {"intValue": str(-(2**63))}
    assert any_value(True) == {"boolValue": True}


def fake_span(monkeypatch: pytest.MonkeyPatch, context: Any) -> None:
    span = SimpleNamespace(get_span_context=lambda: context)
    module = SimpleNamespace(get_current_span=lambda: span)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", module)


def test_the_active_span_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    context = SimpleNamespace(is_valid=True, trace_id=int(TRACE, 16), span_id=int(SPAN, 16))
    fake_span(monkeypatch, context)
    transport = FakeTransport()
    handler = loki.LokiHandler("http://collector", protocol="otlp", transport=transport)
    record = logging.makeLogRecord({"msg": "in a span", "levelno": 20, "levelname": "INFO"})
    handler.handle(record)
    handler.close()
    ((body, _),) = transport.requests
    ((_, _, sent),) = records(json.loads(gzip.decompress(body)))
    assert (sent["traceId"], sent["spanId"]) == (TRACE, SPAN)
    assert abs(int(sent["timeUnixNano"]) - time.time_ns()) < 600e9


def test_a_processor_adds_the_active_span(
    start: Any, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(is_valid=True, trace_id=int(TRACE, 16), span_id=int(SPAN, 16))
    fake_span(monkeypatch, context)
    log = start(processors_before=[processors.add_span])
    log.info("in a span")
    log.signal("LONG", symbol="BTC/USDT", confidence=0.5)
    log.info("with its own", trace_id="mine")
    context.is_valid = False
    log.info("outside")
    found = {each["message"]: each for each in lines()}
    assert (found["in a span"]["trace_id"], found["in a span"]["span_id"]) == (TRACE, SPAN)
    assert found["LONG BTC/USDT 0.5"]["span_id"] == SPAN
    assert found["with its own"]["trace_id"] == "mine"
    assert "trace_id" not in found["outside"]


@pytest.mark.parametrize("context", [SimpleNamespace(is_valid=False), None])
def test_without_a_span_nothing_is_sent(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_span(monkeypatch, context)
    assert current_span() == {}
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert current_span() == {}


def test_opentelemetrys_own_definition_reads_it() -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    from google.protobuf import json_format

    exception = {"type": "OSError", "message": "no", "frames": [{"line": 1}]}
    text = line(message="m", event="ERROR", exception=exception, n=1, f=0.5, b=True, l=[1, {}])
    data = push(Entry({"job": "x"}, 7, text), Entry({}, 8, "plain"))
    request = json_format.ParseDict(data, service.ExportLogsServiceRequest())
    found = [
        record
        for resource in request.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    assert [record.time_unix_nano for record in found] == [7, 8]
    assert found[0].body.string_value == "m"
    assert found[0].event_name == "ERROR"
    assert {pair.key for pair in found[0].attributes} >= {"job", "exception.type", "n", "l"}


def test_opentelemetrys_own_span_is_found() -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    tracer = sdk.TracerProvider().get_tracer("tests")
    with tracer.start_as_current_span("order") as span:
        context = span.get_span_context()
        assert current_span() == {
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
        }
    assert current_span() == {}
