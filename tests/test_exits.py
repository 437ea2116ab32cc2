"""However a process ends.

Every line whose call returned is there after the next start, once and whole.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support.runs import after_restart, assert_complete, by_run, everything, texts

pytestmark = pytest.mark.slow

BOT = """
import logging_kit, os, signal, sys, threading, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=("excepthook", "threading", "unraisable", "sigterm"))
for number in range(3_000):
    log.info("line", number=number)
log.trade("entry", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1, price=2)
{end}
"""

ENDS = {
    "return": ("", 0, "exit"),
    "sys.exit": ("sys.exit(3)", 3, "exit"),
    "exception": ("raise ValueError('no')", 1, "exception: ValueError"),
    "KeyboardInterrupt": ("os.kill(os.getpid(), signal.SIGINT); time.sleep(5)", -signal.SIGINT, "Ctrl-C"),
    "SIGTERM": ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)", -signal.SIGTERM, "SIGTERM"),
    "os._exit": ("os._exit(4)", 4, None),
    "SIGKILL": ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, None),
    "SIGHUP": ("os.kill(os.getpid(), signal.SIGHUP); time.sleep(5)", -signal.SIGHUP, None),
    "abort": ("os.abort()", -signal.SIGABRT, None),
    "segmentation fault": ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV, None),
    "exec": ("os.execv('/bin/true', ['true'])", 0, None),
    "os._exit in a thread": ("threading.Thread(target=os._exit, args=(4,)).start(); time.sleep(5)", 4, None),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_no_line_is_lost(run_bot, log_dir, end):
    statement, code, reason = ENDS[end]
    ended = run_bot(BOT.format(end=statement))
    assert ended.returncode == code, ended.stderr
    found = after_restart(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 1
    assert [line["number"] for line in found if "number" in line] == list(range(3_000))
    assert [line["event"] for line in found if line["_file"] == "trade"] == ["TRADE"]
    assert [line["reason"] for line in found if line.get("phase") == "shutdown"] == (
        [reason] if reason else []
    )
    errors = [line["error_type"] for line in found if line["_file"] == "error"]
    assert errors == (["ValueError"] if end == "exception" else [])


def test_a_journal_of_a_process_that_ended_in_peace_is_removed(run_bot, log_dir):
    assert run_bot(BOT.format(end="")).returncode == 0
    assert not list(log_dir.rglob("*-*.journal"))


def test_the_end_follows_what_the_bot_s_own_sigterm_handler_logs_and_is_written_once(
    run_bot, log_dir
):
    source = """
import logging_kit, os, signal, sys, time
def handler(number, frame):
    log.info("mine")
    sys.exit(7)
signal.signal(signal.SIGTERM, handler)
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=("sigterm",))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(5)
"""
    assert run_bot(source).returncode == 7
    found = everything(log_dir)
    assert_complete(found)
    assert [line.get("reason") or line["message"] for line in found][1:] == ["mine", "SIGTERM"]


@pytest.mark.usefixtures("untraced")
def test_sigterm_within_log_calls(tmp_path, log_dir):
    source = """
import logging_kit, sys
log = logging_kit.setup(log_dir="logs", stdout="json", hooks=("sigterm",))
number = 0
while True:
    log.info("line", number=number)
    number += 1
"""
    for wanted in range(1, 4):
        bot = subprocess.Popen(
            [sys.executable, "-c", source],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert bot.stdout is not None
        bot.stdout.readline()
        bot.terminate()
        out, error = bot.communicate(timeout=20)
        assert (bot.returncode, error) == (-signal.SIGTERM, b"")
        assert b'"reason":"SIGTERM"' in out[-1_000:]
        found = everything(log_dir)
        assert_complete(found)
        assert len([line for line in found if line.get("reason") == "SIGTERM"]) == wanted


# What still logs at the end.


def test_exit_handlers_may_log(run_bot, log_dir):
    source = """
import atexit, logging_kit
log = logging_kit.get_logger()
atexit.register(lambda: log.error("registered before setup"))
logging_kit.setup(log_dir="logs", stdout="off")
atexit.register(lambda: log.error("registered after setup"))
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = everything(log_dir)
    assert_complete(found)
    assert texts(found) == ["registered after setup", "registered before setup"] or [
        line["message"] for line in found if line["_file"] == "error"
    ] == ["registered after setup", "registered before setup"]


def test_finalizers_at_the_very_end_may_log(run_bot, log_dir):
    source = """
import logging_kit
log = logging_kit.setup(log_dir="logs", stdout="json")
class Client:
    def __init__(self, name):
        self.name = name
        self.me = self
    def __del__(self):
        log.info("closed", client=self.name)
        log.trade("exit", trade_id=self.name, position_side="LONG", symbol="BTC/USDT", qty=1, price=2)
clients = [Client("first"), Client("second")]
import builtins
builtins.keep = Client("third")
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = everything(log_dir)
    assert_complete(found)
    assert sorted(line["client"] for line in found if "client" in line) == [
        "first",
        "second",
        "third",
    ]
    assert sorted(line["trade_id"] for line in found if "trade_id" in line) == [
        "first",
        "second",
        "third",
    ]


@pytest.mark.parametrize("daemon", [True, False])
def test_threads_that_log_until_the_end(run_bot, log_dir, daemon):
    source = f"""
import logging_kit, threading, time
log = logging_kit.setup(log_dir="logs", stdout="off")
ended = time.monotonic() + 0.4
def work(name):
    number = 0
    while time.monotonic() < ended:
        log.info("line", thread=name, number=number)
        number += 1
for name in range(4):
    threading.Thread(target=work, args=(name,), daemon={daemon}).start()
time.sleep(0.1)
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    for name in range(4):
        numbers = [line["number"] for line in found if line.get("thread") == name]
        assert numbers == list(range(len(numbers)))
        assert numbers


def test_the_first_line_of_all_at_exit(run_bot, log_dir):
    source = """
import atexit, logging_kit
@atexit.register
def end():
    logging_kit.setup(log_dir="logs", stdout="json").info("only line")
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "only line" in texts(after_restart(log_dir))


def test_a_thread_that_dies_is_written(run_bot, log_dir):
    source = BOT.format(
        end="t = threading.Thread(target=lambda: 1 / 0, name='feed'); t.start(); t.join(); os._exit(0)"
    )
    assert run_bot(source).returncode == 0
    (error,) = [line for line in after_restart(log_dir) if line["_file"] == "error"]
    assert (error["error_type"], error["thread"]) == ("ZeroDivisionError", "feed")
