"""A pager for output that does not fit on the terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_DEFAULT: Final = "less"
_LESS: Final = "-FRX"


class Pager:
    """Writes text to the terminal as long as it fits there, and to a pager from then on.

    `PAGER` names another program than `less`; `--no-pager` and an empty `PAGER` turn it off.

    Args:
        wanted: False to write everything to standard output.

    Example:
        >>> with Pager(wanted=True) as write:  # doctest: +SKIP
        ...     write("a row")
    """

    def __init__(self, *, wanted: bool) -> None:
        command = os.environ.get("PAGER", _DEFAULT)
        self._command = shlex.split(command)
        is_usable = bool(self._command) and shutil.which(self._command[0]) is not None
        self._room = 0
        if wanted and is_usable and _on_terminal():
            columns, self._room = shutil.get_terminal_size()
            self._columns = columns
            self._room -= 1  # of the shell's next prompt
        self._kept: list[str] | None = [] if self._room > 1 else None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Callable[[str], None]:
        return self.write

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        kept, self._kept = self._kept, None
        if kept:
            sys.stdout.write("".join(kept))
            sys.stdout.flush()
        if self._process is not None:
            self._end()

    def write(self, text: str) -> None:
        """Write some rows, without the newline at their end.

        Raises:
            BrokenPipeError: When the person has closed the pager.
        """
        if self._process is not None:
            self._feed(f"{text}\n")
        elif self._kept is None:
            sys.stdout.write(f"{text}\n")
        else:
            self._keep(text)

    def _keep(self, text: str) -> None:
        assert self._kept is not None
        self._kept.append(f"{text}\n")
        self._room -= sum(1 + max(len(row) - 1, 0) // self._columns for row in text.split("\n"))
        if self._room >= 0:
            return
        environment = {**os.environ, "LESS": os.environ.get("LESS", _LESS), "LESSSECURE": "1"}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own pager
                self._command, stdin=subprocess.PIPE, env=environment
            )
        except OSError:
            sys.stdout.write("".join(self._kept))
            self._kept = None
            return
        kept, self._kept = self._kept, None
        self._feed("".join(kept))
        assert self._process.stdin is not None
        self._process.stdin.flush()

    def _feed(self, text: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._process.stdin.write(text.encode(encoding, "logging_kit.look_alikes"))

    def _end(self) -> None:
        """Wait until the person has left the pager; Ctrl-C is the pager's, not ours."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        while True:
            try:
                process.wait()
            except KeyboardInterrupt:
                continue
            return


def _on_terminal() -> bool:
    try:
        return sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False
