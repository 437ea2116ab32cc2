"""Connections of urllib3 with a deadline for the whole exchange.

urllib3's timeouts limit the silence between two bytes. A server that sends a byte each second would
hold the sender for ever.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Deadline(threading.local):
    at = math.inf
    read_s = math.inf


_deadline: Final = _Deadline()


def set_deadline(at: float, read_s: float) -> None:
    """Set the deadline of the next request of this thread.

    Args:
        at: Moment of `time.monotonic`.
        read_s: Longest silence of the server, in seconds.
    """
    _deadline.at, _deadline.read_s = at, read_s


def _arm(sock: socket.socket) -> None:
    """Limit the next operation of a socket to the time that is left."""
    left = _deadline.at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the whole exchange took too long")
    limit = min(left, _deadline.read_s)
    if limit < math.inf:
        sock.settimeout(limit)


class _Reader(io.RawIOBase):
    """The bytes of a socket up to the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _arm(self._sock)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(sock))


class _Connection(HTTPConnection):
    response_class = _Answer

    def send(self, data: Any) -> None:
        if self.sock is not None:
            _arm(self.sock)
        super().send(data)


class _SecureConnection(HTTPSConnection):
    response_class = _Answer

    def send(self, data: Any) -> None:
        if self.sock is not None:
            _arm(self.sock)
        super().send(data)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class DeadlineAdapter(HTTPAdapter):
    """Adapter of requests whose connections obey `set_deadline`."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, **options)
        self._use_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Make the pools of a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        self._use_pools(manager)
        return manager

    @staticmethod
    def _use_pools(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
