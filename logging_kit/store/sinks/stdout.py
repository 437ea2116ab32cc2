"""Standard output as a sink: lines as they are, or rendered for people on a terminal."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from stat import S_ISFIFO
from typing import Any, Final, Literal

from .base import Sink

Render = Callable[[bytes, Any], str]
"""Returns whole lines as text for people; the stream says whether they are coloured."""

_RETRY_S: Final = 0.02
_PIPE_BUF: Final = 4096


class Stdout(Sink):
    """Writes lines to the process's standard output.

    Args:
        form: `json` writes the lines as they are, `console` renders them for people, `auto` chooses `console` on a
            terminal.
        render: Renders lines for people.
    """

    name = "stdout"
    label = "standard output"

    def __init__(self, form: Literal["auto", "json", "console"], render: Render) -> None:
        self.form = form
        self._render = render

    def write(self, lines: bytes) -> None:
        """Write lines, as long as it takes."""
        self._write(lines, None)

    def write_within(self, lines: bytes, timeout_s: float) -> None:
        """Write lines in the caller: at the interpreter's end no thread can be started.

        Raises:
            TimeoutError: When nothing can be written for `timeout_s` seconds.
        """
        self._write(lines, timeout_s)

    def _write(self, data: bytes, patience_s: float | None) -> None:
        stream = getattr(sys, "stdout", None)
        if stream is None:  # pythonw, or a daemon that closed it
            return
        if self.form == "console" or (self.form == "auto" and stream.isatty()):
            data = self._render(data, stream).encode(stream.encoding or "utf-8", "backslashreplace")
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
