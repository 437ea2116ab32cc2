"""A request to an exchange that is timed by a ``with`` block and logged once."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any


class ApiCall:
    """One API call: set ``status`` and whatever else is known inside the block; it is logged when the block ends.

    Without a block it is logged at once when it already has a ``latency_ms``.

    Attributes:
        status: HTTP status; 0 when no answer came.
        ok: Whether the call did what it should; by default whether ``status`` is below 400 and nothing was raised.
        error_type: Class of the exception, filled in when one leaves the block.

    Example:
        >>> with log.api_call("binance", "POST", "/api/v3/order") as call:
        ...     response = session.post(url)
        ...     call.status = response.status_code
    """

    def __init__(self, write: Callable[[dict[str, Any]], None], fields: dict[str, Any]) -> None:
        self._write = write
        self._fields = fields
        self._written = False
        self._began = time.perf_counter()
        self.status: int | None = fields.pop("status", None)
        self.ok: bool | None = fields.pop("ok", None)
        self.error_type: str | None = fields.pop("error_type", None)
        if fields.get("latency_ms") is not None:
            self._finish(failed=False)

    def add(self, /, **fields: Any) -> None:
        """Add fields to the event, such as ``attempt=2``."""
        self._fields.update(fields)

    def __enter__(self) -> ApiCall:
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._written:
            return
        if error is not None and self.error_type is None:
            self.error_type = type(error).__qualname__
        if self._fields.get("latency_ms") is None:
            self._fields["latency_ms"] = round((time.perf_counter() - self._began) * 1000, 3)
        self._finish(failed=error is not None)

    async def __aenter__(self) -> ApiCall:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.__exit__(kind, error, tb)

    def _finish(self, *, failed: bool) -> None:
        self._written = True
        fields = self._fields
        status = 0 if self.status is None and failed else 200 if self.status is None else self.status
        ok = self.ok if self.ok is not None else not failed and self.error_type is None and _below_400(status)
        path = fields.get("path")
        if isinstance(path, str):
            fields["path"] = path.partition("?")[0]  # a query holds signatures, and makes each path another one
        if fields.get("direction") is None:
            fields["direction"] = "out"
        fields.update(status=status, ok=ok)
        if self.error_type is not None:
            fields["error_type"] = self.error_type
        self._write(fields)


def _below_400(status: Any) -> bool:
    try:
        return 0 < float(status) < 400
    except (TypeError, ValueError):
        return True
