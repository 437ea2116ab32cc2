"""A disk that takes nothing for a while.

What standard output, the numbers and the processor see of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import logging_kit
from logging_kit.store.drain import Drain
from tests.support.runs import assert_complete, everything, texts, written

pytestmark = pytest.mark.slow

STUCK = """
import json, logging_kit, resource, sys
log = logging_kit.setup(log_dir="logs", stdout="json", hooks=(), segment_size=100_000_000)
number = 0
def write(count, text=""):
    global number
    for number in range(number + 1, number + 1 + count):
        log.info("line", number=number, text=text)
log.info("before")
assert logging_kit.flush()
infinity = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_FSIZE, (1, infinity))
write(50)
sys.stdin.readline()
write(50)
sys.stdin.readline()
while not logging_kit.stats()["dropped"]:
    write(1, "x " * 5_000)
write(20, "x " * 5_000)
log.error("line", number=number + 1, text="x " * 5_000)
dropped = logging_kit.stats()["dropped"]
sys.stdin.readline()
resource.setrlimit(resource.RLIMIT_FSIZE, (infinity, infinity))
while not logging_kit.flush(1):
    pass
log.info("after")
assert logging_kit.flush()
print(json.dumps([number + 1, dropped, logging_kit.stats()["dropped"]]), file=sys.stderr)
"""


def test_standard_output_goes_on_and_shows_each_line_once(tmp_path, log_dir):
    pipe = subprocess.PIPE
    bot = subprocess.Popen(
        [sys.executable, "-c", STUCK], cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert bot.stdin is not None
    assert bot.stdout is not None
    watchdog = threading.Timer(30, bot.kill)
    watchdog.start()
    shown: list[dict[str, Any]] = [json.loads(bot.stdout.readline())]

    def read_until(**values: Any) -> None:
        while shown[-1] | values != shown[-1]:
            shown.append(json.loads(bot.stdout.readline()))
        bot.stdin.write("\n")
        bot.stdin.flush()

    read_until(number=50)  # the disk has taken nothing since the first line
    read_until(number=100)
    read_until(level="error")
    out, error = bot.communicate()
    watchdog.cancel()
    assert bot.returncode == 0, error
    shown += [json.loads(line) for line in out.splitlines()]
    number, dropped, at_last = json.loads(error.splitlines()[-1])
    assert dropped == at_last == {"disk_full": 22}
    assert [line["number"] for line in shown if "number" in line] == list(range(1, number + 1))
    assert [line["seq"] for line in shown] == list(range(1, len(shown) + 1))
    found = everything(log_dir)
    assert_complete(found)
    assert len([line for line in found if "number" in line]) == number - 22


def test_a_fast_disk_drops_no_line_of_threads_that_never_pause(run_bot, log_dir):
    source = """
import json, logging_kit, sys, threading, time
log = logging_kit.setup(log_dir="logs", stdout="off", segment_size=400_000)
longest = []
def spin():
    most = 0.0
    for number in range(4_000):
        begun = time.perf_counter()
        log.info("line", number=number, text="x" * 600)
        most = max(most, time.perf_counter() - begun)
    longest.append(most)
threads = [threading.Thread(target=spin) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([logging_kit.stats()["dropped"], max(longest)]))
"""
    ended = run_bot(source)
    dropped, _longest_s = json.loads(ended.stdout)
    assert (dropped, ended.stderr) == ({}, "")
    found = everything(log_dir)
    assert_complete(found)
    assert texts(found).count("line") == 32_000


def test_a_disk_that_hangs_is_named_and_keeps_no_call_for_long(start, log_dir, monkeypatch, capfd):
    resume = threading.Event()
    half = Drain.half
    monkeypatch.setattr(Drain, "half", lambda *args: (resume.wait(60), half(*args))[-1])
    log = start()
    longest_s, dropped = 0.0, 0
    while dropped < 3:
        begun = time.perf_counter()
        log.info("line", text="x" * 50_000)
        longest_s = max(longest_s, time.perf_counter() - begun)
        dropped = logging_kit.stats()["dropped"].get("busy", 0)
    resume.set()
    assert longest_s < 2.0  # 0.25 s on an idle machine
    assert "took none for 250 ms" in capfd.readouterr().err
    log.info("after")
    found = written(log_dir)
    assert_complete(found)
    assert sum(line.get("dropped", 0) for line in found) == dropped
