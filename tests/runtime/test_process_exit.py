"""The exception that ends a bot is written once, whatever its class.

Ctrl-C and `sys.exit` are not errors.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from tests.support.lines import read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
RunBot = Callable[..., subprocess.CompletedProcess[str]]


class Abort(BaseException):
    """An exception class of the bot."""


GROUP = BaseExceptionGroup("several", [KeyboardInterrupt(), ValueError("bad")])
ENDS = [
    (asyncio.CancelledError(), True), (GROUP, True), (Abort("now"), True), (ValueError("bad"), True),
    (KeyboardInterrupt(), False), (SystemExit(3), False), (GeneratorExit(), False),
]  # fmt: skip


@pytest.mark.parametrize(("error", "written"), ENDS, ids=lambda value: type(value).__name__)
def test_uncaught(
    error: BaseException, written: bool, start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    start(hooks=["excepthook"])
    sys.excepthook(type(error), error, None)
    assert [line["error_type"] for line in lines("error")] == (
        [type(error).__qualname__] if written else []
    )


@pytest.mark.parametrize(("error", "written"), ENDS, ids=lambda value: type(value).__name__)
def test_at_the_end_of_a_block(
    error: BaseException, written: bool, start: Start, log_dir: Path
) -> None:
    with pytest.raises(type(error)), start():
        raise error
    assert [line["error_type"] for line in read(log_dir, "error")] == (
        [type(error).__qualname__] if written else []
    )


ASYNC = """
import asyncio, logging_kit, os, signal

async def main():
    with logging_kit.setup(stdout="off"):
        asyncio.get_running_loop().call_later(0.05, {act})
        await asyncio.sleep(30)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("act", "errors"),
    [
        ("lambda: os.kill(os.getpid(), signal.SIGINT)", []),
        ("asyncio.current_task().cancel", ["CancelledError"]),
    ],
    ids=["Ctrl-C", "cancelled"],
)
def test_ctrl_c_in_asyncio_is_no_error(
    act: str, errors: list[str], run_bot: RunBot, tmp_path: Path
) -> None:
    run_bot(ASYNC.format(act=act))
    assert [line["error_type"] for line in read(tmp_path / "logs", "error")] == errors
    assert read(tmp_path / "logs", "bot")[-1]["phase"] == "shutdown"


def test_a_chained_hook_writes_nothing_twice(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(owner, name, lambda *_: None)

    def chain(owner: Any, name: str) -> None:
        ours = getattr(owner, name)
        setattr(owner, name, lambda *args: ours(*args))

    for _ in range(3):
        start(hooks=("excepthook", "threading", "unraisable"))
        for owner, name in (
            (sys, "excepthook"),
            (threading, "excepthook"),
            (sys, "unraisablehook"),
        ):
            chain(owner, name)
        logging_kit.shutdown()
    start(hooks=("excepthook", "threading", "unraisable"))
    sys.excepthook(ValueError, ValueError("main"), None)
    threading.excepthook(threading.ExceptHookArgs((ValueError, ValueError("thread"), None, None)))
    sys.unraisablehook(_Unraisable())  # type: ignore[arg-type]
    assert [line["error"] for line in lines("error")] == ["main", "thread", "finalizer"]


class _Unraisable:
    exc_type, exc_value, exc_traceback, err_msg, object = (
        ValueError,
        ValueError("finalizer"),
        None,
        None,
        None,
    )


def test_sigterm_from_another_thread_says_that_it_is_not_there(run_bot: RunBot) -> None:
    source = """
import logging_kit, threading
thread = threading.Thread(target=lambda: logging_kit.setup(stdout="off", hooks="sigterm"))
thread.start(); thread.join()
"""
    assert "the hook sigterm is not installed" in run_bot(source).stderr
