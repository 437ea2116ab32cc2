"""The hooks: what kills a bot, or would go unseen, is written and flushed.

What was there before is called as well.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.settings import HOOKS
from tests.support.lines import read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
RunBot = Callable[..., subprocess.CompletedProcess[str]]


def test_an_uncaught_exception_is_written_and_the_hook_before_is_called(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: called.append(args))
    start(hooks=["excepthook"])
    error = ValueError("bad")
    sys.excepthook(ValueError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    (line,) = lines("error")
    assert (line["level"], line["event"], line["message"], line["error_type"], line["error"]) == (
        "critical", "ERROR", "uncaught exception", "ValueError", "bad",
    )  # fmt: skip
    assert [args[0] for args in called] == [ValueError, KeyboardInterrupt]
    assert called[0][1] is error


def test_an_exception_that_ends_a_thread(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", called.append)
    start(hooks=["threading"])

    def work(error: BaseException) -> None:
        raise error

    for error in (ValueError("bad"), SystemExit(1)):
        thread = threading.Thread(target=work, args=(error,), name="worker")
        thread.start()
        thread.join()
    (line,) = lines("error")
    assert (line["level"], line["message"], line["thread"]) == (
        "critical",
        "uncaught exception in thread worker",
        "worker",
    )
    assert line["exception"]["frames"][-1]["function"] == "work"
    assert len(called) == 2


def test_an_exception_that_no_code_can_catch(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", called.append)
    start(hooks=["unraisable"])

    class Bad:
        def __del__(self) -> None:
            raise ValueError("bad")

    Bad()
    gc.collect()
    (line,) = lines("error")
    assert (line["level"], line["error_type"], line["error"]) == ("error", "ValueError", "bad")
    assert "Bad.__del__" in line["message"]
    assert len(called) == 1


def test_a_running_loop_gets_a_handler_that_chains(start: Start, lines: Lines) -> None:
    called: list[Any] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: called.append(context))
        before = loop.get_exception_handler()
        start(hooks=["asyncio", "stdlib"])
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)
        task = asyncio.create_task(_fail(), name="watcher")
        await asyncio.sleep(0.01)
        del task
        gc.collect()
        logging_kit.shutdown()
        assert loop.get_exception_handler() is before

    asyncio.run(main())
    first, second = lines("error")
    assert (first["error_type"], first["level"], first["exception"]["type"]) == (
        "ZeroDivisionError",
        "error",
        "ZeroDivisionError",
    )
    assert (second["error_type"], second["task"]) == ("ValueError", "watcher")
    assert second["message"] == "Task exception was never retrieved"
    assert len(called) == 2


async def _fail() -> None:
    raise ValueError("bad")


def test_a_loop_that_begins_later_is_heard_through_logging(start: Start, lines: Lines) -> None:
    start(hooks=HOOKS)

    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    asyncio.run(main())
    (line,) = lines("error")
    assert (line["logger"], line["error_type"]) == ("asyncio", "ZeroDivisionError")


def test_warnings_become_lines(start: Start, lines: Lines) -> None:
    start(hooks=["warnings", "stdlib"])
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    (line,) = lines()
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")
    assert "DeprecationWarning: old thing" in line["message"]


def test_warnings_that_the_bot_captures_itself_stay_captured(start: Start) -> None:
    logging.captureWarnings(True)
    try:
        captured = warnings.showwarning
        start(hooks=["warnings"])
        logging_kit.shutdown()
        assert warnings.showwarning is captured
    finally:
        logging.captureWarnings(False)


def test_each_hook_can_be_turned_off(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *args: None)
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    monkeypatch.setattr(sys, "unraisablehook", lambda args: None)

    def state() -> dict[str, Any]:
        return {
            "excepthook": sys.excepthook, "threading": threading.excepthook, "unraisable": sys.unraisablehook,
            "warnings": warnings.showwarning, "stdlib": list(logging.getLogger().handlers),
            "sigterm": signal.getsignal(signal.SIGTERM),
        }  # fmt: skip

    before = state()
    for name in before:
        start(hooks=[name])
        changed = {each for each, value in state().items() if value != before[each]}
        assert changed == {name}
    start(hooks=())
    assert state() == before


def test_a_chained_hook_stays_harmless_after_shutdown(start: Start, log_dir: Path) -> None:
    start(hooks=["excepthook"])
    ours = sys.excepthook
    sys.excepthook = lambda *args: ours(*args)
    logging_kit.shutdown()
    size = sum(path.stat().st_size for path in log_dir.glob("segments/*"))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    ours(ValueError, ValueError("no listener"), None)
    assert sum(path.stat().st_size for path in log_dir.glob("segments/*")) == size


def test_faulthandler_is_left_alone_when_it_is_enabled_already(
    start: Start, log_dir: Path, tmp_path: Path
) -> None:
    was_enabled = faulthandler.is_enabled()
    with (tmp_path / "of another program").open("w") as file:
        faulthandler.enable(file)
        try:
            _starts_beside_an_enabled_faulthandler(start, log_dir)
        finally:
            faulthandler.disable()
            if was_enabled:  # by pytest
                faulthandler.enable(sys.__stderr__)


def _starts_beside_an_enabled_faulthandler(start: Start, log_dir: Path) -> None:
    start(hooks=["faulthandler"])
    logging_kit.shutdown()
    assert faulthandler.is_enabled()
    assert not (log_dir / "crash.log").exists()


def test_an_uncaught_exception_ends_a_program_as_ever(run_bot: RunBot, tmp_path: Path) -> None:
    source = """
import logging_kit, threading, sys
log = logging_kit.setup(stdout="json")
def work(): raise KeyError("in a thread")
thread = threading.Thread(target=work, name="worker"); thread.start(); thread.join()
def main(): raise ValueError("bad")
main()
"""
    done = run_bot(source)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("ValueError: bad")
    assert "Exception in thread worker" in done.stderr
    thread, main = read(tmp_path / "logs", "error")
    assert (
        thread["error_type"],
        main["error_type"],
        main["exception"]["frames"][-1]["function"],
    ) == (
        "KeyError",
        "ValueError",
        "main",
    )
    *_, end = read(tmp_path / "logs", "bot")
    assert (end["phase"], end["reason"]) == ("shutdown", "exception: ValueError")
    assert len(done.stdout.splitlines()) == 4


def test_a_real_crash_leaves_crash_log(run_bot: RunBot, tmp_path: Path) -> None:
    source = """
import faulthandler, logging_kit, sys
log = logging_kit.setup(stdout="off", log_dir=sys.argv[1])
logging_kit.setup(stdout="off", log_dir=sys.argv[2])
log.info("last words")
faulthandler._sigsegv()
"""
    done = run_bot(source, "first", "logs")
    assert done.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in (tmp_path / "logs" / "crash.log").read_text()
    assert "<string>" in (tmp_path / "logs" / "crash.log").read_text()
    assert (
        not (tmp_path / "first" / "crash.log").exists()
        or not (tmp_path / "first" / "crash.log").read_text()
    )
    assert after_recovery(tmp_path)[-1]["message"] == "last words"


def test_without_the_hook_there_is_no_crash_log(run_bot: RunBot, tmp_path: Path) -> None:
    done = run_bot(
        'import logging_kit, faulthandler; logging_kit.setup(hooks="excepthook"); print(faulthandler.is_enabled())'
    )
    assert done.stdout.splitlines()[-1] != "True"
    assert "False" in done.stdout
    assert not (tmp_path / "logs" / "crash.log").exists()


def after_recovery(tmp_path: Path) -> list[dict[str, Any]]:
    """The lines of a process that ended without a goodbye, once the next one has brought them home."""
    before = {line["run_id"] for line in read(tmp_path / "logs")}
    with logging_kit.setup(log_dir=tmp_path / "logs", stdout="off", hooks=()):
        ours = logging_kit.stats()["run_id"]
    written = [line for line in read(tmp_path / "logs") if line["run_id"] != ours]
    assert before <= {line["run_id"] for line in written}
    return written


SIGTERM = """
import logging_kit, os, signal, sys, threading, time
{before}
log = logging_kit.setup(stdout="off", hooks=[{hooks}])
{body}
time.sleep(20)
"""


@pytest.mark.parametrize(
    ("hooks", "before", "returncode", "reasons", "printed"),
    [
        ('"sigterm"', "", -signal.SIGTERM, ["SIGTERM"], ""),
        ("", "", -signal.SIGTERM, [], ""),
        (
            '"sigterm"',
            'signal.signal(signal.SIGTERM, lambda *_: (print("mine"), sys.exit(3)))',
            3,
            ["SIGTERM"],
            "mine\n",
        ),
        ('"sigterm"', "signal.signal(signal.SIGTERM, signal.SIG_IGN)", 0, ["exit"], ""),
    ],
    ids=["on", "off", "with a handler of the bot's", "ignored by the bot"],
)
def test_sigterm(
    hooks: str,
    before: str,
    returncode: int,
    reasons: list[str],
    printed: str,
    run_bot: RunBot,
    tmp_path: Path,
) -> None:
    body = (
        'log.info("working")\nos.kill(os.getpid(), signal.SIGTERM)\nsys.exit(0)'
        if "IGN" in before
        else ('log.info("working")\nos.kill(os.getpid(), signal.SIGTERM)')
    )
    done = run_bot(SIGTERM.format(hooks=hooks, before=before, body=body))
    assert (done.returncode, done.stdout, done.stderr) == (returncode, printed, "")
    written = after_recovery(tmp_path)
    assert [line["message"] for line in written if "event" not in line] == ["working"]
    assert [line.get("reason") for line in written if line.get("phase") == "shutdown"] == reasons


def test_sigterm_in_the_middle_of_a_log_call(run_bot: RunBot, tmp_path: Path) -> None:
    body = """
threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGTERM)).start()
number = 0
while True:
    log.info("x", number=number)
    number += 1
"""
    done = run_bot(SIGTERM.format(hooks='"sigterm"', before="", body=body))
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    written = read(tmp_path / "logs")
    numbers = [line["number"] for line in written if "number" in line]
    assert len(numbers) > 10
    assert numbers == list(range(len(numbers)))
    assert [line.get("reason") for line in written if line.get("phase") == "shutdown"] == [
        "SIGTERM"
    ]
    assert len({line["seq"] for line in written}) == len(written)


def test_setup_in_a_thread_does_without_sigterm(start: Start) -> None:
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=lambda: start(hooks=["sigterm"]))
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before
    assert logging_kit.stats()["lines"] == {"bot": 1}
