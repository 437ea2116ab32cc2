"""APScheduler: each run of a job has a correlation id of its own, and the job's id."""

from __future__ import annotations

import functools
import sys
from typing import Any, Final

from ..runtime.context import bound
from ..runtime.typed_methods import new_correlation_id
from .common import Replacements, remember, undo

_RUNNERS: Final = ("run_job", "run_coroutine_job")
_MODULES: Final = ("base", "base_py3", "pool", "asyncio", "debug", "gevent", "tornado", "twisted")


def attach() -> None:
    """Bind a correlation id and the field `job` to every line that a run of a job writes.

    APScheduler's own records about failed and missed runs are captured, masked, and carry them
    too. A second call changes nothing.

    Example:
        >>> attach()
        >>> scheduler = BackgroundScheduler()
    """
    detach()
    from importlib import import_module

    for name in ("base", "pool", "asyncio"):
        import_module(f"apscheduler.executors.{name}")
    wrapped: dict[Any, Any] = {}
    for module in _modules():
        replacements = Replacements(module)
        for name in _RUNNERS:
            run = vars(module).get(name)
            if run is not None:
                replacements.replace(name, wrapped.setdefault(run, _wrapped(run, name)))
        remember(module, replacements)


def detach() -> None:
    """Undo `attach`."""
    for module in _modules():
        undo(module)


def _modules() -> list[Any]:
    """Return the modules that run jobs, as far as they are imported."""
    names = (f"apscheduler.executors.{name}" for name in _MODULES)
    return [sys.modules[name] for name in names if name in sys.modules]


def _wrapped(run: Any, name: str) -> Any:
    if name == "run_job":

        @functools.wraps(run)
        def run_job(job: Any, *args: Any, **kwargs: Any) -> Any:
            with bound(correlation_id=new_correlation_id(), job=str(job.id)):
                return run(job, *args, **kwargs)

        return run_job

    @functools.wraps(run)
    async def run_coroutine_job(job: Any, *args: Any, **kwargs: Any) -> Any:
        with bound(correlation_id=new_correlation_id(), job=str(job.id)):
            return await run(job, *args, **kwargs)

    return run_coroutine_job
