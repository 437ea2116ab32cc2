"""The thread that pushes what waits in a memory queue."""

from __future__ import annotations

import atexit
import math
import os
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Final, Protocol

from ..diagnostics import warn_once
from ..store.multiprocessing_exit import MultiprocessingExit
from ..store.native import Empty, SimpleQueue, Thread, new_thread, sleep
from .entry import Entry
from .queue import EntryQueue
from .sender import Sender

_GRACE_S: Final = 0.2
_KIND: Final = "push"


class _Signal(Enum):
    SOON = auto()
    """An entry waits for others."""
    NOW = auto()
    """An urgent entry, or a full batch."""


class _Flush:
    """A wish to have everything sent by a moment of `time.monotonic`."""

    def __init__(self, deadline: float, *, ends: bool) -> None:
        self.deadline = deadline
        self.ends = ends
        self.answer: SimpleQueue[bool] = SimpleQueue()


_Wishes = SimpleQueue[_Signal | _Flush]


class PushWorker:
    """Pushes the entries of a queue on a thread of its own, which the first entry starts.

    Args:
        sender: The sender; only this worker may use it.
        queue: The queue.
        batch_wait_s: Longest time that an entry waits for others, in seconds.
        close_s: Time to send what is left at the end of the process, in seconds.
    """

    def __init__(
        self, sender: Sender, queue: EntryQueue, *, batch_wait_s: float, close_s: float
    ) -> None:
        self.sender = sender
        self._queue = queue
        self.batch_wait_s = batch_wait_s
        self._close_s = close_s
        self._batch_lines = sender.options.batch_lines
        self._batch_bytes = sender.options.batch_bytes
        self._at_exit = AtExit(self)
        self._begin(queue)
        _workers.add(self)

    def _begin(self, queue: EntryQueue) -> None:
        """Use another queue; a thread that is still in a push keeps its own."""
        self._queue = queue
        self._wishes: _Wishes = SimpleQueue()
        self._thread: Thread | None = None
        self.is_idle = False  # the thread waits for a wish, without a time limit
        self.is_hurried = False  # it was told that a batch is full

    def after_fork_in_child(self) -> None:
        """Begin with nothing: the parent sends what it has logged."""
        self._begin(self._queue.successor())

    def put(self, entry: Entry, *, urgent: bool = False) -> None:
        """Queue an entry.

        Args:
            entry: The entry.
            urgent: Send it at once, with everything before it.
        """
        queue = self._queue
        if not queue.put(entry):
            return
        if self._thread is None:
            self._start()
        if urgent or (
            not self.is_hurried
            and (queue.lines >= self._batch_lines or queue.bytes >= self._batch_bytes)
        ):
            self.is_hurried = True
            self._wishes.put(_Signal.NOW)
        elif self.is_idle:
            self.is_idle = False
            self._wishes.put(_Signal.SOON)

    def flush(self, timeout_s: float) -> bool:
        """Send everything.

        Args:
            timeout_s: Time for it, in seconds.

        Returns:
            Whether nothing waits any more.
        """
        return self._ask(timeout_s, ends=False)

    def close(self, timeout_s: float | None = None) -> bool:
        """Send everything, and end the thread; a later entry starts another one.

        Args:
            timeout_s: Time for it, in seconds.

        Returns:
            Whether everything was sent; the rest is dropped and counted.
        """
        if timeout_s is None:
            timeout_s = self._close_s
        is_sent = self._ask(timeout_s, ends=True)
        if self._thread is not None:
            self._thread.join(_GRACE_S)
        if self._thread is None or not self._thread.is_alive():
            self.sender.close()
        self._at_exit.cancel()
        left = len(self._queue)
        if left:
            self._queue.dropped["closed"] += left
            warn_once(_KIND, f"{left} lines were not pushed before the end")
        self._begin(self._queue.successor())
        return is_sent

    def counters(self) -> Mapping[str, int]:
        """Return the counters of the sender, and of the queue."""
        return {
            **self.sender.counters(),
            "waiting": len(self._queue),
            "waiting_bytes": self._queue.bytes,
            "dropped": sum(self._queue.dropped.values()),
        }

    def _start(self) -> None:
        thread = new_thread(_Loop(self, self._queue, self._wishes).run, "logging-kit-push")
        try:
            thread.start()
        except RuntimeError:  # at the interpreter's end; `close` sends what waits
            return
        self._thread = thread
        self._at_exit.register()

    def _ask(self, timeout_s: float, *, ends: bool) -> bool:
        deadline = time.monotonic() + timeout_s
        if self._thread is None or not self._thread.is_alive():
            _Loop(self, self._queue, self._wishes).drain(deadline)
            return not len(self._queue)
        wish = _Flush(deadline, ends=ends)
        self._wishes.put(wish)
        try:
            return wish.answer.get(timeout=timeout_s + _GRACE_S)
        except Empty:
            return False


class _Loop:
    """The work of one thread.

    Args:
        worker: The worker.
        queue: The entries.
        wishes: Signals and flushes.
    """

    def __init__(self, worker: PushWorker, queue: EntryQueue, wishes: _Wishes) -> None:
        self._worker, self._queue, self._wishes = worker, queue, wishes
        self._retry_at = 0.0

    def run(self) -> None:
        """Push until a flush ends the thread."""
        worker = self._worker
        due = time.monotonic() + worker.batch_wait_s
        while True:
            wish = self._next_wish(due)
            if isinstance(wish, _Flush):
                self.drain(wish.deadline)
                wish.answer.put(not len(self._queue))
                if wish.ends:
                    return
                due = time.monotonic()
                continue
            now = time.monotonic()
            if wish is _Signal.SOON:
                due = min(due, now + worker.batch_wait_s)
            if wish is _Signal.NOW:
                due = now
            due = max(due, self._retry_at)
            if due <= now:
                due = self._push_all()

    def drain(self, deadline: float) -> None:
        """Push until nothing waits or the time is over."""
        while len(self._queue):
            wait_s = self._push_once(deadline)
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if wait_s:
                sleep(min(wait_s, left))

    def _next_wish(self, due: float) -> _Signal | _Flush | None:
        """Wait for a wish; return `None` when it is time to push."""
        timeout_s = None
        if due < math.inf:
            timeout_s = max(0.0, due - time.monotonic())
        with suppress(Empty):
            return self._wishes.get(timeout=timeout_s)
        return None

    def _push_all(self) -> float:
        """Push what waits; return the moment of the next push."""
        worker = self._worker
        worker.is_hurried = False
        while True:
            wait_s = self._push_once(None)
            if wait_s:
                self._retry_at = time.monotonic() + wait_s
                return self._retry_at
            if not self._queue.has_batch(worker.sender.options):
                break
        worker.is_idle = True
        if not len(self._queue):
            return math.inf
        worker.is_idle = False  # it came before the mark, or during the push
        return time.monotonic() + worker.batch_wait_s

    def _push_once(self, deadline: float | None) -> float:
        """Push one batch; return the seconds to wait before the next."""
        sender, queue = self._worker.sender, self._queue
        taken = queue.take(sender.options.batch_lines, sender.options.batch_bytes)
        if not taken:
            return 0.0
        pending: Sequence[Entry] = ()
        try:
            outcome = sender.push(taken, deadline=deadline)
            pending = outcome.pending
            return outcome.retry_after_s
        except Exception as error:  # entries that cannot be encoded must not stop the others
            queue.dropped["error"] += len(taken)
            warn_once(_KIND, f"{len(taken)} lines could not be pushed: {type(error).__name__}")
            return 0.0
        finally:
            queue.settle(pending)


class Worker(Protocol):
    """The parts of a worker that an emitter uses."""

    def put(self, entry: Entry, *, urgent: bool = False) -> None:
        """Queue an entry; see `PushWorker.put`."""
        ...

    def flush(self, timeout_s: float) -> bool:
        """Send everything; see `PushWorker.flush`."""
        ...

    def close(self, timeout_s: float | None = None) -> bool:
        """Send everything, and end the thread; see `PushWorker.close`."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Return the numbers of the worker."""
        ...


class AtExit:
    """Closes a worker at the end of the process without keeping it alive until then.

    A process that `multiprocessing` started ends without `atexit`, and counts too.

    Args:
        worker: The worker.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = weakref.ref(worker)
        self._multiprocessing = MultiprocessingExit(self)

    def register(self) -> None:
        """Close the worker at the end, once."""
        self.cancel()
        atexit.register(self)
        self._multiprocessing.register()

    def cancel(self) -> None:
        """Leave the worker alone at the end."""
        atexit.unregister(self)
        self._multiprocessing.cancel()

    def __call__(self) -> None:
        """Close the worker, if there is one."""
        worker = self._worker()
        if worker is not None:
            worker.close()


_workers: Final[weakref.WeakSet[PushWorker]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for worker in list(_workers):
        worker.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
