"""`setup()` and the other functions that a bot calls: each acts on what the last `setup()` has put together."""

from __future__ import annotations

import atexit
import functools
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Unpack

import structlog

from ..line import Clock
from ..pipeline.pipeline import Processor
from ..settings import Settings, SettingsArguments
from .logger import BotLogger, Output
from .runtime import Runtime
from .serial import ReconfigureQueue

_turns: Final = ReconfigureQueue()
_runtime: Runtime | None = None


def active() -> Runtime | None:
    """What `setup()` made, if it is in force."""
    return _runtime


def setup(
    *,
    clock: Clock | None = None,
    processors_before: Iterable[Processor] = (),
    processors_after: Iterable[Processor] = (),
    **settings: Unpack[SettingsArguments],
) -> BotLogger:
    """Start the logging, or configure it anew.

    It may be called before or after loggers were made, any number of times, and in a program that has configured
    `logging` or structlog already: it owns only the handler that it adds to the root logger.

    Args:
        clock: Returns the time in nanoseconds since 1970-01-01 UTC; for tests and simulations. The system's when not given.
        processors_before: structlog processors that see each event as it was logged.
        processors_after: structlog processors that see each event with its bound context, before its values are
            masked and written; one may raise `structlog.DropEvent`.
        **settings: The settings, see `Settings`; what is not given comes from the environment
            (``LOGGING_KIT_APP`` …), from ``[tool.logging_kit]`` in ``pyproject.toml`` or ``logging_kit.toml``, or is the default.

    Returns:
        A logger. As a context manager it calls `shutdown` at the end of the block.

    Raises:
        SettingsError: When a setting is unknown or its value makes no sense.

    Example:
        >>> log = logging_kit.setup(app="trading", env="testnet", bot_name="btc-grid")
        >>> log.info("ready")
    """
    return _setup(dict(settings), clock, processors_before, processors_after, capture=True)


def _setup(
    arguments: dict[str, Any],
    clock: Clock | None,
    before: Iterable[Processor],
    after: Iterable[Processor],
    *,
    capture: bool,
) -> BotLogger:
    loaded = Settings.load(arguments)
    act = functools.partial(
        _configure, loaded, clock or time.time_ns, tuple(before), tuple(after), capture
    )
    _turns.run(act, _when_free)
    return get_logger()


def _configure(
    settings: Settings,
    clock: Clock,
    before: Iterable[Processor],
    after: Iterable[Processor],
    capture: bool,
) -> None:
    global _runtime
    first = _runtime is None
    if _runtime is None:
        _runtime = Runtime()
        _register_once()
    _runtime.configure(settings, clock, before, after, capture=capture)
    log = get_logger()
    if first:
        log.lifecycle("startup")
    if not settings.masking:
        log.warning("masking is off: secrets are written as they are")


def ensure(arguments: dict[str, Any]) -> None:
    """Call `setup` with these settings unless it has been called; for handlers that a `dictConfig` makes."""
    if _runtime is None:
        _setup(arguments, None, (), (), capture=False)


@functools.cache
def _register_once() -> None:
    atexit.register(_if_any, Runtime.at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=functools.partial(_if_any, Runtime.before_fork),
            after_in_parent=functools.partial(_if_any, Runtime.after_fork_in_parent),
            after_in_child=_after_fork_in_child,
        )


def _if_any(act: Callable[[Runtime], None]) -> None:
    if _runtime is not None:
        act(_runtime)


def _when_free(act: Callable[[], None]) -> None:
    if _runtime is not None:
        _runtime.when_free(act)
    else:
        act()


def _after_fork_in_child() -> None:
    _turns.after_fork_in_child()
    _if_any(Runtime.after_fork_in_child)


def get_logger(name: str = "", **bound: Any) -> BotLogger:
    """Make a logger; also before `setup()`, which it then obeys.

    Args:
        name: Name of the logger, usually ``__name__``.
        **bound: Fields that each of its lines carries.
    """
    return BotLogger(
        Output(name),
        structlog.get_config()["processors"] if _runtime is None else _runtime.chain(),
        dict(bound),
    )


def flush(timeout_s: float = 5.0) -> bool:
    """Wait until the segment files and standard output have taken all lines that were logged before.

    Without it they take a few milliseconds longer; a line is safe from a kill of the process when its call returns.

    Args:
        timeout_s: Longest wait, in seconds; any number.

    Returns:
        Whether everything was written within the time.
    """
    return _runtime.flush(timeout_s) if _runtime is not None else True


def shutdown() -> None:
    """Write LIFECYCLE shutdown, flush, take the hooks and handlers out and restore structlog's configuration."""
    _turns.run(_shutdown, _when_free)


def _shutdown() -> None:
    global _runtime
    ended, _runtime = _runtime, None
    if ended is not None:
        ended.close()


def stats() -> dict[str, Any]:
    """Count what was written and lost since the process started.

    Returns:
        ``run_id``; ``lines`` and ``bytes`` by file; ``dropped`` lines by reason; ``queue_depth``, lines that wait for
        standard output, or for more than a second for the disk; ``journal_bytes``, those of lines that are not yet in
        their segments, and ``journal_high_water_bytes``, the most that there have been; ``writer_lag_s``, how long the
        oldest of them has waited, in seconds; ``masked`` values; ``schema_errors``; ``truncated`` lines; lines that
        ``failed`` to render. Empty before `setup()`.
    """
    runtime = _runtime
    if runtime is None or runtime.store is None or runtime.pipeline is None:
        return {}
    counters = runtime.pipeline.counters
    return {
        **runtime.store.stats(),
        "masked": counters.masked,
        "schema_errors": counters.schema_errors,
        "truncated": counters.truncated,
        "failed": counters.failed,
    }
