"""Parts for a structlog chain of your own.

Example:
    >>> import structlog
    >>> from logging_kit import processors
    >>> structlog.configure(processors=[my_processor, processors.write])
"""

from __future__ import annotations

from .exceptions import SchemaError
from .pipeline.processors import Required
from .runtime.state import write

__all__ = ["SchemaError", "required", "write"]


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
