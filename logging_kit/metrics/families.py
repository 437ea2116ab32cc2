"""Metrics in the form that prometheus_client writes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as MetricFamily
from prometheus_client.samples import Exemplar as ClientExemplar

from .gauges import readings
from .table import SELF, Metric
from .values import AnyCell, CounterCell, HistogramCell

Numbers = Mapping[tuple[str, ...], float]


class Source(Protocol):
    """The metrics of a process."""

    def families(self) -> Iterator[MetricFamily]:
        """Yield each metric that events feed."""

    def own_numbers(self) -> dict[str, Numbers]:
        """Return the numbers of the package itself."""


class MetricsCollector:
    """Collector of the metrics, for a registry of prometheus_client."""

    def __init__(self, metrics: Source) -> None:
        self._metrics = metrics

    def describe(self) -> Iterator[MetricFamily]:
        """Name nothing in advance: the registry is ours alone."""
        yield from ()

    def collect(self) -> Iterator[MetricFamily]:
        """Yield every metric with its samples."""
        yield from self._metrics.families()
        for name, numbers in self._metrics.own_numbers().items():
            kind, labels, doc = SELF[name]
            yield _family(name, kind, doc, labels, numbers)
        for gauge, values in readings():
            yield _family(gauge.name, "gauge", gauge.doc, gauge.labels, dict(values))


def _family(
    name: str, kind: str, doc: str, labels: tuple[str, ...], numbers: Numbers
) -> MetricFamily:
    family: CounterMetricFamily | GaugeMetricFamily
    if kind == "counter":
        family = CounterMetricFamily(name.removesuffix("_total"), doc, labels=labels)
    else:
        family = GaugeMetricFamily(name, doc, labels=labels)
    for values, number in numbers.items():
        family.add_metric(values, number)
    return family


def family_of(
    metric: Metric, cells: Mapping[tuple[str, ...], AnyCell], mask: Callable[[str], str]
) -> MetricFamily:
    """Return a metric with the values of its cells.

    Args:
        metric: The metric.
        cells: Its cells, by the values of the labels.
        mask: Hides secrets in the correlation ids of the exemplars.
    """
    names = metric.label_names
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.doc, labels=names)
        for labels, cell in cells.items():
            if isinstance(cell, HistogramCell):
                histogram.add_metric(labels, _buckets(cell, mask), cell.sum)
        return histogram
    if metric.kind == "gauge":
        gauge = GaugeMetricFamily(metric.name, metric.doc, labels=names)
        for labels, cell in cells.items():
            if not isinstance(cell, HistogramCell):
                gauge.add_metric(labels, cell.value)
        return gauge
    counter = CounterMetricFamily(metric.name.removesuffix("_total"), metric.doc, labels=names)
    for labels, cell in cells.items():
        if isinstance(cell, CounterCell):
            counter.add_metric(labels, cell.value, exemplar=_exemplar(cell, mask))
    return counter


def _buckets(
    cell: HistogramCell, mask: Callable[[str], str]
) -> list[tuple[str, float] | tuple[str, float, ClientExemplar]]:
    exemplar = _exemplar(cell, mask)
    found: list[tuple[str, float] | tuple[str, float, ClientExemplar]] = []
    total = 0
    for bound, number in zip((*cell.bounds, float("inf")), cell.counts, strict=True):
        total += number
        text = "+Inf" if bound == float("inf") else repr(bound)
        if exemplar is not None and exemplar.value <= bound:
            found.append((text, total, exemplar))
            exemplar = None
        else:
            found.append((text, total))
    return found


def _exemplar(cell: AnyCell, mask: Callable[[str], str]) -> ClientExemplar | None:
    kept = cell.exemplar
    if kept is None:
        return None
    return ClientExemplar({"correlation_id": mask(kept.correlation_id)}, kept.value)


def make_registry(metrics: Source) -> CollectorRegistry:
    """Return a registry of our own with the metrics: prometheus_client's default is not touched."""
    registry = CollectorRegistry()
    registry.register(MetricsCollector(metrics))
    return registry
