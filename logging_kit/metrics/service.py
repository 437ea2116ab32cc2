"""The metrics of a process: what observes events, and what the page shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as MetricFamily

from .. import _version, masking
from ..diagnostics import warn_once
from ..events.model import Level
from ..line import rfc3339
from ..runtime.plugins import Surroundings
from ..runtime.setup import flush, get_logger, stats
from ..store.recovery import recover
from .families import Numbers, family_of, make_registry
from .multiprocess import ClientValues, is_multiprocess, multiprocess_registry
from .observer import BATCH, Observer
from .restore import Counts
from .table import METRICS
from .values import Values

Notice = tuple[Level, str]
"""Level and text of a line."""

_KEEP_EVERY_S: Final = 86_400.0
"""Time after which the counts are written again, well before retention deletes their lines."""

_POLL_S: Final = 0.01
_BEGIN_S: Final = 60.0
_FLUSH_S: Final = 5.0

_SETTLED_US: Final = 60_000_000
"""Age in microseconds of a line that every stream of its run has surely reached the disk with."""


class Metrics:
    """The metrics of one run.

    Args:
        surroundings: The run's settings, folder and clock.

    Attributes:
        observer: Takes the events.
        ready: Set once the counts of earlier runs are in.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        settings = surroundings.settings
        self._settings = settings
        self._directory = surroundings.log_dir
        self._clock = surroundings.clock
        self._began = ""
        if stats():  # the run has lines from before the metrics were switched on
            self._began = rfc3339(self._clock() // 1_000)
        self._multiprocess = is_multiprocess()
        values: Values = Values(settings.bot_name)
        batch = BATCH
        if self._multiprocess:
            # another process may show the numbers at any moment
            values, batch = ClientValues(settings.bot_name), 1
        self.observer = Observer(
            settings.bot_name, _mask, surroundings.clock, values=values, batch=batch
        )
        self.ready = threading.Event()
        self.counts = self._new_counts()
        self._registry: CollectorRegistry | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._kept = time.monotonic()

    def _new_counts(self) -> Counts:
        settings = self._settings
        return Counts(self._directory, settings.app, settings.env, settings.bot_name, _mask)

    def restore(self, notice: Notice | None = None) -> None:
        """Bring the counts of earlier runs back, in a thread; the page waits for them.

        Args:
            notice: A line to write once the run has begun.
        """
        if self._multiprocess:
            self.ready.set()
        if notice is not None or not self._multiprocess:
            self._run(partial(self._begin, notice))

    def keep(self) -> None:
        """Write the counts again if a day has passed, in a thread."""
        due = time.monotonic() - self._kept > _KEEP_EVERY_S
        if due and self.ready.is_set() and not self._multiprocess and not self._is_busy():
            self._kept = time.monotonic()
            self._run(self._keep)

    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self, call: Callable[[], None]) -> None:
        self._thread = threading.Thread(
            target=self._attempt, args=(call,), name="logging_kit-metrics", daemon=True
        )
        self._thread.start()

    def _attempt(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            warn_once("metrics", f"the counts of earlier runs are incomplete: {reason}")
        finally:
            self.ready.set()

    def _begin(self, notice: Notice | None) -> None:
        run_id = self._run_id()
        if notice is not None and not self._stopped:
            getattr(get_logger("logging_kit.metrics"), notice[0])(notice[1])
        if not self._multiprocess:
            self._restore(run_id)

    def _restore(self, run_id: str) -> None:
        self.counts.load()
        if self._directory.is_dir():
            if self._began:
                flush(_FLUSH_S)
            recover(self._directory, self._settings.segment_size)
            without = (run_id, self._began)
            if not self.counts.advance(without=without, stopped=lambda: self._stopped):
                return
        with self.observer.lock:
            self.observer.values.add(self.counts.values)
        self.ready.set()
        if self._directory.is_dir():
            self.counts.save()

    def _run_id(self) -> str:
        """Return the id of the run, which begins a moment after the plug-in."""
        deadline = time.monotonic() + _BEGIN_S
        while not self._stopped and time.monotonic() < deadline:
            run_id = stats().get("run_id")
            if run_id:
                return str(run_id)
            time.sleep(_POLL_S)
        return ""

    def _keep(self) -> None:
        before = rfc3339(self._clock() // 1_000 - _SETTLED_US)
        if self.counts.advance(before=before, stopped=lambda: self._stopped):
            self.counts.save()

    def registry(self) -> CollectorRegistry:
        """Return prometheus_client's registry of these metrics."""
        self.keep()
        if self._multiprocess:
            with self.observer.lock:
                self.observer.collect()
            return multiprocess_registry()
        if self._registry is None:
            self._registry = make_registry(self)
        return self._registry

    def families(self) -> Iterator[MetricFamily]:
        """Return each metric that events feed, with its samples."""
        with self.observer.lock:
            self.observer.collect()
            found = [
                family_of(metric, cells, _mask)
                for metric, cells in self.observer.values.series()
                if cells
            ]
        return iter(found)

    def own_numbers(self) -> dict[str, Numbers]:
        """Return the numbers of the package itself, by the name of their metric."""
        health = stats()
        dropped: Mapping[str, int] = health.get("dropped", {})
        build = (self._settings.bot_name, self._settings.env, _version.__version__)
        with self.observer.lock:
            overflows: dict[tuple[str, ...], float] = {
                (name,): float(family.overflows)
                for name, family in self.observer.values.families.items()
                if family.overflows
            }
        return {
            "logging_kit_records_total": self._records(),
            "logging_kit_dropped_total": {(reason,): float(n) for reason, n in dropped.items()},
            "logging_kit_masked_total": {("value",): float(health.get("masked", 0))},
            "logging_kit_schema_errors_total": {(): float(health.get("schema_errors", 0))},
            "logging_kit_metrics_failures_total": {(): float(self.observer.failures)},
            "logging_kit_label_overflows_total": overflows,
            "logging_kit_build_info": {build: 1.0},
            "logging_kit_queue_depth": {(): float(health.get("queue_depth", 0))},
        }

    def _records(self) -> Numbers:
        """Return the lines of each level: the sum of trading_events_total over its events."""
        found: dict[tuple[str, ...], float] = {}
        metric = METRICS[0]
        place = metric.label_names.index("level")
        with self.observer.lock:
            for labels, cell in self.observer.values.families[metric.name].cells.items():
                key = (labels[place],)
                found[key] = found.get(key, 0.0) + getattr(cell, "value", 0.0)
        return found

    def after_fork_in_child(self) -> None:
        """Begin at 0 in the child; the parent serves what it has counted."""
        self._thread = None
        self.observer.after_fork_in_child()
        self.counts = self._new_counts()
        self._registry = None
        self.ready.set()

    def close(self, timeout_s: float) -> None:
        """Stop what still reads the segments."""
        self._stopped = True
        if self._multiprocess:
            with self.observer.lock:
                self.observer.collect()
        if self._thread is not None:
            self._thread.join(timeout_s)


def _mask(text: str) -> str:
    return str(masking.mask(text))
