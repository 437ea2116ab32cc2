"""OpenTelemetry: the ids of the current span on every line."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from .common import safely


def trace_ids(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add `trace_id` and `span_id` of the current span: a processor for `setup`.

    Example:
        >>> logging_kit.setup(processors_after=[trace_ids])
    """
    safely("opentelemetry", _add, event)
    return event


def _add(event: MutableMapping[str, Any]) -> None:
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace_id", trace.format_trace_id(context.trace_id))
        event.setdefault("span_id", trace.format_span_id(context.span_id))
