"""Multiprocess mode of prometheus_client: the numbers of several processes on one page.

The launcher (gunicorn, uvicorn with workers) sets `PROMETHEUS_MULTIPROC_DIR` and empties that
folder when it starts. Each process keeps its numbers in files there, and whichever process answers
adds them up. This mode has no exemplars, and a series cannot be removed: that of a closed position
becomes NaN.
"""

from __future__ import annotations

import os
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from .table import Metric
from .values import AnyCell, Values

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

ClientMetric = Counter | Gauge | Histogram


class ClientCell:
    """The child of a metric of prometheus_client, with the methods of a cell."""

    __slots__ = ("_child", "exemplar", "update")

    def __init__(self, child: Any, kind: str) -> None:
        self._child = child
        self.exemplar: object = None
        match kind:
            case "counter":
                self.update = child.inc
            case "gauge":
                self.update = child.set
            case _:
                self.update = child.observe

    def take(self, values: list[float]) -> None:
        """Take values one by one: prometheus_client has no other way."""
        for value in values:
            self.update(value)


class _Clients:
    """The metrics of prometheus_client in this process, made once: a second one would clash."""

    def __init__(self) -> None:
        self.metrics: dict[str, ClientMetric] = {}

    def of(self, metric: Metric) -> ClientMetric:
        """Return the metric of prometheus_client for a row of the table."""
        made = self.metrics.get(metric.name)
        if made is None:
            made = self.metrics[metric.name] = _make(metric)
        return made


CLIENTS: Final = _Clients()


class ClientValues(Values):
    """The values of this process in the files that all processes share."""

    def make(self, metric: Metric, labels: tuple[str, ...]) -> AnyCell:
        """Return a new cell for a set of labels."""
        cell: Any = ClientCell(CLIENTS.of(metric).labels(*labels), metric.kind)
        made: AnyCell = cell
        return made

    def remove(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Set a cell to NaN: this mode cannot remove it."""
        cell = self.families[metric.name].cells.get(labels)
        if cell is not None:
            cell.update(float("nan"))

    def in_child(self) -> Values:
        """Return the same values: prometheus_client opens new files after a fork."""
        return self


def is_multiprocess() -> bool:
    """Return True if the launcher has asked for the multiprocess mode."""
    return bool(os.environ.get(_FOLDER))


def multiprocess_registry() -> CollectorRegistry:
    """Return a registry with the numbers of all processes."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _make(metric: Metric) -> ClientMetric:
    names = metric.label_names
    registry = CollectorRegistry()
    match metric.kind:
        case "counter":
            return Counter(metric.name, metric.doc, names, registry=registry)
        case "gauge":
            return Gauge(
                metric.name,
                metric.doc,
                names,
                registry=registry,
                multiprocess_mode="livemostrecent",
            )
        case "histogram":
            return Histogram(
                metric.name, metric.doc, names, registry=registry, buckets=metric.buckets
            )
