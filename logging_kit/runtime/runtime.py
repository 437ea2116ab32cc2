"""What `setup()` puts together: masking, store, pipeline, structlog, `logging` and the hooks; and how it is undone."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog

from .. import masking
from ..diagnostics import warn_once
from ..events.model import LEVELS, STREAMS, level_name
from ..line import Clock
from ..pipeline.pipeline import Pipeline, Processor
from ..settings import Settings
from ..store.retention import Deletion, Policy, Retention
from ..store.sinks.group import Sinks
from ..store.store import Store
from .hooks import Hooks
from .logger import BotLogger, Output
from .project import startup_fields
from .sinks import Chosen, standard_output
from .state import state, write
from .stdlib import RootCapture

_RESERVE: Final = 200_000_000
"""Free bytes below which a disk counts as nearly full."""


class Runtime:
    """Everything that `setup()` made in this process, and how to undo it."""

    def __init__(self) -> None:
        self.hooks = Hooks(self.flush, self._ended, self.run_when_released)
        self.capture: RootCapture | None = None
        self.structlog_before: dict[str, Any] = {}
        self.processors: list[Any] = []
        self.changed: list[tuple[list[Any], list[Any]]] = []
        self.store: Store | None = None
        self.retention: Retention | None = None
        self.pipeline: Pipeline | None = None
        self.started = time.monotonic()
        self._said_goodbye = False

    def configure(
        self,
        settings: Settings,
        clock: Clock,
        before: Iterable[Processor],
        after: Iterable[Processor],
        sinks: Iterable[Chosen] = (),
        *,
        capture: bool,
    ) -> None:
        """Build everything anew for these settings, on top of what is there."""
        masker = masking.masker_of(settings)
        masking.configure(masker)
        replaced = self._open_store(settings, clock, sinks)
        assert self.store is not None
        counters = self.pipeline.counters if self.pipeline is not None else None
        self.pipeline = Pipeline(settings, self.store, masker, after=after)
        if counters is not None:
            self.pipeline.counters = counters
        state.use(self.pipeline)
        if replaced is not None:  # now nobody writes to it any more
            replaced.close()
            self.store.count_on(replaced)
        state.health = self.health
        state.startup_fields = functools.partial(startup_fields, settings)
        self._configure_structlog(before)
        self._capture_stdlib(settings, capture=capture and "stdlib" in settings.hooks)
        self.hooks.install(
            (name for name in settings.hooks if name != "stdlib"), self.store.directory
        )

    def _open_store(
        self, settings: Settings, clock: Clock, sinks: Iterable[Chosen]
    ) -> Store | None:
        """Change the store, or make another one; returns the one before it, if it has to be closed."""
        policy = Policy(
            settings.archive_after,
            settings.keep,
            settings.max_total,
            keep_longer={"trade": settings.keep_trades},
            keep_at_least={"trade": min(settings.keep_trades, settings.keep_trades_at_least)},
        )
        before = self.store
        destinations = Sinks(
            (*standard_output(settings), *sinks), before.sinks if before is not None else None
        )
        if before is not None and self.retention is not None:
            same = before.directory == settings.log_dir.absolute() and before.clock is clock
            self.retention.close()
            if same:
                before.configure(settings.segment_size, destinations)
                before = None
        if self.store is None or before is not None:
            self.store = Store(
                settings.log_dir, clock, settings.segment_size, STREAMS, destinations, self._rotated
            )
        self.retention = Retention(
            self.store.directory,
            policy,
            reserve=max(_RESERVE, 4 * settings.segment_size),
            segment_size=settings.segment_size,
            warn=self._warn,
            on_delete=self._deleted,
            acknowledged=destinations.acknowledged,
        )
        return before

    def _rotated(self) -> None:
        if self.retention is not None:
            self.retention.rotated()

    def _deleted(self, deletion: Deletion) -> None:
        if self.pipeline is not None:
            text = f"deleted {deletion.name} with {deletion.lines:,} lines: {deletion.reason}"
            fields = {
                "deleted_file": deletion.name,
                "deleted_lines": deletion.lines,
                "reason": deletion.reason,
            }
            self.pipeline.emit("warning", "logging_kit", text, fields)

    def _warn(self, text: str) -> None:
        if self.pipeline is not None:
            self.pipeline.emit("warning", "logging_kit", text, {})

    def _configure_structlog(self, before: Iterable[Processor]) -> None:
        config = structlog.get_config()
        if config["processors"] is not self.processors:
            self.structlog_before, self.processors = config, config["processors"]
            if not isinstance(
                self.processors, list
            ):  # loggers that were made with a tuple keep it; new ones get ours
                self.processors = list(self.processors)
            self.changed.append((self.processors, list(self.processors)))
        # the list object itself stays the same: loggers that exist already, and capture_logs, hold on to it
        self.processors[:] = [*before, write]
        structlog.configure(
            processors=self.processors,
            wrapper_class=BotLogger,
            logger_factory=Output,
            context_class=dict,
            cache_logger_on_first_use=False,
        )

    def chain(self) -> list[Any]:
        """The processors of our loggers: structlog's, unless somebody has configured others since, which do not end in ours."""
        now: list[Any] = structlog.get_config()["processors"]
        return (
            now
            if isinstance(now, list) and (now is self.processors or write in now[-1:])
            else self.processors
        )

    def _capture_stdlib(self, settings: Settings, *, capture: bool) -> None:
        limited = None
        if self.capture is not None:
            limited = self.capture.remove()
            self.capture = None
        if capture:
            lowest = min(
                LEVELS[level_name(name)] for name in (settings.level, *settings.levels.values())
            )
            self.capture = RootCapture(lowest, self._returned, limited)

    def _returned(self) -> None:
        self._warn(
            "another logging configuration had removed the handler that captures other libraries' lines; it is back"
        )

    def health(self) -> dict[str, Any]:
        """Numbers that each HEARTBEAT carries."""
        store = self.store
        if store is None:
            return {}
        try:
            numbers = store.stats()
        except Exception as error:  # a heartbeat matters more than these numbers
            warn_once("health", f"no numbers for HEARTBEAT: {type(error).__name__}")
            return {}
        return {
            "dropped_logs": sum(numbers["dropped"].values()),
            "queue_depth": numbers["queue_depth"],
        }

    def flush(self, timeout_s: float) -> bool:
        """Wait for the segments and the sinks; whether they took everything within the time."""
        return self.store.flush(timeout_s) if self.store is not None else True

    def run_when_released(self, act: Callable[[], None]) -> None:
        """Call something as soon as no log call of this thread is under way."""
        self.store.guard.when_free(act) if self.store is not None else act()

    def _ended(self, reason: str) -> None:
        if self.pipeline is not None and not self._said_goodbye:
            self._said_goodbye = True
            extra: dict[str, Any] = {"reason": reason} if reason else {}
            BotLogger(Output(), self.chain(), {}).lifecycle(
                "shutdown", uptime_s=round(time.monotonic() - self.started, 3), **extra
            )

    def at_exit(self) -> None:
        """Say goodbye and flush, but stay usable: exit handlers that run after this one may log as well."""
        self._ended("exit")
        self.flush(2.0)
        if self.store is not None:
            self.store.write_directly()

    def before_fork(self) -> None:
        """Let a log call of another thread end first."""
        if self.store is not None:
            self.store.guard.before_fork()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self.store is not None:
            self.store.guard.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """Make the child a run of its own."""
        self._said_goodbye = False
        if self.store is not None:
            self.store.after_fork_in_child()
        if self.retention is not None:
            self.retention.after_fork_in_child()

    def close(self) -> None:
        """End the run and undo everything."""
        self._ended("")
        self.hooks.remove()
        if self.pipeline is not None:
            self._capture_stdlib(self.pipeline.settings, capture=False)
        state.use(None)
        state.health = state.startup_fields = dict
        if self.structlog_before and self.chain() is structlog.get_config()["processors"]:
            structlog.configure(**self.structlog_before)
        for processors, before in self.changed:
            processors[:] = before
        if self.retention is not None:
            self.retention.close()
        if self.store is not None:
            self.store.close()
