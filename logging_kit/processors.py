"""Parts for those who put together a structlog chain of their own.

Example:
    >>> import structlog
    >>> from logging_kit import processors
    >>> structlog.configure(processors=[my_processor, processors.write])
"""

from __future__ import annotations

from .events.check import SchemaError
from .pipeline.current import write

__all__ = ["SchemaError", "write"]
