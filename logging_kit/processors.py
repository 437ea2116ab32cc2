"""Parts for a structlog chain of your own.

Example:
    >>> import structlog
    >>> from logging_kit import processors
    >>> structlog.configure(processors=[my_processor, processors.write])
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from .exceptions import SchemaError
from .pipeline.processors import Required
from .pipeline.spans import current_span
from .runtime.state import write

__all__ = ["SchemaError", "add_span", "required", "write"]


def add_span(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add `trace_id` and `span_id` of OpenTelemetry's active span, if there is one.

    Args:
        event: The fields of the call; ids that are among them stay.

    Example:
        >>> log = logging_kit.setup(processors_before=[processors.add_span])
    """
    for name, value in current_span().items():
        event.setdefault(name, value)
    return event


def required(processor: object) -> Required:
    """Mark a processor that may not fail: if it raises, the line is written without its content.

    A processor without the mark is left out if it raises, and the line has what the others made of
    it.

    Args:
        processor: A processor for `setup(processors_before=…)` or `setup(processors_after=…)`.

    Example:
        >>> log = logging_kit.setup(processors_before=[processors.required(redact_customers)])
    """
    return Required(processor)
