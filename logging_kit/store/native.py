"""Threads, locks and queues of the operating system, whatever gevent or eventlet have patched.

A monkey patch replaces the names in `threading`, `queue` and `time`. An object made after it, such
as a thread that is a greenlet, does not work together with one that was made or imported before,
such as a lock that stops the whole hub. The store uses the originals alone: its threads are real
ones, and a greenlet that logs needs no other greenlet to run.
"""

from __future__ import annotations

import sys
import threading
from _queue import Empty, SimpleQueue
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol

__all__ = ["Empty", "SimpleQueue", "Thread", "get_ident", "new_lock", "new_thread", "sleep"]


def _original(module: str, name: str) -> Any:
    """Return what a module's name meant before any patch."""
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    if gevent is not None:
        return gevent.get_original(module, name)
    if eventlet is not None:
        return getattr(eventlet.original(module), name)
    return getattr(__import__(module), name)


get_ident: Final[Callable[[], int]] = _original("_thread", "get_ident")
new_lock: Final[Callable[[], Any]] = _original("_thread", "allocate_lock")
sleep: Final[Callable[[float], None]] = _original("time", "sleep")
_start: Final[Callable[..., int]] = _original("_thread", "start_new_thread")


class Thread(Protocol):
    """The part of `threading.Thread` that the store needs."""

    @property
    def ident(self) -> int | None:
        """Id of the thread; `None` before it runs."""

    def start(self) -> None:
        """Start it."""

    def is_alive(self) -> bool:
        """Return True if it has not ended."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, for so many seconds at most."""


def new_thread(target: Callable[[], None], name: str) -> Thread:
    """Make a daemon thread; the caller starts it."""
    if _is_patched():
        return _NativeThread(target)
    return threading.Thread(target=partial(_run_listed, target), name=name, daemon=True)


def _run_listed(target: Callable[[], None]) -> None:
    try:
        target()
    finally:
        if (
            _is_patched()
        ):  # meanwhile: it deletes itself from the list under another id than it is there
            active: dict[int, Any] = getattr(threading, "_active", {})
            active.setdefault(threading.get_ident(), threading.current_thread())


def _is_patched() -> bool:
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    if gevent is not None and gevent.is_module_patched("threading"):
        return True
    return eventlet is not None and bool(eventlet.is_monkey_patched("thread"))


class _NativeThread:
    """A thread of the operating system in a process where `threading.Thread` is a greenlet."""

    def __init__(self, target: Callable[[], None]) -> None:
        self._target = target
        self._ended: SimpleQueue[bool] = SimpleQueue()
        self._alive = False
        self.ident: int | None = None

    def start(self) -> None:
        """Start it."""
        self._alive = True
        _start(self._run, ())

    def _run(self) -> None:
        self.ident = get_ident()
        try:
            self._target()
        finally:
            self._alive = False
            self._ended.put(True)

    def is_alive(self) -> bool:
        """Return True if it has not ended."""
        return self._alive

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, for so many seconds at most."""
        if self._alive:
            with suppress(Empty):
                self._ended.put(self._ended.get(timeout=timeout))
