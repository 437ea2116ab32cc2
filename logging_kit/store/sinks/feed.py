"""A bounded queue for one sink, and the thread that makes all calls of the sink."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import TIMEOUT_MAX
from typing import Any, Final

from ...diagnostics import warn_once
from ..native import Empty, SimpleQueue, Thread, get_ident, new_thread
from .base import Sink

MOST_WAITING: Final = 20_000
MOST_BYTES: Final = 16 << 20
_BATCH: Final = 512
_EXIT_S: Final = 0.5
_CLOSE_S: Final = 1.0
_HANGS_S: Final = 1.0
"""Time with one batch after which a sink counts as hanging."""

Accepts = Callable[[bytes], bool]
"""Whether a sink wants a line."""

_Task = Callable[[], None]


class SinkFeed:
    """Queues lines for a sink and hands them over in batches.

    Args:
        sink: The sink.
        accepts: Its filter; every line when `None`.
        before: The former feed of the same sink, which must have ended before this one starts.
    """

    def __init__(
        self, sink: Sink, accepts: Accepts | None = None, before: SinkFeed | None = None
    ) -> None:
        self.sink = sink
        self.name = sink.name
        self._accepts = accepts
        self._before = before
        self._forked = False
        self.threads: set[int] = set()
        self._reset()

    def _reset(self) -> None:
        # each number has one thread that changes it: the one that puts, or the one that writes
        self._put_lines = self._put_bytes = self._refused = 0
        self._taken_lines = self._taken_bytes = self._lost = self._written = self._flushed = 0
        self._queue: SimpleQueue[bytes | _Task | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._started = False
        self._stalled = False
        self._at_exit = False
        self._busy_since = 0.0
        self._own: Mapping[str, int] = {}

    @property
    def waiting(self) -> int:
        """Lines that the sink has not taken yet."""
        return self._put_lines - self._taken_lines

    @property
    def dropped(self) -> int:
        """Lines that the sink was too slow for, or failed to write."""
        return self._refused + self._lost

    def counters(self) -> dict[str, int]:
        """Return this feed's numbers and the sink's own."""
        return {
            **self._own,
            "lines": self._written,
            "dropped": self.dropped,
            "waiting": self.waiting,
        }

    def put(self, lines: bytes) -> None:
        """Queue whole lines, or drop and count them; one thread at a time calls it."""
        number = lines.count(b"\n")
        if (
            self._stalled
            or self.waiting >= MOST_WAITING
            or self._put_bytes - self._taken_bytes >= MOST_BYTES
        ):
            self._refused += number
            if not self._stalled:
                self._warn(f"{self._label} takes no lines at the moment: further ones are dropped")
            return
        self._put_lines += number
        self._put_bytes += len(lines)
        self._queue.put(lines)
        if sys.is_finalizing():  # no other thread runs any more, and none can be started
            self._thread = None
        else:
            self.start()
        if self._thread is None:
            self._write_here()
        elif self._at_exit and not self.flush(_EXIT_S):
            self._stalled = True

    def refuse(self, number: int) -> None:
        """Count lines that the caller has dropped because of this queue."""
        self._refused += number

    def flush(self, timeout_s: float) -> bool:
        """Wait until the sink has taken all lines that wait now.

        Returns:
            Whether it has within the time.
        """
        return self.finish_flush(self.begin_flush(timeout_s), timeout_s)

    def begin_flush(self, timeout_s: float) -> SimpleQueue[bool] | None:
        """Ask for a flush without waiting for it; the answer is for `finish_flush`."""
        thread = self._thread
        if self._flushed == self._put_lines or thread is None or not thread.is_alive():
            return None
        if self._stalled:
            return None
        deadline = time.monotonic() + timeout_s
        # no Event: a signal handler that interrupts its wait() would stop the sink's thread
        done: SimpleQueue[bool] = SimpleQueue()
        self._queue.put(lambda: done.put(self._flush_sink(deadline)))
        return done

    def finish_flush(self, done: SimpleQueue[bool] | None, timeout_s: float) -> bool:
        """Wait for a flush that was begun; whether it ended in time with everything taken."""
        if done is None:
            return not self.waiting
        if _is_this(self._thread):  # a finalizer that logs within the sink
            return False
        with suppress(Empty):
            return done.get(timeout=min(max(0.0, timeout_s), TIMEOUT_MAX))
        if self._busy_since:
            busy_s = time.monotonic() - self._busy_since
        else:
            busy_s = 0.0
        if busy_s > _HANGS_S:
            self._warn(f"{self._label} has hung for {busy_s:.0f} s, and {self.waiting} lines wait")
        return False

    def tell(self, task: _Task) -> None:
        """Let the sink's thread call a function after the lines that wait now."""
        if not sys.is_finalizing():
            self.start()
        self._queue.put(lambda: self._call(task))
        if self._thread is None:
            self._write_here()

    def ask(self, question: Callable[[], Any], timeout_s: float) -> Any:
        """Call a function in the sink's thread.

        Returns:
            Its result, or `None` when it raised, took too long, or no such thread can be had.
        """
        self.start()
        if self._thread is None or _is_this(self._thread):
            return None
        answer: SimpleQueue[Any] = SimpleQueue()
        self._queue.put(lambda: answer.put(self._call(question)))
        with suppress(Empty):
            return answer.get(timeout=timeout_s)
        return None

    def write_directly(self) -> None:
        """Let each `put` wait until the sink took its lines: the process ends."""
        self._at_exit = True

    def close(self) -> None:
        """Hand over what is left, close the sink and end the thread; gives up after a second."""
        thread = self._thread
        if thread is None:
            return
        written = self.flush(_CLOSE_S)
        self._queue.put(None)
        if written and not _is_this(thread):
            thread.join(_CLOSE_S)

    def after_fork_in_child(self) -> None:
        """Forget the parent's queue and thread; the child's own thread tells the sink."""
        self._reset()
        self._forked, self._before = True, None

    def start(self) -> None:
        """Start the thread, early: at its end the interpreter starts none."""
        if self._thread is not None:
            return
        # it is there before it runs: a signal handler that logs while it starts must not start
        # another
        self._thread = new_thread(self._run, f"logging_kit-{self.name}")
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is shutting down, or the system has no threads left
            self._thread = None

    @property
    def _label(self) -> str:
        return getattr(self.sink, "label", "") or f"the sink {self.name!r}"

    def _warn(self, text: str) -> None:
        warn_once(f"sink {self.name}", f"{text}; the files are not affected")

    def _run(self) -> None:
        before = self._before
        if before is not None and before._thread is not None:
            before._thread.join()
        self._before = None
        self.threads.add(get_ident())
        try:
            while not self._step():
                pass
            if self._started:
                self._call(self.sink.close)
        finally:
            self.threads.discard(get_ident())

    def _write_here(self) -> None:
        """Write in the caller, without the thread, to a sink that can limit the time this takes."""
        while not self._queue.empty():
            self._step()

    def _step(self) -> bool:
        """Hand over what waits; whether that was the last."""
        batch, task, ended = self._batch()
        self._busy_since = time.monotonic()
        if batch:
            self._hand_over(batch)
        self._taken_lines += batch.count(b"\n")
        self._taken_bytes += len(batch)
        if task is not None:
            task()
        self._busy_since = 0.0
        return ended

    def _batch(self) -> tuple[bytes, _Task | None, bool]:
        """Take what waits, up to the first task or a full batch."""
        queue, lines = self._queue, list[bytes]()
        item = queue.get()
        while isinstance(item, bytes):
            lines.append(item)
            if len(lines) >= _BATCH:
                return b"".join(lines), None, False
            try:
                item = queue.get_nowait()
            except Empty:
                return b"".join(lines), None, False
        return b"".join(lines), item, item is None

    def _hand_over(self, batch: bytes) -> None:
        in_caller = self._thread is None
        number = batch.count(b"\n")
        try:
            if self._accepts is not None:
                lines = batch.splitlines(keepends=True)
                batch = b"".join([line for line in lines if self._accepts(line)])
                number = batch.count(b"\n")
            if not number:
                return
            if self._stalled:
                self._lost += number
                return
            self._start_sink()
            if in_caller:
                self._write_within(batch)
            else:
                self.sink.write(batch)
        except BaseException as error:
            self._stalled = in_caller and isinstance(error, TimeoutError)
            self._lost += number
            self._warn(f"cannot write to {self._label}: {type(error).__name__}")
            if in_caller and not isinstance(error, Exception):  # a signal handler raised it
                raise
        else:
            self._written += number
        self._own = self._call(self._numbers) or {}

    def _write_within(self, batch: bytes) -> None:
        """Write to a sink that can limit the time this takes.

        Raises:
            TimeoutError: When the sink cannot, or its destination took too long.
        """
        write_within = getattr(self.sink, "write_within", None)
        if write_within is None:
            raise TimeoutError
        write_within(batch, _EXIT_S)

    def _start_sink(self) -> None:
        if self._forked:
            self.sink.after_fork_in_child()
            self._forked = False
        if not self._started:
            self.sink.start()
            self._started = True

    def _numbers(self) -> dict[str, int]:
        return dict(self.sink.counters())

    def _flush_sink(self, deadline: float) -> bool:
        number = self._taken_lines
        flushed = not self._started or bool(
            self._call(lambda: self.sink.flush(max(0.0, deadline - time.monotonic())))
        )
        if flushed:
            self._flushed = number
        return flushed

    def _call(self, function: Callable[[], Any]) -> Any:
        try:
            return function()
        except BaseException as error:
            self._warn(f"{self._label} failed: {type(error).__name__}")
            return None


def _is_this(thread: Thread | None) -> bool:
    """Return True if a thread is the one that asks."""
    return thread is not None and thread.ident == get_ident() and thread.is_alive()
