"""A plug-in that records its calls, and can raise in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logging_kit.events.model import Event, Level
from logging_kit.runtime.plugins import Plugin, Surroundings
from logging_kit.settings import Settings

made: list[RecordingPlugin] = []


class RecordingPlugin(Plugin):
    """Records what it is called with."""

    name = "recording"
    observes = True
    ships = True

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.levels: list[Level] = []
        self.surroundings: Surroundings | None = None
        self.raises = False
        self.acknowledged = 0

    def _record(self, name: str) -> None:
        self.calls.append(name)
        if self.raises:
            raise RuntimeError(name)

    def start(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._record("start")

    def observe(self, level: Level, event: Event | None, fields: Mapping[str, Any]) -> None:
        self.levels.append(level)
        if event is not None:
            self.events.append((event.name, dict(fields)))
        if self.raises:
            raise RuntimeError("observe")

    def acknowledged_up_to(self, segment: str) -> int:
        self._record("acknowledged_up_to")
        return self.acknowledged

    def flush(self, timeout_s: float) -> bool:
        self._record("flush")
        return True

    def after_fork_in_child(self) -> None:
        self._record("after_fork_in_child")

    def close(self, timeout_s: float) -> None:
        self._record("close")

    def counters(self) -> Mapping[str, Any]:
        self._record("counters")
        return {"events": len(self.events)}


def plugin(settings: Settings) -> Plugin:
    """Make one and remember it in `made`."""
    made.append(RecordingPlugin())
    return made[-1]
