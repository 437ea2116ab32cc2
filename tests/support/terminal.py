"""A program on a terminal of its own, as a person would run it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType


def _own_terminal() -> None:
    """Make the terminal that of the new session, so that Ctrl-C reaches it as a signal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Runs a command on a pseudo-terminal of 120 x 40 characters and reads what it shows.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: Its whole environment.
        size: Columns and rows.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
    ) -> None:
        self.text = ""
        self._parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=child,
            stdout=child,
            stderr=child,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(child)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._parent)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._parent, keys.encode())

    def until(self, text: str, seconds: float = 30) -> None:
        """Wait until a text was shown."""
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end, self.text[-2000:]
            self._read()

    def ended(self, seconds: float = 30) -> int:
        """Wait for the end and return the exit status.

        What is still shown is read, else a full terminal would hold it up.
        """
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text[-2000:]
            self._read()
        self._read()
        return self.process.returncode

    def _read(self) -> None:
        if select.select([self._parent], [], [], 0.1)[0]:
            try:
                self.text += os.read(self._parent, 65_536).decode(errors="replace")
            except OSError:  # the other end is closed
                time.sleep(0.01)
