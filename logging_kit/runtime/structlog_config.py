"""structlog's configuration: what `setup()` changes in it, and how it is restored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from structlog._config import _CONFIG

from ..pipeline.pipeline import Processor
from .logger import BotLogger
from .output import Output
from .state import state, write


class StructlogConfiguration:
    """structlog's configuration before `setup()`, and the chain in force since then.

    Attributes:
        before: structlog's configuration before `setup()`.
        was_configured: True if that was not structlog's default.
        processors: structlog's list of processors; the list object itself is never replaced.
        changed: Each list of processors that was changed, with its content before.
    """

    def __init__(self) -> None:
        self.before: dict[str, Any] = {}
        self.was_configured = False
        self.processors: list[Any] = []
        self.changed: list[tuple[list[Any], list[Any]]] = []

    def apply(self, first: Iterable[Processor]) -> None:
        """Let structlog's loggers write our lines.

        Args:
            first: Processors that see each event as it was logged.
        """
        config = structlog.get_config()
        if config["processors"] is not self.processors:
            self.before, self.processors = config, config["processors"]
            self.was_configured = structlog.is_configured()
            if not isinstance(self.processors, list):
                # loggers that were made with a tuple keep it; new ones get our list
                self.processors = list(self.processors)
            self.changed.append((self.processors, list(self.processors)))
        # the list object stays the same, because existing loggers and capture_logs hold it
        self.processors[:] = [*first, write]
        state.processors = self.processors
        structlog.configure(
            processors=self.processors,
            wrapper_class=BotLogger,
            logger_factory=Output,
            context_class=dict,
            cache_logger_on_first_use=False,
        )

    def release(self) -> None:
        """Restore what `apply` has changed."""
        if self.before and state.chain() is structlog.get_config()["processors"]:
            restore_structlog(self.before, self.was_configured)
        state.processors = None
        for processors, before in self.changed:
            processors[:] = before


def restore_structlog(config: dict[str, Any], was_configured: bool) -> None:
    """Configure structlog as it was, with the same list of processors.

    Args:
        config: From `structlog.get_config()`.
        was_configured: From `structlog.is_configured()`.
    """
    structlog.configure(**config)
    _CONFIG.is_configured = was_configured
