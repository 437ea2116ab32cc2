"""Fields that belong to a thread, a task or a block of code."""

from __future__ import annotations

import contextvars
import functools
import sys
from collections.abc import Callable
from contextlib import ContextDecorator, suppress
from types import EllipsisType, TracebackType
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bind_contextvars

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Bound(ContextDecorator):
    """A block in which fields are bound; also a decorator for a function."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._entered: list[tuple[list[contextvars.Token[Any]], contextvars.Context | None]] = []

    def _recreate_cm(self) -> _Bound:
        """Return a block for one call of a decorated function, which may run in many threads."""
        return _Bound(self._fields)

    def __enter__(self) -> None:
        tokens = [*bind_contextvars(**self._fields).values()]
        self._entered.append((tokens, _context_of_task()))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        tokens, context = self._entered.pop()
        for token, value in zip(tokens, self._fields.values(), strict=True):
            _reset(token, value, context)


def _context_of_task() -> contextvars.Context | None:
    """Return the context of the running task, which another task may leave the block for."""
    if "asyncio" not in sys.modules or not hasattr(sys.modules["asyncio"].Task, "get_context"):
        return None  # Python 3.11 gives no access to it
    try:
        task = sys.modules["asyncio"].current_task()
    except RuntimeError:  # no event loop runs
        return None
    if task is None:
        return None
    context: contextvars.Context = task.get_context()
    return context


def _reset(
    token: contextvars.Token[Any], bound: Any, context: contextvars.Context | None = None
) -> None:
    """Undo a binding, also in another context than the one it was made in.

    An async generator is closed by whichever task does so, and a web framework may leave a block in
    another thread. The task that entered the block loses the field in its own context. Elsewhere
    the field is removed only if it was inherited from the block.
    """
    variable = token.var
    try:
        variable.reset(token)
    except (ValueError, RuntimeError):
        if context is not None:
            with suppress(ValueError, RuntimeError):  # it was left, or runs in another thread
                context.run(variable.reset, token)
        if variable.get(...) is not bound:
            return
        before: Any | EllipsisType = token.old_value
        with suppress(ValueError):
            variable.set(... if before is contextvars.Token.MISSING else before)


def bound(**fields: Any) -> _Bound:
    """Add fields to each line of this thread or task within a `with` block.

    Lines of other libraries get them too.

    Args:
        **fields: The fields, such as `correlation_id`.

    Example:
        >>> with logging_kit.bound(correlation_id="a1"):
        ...     log.info("an order follows")
    """
    return _Bound(fields)


def in_context(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Carry the fields that are bound now into a thread or an executor.

    Args:
        function: The function to call elsewhere, any number of times, also at the same time.

    Example:
        >>> with logging_kit.bound(correlation_id="a1"):
        ...     future = executor.submit(logging_kit.in_context(place_order), order)
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        return context.copy().run(function, *args, **kwargs)

    return call
