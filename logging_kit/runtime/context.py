"""Fields that go along with a thread, a task or a piece of code."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars

_P = ParamSpec("_P")
_R = TypeVar("_R")


def bound(**fields: Any) -> AbstractContextManager[None]:
    """Add fields to each line of this thread or task within a ``with`` block, those of other libraries included.

    Args:
        **fields: The fields, such as ``correlation_id``.

    Example:
        >>> with logging_kit.bound(correlation_id="a1"):
        ...     log.info("an order follows")
    """
    return bound_contextvars(**fields)


def in_context(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Carry the fields that are bound now into a thread or an executor.

    Args:
        function: What will be called elsewhere, any number of times, also at the same time.

    Example:
        >>> with logging_kit.bound(correlation_id="a1"):
        ...     future = executor.submit(logging_kit.in_context(place_order), order)
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        return context.copy().run(function, *args, **kwargs)

    return call
