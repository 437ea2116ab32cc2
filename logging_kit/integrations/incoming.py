"""Requests that the bot answers: their API_CALL, and their id as the correlation id."""

from __future__ import annotations

import time
from typing import Any, Final

from ..runtime.context import bound
from ..runtime.logger import BotLogger
from ..runtime.typed_methods import new_correlation_id
from .common import correlation_of, elapsed_ms, safely, write_call

REQUEST_ID: Final = "X-Request-ID"
"""Header with the id of a request, in both directions."""

UNMATCHED: Final = "{unmatched}"
"""Path of a request that no route has taken: scanners make up any number of paths."""


class Incoming:
    """One request that the bot answers.

    Args:
        log: The logger.
        method: HTTP method.
        request_id: Id that the client gave; one that cannot be a correlation id is replaced.

    Attributes:
        correlation_id: Id that every line within the request carries.
        context: Block in which the request is handled.
    """

    def __init__(self, log: BotLogger, method: Any, request_id: Any) -> None:
        self._log = log
        self._method = method
        self._began = time.perf_counter()
        self.correlation_id = correlation_of(request_id) or new_correlation_id()
        self.context = bound(correlation_id=self.correlation_id)

    def end(self, path: Any, status: Any, error: BaseException | None = None) -> None:
        """Write the API_CALL.

        A status of 4xx is a mistake of the client: the bot did what it should.

        Args:
            path: Template of the path.
            status: HTTP status of the answer; 0 without one.
            error: The exception that ended the request.
        """
        is_ok = error is None and isinstance(status, int) and 0 < status < 500
        safely(
            "incoming requests",
            write_call,
            self._log,
            method=self._method,
            path=str(path),
            status=status,
            latency_ms=elapsed_ms(self._began),
            direction="in",
            error=error,
            fields={"ok": is_ok, "correlation_id": self.correlation_id},
        )
