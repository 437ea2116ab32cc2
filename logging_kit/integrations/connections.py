"""WebSocket connections of any library: WS events with reconnects and gaps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from ..runtime.logger import BotLogger
from .common import error_name, path_template


class _OpenConnections:
    """The number of open connections in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def change(self, by: int) -> int:
        """Add to the number and return it."""
        with self._lock:
            self._count = max(0, self._count + by)
            return self._count


OPEN: Final = _OpenConnections()
"""The connections of all integrations together: `ws_connections` counts those of the process."""


def open_connections() -> int:
    """Return the number of open connections that the integrations know.

    Example:
        >>> log.heartbeat(uptime_s=60, ws_connections=open_connections())
    """
    return OPEN.change(0)


class Stream:
    """One stream that may be connected again after it was interrupted.

    Args:
        log: The logger.
        url: Address of the stream; its events carry the template of its path.
        exchange: ccxt's id of the exchange.
        clock: Returns seconds that never go back.
    """

    def __init__(
        self,
        log: BotLogger,
        url: Any,
        exchange: str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._clock = clock
        self._fields: dict[str, Any] = {"stream": path_template(url)}
        if exchange is not None:
            self._fields["exchange"] = exchange
        self._is_open = False
        self._lost_at: float | None = None
        self._attempts = 0
        self._lock = threading.RLock()  # a library's thread may close what the bot's has opened

    @property
    def is_open(self) -> bool:
        """Return True between `connected` and `disconnected`."""
        return self._is_open

    def connected(self) -> None:
        """Write WS connected; after an interruption with `gap_s` and the number of attempts."""
        with self._lock:
            if self._is_open:
                return
            self._is_open = True
            fields: dict[str, Any] = {}
            if self._lost_at is not None:
                fields["gap_s"] = round(self._clock() - self._lost_at, 3)
                fields["attempt"] = self._attempts + 1
            self._lost_at, self._attempts = None, 0
            self._write("connected", OPEN.change(1), fields)

    def disconnected(self, code: Any = None, reason: Any = None) -> None:
        """Write WS disconnected, once for each connection.

        Args:
            code: Closing code of RFC 6455.
            reason: Text of the close, or the exception that ended the connection.
        """
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            self._lost_at, self._attempts = self._clock(), 0
            self._write("disconnected", OPEN.change(-1), _cause(code, reason))

    def reconnecting(self, reason: Any = None) -> None:
        """Write WS reconnecting: an attempt to connect failed, and another follows."""
        with self._lock:
            self.disconnected(reason=reason)
            if self._lost_at is None:
                self._lost_at = self._clock()
            self._attempts += 1
            fields = {**_cause(None, reason), "attempt": self._attempts}
            self._write("reconnecting", OPEN.change(0), fields)

    def _write(self, state: str, ws_connections: int, fields: dict[str, Any]) -> None:
        self._log.event("WS", state, ws_connections=ws_connections, **{**self._fields, **fields})


_MOST_STREAMS: Final = 256


class Streams:
    """The streams of a library that makes an object for each connection.

    A connection continues the stream of the same path that is not open, so that it has a gap.

    Args:
        log: The logger.
        exchange: ccxt's id of the exchange.
    """

    def __init__(self, log: BotLogger, exchange: str | None = None) -> None:
        self._log = log
        self._exchange = exchange
        self._lock = threading.Lock()
        self._idle: dict[str, list[Stream]] = {}

    def take(self, url: Any) -> Stream:
        """Return a stream for a new connection, which no other connection has."""
        with self._lock:
            idle = self._idle.get(path_template(url))
            if idle:
                return idle.pop()
        return Stream(self._log, url, self._exchange)

    def give_back(self, url: Any, stream: Stream) -> None:
        """Let a later connection continue a stream that is not open any more."""
        with self._lock:
            if len(self._idle) < _MOST_STREAMS:
                self._idle.setdefault(path_template(url), []).append(stream)


def _cause(code: Any, reason: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if isinstance(code, int) and not isinstance(code, bool):
        fields["code"] = int(code)
    if isinstance(reason, BaseException):
        fields["reason"] = f"{error_name(reason)}: {reason}"
    elif reason:
        fields["reason"] = str(reason)
    return fields
