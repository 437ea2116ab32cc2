"""The span of OpenTelemetry that is active, without importing OpenTelemetry."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def current_span() -> Mapping[str, str]:
    """Return `trace_id` and `span_id` of the active span, in hexadecimal.

    Returns:
        Nothing if there is no span, or the program has not imported OpenTelemetry.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return _NONE
    try:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return _NONE
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    except Exception:  # a span of another library must not cost a line
        return _NONE
