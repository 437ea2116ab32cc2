"""Replacements for the interpreter's own reports on stderr: the same layout, without secrets.

`sys.__excepthook__`, `threading.__excepthook__` and `sys.__unraisablehook__` print values as they
are. Docker, systemd and `nohup` put stderr into the same log as everything else.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from ..masking import MASK, process_masker

_HIDDEN = f"<{MASK}: this report could not be masked>\n"


def print_uncaught(
    kind: type[BaseException], error: BaseException | None, tb: TracebackType | None
) -> None:
    """Print an uncaught exception as `sys.__excepthook__` does."""
    _print(lambda: _traceback(kind, error, tb))


def print_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    """Print the exception that ended a thread as `threading.__excepthook__` does."""
    if args.exc_type is SystemExit:
        return
    name = args.thread.name if args.thread is not None else threading.get_ident()
    _print(
        lambda: (
            f"Exception in thread {name}:\n"
            + _traceback(args.exc_type, args.exc_value, args.exc_traceback)
        )
    )


def print_unraisable(args: Any) -> None:
    """Print an exception that nothing can catch as `sys.__unraisablehook__` does."""

    def report() -> str:
        tail = "" if args.object is None else f": {_repr(args.object)}"
        head = f"{args.err_msg or 'Exception ignored in'}{tail or ':'}\n"
        return head + _traceback(args.exc_type, args.exc_value, args.exc_traceback, chain=False)

    _print(report)


class ExitText(str):
    """Text given to `sys.exit` that is equal to itself and prints itself masked.

    The interpreter prints it by `str()` after every hook has run; a program that catches
    `SystemExit` still finds its own text in `code`.
    """

    __slots__ = ()

    def __str__(self) -> str:
        try:
            return process_masker().text(str.__str__(self))
        except Exception:
            return _HIDDEN.rstrip()


def masked_exit(code: Any) -> Any:
    """Return what to exit with instead of `code`: a text prints itself masked, a number stays."""
    if code is None or isinstance(code, int) or type(code) is ExitText:
        return code
    try:
        text = str(code)
        shows_a_secret = process_masker().text(text) != text
    except Exception:
        return code  # the interpreter reports an object without a text
    return ExitText(text) if shows_a_secret else code


def reason_of(kind: type[BaseException] | None) -> str:
    """Return why a program ends that an exception of this type ends; empty if there is none."""
    if kind is None or issubclass(kind, (SystemExit, GeneratorExit)):
        return ""
    if issubclass(kind, KeyboardInterrupt):
        return "Ctrl-C"
    return f"exception: {kind.__qualname__}"


def _traceback(
    kind: type[BaseException] | None,
    error: BaseException | None,
    tb: TracebackType | None,
    *,
    chain: bool = True,
) -> str:
    if error is None:
        name = kind.__qualname__ if kind is not None else "NoneType"
        frames = traceback.format_tb(tb)
        head = "Traceback (most recent call last):\n" if frames else ""
        return head + "".join(frames) + f"{name}\n"
    return "".join(traceback.format_exception(kind, error, tb, chain=chain))


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return "<object repr() failed>"


def _print(report: Callable[[], str]) -> None:
    """Write a report to stderr, masked; if that fails, say only that it failed."""
    try:
        text = process_masker().text(report())
    except Exception:
        text = _HIDDEN
    file = sys.stderr
    if file is None:
        return
    with suppress(Exception):  # a closed stderr leaves nowhere to report to
        file.write(text)
        file.flush()
