"""Plug-ins: parts of upper layers that a setting switches on.

The runtime imports nothing from the layers above it. The table of settings names the module that
serves a setting, such as `loki_url`. `setup()` imports that module when the setting has a value,
and calls its function `plugin(settings)`.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..diagnostics import attempt_all, warn_once
from ..events.model import Event, Level
from ..exceptions import SettingsError
from ..line import Clock
from ..pipeline.pipeline import Observe
from ..settings import PLUGINS, Settings


class Surroundings(NamedTuple):
    """The part of a run that a plug-in works with.

    Attributes:
        settings: The settings in force.
        log_dir: Absolute path of the log folder; its segments exist once lines were written.
        clock: Returns the time in nanoseconds since 1970-01-01 UTC.
    """

    settings: Settings
    log_dir: Path
    clock: Clock


class Plugin:
    """A part that a setting switches on; derive from it and override what is needed.

    No method may raise or wait for the network, except `close` and `flush` within their time. One
    that raises is noted on stderr, and the bot goes on.

    Attributes:
        name: Name of the plug-in in `logging_kit.stats()["plugins"]` and in messages.
        observes: True if `observe` wants each call.
        observes_safely: True if `observe` never raises.
        ships: True if it ships segments, so that retention waits for `acknowledged_up_to`.
    """

    name = "plug-in"
    observes = False
    observes_safely = False
    ships = False

    def start(self, surroundings: Surroundings) -> None:
        """Begin; called once, before the first line of the run.

        Args:
            surroundings: The run's settings, folder and clock.
        """

    def observe(self, level: Level, event: Event | None, fields: Mapping[str, Any]) -> None:
        """See a call in its thread, before levels, `mute_events` and masking apply.

        Args:
            level: Level of a plain line; a typed event has that of `events.validation.level_of`.
            event: The catalogue's entry; `None` for a plain line below error.
            fields: The fields as the bot gave them; not to be changed or kept.
        """

    def acknowledged_up_to(self, segment: str) -> int:
        """Return how many bytes of a segment the destination has confirmed.

        Args:
            segment: File name of the segment.
        """
        raise NotImplementedError

    def flush(self, timeout_s: float) -> bool:  # noqa: ARG002
        """Deliver what waits; return True if everything was delivered in time.

        Args:
            timeout_s: Time that is left for it, in seconds.
        """
        return True

    def after_fork_in_child(self) -> None:
        """Drop connections, threads and locks of the parent."""

    def close(self, timeout_s: float) -> None:
        """Deliver what can be delivered in time, then release everything.

        Args:
            timeout_s: Time that is left for it, in seconds.
        """

    def counters(self) -> Mapping[str, Any]:
        """Return the plug-in's own numbers."""
        return {}


_CLOSE_S: Final = 5.0


class Plugins:
    """The plug-ins of a run.

    A later `setup()` with the same settings keeps them.
    """

    def __init__(self) -> None:
        self._running: dict[str, tuple[Surroundings, Plugin]] = {}

    def configure(self, surroundings: Surroundings) -> None:
        """Start the plug-ins that the settings want, and close the others.

        Args:
            surroundings: The run's settings, folder and clock.

        Raises:
            SettingsError: If the package of a plug-in is not installed.
        """
        wanted = _wanted(surroundings.settings)
        made = {
            module: make(module, surroundings.settings)
            for module in wanted
            if module not in self._running or self._running[module][0] != surroundings
        }
        for module in list(self._running):
            if module in made or module not in wanted:
                self._close(module, _CLOSE_S)
        for module, plugin in made.items():
            self._running[module] = (surroundings, plugin)
            self._attempt(plugin, partial(plugin.start, surroundings))

    def __bool__(self) -> bool:
        return bool(self._running)

    def __iter__(self) -> Iterator[Plugin]:
        return iter([plugin for _surroundings, plugin in self._running.values()])

    def observer(self) -> Observe | None:
        """Return a function that shows an event to the plug-ins that want it, if any does."""
        observers = [plugin for plugin in self if plugin.observes]
        if not observers:
            return None
        if len(observers) == 1 and observers[0].observes_safely:
            return observers[0].observe

        def observe(level: Level, event: Event | None, fields: Mapping[str, Any]) -> None:
            for plugin in observers:
                try:
                    plugin.observe(level, event, fields)
                except Exception as error:
                    _note(plugin, error)

        return observe

    def acknowledged(self, segment: str, size: int) -> bool:
        """Return True if every plug-in that ships segments has acknowledged all of one.

        Args:
            segment: File name of the segment.
            size: Its size in bytes.
        """
        for plugin in self:
            if plugin.ships:
                try:
                    done = plugin.acknowledged_up_to(segment)
                except Exception as error:
                    _note(plugin, error)
                    return False
                if done < size:
                    return False
        return True

    def flush(self, timeout_s: float) -> bool:
        """Let each plug-in deliver what waits; return True if all did in time."""
        deadline = time.monotonic() + timeout_s
        flushed = True
        for plugin in self:
            try:
                flushed &= plugin.flush(max(deadline - time.monotonic(), 0.0))
            except Exception as error:
                _note(plugin, error)
                flushed = False
        return flushed

    def after_fork_in_child(self) -> None:
        """Drop what belongs to the parent process."""
        for plugin in self:
            self._attempt(plugin, plugin.after_fork_in_child)

    def close(self, timeout_s: float = _CLOSE_S) -> None:
        """Close all plug-ins within a time in seconds."""
        deadline = time.monotonic() + timeout_s
        attempt_all(
            "shutdown",
            *(
                lambda module=module: self._close(module, max(deadline - time.monotonic(), 0.1))
                for module in list(self._running)
            ),
        )

    def counters(self) -> dict[str, Mapping[str, Any]]:
        """Return the numbers of each plug-in by its name."""
        numbers: dict[str, Mapping[str, Any]] = {}
        for plugin in self:
            try:
                numbers[plugin.name] = plugin.counters()
            except Exception as error:
                _note(plugin, error)
        return numbers

    def _close(self, module: str, timeout_s: float) -> None:
        _key, plugin = self._running.pop(module)
        self._attempt(plugin, partial(plugin.close, timeout_s))

    def _attempt(self, plugin: Plugin, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            _note(plugin, error)


def make(module: str, settings: Settings) -> Plugin:
    """Import the module of a plug-in and make the plug-in.

    Args:
        module: Name of the module.
        settings: The settings in force.

    Raises:
        SettingsError: If the module, or a package that it needs, is not installed.
    """
    try:
        factory = importlib.import_module(module).plugin
    except ImportError as error:
        names = " and ".join(name for name, serves in PLUGINS.items() if serves == module)
        extra = module.split(".")[1] if module.startswith("logging_kit.") else module
        raise SettingsError(
            f"{names} needs a package that is not installed ({error}); install it with "
            f"pip install 'logging-kit[{extra}]'"
        ) from error
    plugin: Plugin = factory(settings)
    return plugin


def _wanted(settings: Settings) -> list[str]:
    """Return the modules that serve a setting with a value, each once."""
    values = settings.as_dict()
    return list(dict.fromkeys(module for name, module in PLUGINS.items() if values[name]))


def _note(plugin: Plugin, error: Exception) -> None:
    warn_once(f"plug-in {plugin.name}", f"{plugin.name} raised {type(error).__name__}")
