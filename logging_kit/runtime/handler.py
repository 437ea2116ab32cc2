"""`Handler` and `JsonFormatter`: for frameworks that own their logging configuration (freqtrade, uvicorn, Celery)."""

from __future__ import annotations

import logging
from typing import Any

from .setup import ensure
from .stdlib import PipelineHandler


class Handler(PipelineHandler):
    """The whole of logging_kit as one handler of `logging`: events, masking, segment files, stdout.

    Args:
        level: Lowest level of the records it takes, as for any handler.
        **settings: The settings of `logging_kit.setup`, which is called with them unless it has been already.

    Raises:
        SettingsError: When a setting is unknown or makes no sense.

    Example:
        ``dictConfig({"version": 1, "handlers": {"kit": {"class": "logging_kit.Handler", "app": "grid"}}, ...})``
    """

    def __init__(self, level: int | str = logging.NOTSET, **settings: Any) -> None:
        super().__init__(level)
        ensure(settings)
