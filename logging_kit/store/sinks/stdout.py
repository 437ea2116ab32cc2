"""Standard output on a thread of its own, so that a pipe that nobody reads stops neither the bot nor its files."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from stat import S_ISFIFO
from typing import Any, Final, Literal

from ...console import render, use_colour
from ...diagnostics import warn_once

_MOST_WAITING: Final = 20_000
_MOST_BYTES: Final = 16 << 20
_BATCH: Final = 512
_RETRY_S: Final = 0.02
_EXIT_S: Final = 0.5
_PIPE_BUF: Final = 4096


class Stdout:
    """A bounded queue of lines and the thread that writes them out.

    Args:
        form: ``json`` writes the lines as they are, ``console`` readable ones for people, ``auto`` chooses
            ``console`` on a terminal.
    """

    def __init__(self, form: Literal["auto", "json", "console"] = "auto") -> None:
        self.form = form
        self._reset()

    def _reset(self) -> None:
        # each number has one thread that changes it: the one that puts, or the one that writes
        self._put_lines = self._put_bytes = self._refused = 0
        self._taken_lines = self._taken_bytes = self._lost = 0
        self._queue: SimpleQueue[bytes | SimpleQueue[bool] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._broken = False
        self._at_exit = False

    @property
    def waiting(self) -> int:
        """Lines that are not yet written."""
        return self._put_lines - self._taken_lines

    @property
    def dropped(self) -> int:
        """Lines that the reader was too slow for, or that could not be written."""
        return self._refused + self._lost

    def put(self, lines: bytes) -> None:
        """Add whole lines; drops and counts them when the reader is too slow or gone. One thread at a time calls it."""
        number = lines.count(b"\n")
        if (
            self._broken
            or self.waiting >= _MOST_WAITING
            or self._put_bytes - self._taken_bytes >= _MOST_BYTES
        ):
            self._refused += number
            return
        self._put_lines += number
        self._put_bytes += len(lines)
        self._queue.put(lines)
        self.start()
        if self._thread is None:
            self._run_here()
        elif self._at_exit and not self.flush(_EXIT_S):
            self._broken = True

    def flush(self, timeout_s: float) -> bool:
        """Wait until all lines that wait now are written.

        Returns:
            Whether they were within the time.
        """
        if not self.waiting or self._thread is None or not self._thread.is_alive() or self._broken:
            return not self.waiting
        done: SimpleQueue[bool] = (
            SimpleQueue()
        )  # no Event: a signal handler that interrupts its wait() would stop our thread
        self._queue.put(done)
        with suppress(Empty):
            return done.get(timeout=min(timeout_s, threading.TIMEOUT_MAX))
        return False

    def write_directly(self) -> None:
        """Let each `put` wait until its lines are written: the end of the process is near, and nobody flushes later."""
        self._at_exit = True

    def close(self) -> None:
        """Write what is left and end the thread; gives up after a second."""
        if self._thread is not None:
            written = self.flush(1.0)
            self._queue.put(None)
            if written and self._thread is not threading.current_thread():
                self._thread.join(1.0)

    def after_fork_in_child(self) -> None:
        """Forget the parent's queue and thread."""
        self._reset()

    def start(self) -> None:
        """Start the thread, early: at its end the interpreter starts none."""
        if self._thread is not None:
            return
        # it is there before it runs: a signal handler that logs while it starts must not start another
        self._thread = threading.Thread(target=self._run, name="logging_kit-stdout", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is shutting down, or the system has no threads left
            self._thread = None

    def _run(self) -> None:
        while not self._step(None):
            pass

    def _run_here(self) -> None:
        """Write out without the thread, as long as somebody reads."""
        while not self._queue.empty():
            self._step(_EXIT_S)

    def _step(self, patience_s: float | None) -> bool:
        """Write what waits; whether that was the last."""
        batch, marks, ended = self._batch(self._queue)
        number = batch.count(b"\n")
        try:
            if self._broken:
                self._lost += number
            elif batch:
                self._write(batch, patience_s)
        except Exception as error:
            self._broken = isinstance(error, BrokenPipeError | TimeoutError)
            self._lost += number
            warn_once(
                "stdout",
                f"cannot write to standard output: {type(error).__name__}; the files are not affected",
            )
        self._taken_lines += number
        self._taken_bytes += len(batch)
        for mark in marks:
            mark.put(True)
        return ended

    @staticmethod
    def _batch(queue: SimpleQueue[Any]) -> tuple[bytes, list[SimpleQueue[bool]], bool]:
        lines: list[bytes] = []
        marks: list[SimpleQueue[bool]] = []
        item = queue.get()
        while True:
            if item is None:
                return b"".join(lines), marks, True
            if isinstance(item, bytes):
                lines.append(item)
            else:
                marks.append(item)
            if len(lines) >= _BATCH:
                return b"".join(lines), marks, False
            try:
                item = queue.get_nowait()
            except Empty:
                return b"".join(lines), marks, False

    def _write(self, data: bytes, patience_s: float | None) -> None:
        stream = getattr(sys, "stdout", None)
        if stream is None:  # pythonw, or a daemon that closed it
            return
        if self.form == "console" or (self.form == "auto" and stream.isatty()):
            colour = use_colour(stream)
            text = "".join(render(line, colour) + "\n" for line in data.split(b"\n")[:-1])
            data = text.encode(stream.encoding or "utf-8", "backslashreplace")
        fd = _descriptor(stream)
        if fd is None:  # redirected to an object, as pytest's capsys does
            stream.write(data.decode("utf-8", "backslashreplace"))
            stream.flush()
            return
        # past the stream's buffer: a thread that waits in there holds a lock that the interpreter needs to exit
        for portion in _portions(data) if S_ISFIFO(os.fstat(fd).st_mode) else (data,):
            _write_all(fd, portion, patience_s)


def _portions(data: bytes) -> Iterator[bytes]:
    """Whole lines, as many as a pipe takes at once: the processes of a pool share one, and longer writes would mix."""
    start = 0
    while start < len(data):
        end = (
            data.rfind(b"\n", start, start + _PIPE_BUF) + 1
            or data.find(b"\n", start) + 1
            or len(data)
        )
        yield data[start:end]
        start = end


def _write_all(fd: int, data: bytes, patience_s: float | None) -> None:
    view = memoryview(data)
    while view:
        if patience_s is not None and not _is_writable(fd, patience_s):
            raise TimeoutError
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # somebody has made it non-blocking, and its reader is slow
            time.sleep(_RETRY_S)


def _is_writable(fd: int, patience_s: float) -> bool:
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(1_000 * patience_s))


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None
