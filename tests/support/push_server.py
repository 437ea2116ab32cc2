"""A scripted log server on loopback: it keeps what is pushed, and fails on demand."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cramjam


class Pushed(NamedTuple):
    """One entry as the server received it."""

    labels: dict[str, str]
    time_ns: int
    line: str
    metadata: dict[str, str]


@dataclass
class Request:
    """One request."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def entries(self) -> list[Pushed]:
        return decode(self.headers, self.body)

    @property
    def lines(self) -> list[str]:
        return [entry.line for entry in self.entries]


Reply = Callable[["Connection", Request], bool]
"""Answers a request; returns whether the connection stays open."""


@dataclass
class Connection:
    """The server's side of one connection."""

    socket: socket.socket
    closing: threading.Event
    buffer: bytes = b""

    def read_request(self) -> Request | None:
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in rest)}
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            if not self._more():
                return None
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Request(first.split()[1], headers, body)

    def _more(self) -> bool:
        try:
            data = self.socket.recv(262_144)
        except OSError:
            return False
        self.buffer += data
        return bool(data)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """Break the connection off with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def answer(status: int, text: str = "", **headers: str) -> Reply:
    """Answer with a status, a body and headers (`retry_after="3"` is `Retry-After: 3`)."""

    def reply(connection: Connection, request: Request) -> bool:
        body = text.encode()
        lines = [
            f"HTTP/1.1 {status} X",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        if status != 204:
            lines.append(f"Content-Length: {len(body)}")
        connection.send("\r\n".join((*lines, "", "")).encode() + body)
        return True

    return reply


def hang(connection: Connection, request: Request) -> bool:
    """Say nothing until the test ends."""
    connection.closing.wait()
    return False


def trickle(connection: Connection, request: Request) -> bool:
    """Send a header for ever, a byte at a time."""
    connection.send(b"HTTP/1.1 204 X\r\nX-Slow: ")
    while not connection.closing.wait(0.02):
        connection.send(b"a")
    return False


def reset(connection: Connection, request: Request) -> bool:
    """Break off without an answer."""
    connection.reset()
    return False


def raw(data: bytes) -> Reply:
    """Send bytes, and close."""

    def reply(connection: Connection, request: Request) -> bool:
        connection.send(data)
        return False

    return reply


@dataclass
class PushServer:
    """The server; a context manager.

    Attributes:
        script: Replies to the next requests, in their order; then `otherwise` answers.
        requests: Requests that were received whole.
        accepted: Entries of the requests that were answered with 2xx.
    """

    script: list[Reply] = field(default_factory=list)
    otherwise: Reply = field(default_factory=lambda: answer(204))
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> PushServer:
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """Lines of all requests, also of those that were refused."""
        return [line for request in list(self.requests) for line in request.lines]

    def wait_for(self, enough: Callable[[], Any], timeout_s: float = 30) -> bool:
        """Wait until a condition holds after a request; return whether it does."""
        with self._changed:
            return bool(self._changed.wait_for(enough, timeout_s))

    def _start(self, run: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        self.connections += 1
        try:
            if self.tls is not None:
                client = self.tls.wrap_socket(client, server_side=True)
            with client:
                connection = Connection(client, self._closing)
                while (request := connection.read_request()) is not None:
                    with self._changed:
                        self.requests.append(request)
                        reply = self.script.pop(0) if self.script else self.otherwise
                        self._changed.notify_all()
                    if not reply(connection, request):
                        return
        except OSError:
            pass
        finally:
            client.close()
            self._open.discard(client)


def decode(headers: dict[str, str], body: bytes) -> list[Pushed]:
    """Decode a push in JSON or protobuf."""
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if headers["content-type"] == "application/x-protobuf":
        return list(_decode_protobuf(bytes(cramjam.snappy.decompress_raw(body))))
    return [
        Pushed(stream["stream"], int(time), line, rest[0] if rest else {})
        for stream in json.loads(body)["streams"]
        for time, line, *rest in stream["values"]
    ]


def _decode_protobuf(data: bytes) -> Any:
    for _, stream in _fields(data):
        labels: dict[str, str] = {}
        for number, value in _fields(stream):
            if number == 1:
                labels = _labels(value.decode())
                continue
            parts = list(_fields(value))
            time = dict(_fields(parts[0][1]))
            pairs = [dict(_fields(part)) for number, part in parts if number == 3]
            yield Pushed(
                labels,
                time.get(1, 0) * 1_000_000_000 + time.get(2, 0),
                dict(parts)[2].decode(),
                {pair[1].decode(): pair[2].decode() for pair in pairs},
            )


def _fields(data: bytes) -> Any:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            yield key >> 3, data[at : at + value]
            at += value
        else:
            yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        digit = data[at]
        number |= (digit & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if digit < 0x80:
            return number, at


def _labels(text: str) -> dict[str, str]:
    labels, rest = {}, text[1:-1]
    while rest:
        name, _, rest = rest.partition("=")
        value, end = json.JSONDecoder().raw_decode(rest)
        labels[name], rest = value, rest[end:].removeprefix(", ")
    return labels
