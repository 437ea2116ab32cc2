"""A web server on this machine that stands for exchanges and other services in tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class Seen(NamedTuple):
    """One request that reached the server."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class LocalServer:
    """Answers each request by a function, and keeps what it has seen.

    Args:
        answer: Returns status, body (text, bytes or data for JSON) and further headers for a method
            and a path.
    """

    def __init__(self, answer: Callable[[str, str], Answer] = lambda *_: (200, {})) -> None:
        self.answer = answer
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                began = time.perf_counter()
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content, *more = outer.answer(self.command, self.path.partition("?")[0])
                if not isinstance(content, (str, bytes)):
                    content = json.dumps(content)
                if isinstance(content, str):
                    content = content.encode()
                seconds = time.perf_counter() - began
                outer.seen.append(Seen(self.command, self.path, dict(self.headers), body, seconds))
                self.send_response(status)
                headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
                for name, value in {**headers, **dict(*more)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = respond  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """Its address without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> LocalServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
