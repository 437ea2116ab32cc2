"""Silence about the sender's own requests: a line about a push would be pushed, and so on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOGGERS: Final = (
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
    "urllib3.util.ssl_",
    "requests",
    "requests.sessions",
    "charset_normalizer",
)
"""Loggers that write about a request. A filter of a logger does not hold for its children."""


class _Thread(threading.local):
    is_sending = False


_thread: Final = _Thread()


class _Filter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        """Refuse what a thread logs while it sends."""
        return not _thread.is_sending


_filter: Final = _Filter()


def is_sending() -> bool:
    """Return True if this thread is in a request of the sender."""
    return _thread.is_sending


@contextmanager
def sending() -> Iterator[None]:
    """Mark this thread as one that sends, for a block."""
    for name in _LOGGERS:  # `addFilter` adds a filter once; dictConfig may have removed it
        logging.getLogger(name).addFilter(_filter)
    _thread.is_sending = True
    try:
        yield
    finally:
        _thread.is_sending = False
