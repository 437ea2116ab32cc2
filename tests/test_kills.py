"""Processes that are killed, over and over.

What a returned call has promised is there, once and whole.
"""

from __future__ import annotations

import json
import os
import sys

import pytest

from tests.support import crash_loop
from tests.support.mounts import in_namespace, namespace
from tests.support.runs import after_restart, assert_complete, everything

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("TEST_KILLS", "30"))
"""How many processes a test kills; the figures in the documentation are of 300."""

KILLED = """
import json, logging_kit, mmap, os, random, signal, struct, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
logging_kit.setup(log_dir="warm", stdout="off", hooks=()).error("patterns are compiled once, before the forks")
logging_kit.shutdown()
kills, threads, size, seed = map(int, sys.argv[1:])
random.seed(seed)
acknowledged = mmap.mmap(-1, 8 * kills * threads)

def work(log, kill, thread):
    at = 8 * (kill * threads + thread)
    for number in range(10**9):
        text = "x " * random.choice((10, 10, 100, 3_000))
        if number % 7:
            log.info("line", kill=kill, thread=thread, number=number, text=text)
        else:
            log.error("line", kill=kill, thread=thread, number=number, text=text)
        acknowledged[at : at + 8] = struct.pack("q", number + 1)

for kill in range(kills):
    pid = os.fork()
    if not pid:
        log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=size)
        for thread in range(threads - 1):
            threading.Thread(target=work, args=(log, kill, thread), daemon=True).start()
        work(log, kill, threads - 1)
    if kill % 3:  # else at its very beginning
        end = time.monotonic() + 10
        while not any(acknowledged[8 * kill * threads : 8 * (kill + 1) * threads]) and time.monotonic() < end:
            time.sleep(0.001)
    time.sleep(random.uniform(0.001, 0.05))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
print(json.dumps(struct.unpack(f"{kills * threads}q", acknowledged)))
"""


@pytest.mark.parametrize(("threads", "size"), [(1, 16_000_000), (4, 60_000)])
def test_killed_under_load_with_rotation(run_bot, log_dir, threads, size):
    ended = run_bot(KILLED, str(KILLS), str(threads), str(size), "1")
    assert (ended.returncode, ended.stderr) == (0, "")
    acknowledged = json.loads(ended.stdout)
    assert sum(map(bool, acknowledged)) > KILLS // 2
    check_acknowledged(log_dir, threads, acknowledged)


def check_acknowledged(log_dir, threads, acknowledged):
    """Each line whose call returned is there, once and whole, and at most one more of each thread."""
    found = after_restart(log_dir)
    assert_complete(found)
    numbers = {}
    for line in found:
        if "number" in line:
            numbers.setdefault((line["kill"], line["thread"]), []).append(line["number"])
    for index, count in enumerate(acknowledged):
        written = numbers.get(divmod(index, threads), [])
        assert written == list(range(len(written)))  # in order, without a gap, and none twice
        assert count <= len(written) <= count + 1
    assert not list(log_dir.rglob("*-*.journal"))


FULL = """
import json, logging_kit, mmap, os, random, resource, signal, struct, subprocess, sys, time
logging_kit.setup(log_dir="warm", stdout="off", hooks=()).error("patterns are compiled once, before the forks")
logging_kit.shutdown()
kills, how = int(sys.argv[1]), sys.argv[2]
random.seed(3)
os.makedirs("logs/segments")
if how == "mount":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=750", "none", "logs/segments"], check=True)
acknowledged = mmap.mmap(-1, 8 * kills)
for kill in range(kills):
    pid = os.fork()
    if not pid:
        log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=60_000)
        if how == "limit":
            logging_kit.flush()
            resource.setrlimit(resource.RLIMIT_FSIZE, (30_001, resource.RLIM_INFINITY))
        for number in range(400):
            log.info("line", kill=kill, thread=0, number=number, text="x" * random.choice((10, 500, 3_000)))
            acknowledged[8 * kill : 8 * kill + 8] = struct.pack("q", number + 1)
        time.sleep(10)
    end = time.monotonic() + 10
    while not any(acknowledged[8 * kill : 8 * kill + 8]) and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(random.uniform(0.001, 0.1) + (kill == 0))  # the first writer meets the full disk
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
assert how == "limit" or len(os.listdir("logs/.journal")) > 2, "it was never full"
if how == "mount":
    subprocess.run(["mount", "-o", "remount,size=64m", "logs/segments"], check=True)
print(json.dumps(struct.unpack(f"{kills}q", acknowledged)))
"""


def test_killed_while_the_segments_have_no_room(tmp_path, log_dir):
    kills, how = max(4, KILLS // 3), "mount" if namespace() else "limit"
    script = '"$@"'
    if how == "mount":
        script += "; cp -a logs/segments kept; umount logs/segments; rmdir logs/segments; mv kept logs/segments"
    ended = in_namespace(
        tmp_path, script, sys.executable, "-W", "ignore", "-c", FULL, str(kills), how
    )
    assert ended.returncode == 0, ended.stderr
    assert "No space left" in ended.stderr or how == "limit"
    acknowledged = json.loads(ended.stdout)
    assert all(acknowledged)
    check_acknowledged(log_dir, 1, acknowledged)
    assert not list(log_dir.rglob("*-*.journal"))


RECOVERY = """
import logging_kit, os, random, signal, sys, time
logging_kit.setup(log_dir="warm", stdout="off", hooks=()).error("patterns are compiled once, before the forks")
logging_kit.shutdown()
kills = int(sys.argv[1])
random.seed(2)
pid = os.fork()
if not pid:
    log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=40_000)
    log.info("line", number=-1)
    assert logging_kit.flush()
    os.chmod("logs/segments", 0o750)
    for number in range(2_500):
        log.info("line", number=number, text="x" * 200)
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(pid, 0)
for _ in range(kills):
    pid = os.fork()
    if not pid:
        log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=40_000)
        time.sleep(5)
    time.sleep(random.uniform(0.002, 0.03))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def test_killed_while_it_recovers(run_bot, log_dir):
    ended = run_bot(RECOVERY, str(KILLS // 3))
    assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    assert [line["number"] for line in found if "number" in line] == [-1, *range(2_500)]


def test_a_crash_loop_makes_few_files(run_bot, log_dir):
    crash_loop.check(run_bot, log_dir, restarts=40)


def test_a_bot_brings_in_what_its_killed_children_left_while_it_goes_on(run_bot, log_dir):
    source = """
import logging_kit, os, pathlib, signal, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=3_000)
pid = os.fork()
if not pid:
    for number in range(50):
        log.info("child", number=number)
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(pid, 0)
end = time.monotonic() + 20
while b'"number":49,' not in b"".join(path.read_bytes() for path in pathlib.Path("logs").glob("*/bot-*")):
    assert time.monotonic() < end, "the child's lines stay in its journal"
    log.info("parent", text="x" * 1_000)  # a rotation lets the folder be tidied
    time.sleep(0.02)
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = everything(log_dir)
    assert_complete(found)
    assert [line["number"] for line in found if "number" in line] == list(range(50))
