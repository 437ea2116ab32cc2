"""`ApiCall`: a request to an exchange, timed by a `with` block and logged once."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any


class ApiCall:
    """One API call.

    Set `status` and other facts inside the block; the event is written when the block ends. A call
    that is created with its `latency_ms` and its result (`status`, `ok` or `error_type`) needs no
    block and is written at once. Another block over the same object is another call, such as a
    second try.

    Attributes:
        status: HTTP status; 0 when no answer came.
        ok: True if the call succeeded; by default, if `status` is below 400 and nothing was raised.
        error_type: Class of the exception, filled in when one leaves the block.

    Example:
        >>> with log.api_call("binance", "POST", "/api/v3/order") as call:
        ...     response = session.post(url)
        ...     call.status = response.status_code
    """

    def __init__(self, write: Callable[[dict[str, Any]], None], fields: dict[str, Any]) -> None:
        self._write = write
        self._fields = fields
        self._blocks = 0
        self._began = time.perf_counter()
        self.status: int | None = fields.pop("status", None)
        self.ok: bool | None = fields.pop("ok", None)
        self.error_type: str | None = fields.pop("error_type", None)
        self._given = self.status, self.ok, self.error_type
        self._written = fields.get("latency_ms") is not None and self._has_result
        if self._written:
            self._finish(failed=False)

    def add(self, /, **fields: Any) -> None:
        """Add fields to the event, such as `attempt=2`."""
        self._fields.update(fields)

    def __enter__(self) -> ApiCall:
        if self._blocks:
            self.status, self.ok, self.error_type = self._given
        self._blocks += 1
        self._began = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        latency_ms = round((time.perf_counter() - self._began) * 1000, 3)
        if error is not None and self.error_type is None:
            self.error_type = type(error).__qualname__
        if self._written and self._blocks == 1 and error is None and self._is_as_given():
            return  # its line was written when the call was created
        self._written = True
        self._finish(failed=error is not None, latency_ms=latency_ms)

    async def __aenter__(self) -> ApiCall:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, tb)

    def __del__(self) -> None:
        """Write the result of a call that had no block, so that it is not lost."""
        if (
            not self._written
            and not self._blocks
            and (self._has_result or self._fields.get("latency_ms") is not None)
        ):
            self._finish(failed=False)

    @property
    def _has_result(self) -> bool:
        return self.status is not None or self.ok is not None or self.error_type is not None

    def _is_as_given(self) -> bool:
        now = self.status, self.ok, self.error_type
        return all(
            a is b or (type(a) in (int, str) and type(a) is type(b) and a == b)
            for a, b in zip(now, self._given, strict=True)
        )

    def _finish(self, *, failed: bool, latency_ms: float | None = None) -> None:
        fields = dict(self._fields)
        status, ok = self.status, self.ok
        if status is None:
            if failed:
                status = 0
            else:
                status = 200
        if ok is None:
            ok = not failed and self.error_type is None and _is_below_400(status)
        path: Any = fields.get("path")
        if issubclass(type(path), str):
            # a query holds signatures, and makes each path another one
            fields["path"] = path.partition("?")[0]
        if fields.get("direction") is None:
            fields["direction"] = "out"
        if fields.get("latency_ms") is None and latency_ms is not None:
            fields["latency_ms"] = latency_ms
        fields.update(status=status, ok=ok)
        if self.error_type is not None:
            fields["error_type"] = self.error_type
        self._write(fields)


def _is_below_400(status: Any) -> bool:
    try:
        return 0 < float(status) < 400
    except Exception:  # a foreign object may raise anything
        return True
