"""Several programs run as one: started in order, ended in reverse, and never left behind."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from ..exceptions import StackError

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_STOPPING: Final = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program and how it is treated.

    Args:
        name: What it is called in messages, and the name of the file with its output.
        command: The program and its arguments.
        env: What is added to the environment.
        ready: Address that answers 200 once the program does its work; None if it is not waited
            for.
        on_terminal: Whether its output goes to the terminal.
        interactive: Whether it has the terminal to itself, keys included; when it ends, everything
            does.
        stop_timeout_s: How long it may take to end after SIGTERM before it is killed.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    on_terminal: bool = False
    interactive: bool = False
    stop_timeout_s: float = 30


class Supervisor:
    """Runner of programs, until a stop or the end of one of them.

    Args:
        directory: Where the output of programs goes that do not write to the terminal.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._stop = threading.Event()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Stop all programs on a signal that ends this one, even while they start."""

        def stop(_signum: int, _frame: FrameType | None) -> None:
            self._stop.set()

        # what is ignored stays so: SIGHUP under nohup, SIGINT in the background of a script
        before = {
            sig: signal.signal(sig, stop)
            for sig in _STOPPING
            if signal.getsignal(sig) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            self.end_all()
            for sig, handler in before.items():
                signal.signal(sig, handler)

    @property
    def stopping(self) -> bool:
        """Return True once a signal asked for the end."""
        return self._stop.is_set()

    def output_of(self, program: Program) -> Path:
        """Return the file with the program's output."""
        return self.directory / f"{program.name}.out"

    def start(self, program: Program, timeout_s: float = 60) -> None:
        """Start a program and wait until it is ready.

        Raises:
            StackError: When it is not to be found, ends at its start, or is not ready in time.
        """
        if self.stopping:
            return
        try:
            shown = program.on_terminal or program.interactive
            with nullcontext() if shown else self.output_of(program).open("wb") as output:
                process = subprocess.Popen(  # noqa: S603  (commands are ours)
                    program.command,
                    env={**os.environ, **program.env},
                    stdin=None if program.interactive else subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # Ctrl-C reaches us alone, and the end comes in order; but only our own session
                    # has the terminal
                    start_new_session=not program.interactive,
                    preexec_fn=_prepare_child,  # there are no threads here
                )
        except OSError as error:
            raise StackError(f"{program.name} does not start: {error}") from error
        self._running.append((program, process))
        end = time.monotonic() + timeout_s
        while program.ready is not None and not self.stopping and not answers(program.ready):
            if process.poll() is not None:
                raise StackError(
                    f"{program.name} ended at its start with "
                    f"{process.returncode}:\n{self._last_words(program)}"
                )
            if time.monotonic() > end:
                raise StackError(
                    f"{program.name} is not ready after {timeout_s:.0f} s; its output is in "
                    f"{self.output_of(program)}"
                )
            self._stop.wait(0.2)

    def run(self, program: Program) -> int:
        """Run a program to its end and return its exit status; negative if a stop ended it."""
        self.start(program)
        if self.stopping:
            return -1
        _, process = self._running[-1]
        while process.poll() is None and not self._stop.wait(0.1):
            pass
        status = process.poll()
        if status is not None:
            self._running.pop()
        if status is None:
            return -1
        return status

    def wait(self, seconds: float | None) -> None:
        """Return when a stop is asked for, after `seconds`, or when an interactive program ends.

        Raise when another ends.

        Raises:
            StackError: When a program has ended by itself.
        """
        if seconds is None:
            end = None
        else:
            end = time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            for program, process in self._running:
                if process.poll() is not None:
                    if program.interactive and process.returncode == 0:
                        return
                    raise StackError(
                        f"{program.name} ended with "
                        f"{process.returncode}:\n{self._last_words(program)}"
                    )
            if self._stop.wait(0.2):
                return

    def end_all(self) -> None:
        """End every program, the last one first; one that does not end in time is killed."""
        while self._running:
            program, process = self._running.pop()
            if process.poll() is None:
                send = (
                    os.kill if program.interactive else os.killpg
                )  # the others lead a group of their own
                with suppress(ProcessLookupError):
                    send(process.pid, signal.SIGTERM)
                try:
                    process.wait(program.stop_timeout_s)
                except subprocess.TimeoutExpired:
                    with suppress(ProcessLookupError):
                        send(process.pid, signal.SIGKILL)
                    process.wait()

    def _last_words(self, program: Program) -> str:
        if program.on_terminal or program.interactive:
            return "(above)"
        text = self.output_of(program).read_text(errors="replace").rstrip()
        return text[-2000:] or f"(it printed nothing; {self.output_of(program)})"


def _prepare_child() -> None:
    """Have the kernel end this program when its parent dies, even by SIGKILL: prctl(2)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(url: str) -> bool:
    """Return True if a GET of the address is answered with 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class RunFile:
    """A JSON file that is locked as long as the process lives that wrote it.

    No stale process id is ever believed.

    Args:
        path: The file; it stays when the process ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+", encoding="utf-8")

    def acquire(self) -> bool:
        """Take the lock and say who has it; False if another process does."""
        import fcntl  # not on Windows, where there is nothing here to run

        for _ in range(5):  # `stack status` holds it for a moment
            with suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.write()
                return True
            time.sleep(0.1)
        return False

    def write(self, **values: Any) -> None:
        """Say what runs; needs the lock."""
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), **values}))
        self._file.flush()

    def holder(self) -> dict[str, Any] | None:
        """Return the description that the owner of the lock wrote; None without an owner."""
        import fcntl

        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with suppress(ValueError):  # it is just being written
                    return dict(json.loads(self.path.read_text(encoding="utf-8")))
                time.sleep(0.05)
            else:
                self.release()
                return None

    def release(self) -> None:
        """Give the lock back."""
        import fcntl

        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, and with it give the lock back."""
        self._file.close()
