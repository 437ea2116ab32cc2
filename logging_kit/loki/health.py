"""Health and numbers of a shipper over HTTP: `/health`, and `/metrics` for Prometheus."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

from .shipper import Shipper

STALLED_S: Final = 300.0
"""Time without a success, in seconds, after which waiting lines make a shipper unhealthy."""

_REQUEST_S: Final = 10.0


class _Metric(NamedTuple):
    """One metric of each folder.

    Attributes:
        counter: Name of the number in `FolderCounters`.
        name: Name of the metric.
        kind: Its type.
        help: Its meaning.
    """

    counter: str
    name: str
    kind: str
    help: str


_METRICS: Final = (
    _Metric("shipped", "lines_shipped_total", "counter", "Lines that the server accepted."),
    _Metric(
        "confirmed", "lines_confirmed_total", "counter", "Lines that the server had when asked."
    ),
    _Metric("rejected", "lines_rejected_total", "counter", "Lines that the server refused."),
    _Metric("too_old", "lines_too_old_total", "counter", "Lines that are too old for the server."),
    _Metric("too_new", "lines_too_new_total", "counter", "Lines more than a day in the future."),
    _Metric("batches", "batches_total", "counter", "Batches that were acknowledged."),
    _Metric("failures", "failures_total", "counter", "Attempts that failed."),
    _Metric("lost_bytes", "lost_bytes_total", "counter", "Bytes deleted before they were read."),
    _Metric("unread_bytes", "waiting_bytes", "gauge", "Bytes that wait in the segments."),
    _Metric("held", "held_segments", "gauge", "Segments with lines of the future."),
    _Metric("shipping", "active", "gauge", "1 if this process ships the folder."),
)


class HealthServer:
    """Answers `/health` and `/metrics` in threads of its own.

    Args:
        shipper: The shipper.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        clock: Returns seconds since 1970-01-01 UTC.

    Raises:
        OSError: When the port is taken.

    Attributes:
        port: Port that it listens on.
    """

    def __init__(
        self, shipper: Shipper, host: str, port: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._shipper = shipper
        self._clock = clock
        self._started = clock()
        self._server = _Server((host, port), partial(_Handler, self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="logging_kit-health", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop to answer and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def health(self) -> tuple[bool, Mapping[str, Any]]:
        """Return whether the shipper makes progress, and the numbers that say so."""
        counters = self._shipper.counters()
        success = self._shipper.courier.last_success
        idle_s = self._clock() - max(success, self._started)
        healthy = not self._shipper.waiting_lines() or idle_s < STALLED_S
        return healthy, {
            "healthy": healthy,
            "last_success": success or None,
            "last_error": self._shipper.courier.last_error or None,
            **counters,
        }

    def metrics(self) -> str:
        """Return the numbers in the text format of Prometheus."""
        folders = self._shipper.by_folder()
        parts = []
        for metric in _METRICS:
            name = f"logging_kit_shipper_{metric.name}"
            parts += [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}"]
            parts += [
                f"{name}{_labels(folder)} {numbers[metric.counter]}"
                for folder, numbers in folders.items()
            ]
        lag = "logging_kit_shipper_lag_seconds"
        parts += [f"# HELP {lag} Age of the oldest line that waits.", f"# TYPE {lag} gauge"]
        now = self._clock()
        for folder, numbers in folders.items():
            oldest = numbers["oldest_unread"]
            age_s = max(0.0, now - oldest) if oldest else 0.0
            parts.append(f"{lag}{_labels(folder)} {age_s:.3f}")
        last = "logging_kit_shipper_last_success_timestamp_seconds"
        parts += [
            f"# HELP {last} Time of the last accepted request.",
            f"# TYPE {last} gauge",
            f"{last} {self._shipper.courier.last_success:.3f}",
        ]
        return "\n".join((*parts, ""))


def _labels(folder: Path) -> str:
    text = str(folder).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{{folder="{text}"}}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Ignore a client that went away."""
        return


class _Handler(BaseHTTPRequestHandler):
    timeout = _REQUEST_S
    server_version = "logging-kit"
    sys_version = ""

    def __init__(self, owner: HealthServer, *arguments: Any) -> None:
        self._owner = owner
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer a request."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self._send(200, "text/plain; version=0.0.4; charset=utf-8", self._owner.metrics())
            case "/health" | "/ready":
                healthy, content = self._owner.health()
                status = 200
                if not healthy:
                    status = 503
                self._send(status, "application/json", json.dumps(content) + "\n")
            case _:
                self._send(404, "text/plain", "there are /health and /metrics\n")

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode("utf-8", "backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ARG002
        """Write nothing about a request."""
        return
