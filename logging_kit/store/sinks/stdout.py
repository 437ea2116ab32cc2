"""Standard output as a sink: lines as they are, or rendered for people on a terminal."""

from __future__ import annotations

import io
import logging
import os
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from pathlib import Path
from stat import S_ISFIFO
from types import MethodType
from typing import Any, Final, Literal

import orjson

from ...diagnostics import warn_once
from .base import Sink

Render = Callable[[bytes, Any], str]
"""Returns whole lines as text for people; the stream says whether they are coloured."""

_RETRY_S: Final = 0.02
_PIPE_BUF: Final = 4096
_UNSET: Final = object()
_MOST_REMEMBERED: Final = 64
_SHORTEST_ECHO: Final = 24


class Stdout(Sink):
    """Writes lines to the process's standard output.

    Args:
        form: `json` writes the lines as they are, `console` renders them for people, `auto` chooses
            `console` on a terminal.
        render: Renders lines for people.
    """

    name = "stdout"
    label = "standard output"

    def __init__(self, form: Literal["auto", "json", "console"], render: Render) -> None:
        self.form = form
        self._render = render
        self._stream: Any = _UNSET
        self._context = copy_context()
        self._written: deque[str] = deque(maxlen=_MOST_REMEMBERED)
        self._pipe = (0, 0)
        self._is_read_here = False

    def write(self, lines: bytes) -> None:
        """Write lines, as long as it takes."""
        self._write(lines, None)

    def write_within(self, lines: bytes, timeout_s: float) -> None:
        """Write lines in the caller: at the interpreter's end no thread can be started.

        Raises:
            TimeoutError: When nothing can be written for `timeout_s` seconds.
        """
        self._write(lines, timeout_s)

    # Following the stream.

    destination = staticmethod(partial(getattr, sys, "stdout", None))

    def aspect_of(self, stream: Any) -> object:
        """Return what else decides where the text of a stream appears: a notebook's cell."""
        return getattr(stream, "parent_header", None)

    def use(self, stream: Any, context: Context) -> None:
        """Write further lines to another stream.

        Args:
            stream: The value of `sys.stdout` in the call that logs; a stream that leads into
                logging is replaced by the process's own.
            context: Context variables of that call: a notebook finds its cell by them.
        """
        if leads_into_logging(stream):
            stream = self._avoid(stream)
        self._stream, self._context = stream, context
        self._written.clear()

    def is_watched(self, stream: Any) -> bool:
        """Return True if people see lines and prints side by side, so that their order counts."""
        if stream is None or leads_into_logging(stream):
            return False
        return not isinstance(stream, io.TextIOWrapper) or _is_terminal(stream)

    def _avoid(self, stream: Any) -> Any:
        warn_once(
            "stdout",
            f"sys.stdout is a {type(stream).__name__} that leads into logging: "
            "lines go to the process's standard output instead",
        )
        if leads_into_logging(sys.__stdout__):
            return None
        return sys.__stdout__

    def _write(self, data: bytes, patience_s: float | None) -> None:
        stream = self._stream
        if stream is _UNSET:
            stream = sys.stdout
        if stream is None:  # pythonw, or a daemon that closed it
            return
        if self.form == "console" or (self.form == "auto" and _is_terminal(stream)):
            encoding = getattr(stream, "encoding", None) or "utf-8"
            data = self._render(data, stream).encode(encoding, "backslashreplace")
        fd = _descriptor(stream)
        if fd is None:
            self._write_text(stream, data.decode("utf-8", "backslashreplace"), patience_s)
            return
        # past the stream's buffer: a thread that waits in there has a lock that the interpreter
        # needs to exit
        portions: Iterable[bytes] = (data,)
        status = os.fstat(fd)
        if S_ISFIFO(status.st_mode):
            if self._comes_back(status, data):
                return
            portions = _portions(data)
        for portion in portions:
            _write_all(fd, portion, patience_s)

    def _write_text(self, stream: Any, text: str, patience_s: float | None) -> None:
        """Write through an object's methods, as for pytest, notebooks and progress bars."""
        if self._is_echo(text):
            self._stream = self._avoid(stream)
            self._write(text.encode("utf-8", "backslashreplace"), patience_s)
            return
        self._remember(text)
        self._context.run(stream.write, text)
        flush = getattr(stream, "flush", None)
        if flush is not None:
            self._context.run(flush)

    def _comes_back(self, status: os.stat_result, data: bytes) -> bool:
        """Return True, and write nothing further, if the process logs what it reads from a pipe.

        A program that redirects descriptor 1 into itself may also only show what it reads: lines
        are kept from the pipe once one quotes an earlier one.
        """
        pipe = (status.st_dev, status.st_ino)
        if pipe != self._pipe:
            self._pipe, self._is_read_here = pipe, is_read_by_this_process(status)
        if not self._is_read_here:
            return False
        text = data.decode("utf-8", "backslashreplace")
        if not self._is_echo(text):
            self._remember(text)
            return False
        self._stream = None
        warn_once(
            "stdout",
            "standard output is a pipe that this process reads and logs: "
            "lines are no longer written to it",
        )
        return True

    def _remember(self, text: str) -> None:
        # rows of a traceback are indented, and repeat
        self._written.extend(line for line in text.splitlines() if not line.startswith(" "))

    def _is_echo(self, text: str) -> bool:
        """Return True if a line quotes an earlier one: then the stream leads into logging."""
        written = {line for line in self._written if len(line) >= _SHORTEST_ECHO}
        written |= {orjson.dumps(line)[1:-1].decode() for line in written}
        return any(line.find(old) > 0 for line in text.splitlines() for old in written)


def leads_into_logging(stream: Any) -> bool:
    """Return True if text that is written to a stream is seen to become records of logging.

    The attributes of the stream, and the names that its `write` uses, are searched for loggers.
    """
    write: Any = getattr(type(stream), "write", None)
    code = getattr(write, "__code__", None)
    if code is None:  # written in C
        return False
    seen: list[Any] = [*getattr(stream, "__dict__", {}).values()]
    names = (*code.co_names, *code.co_freevars)
    seen += [write.__globals__[name] for name in names if name in write.__globals__]
    seen += [cell.cell_contents for cell in write.__closure__ or ()]
    seen += [item.__self__ for item in seen if isinstance(item, MethodType)]
    return any(_is_logger(item) for item in seen)


def _is_logger(item: Any) -> bool:
    if (
        isinstance(item, logging.Logger | logging.LoggerAdapter | logging.Handler)
        or item is logging
    ):
        return True
    package = type(item).__module__.partition(".")[0]
    return package in ("structlog", "loguru", __name__.partition(".")[0])


def is_read_by_this_process(status: os.stat_result) -> bool:
    """Return True if the process has the reading end of a pipe open, as far as `/proc` tells.

    Args:
        status: From `os.fstat` of the writing end.
    """
    name = f"pipe:[{status.st_ino}]"
    with suppress(OSError):
        for link in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                if str(link.readlink()) != name:
                    continue
                flags = Path(f"/proc/self/fdinfo/{link.name}").read_text().split("flags:")[1]
                if int(flags.split()[0], 8) & os.O_ACCMODE != os.O_WRONLY:
                    return True
    return False


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # it has no such method, or is closed
        return False


def _portions(data: bytes) -> Iterator[bytes]:
    """Yield as many whole lines as a pipe takes at once: longer writes of a pool would mix."""
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
        except BlockingIOError:  # non-blocking, and its reader is slow
            time.sleep(_RETRY_S)


def _is_writable(fd: int, patience_s: float) -> bool:
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(1_000 * patience_s))


def _descriptor(stream: Any) -> int | None:
    """Return the descriptor of a stream of the interpreter, `None` for any other object.

    The `fileno()` of a notebook's stream is the terminal of its server, that of a progress bar is
    the terminal which it redraws.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return None
    try:
        return int(stream.fileno())
    except (OSError, ValueError):
        return None
