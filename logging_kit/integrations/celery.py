"""Celery: its workers log through logging_kit, and a task's id is its correlation id."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any, Final

from ..runtime.context import bound
from ..runtime.setup import active, flush, setup
from .common import correlation_of, safely

_UID: Final = "logging_kit"
_blocks: Final[dict[str, Any]] = {}
"""The block of each task that runs in this process, by its id."""


def attach(**settings: Any) -> None:
    """Let the workers of this module's application log through logging_kit.

    Celery then configures no logging of its own. Every line within a task has the id of the task as
    its correlation id, and its name as `task`. A second call changes nothing but the settings.

    Args:
        **settings: Settings of `logging_kit.setup`, which is called with them when a worker starts,
            unless the logging is running.

    Example:
        >>> app = Celery("bot")
        >>> attach(app="trading", bot_name="worker")
    """
    signals = import_module("celery.signals")
    detach()

    def configure(loglevel: Any = None, **_: Any) -> None:
        if active() is None:
            setup(**settings)
        if loglevel:
            logging.getLogger("celery").setLevel(loglevel)

    signals.setup_logging.connect(configure, weak=False, dispatch_uid=_UID)
    signals.task_prerun.connect(_begin, weak=False, dispatch_uid=_UID)
    signals.task_postrun.connect(_end, weak=False, dispatch_uid=_UID)
    signals.worker_process_shutdown.connect(_flush, weak=False, dispatch_uid=_UID)


def detach() -> None:
    """Undo `attach`."""
    signals = import_module("celery.signals")
    for signal in (
        signals.setup_logging,
        signals.task_prerun,
        signals.task_postrun,
        signals.worker_process_shutdown,
    ):
        signal.disconnect(dispatch_uid=_UID)


def _begin(task_id: Any = None, task: Any = None, **_: Any) -> None:
    safely("celery", _bind, task_id, task)


def _bind(task_id: Any, task: Any) -> None:
    fields = {"task": str(getattr(task, "name", task))}
    correlation_id = correlation_of(task_id)
    if correlation_id is not None:
        fields["correlation_id"] = correlation_id
    block = bound(**fields)
    block.__enter__()
    _blocks[str(task_id)] = block


def _end(task_id: Any = None, **_: Any) -> None:
    block = _blocks.pop(str(task_id), None)
    if block is not None:
        safely("celery", block.__exit__, None, None, None)


def _flush(**_: Any) -> None:
    safely("celery", flush, 1.0)
