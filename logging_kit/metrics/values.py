"""Values of the metrics: one cell for each set of labels, with a limit on their number."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, NamedTuple

from .table import EVENT, LEVEL, METRICS, Metric

MOST_SERIES: Final = 200
"""Sets of labels that a metric may have; further ones are counted under `OTHER`."""

OTHER: Final = "_other"
_LONGEST_LABEL: Final = 128


class Exemplar(NamedTuple):
    """One observation of a cell, with the id that leads to its lines."""

    correlation_id: str
    value: float


class CounterCell:
    """A sum of values that never falls."""

    __slots__ = ("exemplar", "value")

    def __init__(self) -> None:
        self.value = 0.0
        self.exemplar: Exemplar | None = None

    def update(self, value: float) -> None:
        """Add a value."""
        self.value += value

    def take(self, values: list[float]) -> None:
        """Add values."""
        self.value += sum(values)


class GaugeCell:
    """The newest value."""

    __slots__ = ("exemplar", "value")

    def __init__(self) -> None:
        self.value = 0.0
        self.exemplar: Exemplar | None = None

    def update(self, value: float) -> None:
        """Replace the value."""
        self.value = value

    def take(self, values: list[float]) -> None:
        """Replace the value by the last one."""
        if values:
            self.value = values[-1]


class HistogramCell:
    """Values counted in buckets.

    Attributes:
        bounds: The upper bounds of the buckets; one more bucket takes what is above the last.
        counts: The number of values in each bucket.
        sum: The sum of all values.
    """

    __slots__ = ("bounds", "counts", "exemplar", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self.exemplar: Exemplar | None = None

    def update(self, value: float) -> None:
        """Put a value into its bucket."""
        self.take([value])

    def take(self, values: list[float]) -> None:
        """Put values into their buckets."""
        counts, bounds = self.counts, self.bounds
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self.sum += sum(values)


AnyCell = CounterCell | GaugeCell | HistogramCell


def make_cell(metric: Metric) -> AnyCell:
    """Return a new cell for a metric."""
    match metric.kind:
        case "counter":
            return CounterCell()
        case "gauge":
            return GaugeCell()
        case "histogram":
            return HistogramCell(metric.buckets)


@dataclass(slots=True)
class Family:
    """All cells of one metric, by the values of their labels."""

    metric: Metric
    cells: dict[tuple[str, ...], AnyCell]
    overflows: int = 0


class Values:
    """The cells of all metrics.

    Not safe for several threads; `observer.Observer` holds its lock around every call.

    Attributes:
        families: The cells by the name of the metric.
    """

    def __init__(self, bot_name: str) -> None:
        self._bot_name = bot_name
        self.families: dict[str, Family] = {}
        for metric in METRICS:
            self.families.setdefault(metric.name, Family(metric, {}))
        self.initialise(bot_name)

    def initialise(self, bot_name: str) -> None:
        """Make the counters whose labels are finite, at 0.

        Without them the first event of a kind would be lost: `increase()` of Prometheus sees only
        what is added to a series that exists.
        """
        for metric in METRICS:
            if metric.accumulates:
                for labels in finite_labels(metric, bot_name):
                    self.cell(metric, labels)

    def cell(self, metric: Metric, labels: tuple[str, ...]) -> AnyCell:
        """Return the cell of a set of labels, or that of `OTHER` when there are too many."""
        family = self.families[metric.name]
        cell = family.cells.get(labels)
        if cell is not None:
            return cell
        if len(family.cells) >= MOST_SERIES:
            family.overflows += 1
            labels = tuple(OTHER for _ in labels)
            cell = family.cells.get(labels)
            if cell is not None:
                return cell
        cell = family.cells[labels] = self.make(metric, labels)
        return cell

    def make(self, metric: Metric, labels: tuple[str, ...]) -> AnyCell:  # noqa: ARG002
        """Return a new cell for a set of labels."""
        return make_cell(metric)

    def remove(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Remove the cell of a set of labels, so that its value is not shown any more."""
        self.families[metric.name].cells.pop(labels, None)

    def series(self) -> Iterator[tuple[Metric, Mapping[tuple[str, ...], AnyCell]]]:
        """Yield each metric with its cells."""
        for family in self.families.values():
            yield family.metric, family.cells

    def in_child(self) -> Values:
        """Return the values with which a forked child begins."""
        return Values(self._bot_name)

    def load(self, saved: Mapping[str, Any]) -> None:
        """Add the numbers that `dump` has returned."""
        for name, cells in saved.items():
            family = self.families.get(name)
            if family is None:
                continue
            for labels, number in cells:
                _add(self.cell(family.metric, tuple(labels)), number)

    def dump(self) -> dict[str, Any]:
        """Return the numbers of all counters and histograms, for `load`."""
        return {
            name: [[list(labels), _numbers(cell)] for labels, cell in family.cells.items()]
            for name, family in self.families.items()
            if family.metric.accumulates
        }

    def add(self, other: Values) -> None:
        """Add the counters and histograms of other values to these."""
        self.load(other.dump())


def finite_labels(metric: Metric, bot_name: str) -> Iterator[tuple[str, ...]]:
    """Yield the sets of labels of a metric, if they are finite."""
    if metric.event is None:
        return
    choices = dict(metric.choices())
    fields = [field for _, field in metric.labels]
    if not choices and fields != ["bot_name"]:
        return
    options = [choices.get(label, (bot_name,)) for label, _ in metric.labels]
    constants = tuple(value for _, value in metric.constants)
    for labels in product(*options):
        yield (*labels, *constants)


def shortened(text: str) -> str:
    """Return the value of a label, cut to a length that Prometheus and people can bear."""
    return text[:_LONGEST_LABEL]


def label_fields(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Return the fields that decide on the labels of some metrics, each once."""
    names: dict[str, None] = {"bot_name": None}
    for metric in metrics:
        names.update((field, None) for _, field in metric.labels if field not in (EVENT, LEVEL))
        names.update((field, None) for field, _ in metric.where)
        if metric.ends is not None:
            names[metric.ends[0]] = None
        if metric.words:
            names[metric.value] = None
    return tuple(names)


def _numbers(cell: AnyCell) -> Any:
    if isinstance(cell, HistogramCell):
        return [list(cell.counts), cell.sum]
    return cell.value


def _add(cell: AnyCell, number: Any) -> None:
    if isinstance(cell, HistogramCell):
        counts, total = number
        if len(counts) == len(cell.counts):
            cell.counts = [a + int(b) for a, b in zip(cell.counts, counts, strict=True)]
            cell.sum += float(total)
    else:
        cell.value += float(number)
