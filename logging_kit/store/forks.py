"""Files that a forked child closes, because their locks are those of a thread of its parent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_held: Final[list[Callable[[], None]]] = []


@contextmanager
def held(let_go: Callable[[], None]) -> Iterator[None]:
    """Let a child that is forked meanwhile close something.

    Args:
        let_go: Closes it without unlocking it, since the lock is the parent's as well.
    """
    _held.append(let_go)
    try:
        yield
    finally:
        _held.remove(let_go)


def _let_go() -> None:
    while _held:
        with suppress(Exception):  # the fork came while the parent closed it
            _held.pop()()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
