"""Files that a forked child closes, because their locks belong to a thread of its parent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_closers: Final[list[Callable[[], None]]] = []


@contextmanager
def close_in_forked_child(close: Callable[[], None]) -> Iterator[None]:
    """Make a child that is forked within the `with` block close a file.

    Args:
        close: Closes the file without unlocking it, since the parent has the same lock.
    """
    _closers.append(close)
    try:
        yield
    finally:
        _closers.remove(close)


def _close_all() -> None:
    while _closers:
        with suppress(Exception):  # the fork came while the parent closed it
            _closers.pop()()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)
