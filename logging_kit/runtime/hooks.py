"""Interpreter hooks that log whatever kills the bot, then call the hook that they replaced.

If that hook is the interpreter's own, its report on stderr is printed without secrets instead. The
hook of a debugger or of another library gets the exception object.
"""

from __future__ import annotations

import asyncio
import faulthandler
import functools
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
from typing import Any, Final, NoReturn

from ..diagnostics import attempt_all, warn_once
from ..events.model import Level
from ..store.filesystem import close_own, file_id
from .crash_log import open_crash_log
from .sinks import shows_lines
from .state import state
from .stderr import (
    masked_exit,
    print_uncaught,
    print_uncaught_in_thread,
    print_unraisable,
    reason_of,
)

Undo = Callable[[], None]
FLUSH_S: Final = 2.0
DELIBERATE_EXITS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Exceptions that end a program although nothing is wrong."""


class Hooks:
    """The installed hooks, and how to remove each.

    Args:
        flush: Called inside a hook after its line was written, with a time limit in seconds.
        write_end: Writes the end of the run, with its reason; called right before the process ends.
        expect_end: Keeps the reason for an end that the program itself decides on.
        run_when_released: Calls a function as soon as this thread is not inside a log call.
    """

    def __init__(
        self,
        flush: Callable[[float], bool],
        write_end: Callable[[str], None],
        expect_end: Callable[[str], None],
        run_when_released: Callable[[Undo], None],
    ) -> None:
        self._flush = flush
        self._write_end = write_end
        self._expect_end = expect_end
        self._run_when_released = run_when_released
        self._undo: dict[str, Undo] = {}
        self._log_dir: Path | None = None
        self._asked = False

    def install(self, names: Iterable[str], log_dir: Path, *, asked: bool = True) -> None:
        """Install these hooks and remove the others.

        Args:
            names: Names of hooks, as in the setting `hooks`.
            log_dir: Folder for `crash.log`, which faulthandler writes.
            asked: A person named them, and wants to hear of one that cannot be installed.
        """
        self._asked = asked
        wanted = set(names)
        if log_dir == self._log_dir:
            stay = wanted
        else:
            stay = wanted - {"faulthandler"}
        self._log_dir = log_dir
        for name in self._undo.keys() - stay:
            self._undo.pop(name)()
        for name in wanted - self._undo.keys():
            undo = self._install(name, log_dir)
            if undo is not None:
                self._undo[name] = undo

    def remove(self) -> None:
        """Remove all hooks, whatever fails in between.

        An exception that is on its way out of the program at this moment is still printed without
        secrets: `with setup(): …` shuts down before the interpreter prints it.
        """
        reports = "excepthook" in self._undo and sys.exc_info()[1] is not None
        while self._undo:
            name, undo = self._undo.popitem()
            attempt_all(f"removing the hook {name}", undo)
        if reports and sys.excepthook is sys.__excepthook__:
            sys.excepthook = print_uncaught

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
    ) -> bool:
        """Write a line; return True if a person sees it on the terminal that has stderr too."""
        pipeline = state.pipeline
        if pipeline is None:
            return False
        pipeline.emit(level, pipeline.settings.app, message, {"exc_info": error, **fields})
        is_written = self._flush(FLUSH_S) and not pipeline.may_drop_errors
        return is_written and error is not None and shows_lines(pipeline.settings)

    def _excepthook(self) -> Undo:
        before, live, undo_exit = sys.excepthook, [True], _mask_exit()

        def hook(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
            seen = False
            if live and not issubclass(kind, DELIBERATE_EXITS):
                seen = self._write("uncaught exception", error)
            if live:
                self._expect_end(reason_of(kind))
            if before is sys.__excepthook__:
                if not seen:
                    print_uncaught(kind, error, tb)
            else:
                before(kind, error, tb)

        def undo() -> None:
            undo_exit()
            _restore(sys, "excepthook", hook, before, live)

        sys.excepthook = hook
        return undo

    def _threading(self) -> Undo:
        before, live = threading.excepthook, [True]

        def hook(args: threading.ExceptHookArgs) -> None:
            seen = False
            if live and args.exc_type is not SystemExit:
                if args.thread is not None:
                    name = args.thread.name
                else:
                    name = "?"
                message = f"uncaught exception in thread {name}"
                seen = self._write(message, args.exc_value, thread=name)
            if before is threading.__excepthook__:
                if not seen:
                    print_uncaught_in_thread(args)
            else:
                before(args)

        threading.excepthook = hook
        return lambda: _restore(threading, "excepthook", hook, before, live)

    def _unraisable(self) -> Undo:
        before, live = sys.unraisablehook, [True]

        def hook(args: Any) -> None:
            seen = False
            if live:
                message = f"{args.err_msg or 'exception ignored'} in {_name_of(args.object)}"
                seen = self._write(message, args.exc_value, level="error")
            if before is sys.__unraisablehook__:
                if not seen:
                    print_unraisable(args)
            else:
                before(args)

        sys.unraisablehook = hook
        return lambda: _restore(sys, "unraisablehook", hook, before, live)

    def _asyncio(self) -> Undo | None:
        """Install a handler on the running loop.

        Errors of a loop that starts later reach us through the logger `asyncio`.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        before, live = loop.get_exception_handler(), [True]

        def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if live:
                task = context.get("task") or context.get("future")
                if isinstance(task, asyncio.Task):
                    fields = {"task": task.get_name()}
                else:
                    fields = {}
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
        if faulthandler.is_enabled():  # it writes to one file only, and that is another program's
            return None
        try:
            fd = open_crash_log(log_dir)
            own = file_id(fd)
            faulthandler.enable(fd)
        except OSError:
            return None

        def undo() -> None:
            faulthandler.disable()
            close_own(fd, own)

        return undo

    def _sigterm(self) -> Undo | None:
        if threading.current_thread() is not threading.main_thread():
            if self._asked:
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
                if callable(before):  # it decides whether the program ends now, later or not at all
                    self._expect_end("SIGTERM")
                    self._flush(FLUSH_S)
                    before(number, frame)
                    return
                self._flush(FLUSH_S)
                self._write_end("SIGTERM")
                self._flush(FLUSH_S)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGTERM)
                # still alive: the kernel ignores the signal for the first process of a container
                os._exit(128 + signal.SIGTERM)

            self._run_when_released(end)

        signal.signal(signal.SIGTERM, handler)

        def undo() -> None:
            with suppress(ValueError):  # not in the main thread
                if signal.getsignal(signal.SIGTERM) is handler:
                    signal.signal(signal.SIGTERM, before)

        return undo


def _mask_exit() -> Undo:
    """Let `sys.exit(text)` print its text without secrets; the interpreter calls no hook for it."""
    before, live = sys.exit, [True]

    @functools.wraps(before)
    def exit_masked(status: Any = None, /) -> NoReturn:
        before(masked_exit(status) if live else status)

    sys.exit = exit_masked
    return lambda: _restore(sys, "exit", exit_masked, before, live)


def _restore(owner: Any, name: str, ours: Any, before: Any, live: list[bool]) -> None:
    live.clear()
    # if another hook has chained to ours since, ours must stay, though it only passes on
    if getattr(owner, name) is ours:
        setattr(owner, name, before)


def _name_of(value: Any) -> str:
    return getattr(value, "__qualname__", None) or type(value).__qualname__


def cancelled_by_ctrl_c(error: BaseException) -> bool:
    """Return True if asyncio has turned a Ctrl-C into this.

    `asyncio.run` makes a `KeyboardInterrupt` of it again.
    """
    import asyncio

    runner = getattr(getattr(signal.getsignal(signal.SIGINT), "func", None), "__self__", None)
    return (
        isinstance(error, asyncio.CancelledError)
        and isinstance(runner, asyncio.Runner)
        and getattr(runner, "_interrupt_count", 0) > 0
    )
