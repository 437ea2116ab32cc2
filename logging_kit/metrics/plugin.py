"""Plug-in that the setting `metrics_port` switches on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..runtime.plugins import Plugin, Surroundings
from ..settings import Settings
from .page import RUNNING
from .server import MetricsServer
from .service import Metrics, Notice


class MetricsPlugin(Plugin):
    """Count the events of a run, and serve the counts."""

    name = "metrics"
    observes = True
    observes_safely = True

    def __init__(self) -> None:
        self.metrics: Metrics | None = None
        self._server: MetricsServer | None = None

    def start(self, surroundings: Surroundings) -> None:
        """Begin to count, and to serve unless the page is mounted elsewhere."""
        settings = surroundings.settings
        self.metrics = RUNNING.metrics = Metrics(surroundings)
        # a call less for each line
        self.observe = self.metrics.observer.observe  # type: ignore[method-assign]
        notice = None
        if settings.metrics_port != "mounted":
            notice = self._serve(settings)
        self.metrics.restore(notice)

    def _serve(self, settings: Settings) -> Notice | None:
        """Begin to serve; return what to write about it once the run has begun."""
        port = 0
        if settings.metrics_port != "auto":
            port = int(settings.metrics_port)
        try:
            self._server = MetricsServer(settings.metrics_host, port)
        except OSError as error:
            place = f"{settings.metrics_host}:{port}"
            return "warning", f"the metrics are not served on {place}: {error.strerror}"
        if port == 0:
            place = f"http://{settings.metrics_host}:{self._server.port}/metrics"
            return "info", f"the metrics are served on {place}"
        return None

    def flush(self, timeout_s: float) -> bool:
        """Wait until the counts of earlier runs are restored."""
        return self.metrics is None or self.metrics.ready.wait(timeout_s)

    def after_fork_in_child(self) -> None:
        """Leave the port to the parent, and begin at 0."""
        if self._server is not None:
            self._server.after_fork_in_child()
            self._server = None
        if self.metrics is not None:
            self.metrics.after_fork_in_child()

    def close(self, timeout_s: float) -> None:
        """Release the port."""
        if self._server is not None:
            self._server.close(timeout_s)
            self._server = None
        if self.metrics is not None:
            self.metrics.close(timeout_s)
            if RUNNING.metrics is self.metrics:
                RUNNING.metrics = None

    def counters(self) -> Mapping[str, Any]:
        """Return the port, and the number of lines that were restored."""
        if self.metrics is None:
            return {}
        port = 0
        if self._server is not None:
            port = self._server.port
        return {
            "port": port,
            "restored_lines": self.metrics.counts.lines,
            "failures": self.metrics.observer.failures,
        }


def plugin(settings: Settings) -> Plugin:  # noqa: ARG001 - the protocol's
    """Return the plug-in."""
    return MetricsPlugin()
