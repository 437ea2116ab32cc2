"""Hooks into the interpreter, so that nothing that kills the bot goes unwritten; each chains to what was there before."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

from ..diagnostics import attempt_all, warn_once
from ..events.model import Level
from ..store.filesystem import close_own, open_fd
from .state import state

Undo = Callable[[], None]
FLUSH_S: Final = 2.0
_HIGH_FD: Final = 1_000
DELIBERATE_EXITS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Exceptions that end a program although nothing is wrong."""


class Hooks:
    """The hooks that are installed, and how to take each out again.

    Args:
        flush: Called inside a hook after its line was written, with a time limit in seconds.
        ended: Called by the SIGTERM hook with the reason for the end.
        run_when_released: Calls something as soon as no log call of this thread is under way.
    """

    def __init__(
        self,
        flush: Callable[[float], bool],
        ended: Callable[[str], None],
        run_when_released: Callable[[Undo], None],
    ) -> None:
        self._flush = flush
        self._ended = ended
        self._run_when_released = run_when_released
        self._undo: dict[str, Undo] = {}
        self._log_dir: Path | None = None

    def install(self, names: Iterable[str], log_dir: Path) -> None:
        """Install these hooks and take out the others.

        Args:
            names: Names from `logging_kit.settings.HOOKS`, or ``sigterm``.
            log_dir: Folder for ``crash.log``, which faulthandler writes.
        """
        wanted = set(names)
        stay = wanted if log_dir == self._log_dir else wanted - {"faulthandler"}
        self._log_dir = log_dir
        for name in self._undo.keys() - stay:
            self._undo.pop(name)()
        for name in wanted - self._undo.keys():
            undo = self._install(name, log_dir)
            if undo is not None:
                self._undo[name] = undo

    def remove(self) -> None:
        """Take all hooks out, whatever fails in between."""
        while self._undo:
            name, undo = self._undo.popitem()
            attempt_all(f"removing the hook {name}", undo)

    def _install(self, name: str, log_dir: Path) -> Undo | None:
        match name:
            case "excepthook":
                return self._excepthook()
            case "threading":
                return self._threading()
            case "unraisable":
                return self._unraisable()
            case "asyncio":
                return self._asyncio()
            case "warnings":
                return self._warnings()
            case "faulthandler":
                return self._faulthandler(log_dir)
            case "sigterm":
                return self._sigterm()
        return None

    def _write(
        self, message: str, error: BaseException | None, level: Level = "critical", **fields: Any
    ) -> None:
        pipeline = state.pipeline
        if pipeline is not None:
            pipeline.emit(level, pipeline.settings.app, message, {"exc_info": error, **fields})
            self._flush(FLUSH_S)

    def _excepthook(self) -> Undo:
        before, live = sys.excepthook, [True]

        def hook(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
            if live and not issubclass(kind, DELIBERATE_EXITS):
                self._write("uncaught exception", error)
            before(kind, error, tb)

        sys.excepthook = hook
        return lambda: _restore(sys, "excepthook", hook, before, live)

    def _threading(self) -> Undo:
        before, live = threading.excepthook, [True]

        def hook(args: threading.ExceptHookArgs) -> None:
            if live and args.exc_type is not SystemExit:
                name = args.thread.name if args.thread is not None else "?"
                self._write(f"uncaught exception in thread {name}", args.exc_value, thread=name)
            before(args)

        threading.excepthook = hook
        return lambda: _restore(threading, "excepthook", hook, before, live)

    def _unraisable(self) -> Undo:
        before, live = sys.unraisablehook, [True]

        def hook(args: Any) -> None:
            if live:
                where = args.err_msg or "exception ignored"
                self._write(f"{where} in {_name_of(args.object)}", args.exc_value, level="error")
            before(args)

        sys.unraisablehook = hook
        return lambda: _restore(sys, "unraisablehook", hook, before, live)

    def _asyncio(self) -> Undo | None:
        """Install a handler on the running loop; errors of loops that begin later come through the logger ``asyncio``."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        before, live = loop.get_exception_handler(), [True]

        def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if live:
                task = context.get("task") or context.get("future")
                fields = {"task": task.get_name()} if isinstance(task, asyncio.Task) else {}
                message = str(context.get("message") or "error in the event loop")
                self._write(message, context.get("exception"), level="error", **fields)
            if before is not None:
                before(loop, context)

        loop.set_exception_handler(handler)

        def undo() -> None:
            live.clear()
            if loop.get_exception_handler() is handler and not loop.is_closed():
                loop.set_exception_handler(before)

        return undo

    def _warnings(self) -> Undo | None:
        before = warnings.showwarning
        logging.captureWarnings(True)
        if warnings.showwarning is before:  # the bot captures them itself
            return None
        return lambda: logging.captureWarnings(False)

    def _faulthandler(self, log_dir: Path) -> Undo | None:
        if faulthandler.is_enabled():  # it writes to one file only, and that one is somebody else's
            return None
        try:
            log_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            fd = _high(open_fd(log_dir / "crash.log", flags, 0o640))
            inode = os.fstat(fd).st_ino
            faulthandler.enable(fd)
        except OSError:
            return None

        def undo() -> None:
            faulthandler.disable()
            close_own(fd, inode)

        return undo

    def _sigterm(self) -> Undo | None:
        if threading.current_thread() is not threading.main_thread():
            warn_once(
                "sigterm",
                "the hook sigterm is not installed: setup() was not called in the main thread",
            )
            return None
        before = signal.getsignal(signal.SIGTERM)
        if before is signal.SIG_IGN:
            return None

        def handler(number: int, frame: FrameType | None) -> None:
            def end() -> None:
                self._ended("SIGTERM")
                self._flush(FLUSH_S)
                if callable(before):
                    before(number, frame)
                else:
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                    os.kill(os.getpid(), signal.SIGTERM)

            self._run_when_released(end)

        signal.signal(signal.SIGTERM, handler)

        def undo() -> None:
            with suppress(ValueError):  # not in the main thread
                if signal.getsignal(signal.SIGTERM) is handler:
                    signal.signal(signal.SIGTERM, before)

        return undo


def _restore(owner: Any, name: str, ours: Any, before: Any, live: list[bool]) -> None:
    live.clear()
    if (
        getattr(owner, name) is ours
    ):  # else somebody has chained to ours since, and it must stay, though it only passes on
        setattr(owner, name, before)


def _high(fd: int) -> int:
    """Move a descriptor to a number that no other file gets soon after a daemon closed all of them.

    A crash handler cannot check what its number stands for before it writes.
    """
    if sys.platform == "win32":
        return fd
    import fcntl
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit > _HIGH_FD:
        limit = _HIGH_FD
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(3, limit - 24))
    except OSError:
        return fd
    os.close(fd)
    return high


def _name_of(value: Any) -> str:
    return getattr(value, "__qualname__", None) or type(value).__qualname__
