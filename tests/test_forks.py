"""Several processes: forks, pools and signals.

Each process is a run of its own, and none waits for another.
"""

from __future__ import annotations

import json

import pytest

from tests.support import pools
from tests.support.runs import after_restart, assert_complete, by_run, everything, texts

pytestmark = pytest.mark.slow


def children(found):
    """The numbers that each run has written, without the restart's run."""
    return {
        run: [line["number"] for line in lines if "number" in line]
        for run, lines in by_run(found).items()
    }


def test_a_forked_child_is_a_run_of_its_own(run_bot, log_dir):
    source = """
import logging_kit, os, sys
log = logging_kit.setup(log_dir="logs", stdout="json")
log.info("line", number=0, who="parent")
pid = os.fork()
who = "parent" if pid else "child"
for number in range(1, 500):
    log.info("line", number=number, who=who)
if pid:
    assert os.waitpid(pid, 0)[1] == 0
    log.info("line", number=500, who=who)
else:
    assert logging_kit.stats()["lines"] == {"bot": 499}, logging_kit.stats()
    assert logging_kit.stats()["dropped"] == {}
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = everything(log_dir)
    assert_complete(found)
    parent, child = sorted(by_run(found).values(), key=len, reverse=True)
    assert [line["number"] for line in parent if "number" in line] == list(range(501))
    assert [line["number"] for line in child if "number" in line] == list(range(1, 500))
    assert {line["who"] for line in child if "who" in line} == {"child"}
    assert len({line["_file"] for line in found}) == 1
    assert len(list((log_dir / "segments").glob("bot-*"))) == 2
    shown = [json.loads(line) for line in ended.stdout.splitlines()]
    assert sorted((line["run_id"], line["seq"]) for line in shown) == sorted(
        (line["run_id"], line["seq"]) for line in found
    )


FORKS = """
import logging_kit, os, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 and later warn of forks in programs with threads
log = logging_kit.setup(log_dir="logs", stdout="off", segment_size=200_000)
ended = False
counts = [0, 0, 0]
def work(name):
    while not ended:
        log.info("line", thread=name, number=counts[name])
        counts[name] += 1
        time.sleep(0.0002)
threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
for thread in threads:
    thread.start()
for child in range(25):
    pid = os.fork()
    if not pid:
        started = time.monotonic()
        for number in range(5):
            log.info("line", child=child, number=number)
        took = time.monotonic() - started
        os._exit(took > 5)
    assert os.waitpid(pid, 0)[1] == 0
ended = True
for thread in threads:
    thread.join()
assert logging_kit.stats()["dropped"] == {}, logging_kit.stats()
print(counts)
"""


def test_forks_while_other_threads_are_within_log_calls(run_bot, log_dir):
    ended = run_bot(FORKS)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 26
    for child in range(25):
        assert [line["number"] for line in found if line.get("child") == child] == list(range(5))
    for name, count in enumerate(eval(ended.stdout)):
        assert [line["number"] for line in found if line.get("thread") == name] == list(
            range(count)
        )


def test_threads_that_fork_at_the_same_time(run_bot, log_dir):
    source = """
import os, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
os.register_at_fork(before=lambda: time.sleep(0.3))  # called last: a big process forks slowly
import logging_kit
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
def fork():
    pid = os.fork()
    if not pid:
        log.info("child")
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
threads = [threading.Thread(target=fork) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
log.info("after")
assert logging_kit.stats()["dropped"] == {}, logging_kit.stats()
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    assert sorted(texts(found)) == ["after"] + ["child"] * 3


def test_a_signal_handler_that_forks_within_a_log_call(run_bot, log_dir):
    source = """
import logging_kit, os, signal, sys, warnings
from logging_kit.store.journal import Journal
from logging_kit.store.stamp import Stamper
warnings.simplefilter("ignore", DeprecationWarning)
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), version="0")
log.info("before")
def handler(number, frame):
    if os.fork():
        assert os.wait()[1] == 0
        return
    global child
    child = True
    if sys.argv[1] == "logs":
        log.info("handler")
child = False
signal.signal(signal.SIGUSR1, handler)
def interrupted(owner, name):
    act = getattr(owner, name)
    def once(*args):
        setattr(owner, name, act)
        signal.raise_signal(signal.SIGUSR1)
        return act(*args)
    setattr(owner, name, once)
for owner, name in ((Journal, "put"), (Stamper, "stamp")):
    interrupted(owner, name)
    log.info("line", within=name, child=child)
    if child:
        log.info("end")
        assert logging_kit.flush()
        stats = logging_kit.stats()
        os._exit(bool(stats["failed"] or stats["dropped"]))
"""
    for what in ("silent", "logs"):
        ended = run_bot(source, what)
        assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    lines = [line for line in found if line["message"] == "line"]
    assert sorted(line["within"] for line in lines) == ["put"] * 4 + ["stamp"] * 4
    assert len(by_run(found)) == 6
    assert texts(found).count("end") == 4
    assert texts(found).count("handler") == 2


def test_a_child_that_outlives_its_parent_keeps_nothing_of_the_parent_s(run_bot, log_dir):
    source = """
import logging_kit, os, signal, sys, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
log.info("line", number=0)
assert logging_kit.flush()
if os.fork():
    for number in range(1, 100):
        log.info("line", number=number)
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdout.close()
sys.stderr.close()
os.close(1)
os.close(2)
if sys.argv[1] == "logs":
    log.info("child")
open("started", "w").close()
while not os.path.exists("ended"):
    time.sleep(0.02)
"""
    log_dir.mkdir()
    try:
        for what in ("silent", "logs"):
            run_bot(source, what)
            found = after_restart(log_dir)
            assert_complete([line for line in found if line["message"] != "child"])
            assert texts(found).count("line") == 100 * (1 + (what == "logs"))
    finally:
        (log_dir.parent / "ended").touch()
    segments = list((log_dir / "segments").glob("bot-*"))
    assert len(segments) <= 2


@pytest.mark.parametrize(("method", "kind"), [("fork", "process"), ("forkserver", "pool")])
def test_workers_in_other_processes(tmp_path, method, kind):
    pools.check(tmp_path, method, kind)


def test_subprocesses_inherit_nothing(run_bot, log_dir):
    source = """
import logging_kit, os, subprocess, sys
log = logging_kit.setup(log_dir="logs", stdout="off")
log.error("line")
assert logging_kit.flush()
listing = subprocess.run(["ls", "-l", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout
assert "logs" not in listing, listing
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert everything(log_dir)
