"""Server of the page that Prometheus reads."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from .page import answer

_TIMEOUT_S: Final = 10.0
_PATHS: Final = ("/metrics", "/metrics/")


class _Handler(BaseHTTPRequestHandler):
    timeout = _TIMEOUT_S
    server_version = "logging_kit"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the metrics."""
        if self.path.partition("?")[0] not in _PATHS:
            self._send(404, "text/plain; charset=utf-8", b"the metrics are at /metrics\n")
            return
        self._send(*answer(self.headers.get("Accept", "")))

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Write nothing: a scrape every 15 seconds is no news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """Write nothing: the client has closed the connection."""


class MetricsServer:
    """A server in a thread of its own.

    Args:
        host: Address to listen on.
        port: Port; 0 takes any that is free.

    Raises:
        OSError: If the port is taken or the address is not this machine's.

    Attributes:
        port: The port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = _Server((host, port), _Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="logging_kit-metrics-server",
            daemon=True,
        )
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Stop the server and release its port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout_s)

    def after_fork_in_child(self) -> None:
        """Close the child's copy of the socket, which would keep the port taken."""
        self._server.socket.close()
