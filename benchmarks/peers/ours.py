"""This package with everything on: typed events, checks, masking, routing to files, sequence numbers, journal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.events import Fields

from .base import Peer


class Ours(Peer):
    """``setup()`` as it comes; the caller passes a correlation id, as it does to the others."""

    name = "ours"
    title = "**logging_kit**, everything on"
    needs = ("logging-kit",)
    masked = True
    settings: ClassVar[dict[str, Any]] = {}

    def start(self, folder: Path, sinks: int) -> None:
        """Set up; nothing is deleted before it is checked."""
        import logging_kit  # here, so that the others' processes do without it

        self._flush = logging_kit.flush
        self._log = logging_kit.setup(
            app="trading",
            env="bench",
            bot_name="btc-grid",
            log_dir=folder / "logs",
            stdout="json" if sinks == 3 else "off",
            max_total="100 GB",
            **self.settings,
        )
        self._library = logging.getLogger("exchange.rest")

    def signal(self, fields: Fields) -> None:
        """A typed event."""
        self._log.signal(**fields)

    def order(self, fields: Fields) -> None:
        """A typed event that belongs to another file."""
        self._log.order(**fields)

    def text(self, number: int) -> None:
        """A plain structlog line."""
        self._log.info("position checked", a=number)

    def record(self, number: int) -> None:
        """A record of `logging`, through the bridge."""
        self._library.info("request %d took %.1f ms", number, 12.5)

    def silent(self, number: int) -> None:
        """A plain line below the level."""
        self._log.debug("position checked", a=number)

    def flush(self) -> None:
        """Wait for the segments and standard output."""
        if not self._flush(60.0):
            sys.exit("logging_kit.flush() gave up")

    @classmethod
    def outputs(cls, folder: Path, sinks: int) -> dict[str, list[Path]]:
        """The segments; symbolic links beside them show the same lines."""
        segments = folder / "logs" / "segments"
        if sinks == 3:
            return {
                "signal": sorted(segments.glob("ai_signal-*")),
                "order": sorted(segments.glob("trade-*")),
            }
        return {"file": sorted(segments.glob("*.log"))}

    @classmethod
    def recover(cls, folder: Path) -> None:
        """Bring in what the killed process left, as the next start does."""
        from logging_kit.store.recovery import recover

        recover(folder / "logs", 16_000_000)


class OursNewId(Ours):
    """The usual call, where `signal` makes the correlation id itself."""

    name = "ours_new_id"
    title = "logging_kit, making the correlation id"

    def signal(self, fields: Fields) -> None:
        """A typed event without an id of the caller's."""
        del fields["correlation_id"]
        self._log.signal(**fields)


class OursUnmasked(Ours):
    """What masking costs."""

    name = "ours_unmasked"
    title = "logging_kit, masking off"
    masked = False
    settings: ClassVar[dict[str, Any]] = {"masking": False}
