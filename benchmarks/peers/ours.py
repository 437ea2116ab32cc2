"""logging_kit with everything on: validation, masking, routing, sequence numbers, journal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.events import Fields

from .base import Peer


class Ours(Peer):
    """`setup()` with its defaults; the caller passes a correlation id, as to the other peers."""

    name = "ours"
    title = "**logging_kit**, everything on"
    needs = ("logging-kit",)
    masked = True
    settings: ClassVar[dict[str, Any]] = {}

    def start(self, folder: Path, sinks: int) -> None:
        """Set up with limits that delete nothing before it is checked."""
        import logging_kit  # here: other peers run without it

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
        """Log a typed event."""
        self._log.signal(**fields)

    def order(self, fields: Fields) -> None:
        """Log a typed event of another stream."""
        self._log.order(**fields)

    def text(self, number: int) -> None:
        """Log a plain line."""
        self._log.info("position checked", a=number)

    def record(self, number: int) -> None:
        """Log through `logging`, which the root handler captures."""
        self._library.info("request %d took %.1f ms", number, 12.5)

    def silent(self, number: int) -> None:
        """Log a plain line below the level."""
        self._log.debug("position checked", a=number)

    def flush(self) -> None:
        """Wait for the segments and standard output."""
        if not self._flush(60.0):
            sys.exit("logging_kit.flush() gave up")

    @classmethod
    def outputs(cls, folder: Path, sinks: int) -> dict[str, list[Path]]:
        """Return the segments."""
        segments = folder / "logs" / "segments"
        if sinks == 3:
            return {
                "signal": sorted(segments.glob("ai_signal-*")),
                "order": sorted(segments.glob("trade-*")),
            }
        return {"file": sorted(segments.glob("*.log"))}

    @classmethod
    def recover(cls, folder: Path) -> None:
        """Drain the journal of the killed process, as the next start does."""
        from logging_kit.store.recovery import recover

        recover(folder / "logs", 16_000_000)


class OursNewId(Ours):
    """The usual call, in which `signal` makes the correlation id."""

    name = "ours_new_id"
    title = "logging_kit, making the correlation id"

    def signal(self, fields: Fields) -> None:
        """Log a typed event without a given id."""
        del fields["correlation_id"]
        self._log.signal(**fields)


class OursUnmasked(Ours):
    """logging_kit without masking."""

    name = "ours_unmasked"
    title = "logging_kit, masking off"
    masked = False
    settings: ClassVar[dict[str, Any]] = {"masking": False}
