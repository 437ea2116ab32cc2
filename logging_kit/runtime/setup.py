"""`setup()`, `shutdown()` and the other functions that a bot calls.

Each acts on the `Runtime` that the last `setup()` built.
"""

from __future__ import annotations

import atexit
import functools
import os
from collections.abc import Callable, Iterable
from typing import Any, Unpack

from ..events import own
from ..events.model import Event
from ..exceptions import DefinitionError, SettingsError
from ..line import Clock
from ..pipeline.pipeline import Processor
from ..setting_arguments import SettingsArguments
from ..settings import Settings
from ..store.filesystem import why_unsafe
from ..store.journal import JOURNALS
from ..store.segment import SEGMENTS
from ..store.sinks.base import Sink, SinkOptions
from .clock import checked_clock
from .logger import BotLogger
from .output import Output
from .runtime import Configuration, Runtime
from .sinks import Chosen, with_filters
from .state import state


def active() -> Runtime | None:
    """Return what `setup()` has built, if the logging is running."""
    runtime = state.runtime
    if isinstance(runtime, Runtime):
        return runtime
    return None


def setup(
    *,
    clock: Clock | None = None,
    processors_before: Iterable[Processor] = (),
    processors_after: Iterable[Processor] = (),
    sinks: Iterable[Sink | SinkOptions] = (),
    **settings: Unpack[SettingsArguments],
) -> BotLogger:
    """Start the logging, or configure it again.

    Call it before or after loggers are made, any number of times, and in a program that has already
    configured `logging` or structlog: it owns only the handler that it adds to the root logger.

    Args:
        clock: Returns the time in nanoseconds since 1970-01-01 UTC; for tests and simulations. The
            system's clock by default.
        processors_before: structlog processors that see each event as it was logged.
        processors_after: structlog processors that see each event with its bound context, before
            its values are masked and written; one may raise `structlog.DropEvent`.
        sinks: Further destinations of the finished lines, each a `logging_kit.Sink`, or a
            `logging_kit.SinkOptions` that filters its lines by level and event.
        **settings: The settings, see `Settings`. A setting that is not given comes from the
            environment (`LOGGING_KIT_APP` …), then from `[tool.logging_kit]` in `pyproject.toml` or
            from `logging_kit.toml`, else it is the default.

    Returns:
        A logger. As a context manager it calls `shutdown` at the end of the block.

    Raises:
        SettingsError: When a setting is unknown or has an impossible value, when a sink is none,
            when the clock returns no number, or when other users may write to the log folder.

    Example:
        >>> log = logging_kit.setup(app="trading", env="testnet", bot_name="btc-grid")
        >>> log.info("ready")
    """
    return _setup(dict(settings), clock, processors_before, processors_after, sinks, capture=True)


def _setup(
    arguments: dict[str, Any],
    clock: Clock | None,
    before: Iterable[Processor],
    after: Iterable[Processor],
    sinks: Iterable[Sink | SinkOptions],
    *,
    capture: bool,
) -> BotLogger:
    loaded = Settings.load(arguments)
    _refuse_unsafe_folder(loaded)
    change = functools.partial(
        _configure,
        loaded,
        checked_clock(clock),
        tuple(before),
        tuple(after),
        with_filters(sinks),
        capture,
    )
    state.queue.run(change, _run_when_released)
    return get_logger()


def _refuse_unsafe_folder(settings: Settings) -> None:
    """Refuse a log folder into which other users can put links, pipes and journals of their own."""
    if settings.shared_log_dir:
        return
    for folder in (settings.log_dir, settings.log_dir / SEGMENTS, settings.log_dir / JOURNALS):
        reason = why_unsafe(folder)
        if reason is not None:
            raise SettingsError(
                f"log_dir: {folder} is not safe, since {reason}; choose another folder, change its "
                "owner or mode, or accept it with shared_log_dir=True"
            )


def _configure(
    settings: Settings,
    clock: Clock,
    before: Iterable[Processor],
    after: Iterable[Processor],
    sinks: Iterable[Chosen],
    capture: bool,
) -> None:
    runtime = active()
    first = runtime is None
    if runtime is None:
        state.runtime = runtime = Runtime()
        _register_once()
    try:
        runtime.configure(settings, clock, before, after, sinks, capture=capture)
    except SettingsError:  # from a plug-in, before anything was changed
        if first:
            state.runtime = None
        raise
    if runtime.store is not None:
        own.remember(runtime.store.directory)
    log = get_logger()
    if first:
        log.lifecycle("startup")
    if not settings.masking:
        log.warning("masking is off: secrets are written as they are")


def configure_again(configuration: Configuration) -> None:
    """Restore a configuration that a later `setup()` has replaced; for tests."""
    state.queue.run(functools.partial(_configure, *configuration), _run_when_released)


def register_event(event: Event) -> None:
    """Add an event of the bot's own, so that `log.event` writes it as one of the catalogue.

    Its fields are checked and masked, its lines go to its stream, it has a SQL view, and the
    dashboard "Own events" shows it. Call it before `setup()`. An event that needs no code may stand
    in `pyproject.toml` instead, as `[[tool.logging_kit.event]]`.

    Args:
        event: Its name, fields, stream and level.

    Raises:
        DefinitionError: If the definition is impossible, the name is taken, or `setup()` was
            called.

    Example:
        register_event(Event("FUNDING", fields=[Field("rate", "number", required=True)]))
        log = logging_kit.setup()
        log.event("FUNDING", rate=0.0001)
    """
    if state.runtime is not None:
        name = getattr(event, "name", event)
        raise DefinitionError(
            f"event {name!r}: setup() has been called already; call register_event() before it"
        )
    own.register(event)


def ensure(arguments: dict[str, Any]) -> None:
    """Call `setup` with these settings, unless the logging is running.

    For handlers that a `dictConfig` makes.
    """
    if state.runtime is None:
        _setup(arguments, None, (), (), (), capture=False)


def _register_once() -> None:
    if state.registered:
        return
    state.registered = True
    state.shutdown = shutdown
    atexit.register(_if_active, Runtime.at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=functools.partial(_if_active, Runtime.before_fork),
            after_in_parent=functools.partial(_if_active, Runtime.after_fork_in_parent),
            after_in_child=_after_fork_in_child,
        )


def _if_active(call: Callable[[Runtime], None]) -> None:
    runtime = active()
    if runtime is not None:
        call(runtime)


def _run_when_released(call: Callable[[], None]) -> None:
    runtime = active()
    if runtime is not None:
        runtime.run_when_released(call)
    else:
        call()


def _after_fork_in_child() -> None:
    state.queue.after_fork_in_child()
    _if_active(Runtime.after_fork_in_child)


def get_logger(name: str = "", **bound: Any) -> BotLogger:
    """Make a logger, before or after `setup()`.

    Args:
        name: Name of the logger, usually `__name__`.
        **bound: Fields that each of its lines carries.
    """
    return BotLogger(Output(name), None, dict(bound))


def flush(timeout_s: float = 5.0) -> bool:
    """Wait until the segment files and the sinks have all lines that were logged before.

    Without it they have them a few milliseconds later. A line survives a kill of the process as
    soon as its call has returned.

    Args:
        timeout_s: Longest wait, in seconds; any number.

    Returns:
        True if everything was written within the time.
    """
    runtime = active()
    if runtime is None:
        return True
    return runtime.flush(timeout_s)


def shutdown() -> None:
    """Write LIFECYCLE shutdown, flush, and restore what `setup()` has changed."""
    state.queue.run(_shutdown, _run_when_released)


def _shutdown() -> None:
    runtime, state.runtime = active(), None
    if runtime is not None:
        runtime.close()


def stats() -> dict[str, Any]:
    """Count what was written and lost since the process started.

    Returns:
        An empty dict before `setup()`, else these counters: `run_id`; `lines` and `bytes` by file;
        `dropped` lines by reason; `queue_depth`, lines that wait for a sink, or for more than a
        second for the disk; `journal_bytes`, the size of the lines that have not reached their
        segments, and `journal_high_water_bytes`, its maximum so far; `writer_lag_s`, the age of the
        oldest of these lines in seconds; `sinks`, by name, the `lines` that each has written,
        `dropped`, `waiting` and its own numbers; `masked` values; `schema_errors`; `truncated`
        lines; lines that `failed` to render; lines that were `repeated`, and counted instead of
        written; `plugins`, by name, the numbers of what `loki_url` and the like have started.
    """
    runtime = active()
    if runtime is None or runtime.store is None or runtime.pipeline is None:
        return {}
    counters = runtime.pipeline.counters
    return {
        **runtime.store.stats(),
        "masked": counters.masked,
        "schema_errors": counters.schema_errors,
        "truncated": counters.truncated,
        "failed": counters.failed,
        "repeated": runtime.pipeline.repeats.total,
        "plugins": runtime.plugins.counters(),
    }
