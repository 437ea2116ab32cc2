"""Parts for those who put together a structlog chain of their own.

Example:
    >>> import structlog
    >>> from logging_kit import processors
    >>> structlog.configure(processors=[my_processor, processors.write])
"""

from __future__ import annotations

from .exceptions import SchemaError
from .runtime.state import write

__all__ = ["SchemaError", "write"]
