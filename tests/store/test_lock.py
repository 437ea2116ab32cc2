"""The store's lock.

Whoever asks for it, and whatever interrupts them, it is free again afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from logging_kit.store.lock import SignalSafeLock


def in_thread(act: Callable[[], object]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_two_threads_that_fork_at_once() -> None:
    guard = SignalSafeLock(0.01, lambda: None)
    guard.before_fork()

    def fork_too() -> None:
        guard.before_fork()  # gives up waiting
        guard.after_fork_in_parent()
        assert guard.owner == me

    me = guard.owner
    in_thread(fork_too)
    assert guard.owner == me
    guard.after_fork_in_parent()
    assert not guard.owner
    assert guard.attempts[0]()


def test_what_waited_for_a_fork_to_end_is_done_then() -> None:
    done: list[str] = []
    guard = SignalSafeLock(0.01, lambda: done.append("lines"))
    guard.before_fork()
    guard.run_when_released(
        lambda: done.append("deferred")
    )  # a signal handler, between the hooks of a fork
    assert not done
    guard.after_fork_in_parent()
    assert done == ["lines", "deferred"]
