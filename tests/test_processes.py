"""Many processes, many restarts and many exits.

Nothing is lost, torn or doubled, and few files are made.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from tests.support import crash_loop, pools
from tests.support.runs import after_restart, assert_complete, by_run, everything, texts

pytestmark = pytest.mark.slow

PROCESSES, LINES = 4, 20_000

BUSY = """
import json, logging_kit, sys, time
log = logging_kit.setup(log_dir="logs", stdout="off", segment_size=500_000)
started = time.monotonic()
for number in range(int(sys.argv[2])):
    match number % 4:
        case 0:
            log.info("line", process=sys.argv[1], number=number)
        case 1:
            log.order("submitted", order_id=str(number), symbol="BTC/USDT", side="buy", qty=1, process=sys.argv[1], number=number)
        case 2:
            log.signal("LONG", symbol="BTC/USDT", confidence=0.9, process=sys.argv[1], number=number)
        case 3:
            log.error("line", process=sys.argv[1], number=number)
print(json.dumps(logging_kit.stats()["dropped"]))
"""


def test_processes_that_share_a_folder(tmp_path, log_dir):
    bots = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, str(number), str(LINES)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for bot in bots:
        out, error = bot.communicate(timeout=120)
        assert (bot.returncode, error, json.loads(out)) == (0, "", {})
    found = everything(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == PROCESSES
    for number in range(PROCESSES):
        mine = [line for line in found if line.get("process") == str(number)]
        assert [line["number"] for line in mine] == list(range(LINES))
        assert len({line["run_id"] for line in mine}) == 1
    assert {line["_file"] for line in found} == {"bot", "trade", "ai_signal", "error"}
    assert not list(log_dir.rglob("*-*.journal"))


@pytest.mark.parametrize("kind", ["process", "pool", "executor"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools(tmp_path, method, kind):
    pools.check(tmp_path, method, kind)


def test_a_crash_loop_makes_few_files(run_bot, log_dir):
    crash_loop.check(run_bot, log_dir, restarts=300)


ENDING = """
import logging_kit, sys, threading, time
log = logging_kit.setup(log_dir="logs", stdout="json", archive_after=0, segment_size=20_000)
def work():
    while True:
        log.info("line", text="x" * 300)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(float(sys.argv[1]))
sys.stdout.write("the bot's own\\n")
"""


@pytest.mark.parametrize("seconds", [0, 0.003, 0.01, 0.03, 0.1])
def test_the_interpreter_ends_in_peace(tmp_path, log_dir, seconds):
    for _ in range(4):
        bot = subprocess.run(
            [sys.executable, "-c", ENDING, str(seconds)],
            cwd=tmp_path,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (bot.returncode, bot.stderr) == (0, b"")
        assert b"the bot's own\n" in bot.stdout
    assert_complete(after_restart(log_dir))


def test_a_pipe_without_a_reader_stops_neither_the_bot_nor_its_files(tmp_path, log_dir):
    source = """
import logging_kit, time
log = logging_kit.setup(log_dir="logs", stdout="json")
started = time.monotonic()
for number in range(50_000):
    log.info("line", number=number)
log.info("took", seconds=time.monotonic() - started, dropped=logging_kit.stats()["dropped"])
"""
    bot = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        started = time.monotonic()
        assert bot.wait(40) == 0
        assert time.monotonic() - started < 20
        found = everything(log_dir)
        assert_complete(found)
        assert sorted(line["number"] for line in found if "number" in line) == list(range(50_000))
    finally:
        bot.kill()
        out, error = bot.communicate()
    assert error.count(b"\n") <= 1
    assert all(json.loads(line)["level"] for line in out[: out.rfind(b"\n") + 1].splitlines())


def test_an_idle_bot_does_nothing(tmp_path):
    source = """
import logging_kit, time
log = logging_kit.setup(log_dir="logs", stdout="json")
log.info("line")
logging_kit.flush()
time.sleep(0.5)
before = time.process_time()
time.sleep(4)
log.info("idle", cpu_s=time.process_time() - before)
"""
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert time.monotonic() - started > 4
    (idle,) = [json.loads(line) for line in ended.stdout.splitlines() if '"idle"' in line]
    assert idle["cpu_s"] < 0.01
    assert "line" in texts(everything(tmp_path / "logs"))
