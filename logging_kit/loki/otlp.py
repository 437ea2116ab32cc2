"""Bodies of OTLP over HTTP (`/v1/logs`) in JSON, by OpenTelemetry's semantic conventions.

A line that is JSON becomes a record with its message as the body and its fields as attributes; any
other line is the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from .._version import __version__
from ..events.model import Level, level_name
from .encoding import Body, compressed_json
from .streams import Stream

_SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.36.0"

RESOURCE: Final[Mapping[str, str]] = {
    "app": "service.name",
    "env": "deployment.environment.name",
    "run_id": "service.instance.id",
    "bot_name": "bot_name",
}
"""Fields that say who has logged, and the conventions' names of them."""

_HTTP: Final[Mapping[str, str]] = {
    "method": "http.request.method",
    "status": "http.response.status_code",
    "path": "url.template",
}
"""Fields of an HTTP request; other events have fields of these names with another meaning."""

SEVERITIES: Final[Mapping[Level, int]] = {
    "debug": 5,
    "info": 9,
    "warning": 13,
    "error": 17,
    "critical": 21,
}
"""Severity numbers of the levels."""

_RUN_ID: Final = list(RESOURCE).index("run_id")
_TRACE_ID: Final = re.compile(r"(?!0{32})[0-9a-fA-F]{32}")
_SPAN_ID: Final = re.compile(r"(?!0{16})[0-9a-fA-F]{16}")
_OF_RECORD: Final = frozenset(("timestamp", "message", "level", "v", "logger", "seq", "event"))
_HTTP_METHODS: Final = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
_INT64: Final = 2**63


def otlp_body(streams: Sequence[Stream]) -> Body:
    """Return a body in OTLP's JSON.

    Args:
        streams: The streams; their labels are attributes too.
    """
    resources: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for stream in streams:
        for time_ns, line, metadata in stream.rows:
            fields = _fields(line, {**stream.labels, **metadata})
            who = tuple(str(fields.pop(name, "")) for name in RESOURCE)
            logger = str(fields.get("logger") or "")
            scopes = resources.setdefault(who, {})
            scope = scopes.setdefault(logger, {"scope": {"name": logger}, "logRecords": []})
            scope["logRecords"].append(_record(time_ns, fields, who))
    return compressed_json(
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": _resource(who)},
                    "scopeLogs": list(scopes.values()),
                    "schemaUrl": _SCHEMA_URL,
                }
                for who, scopes in resources.items()
            ]
        }
    )


def rejected_records(text: str) -> tuple[int, str]:
    """Return how many records an answer of success rejects, and the server's words.

    Args:
        text: Body of the answer.
    """
    try:
        partial = orjson.loads(text)["partialSuccess"]
        return int(partial.get("rejectedLogRecords", 0)), str(partial.get("errorMessage", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0, ""


def _fields(line: bytes, beside: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a line, and what stands beside it and not in it."""
    try:
        parsed = orjson.loads(line)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        return {**beside, **parsed}
    return {**beside, "message": line.decode("utf-8", "replace")}


def _record(time_ns: int, fields: dict[str, Any], who: tuple[str, ...]) -> dict[str, Any]:
    severity = fields.pop("severity", "info")  # label of python-logging-loki
    level = level_name(str(fields.get("level") or severity))
    record: dict[str, Any] = {
        "timeUnixNano": str(time_ns),
        "observedTimeUnixNano": str(time_ns),
        "severityNumber": SEVERITIES[level],
        "severityText": level,
        "body": any_value(fields.get("message", "")),
    }
    trace_id, span_id = fields.get("trace_id"), fields.get("span_id")
    if isinstance(trace_id, str) and _TRACE_ID.fullmatch(trace_id):
        record["traceId"] = trace_id.lower()
        del fields["trace_id"]
        if isinstance(span_id, str) and _SPAN_ID.fullmatch(span_id):
            record["spanId"] = span_id.lower()
            del fields["span_id"]
    event = fields.get("event")
    if isinstance(event, str) and event:
        record["eventName"] = event
    attributes = {
        name: value
        for name, value in fields.items()
        if name not in _OF_RECORD and value is not None
    }
    run_id = who[_RUN_ID]
    if run_id and "seq" in fields:
        attributes["log.record.uid"] = f"{run_id}-{fields['seq']}"
    _name_by_convention(attributes)
    record["attributes"] = [
        {"key": name, "value": any_value(value)} for name, value in attributes.items()
    ]
    return record


def _name_by_convention(attributes: dict[str, Any]) -> None:
    """Give attributes the names that the semantic conventions have for them."""
    if "error_type" in attributes:
        attributes["error.type"] = attributes.pop("error_type")
    if attributes.get("method") in _HTTP_METHODS:
        for name, convention in _HTTP.items():
            if name in attributes:
                attributes[convention] = attributes.pop(name)
    exception = attributes.get("exception")
    if isinstance(exception, dict):
        del attributes["exception"]
        attributes["exception.type"] = exception.get("type", "")
        attributes["exception.message"] = exception.get("message", "")
        attributes["exception.stacktrace"] = orjson.dumps(exception).decode()


def _resource(who: tuple[str, ...]) -> list[dict[str, Any]]:
    values = {
        **{name: value for name, value in zip(RESOURCE.values(), who, strict=True) if value},
        "telemetry.sdk.name": "logging-kit",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
    }
    return [{"key": name, "value": any_value(value)} for name, value in values.items()]


def any_value(value: Any) -> dict[str, Any]:
    """Return a JSON value as OTLP's `AnyValue`; 64-bit integers are texts there.

    Example:
        >>> any_value({"a": [1, True]})["kvlistValue"]["values"][0]["key"]
        'a'
    """
    match value:
        case str():
            return {"stringValue": value}
        case bool():
            return {"boolValue": value}
        case int() if -_INT64 <= value < _INT64:
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [any_value(each) for each in value]}}
        case dict():
            pairs = [{"key": key, "value": any_value(each)} for key, each in value.items()]
            return {"kvlistValue": {"values": pairs}}
        case None:
            return {}
    return {"stringValue": str(value)}
