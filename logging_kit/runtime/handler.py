"""Handler for frameworks that own their logging configuration (freqtrade, uvicorn, Celery)."""

from __future__ import annotations

import logging
from typing import Any

from .setup import ensure
from .stdlib import UnlimitedHandler


class Handler(UnlimitedHandler):
    """All of logging_kit as one handler of `logging`: events, masking, segment files, stdout.

    The levels of `logging` decide which records it writes: its own level, those of the loggers and
    that of the root logger. The setting `levels` narrows them if you give it.

    Args:
        level: Lowest level of the records it accepts, as for any handler.
        **settings: The settings of `logging_kit.setup`, which is called with them unless the
            logging is running.

    Raises:
        SettingsError: If a setting is unknown or has an impossible value.

    Example:
        `dictConfig({"version": 1, "handlers": {"kit": {"class": "logging_kit.Handler"}}, ...})`
    """

    def __init__(self, level: int | str = logging.NOTSET, **settings: Any) -> None:
        super().__init__(level)
        ensure(settings)
