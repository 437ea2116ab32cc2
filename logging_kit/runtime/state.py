"""The state of the logging in this process, and the processor that ends a structlog chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from itertools import count
from typing import Any, Final

from structlog import DropEvent
from structlog._config import _CONFIG  # get_config() builds a dict, too slow for every call

from ..correlation import STEP
from ..diagnostics import warn_once
from ..events.model import LEVELS, Level, level_name
from ..pipeline.calls import AT_LEAST_ERROR, event_of
from ..pipeline.pipeline import Pipeline
from ..pipeline.structlog_chain import as_processor
from ..settings import CHATTY
from .serial import ReconfigureQueue

Observer = Callable[[str, str, Mapping[str, Any]], None]
"""Sees an event that goes through structlog: the logger's name, the method and the event."""

_NO_FIELDS: Final[Mapping[str, Any]] = {}
_MOST_LOGGERS: Final = 10_000
_LONGEST_NAME: Final = 256


def _nothing() -> None:
    """Do nothing: stands in for `shutdown` before the first `setup()`."""


class State:
    """The mutable state of the logging in this process; `state` is the only instance.

    Any thread may read a field. Only the code named here may write it:

    Attributes:
        runtime: What `setup()` has built, or `None`. Written by `runtime.setup`, inside `queue`.
        queue: Lets one `setup()` or `shutdown()` run at a time. Never replaced.
        registered: True once exit and fork callbacks are registered. Written by `runtime.setup`.
        shutdown: Ends the logging, for a logger used as a context manager. Written by
            `runtime.setup`.
        processors: The chain of our loggers after `setup()`, or `None`. Written by
            `runtime.runtime.Runtime`.
        levels: Levels that `BotLogger.setLevel` has set, by name of the logger. Written by
            `set_level`.
        pipeline: Writes every line, or `None`. Written by `use`.
        health: Returns the fields that each HEARTBEAT carries. Written by `Runtime`.
        startup_fields: Returns the fields of LIFECYCLE startup. Written by `Runtime`.
        observer: Sees what goes through structlog, or `None`. Written by `testing`.
        observed_level: Returns the lowest level that the observer wants of a logger; used only with
            an observer. Written by `testing`.
        stand_in: Replaces every other pipeline, or is `None`. Written by `testing`.
        thresholds: Cache of `threshold`, empty while a plug-in sees every call. Written by
            `threshold` and `forget_thresholds`.
        known_levels: The same also while a plug-in observes. Written with `thresholds`.
        correlation_ids: The next generated correlation ids. Written by `begin_ids`.

    Lower layers cannot import this module, and an adapter of a library knows only that library.
    What they keep for the whole process stays in one named object each:

    - `events.catalogue._all` and `events.own._panels`: a bot's own events and panels; written by
      `register_event` and by the loading of the settings.
    - `panels.own._panels` and `panels.own._dashboards`: a bot's own panels; written by
      `register_panel`.
    - `masking.masker.REGISTRY`: the registered secrets; written by its own methods.
    - `masking.PROCESS`: the masker in use and the warnings about refused secrets; written by
      `masking.configure` and `masking.register_secret`.
    - `metrics.page.RUNNING`, `metrics.gauges._gauges` and `metrics.multiprocess.CLIENTS`: the
      metrics that are served, a bot's own gauges and the files of the multiprocess mode; written by
      the plug-in, by `register_gauge` and when a metric is first fed.
    - `runtime.clock_skew._checks`: when each exchange was last warned about; written by
      `check_clock`.
    - `loki.worker._workers`, `loki.spool._workers` and `loki.sigterm._flushes`: the handlers that
      still push lines, for a fork and for SIGTERM; written by the handlers.
    - `loki.quiet._thread`: whether this thread sends a request; written by the sender.
    - `loki.logproto._known`: the bytes of small numbers, which it can compute again.
    - `integrations.connections.OPEN`, `integrations.websockets._watchers`,
      `integrations.celery._blocks` and `integrations.loguru._attached`: open connections, tasks
      that watch them, running Celery tasks and sinks of loguru; each written by its own module.
    - `diagnostics._notes`: when each kind of note was last written; written by `warn_once`.
    - `store.forks._closers`: files that a forked child closes; written by
      `store.forks.close_in_forked_child`.
    - `store.journal._left_open`: mappings that a signal handler may still write to; written by
      `Journal.close`.
    - `pipeline.converters._converters` and `pipeline.callsite._logging_code`: caches by type and by
      code object; each holds only what it can compute again.

    Outside the package, `setup()` changes structlog's configuration, the root logger of `logging`
    and its record factory, and the hooks of `sys`, `threading`, `warnings` and `signal`. `Runtime`
    keeps what was there before and puts it back.
    """

    __slots__ = (
        "correlation_ids",
        "health",
        "known_levels",
        "levels",
        "observed_level",
        "observer",
        "pipeline",
        "processors",
        "queue",
        "registered",
        "runtime",
        "shutdown",
        "stand_in",
        "startup_fields",
        "thresholds",
    )

    def __init__(self) -> None:
        self.runtime: object | None = None
        self.queue: Final = ReconfigureQueue()
        self.registered = False
        self.shutdown: Callable[[], None] = _nothing
        self.processors: list[Any] | None = None
        self.levels: Final[dict[str, int]] = {}
        self.pipeline: Pipeline | None = None
        self.health: Callable[[], Mapping[str, Any]] = dict
        self.startup_fields: Callable[[], Mapping[str, Any]] = dict
        self.observer: Observer | None = None
        self.observed_level: Callable[[str], int] | None = None
        self.stand_in: Pipeline | None = None
        self.thresholds: Final[dict[str, int]] = {}
        self.known_levels: Final[dict[str, int]] = {}
        self.correlation_ids: count[int]
        self.begin_ids()

    def use(self, pipeline: Pipeline | None) -> None:
        """Put a pipeline in force, or none."""
        if self.stand_in is None:
            self.pipeline = pipeline
        else:
            self.pipeline = self.stand_in
        self.forget_thresholds()

    def threshold(self, logger: str) -> int:
        """Return the number of the lowest level of plain lines that a logger writes.

        A logger without a level of its own has its nearest parent's, or the general one.
        """
        number = self.thresholds.get(logger)
        if number is None:
            number = self.known_levels.get(logger)
        if number is None:
            number = self._threshold(logger)
            if self.observed_level is not None:  # it may change at any time
                return min(number, self.observed_level(logger))
            if len(self.known_levels) < _MOST_LOGGERS and len(logger) <= _LONGEST_NAME:
                self.known_levels[logger] = number
                if self.pipeline is None or self.pipeline.observe is None:
                    self.thresholds[logger] = number
        return number

    def threshold_of_call(self, logger: str, level: Level, fields: dict[str, Any]) -> int:
        """Return `threshold`, after showing a call below it to those who see every call.

        A logger asks `thresholds` first. It holds nothing while a plug-in observes, so each call
        comes here; without such a plug-in no call pays for it.
        """
        number = self.known_levels.get(logger)
        if number is None:
            number = self.threshold(logger)
        if LEVELS[level] < number:
            self.show_suppressed(level, fields)
        return number

    def show_suppressed(self, level: Level, fields: Any) -> None:
        """Show a call that writes no line, because of its level, to the plug-ins that observe."""
        pipeline = self.pipeline
        if pipeline is not None and pipeline.observe is not None:
            if level not in AT_LEAST_ERROR:
                pipeline.observe(level, None, _NO_FIELDS)
                return
            given = dict(fields) if issubclass(type(fields), Mapping) else {}
            pipeline.observe(level, event_of(level, given), given)

    def forget_thresholds(self) -> None:
        """Compute every threshold again when it is wanted."""
        self.thresholds.clear()
        self.known_levels.clear()

    def _threshold(self, logger: str) -> int:
        pipeline = self.pipeline
        levels: Mapping[str, str] = {} if pipeline is None else pipeline.settings.levels
        name = logger
        while name:
            if name in self.levels:
                return self.levels[name]
            if name in levels:
                return LEVELS[level_name(levels[name])]
            name = name.rpartition(".")[0]
        if "" in self.levels:
            return self.levels[""]
        if pipeline is None:
            return 0
        return LEVELS[level_name(pipeline.settings.level)]

    def has_level(self, logger: str) -> bool:
        """Return True if the settings or `set_level` name a level for a logger or a parent of it.

        The caps on chatty libraries do not count: they are defaults.
        """
        levels: Mapping[str, str] = {} if self.pipeline is None else self.pipeline.settings.levels
        name = logger
        while name:
            if name in self.levels or levels.get(name) != CHATTY.get(name):
                return True
            name = name.rpartition(".")[0]
        return False

    def is_capped(self, logger: str) -> bool:
        """Return True if a logger belongs to a library that is chatty by default."""
        name = logger
        while name and name not in CHATTY:
            name = name.rpartition(".")[0]
        return bool(name)

    def set_level(self, logger: str, number: int) -> None:
        """Set the lowest level of plain lines for a logger and its children; 0 removes it."""
        if number:
            self.levels[logger] = number
        else:
            self.levels.pop(logger, None)
        self.forget_thresholds()

    def chain(self) -> Sequence[Any]:
        """Return the processors that are in force for a logger without processors of its own.

        They are structlog's, unless another configuration than ours has replaced them by a chain
        that does not end in `write`.
        """
        chain: Any = self.processors
        configured: Any = _CONFIG.default_processors
        if chain is not configured and (chain is None or tuple(configured[-1:]) == (write,)):
            chain = configured
        in_force: Sequence[Any] = chain
        return in_force

    def is_in_force(self, processors: Sequence[Any]) -> bool:
        """Return True if a logger with this chain has no processors of its own."""
        return processors is self.processors or processors is _CONFIG.default_processors

    def begin_ids(self) -> None:
        """Count correlation ids from a random number, which is another one in each process."""
        self.correlation_ids = count(int.from_bytes(os.urandom(8), "big"), STEP)


state: Final = State()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=state.begin_ids)


def write(
    logger: Any,
    method_name: str,
    event_dict: MutableMapping[str, Any],
    error: BaseException | None = None,
) -> Any:
    """Write the event and end the chain: the last processor of a structlog chain.

    Args:
        logger: The wrapped logger.
        method_name: Name of the method that was called.
        event_dict: The event, or what a renderer of structlog made of it.
        error: The exception of the call; structlog does not pass it.

    Raises:
        DropEvent: Always.
    """
    pipeline = state.pipeline
    if pipeline is None:
        warn_once("setup", "a line was lost, because logging_kit.setup() has not been called")
        raise DropEvent
    name = getattr(logger, "name", None)
    if not isinstance(name, str):
        name = ""
    level = level_name(method_name)
    if "event_type" not in event_dict and LEVELS[level] < state.threshold(name):
        state.show_suppressed(level, event_dict)
        raise DropEvent
    if state.observer is not None and issubclass(type(event_dict), Mapping):
        state.observer(name or pipeline.app, method_name, event_dict)
    return as_processor(pipeline, logger, method_name, event_dict, error)
