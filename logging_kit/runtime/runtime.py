"""`Runtime`: everything that `setup()` builds, and how it is undone."""

from __future__ import annotations

import functools
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from .. import masking
from ..diagnostics import attempt_all, warn_once
from ..events.model import LEVELS, STREAMS, level_name
from ..line import Clock
from ..pipeline.pipeline import Pipeline, Processor
from ..setting_sources import absolute
from ..settings import Settings
from ..store.acknowledged import Acknowledged
from ..store.retention import Deletion, Policy, Retention
from ..store.sinks.group import Sinks
from ..store.store import Store
from ..store.sync import Syncer
from .capture import NonPropagatingCapture, RootCapture
from .forward import Forwarder
from .hooks import Hooks
from .logger import BotLogger
from .output import Output
from .plugins import Plugins, Surroundings
from .project import startup_fields
from .sinks import Chosen, standard_output
from .state import state
from .stderr import reason_of
from .stdlib import UnlimitedHandler
from .structlog_config import StructlogConfiguration

_SYNCED_AT_ONCE: Final = ("trade", "error")
"""Streams that no power cut may cost a second of."""

_RESERVE: Final = 200_000_000
"""Free space in bytes below which a disk counts as nearly full."""


class Configuration(NamedTuple):
    """The arguments of `Runtime.configure`."""

    settings: Settings
    clock: Clock
    before: tuple[Processor, ...]
    after: tuple[Processor, ...]
    sinks: tuple[Chosen, ...]
    capture: bool


class Runtime:
    """Everything that `setup()` has built in this process, and what to restore at the end.

    Attributes:
        hooks: The hooks of the interpreter.
        capture: The handler on the root logger of `logging`, or `None`.
        configuration: The arguments of the last call of `configure`.
        structlog: structlog's configuration before `setup()`, and the chain in force.
        plugins: The parts of upper layers that settings have switched on.
        store: Takes finished lines.
        retention: Archives and deletes segments.
        pipeline: Turns a call into a line.
        started: Time of the first `setup()`, by `time.monotonic`.
    """

    def __init__(self) -> None:
        self.hooks = Hooks(self.flush, self._write_end, self._expect_end, self.run_when_released)
        self.capture: NonPropagatingCapture | None = None
        self.structlog = StructlogConfiguration()
        self.plugins = Plugins()
        self.configuration: Configuration | None = None
        self.store: Store | None = None
        self.retention: Retention | None = None
        self.pipeline: Pipeline | None = None
        self.started = time.monotonic()
        self._end_written = False
        self._end_reason = ""

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
        """Apply the settings, reusing what can go on from the configuration before.

        Args:
            settings: The merged settings.
            clock: Returns the time in nanoseconds since 1970-01-01 UTC.
            before: structlog processors that see each event as it was logged.
            after: structlog processors that see each event with its bound context.
            sinks: Further destinations of finished lines.
            capture: True to capture the records of `logging` on the root logger.
        """
        before, after, sinks = tuple(before), tuple(after), tuple(sinks)
        self.plugins.configure(Surroundings(settings, absolute(settings.log_dir), clock))
        self.configuration = Configuration(settings, clock, before, after, sinks, capture)
        masker = masking.masker_of(settings)
        masking.configure(masker)
        replaced = self._open_store(settings, clock, sinks)
        assert self.store is not None
        earlier = self.pipeline
        self.pipeline = Pipeline(settings, self.store, masker, after=after)
        self.pipeline.observe = self.plugins.observer()
        if settings.forward != "OFF":
            forwarder = Forwarder(shows_lines=settings.stdout != "off")
            self.pipeline.forward_lines(forwarder, level_name(settings.forward))
        if earlier is not None:
            self.pipeline.counters = earlier.counters
        state.use(self.pipeline)
        if earlier is not None:
            earlier.repeats.flush()
            self.pipeline.repeats.total += earlier.repeats.total
        if replaced is not None:  # no thread writes to it any more
            replaced.close()
            self.store.count_on(replaced)
        state.health = self.health
        state.startup_fields = functools.partial(_startup_fields, settings)
        self.structlog.apply(before)
        self._capture_stdlib(settings, root=capture)
        self.hooks.install(
            (name for name in settings.hooks if name != "stdlib"),
            self.store.directory,
            asked=settings.origins.get("hooks", "default") != "default",
        )

    def _open_store(
        self, settings: Settings, clock: Clock, sinks: Iterable[Chosen]
    ) -> Store | None:
        """Change the store, or open another one; return the one before, if it has to be closed."""
        policy = Policy(
            settings.archive_after,
            settings.keep,
            settings.max_total,
            keep_longer={"trade": settings.keep_trades},
            keep_at_least={"trade": min(settings.keep_trades, settings.keep_trades_at_least)},
        )
        directory = absolute(settings.log_dir)
        before = self.store
        destinations = Sinks(
            (*standard_output(settings), *sinks), before.sinks if before is not None else None
        )
        if before is not None and self.retention is not None:
            same = before.directory == directory and before.clock is clock
            self.retention.close()
            if same:
                before.configure(settings.segment_size, destinations, settings.durability)
                before = None
        if self.store is None or before is not None:
            self.store = Store(
                directory,
                clock,
                settings.segment_size,
                STREAMS,
                destinations,
                self._rotated,
                syncer=Syncer(settings.durability, _SYNCED_AT_ONCE),
            )
        # by a thread of this process, or by another process
        shipped = Acknowledged(directory, expected=bool(settings.loki_url))
        self.retention = Retention(
            self.store.directory,
            policy,
            reserve=max(_RESERVE, 4 * settings.segment_size),
            segment_size=settings.segment_size,
            warn=self._warn,
            on_delete=self._deleted,
            acknowledged=lambda segment, size: (
                destinations.acknowledged(segment, size)
                and self.plugins.acknowledged(segment, size)
                and shipped(segment, size)
            ),
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

    def _capture_stdlib(self, settings: Settings, *, root: bool) -> None:
        """Capture `logging` again.

        All of it, or what passes by a handler that a person installed.
        """
        limited = self._release_stdlib()
        if not root:
            self.capture = NonPropagatingCapture(UnlimitedHandler())
        elif "stdlib" in settings.hooks:
            lowest = min(
                LEVELS[level_name(name)] for name in (settings.level, *settings.levels.values())
            )
            root_wins = settings.origins.get("level") == "default"
            self.capture = RootCapture(lowest, self._warn, limited, root_wins=root_wins)

    def _release_stdlib(self) -> list[logging.Handler] | None:
        capture, self.capture = self.capture, None
        if capture is None:
            return None
        return capture.remove()

    def health(self) -> dict[str, Any]:
        """Return the counters that each HEARTBEAT carries."""
        store = self.store
        if store is None:
            return {}
        try:
            numbers = store.stats()
        except Exception as error:  # a heartbeat matters more than these numbers
            warn_once("health", f"HEARTBEAT has no counters: {type(error).__name__}")
            return {}
        return {
            "dropped_logs": sum(numbers["dropped"].values()),
            "queue_depth": numbers["queue_depth"],
        }

    def flush(self, timeout_s: float) -> bool:
        """Wait for the segments and the sinks; return True if they took everything in time."""
        if self.pipeline is not None:
            self.pipeline.repeats.flush()
        timeout_s = min(max(0.0, timeout_s), threading.TIMEOUT_MAX)
        deadline = time.monotonic() + timeout_s
        flushed = True
        if self.store is not None:
            flushed = self.store.flush(timeout_s)
        return self.plugins.flush(deadline - time.monotonic()) and flushed

    def run_when_released(self, call: Callable[[], None]) -> None:
        """Call a function as soon as this thread is not inside a log call."""
        if self.store is None:
            call()
        else:
            self.store.guard.run_when_released(call)

    def _expect_end(self, reason: str) -> None:
        """Keep the reason for an end that comes later, such as a signal or an exception."""
        if reason == "Ctrl-C" and self._end_reason:  # a handler turned the signal into one
            return
        self._end_reason = reason or self._end_reason

    def _write_end(self, reason: str) -> None:
        """Write LIFECYCLE shutdown, once in a run."""
        if self.pipeline is None or self._end_written:
            return
        self._end_written = True
        self.pipeline.repeats.flush()
        reason = self._end_reason or reason
        extra: dict[str, Any] = {"reason": reason} if reason else {}
        BotLogger(Output(), None, {}).lifecycle(
            "shutdown", uptime_s=round(time.monotonic() - self.started, 3), **extra
        )

    def at_exit(self) -> None:
        """Write the end and flush, but stay usable for exit handlers that run later."""
        steps: list[Callable[[], object]] = [
            lambda: self._write_end("exit"),
            lambda: self.flush(2.0),
        ]
        if self.store is not None:
            steps.append(self.store.write_directly)
        steps.append(self.plugins.close)
        attempt_all("exit", *steps)

    def before_fork(self) -> None:
        """Wait until no other thread is inside a log call."""
        if self.store is not None:
            self.store.guard.before_fork()

    def after_fork_in_parent(self) -> None:
        """Release the store's lock in the parent."""
        if self.store is not None:
            self.store.guard.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """Start a run of its own in the child."""
        self._end_written, self._end_reason = False, ""
        if self.store is not None:
            self.store.after_fork_in_child()
        if self.pipeline is not None:
            self.pipeline.repeats.after_fork_in_child()
        if self.retention is not None:
            self.retention.after_fork_in_child()
        self.plugins.after_fork_in_child()

    def close(self) -> None:
        """End the run, and restore what `configure` has changed, whatever fails in between."""
        steps: list[Callable[[], object]] = [
            lambda: self._write_end(reason_of(sys.exc_info()[0])),
            self.hooks.remove,
            self._release_stdlib,
            self._release_pipeline,
        ]
        steps += [part.close for part in (self.retention, self.store) if part is not None]
        steps.append(self.plugins.close)
        attempt_all("shutdown", *steps)

    def _release_pipeline(self) -> None:
        state.use(None)
        state.health = state.startup_fields = dict
        self.structlog.release()


def _startup_fields(settings: Settings) -> dict[str, Any]:
    try:
        return startup_fields(settings)
    except Exception as error:  # the line matters more than these facts
        warn_once("startup", f"LIFECYCLE startup is incomplete: {type(error).__name__}")
        return {"settings_hash": settings.hash()}
