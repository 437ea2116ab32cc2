"""Lines that are written in the caller, since there is no journal.

Nothing waits, and nothing is torn.
"""

from __future__ import annotations

import errno
import mmap
import os
import time

import pytest

import logging_kit
from logging_kit.store.recovery_lock import recovery_lock
from logging_kit.store.retention import Retention
from tests.support.journals import dead, numbers
from tests.support.runs import assert_complete, everything, texts, written

pytestmark = pytest.mark.slow


@pytest.fixture
def unmapped(monkeypatch) -> None:
    """A file system without mmap."""

    def refuse(*_):
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(mmap, "mmap", refuse)


def test_a_call_does_not_wait_for_another_process_that_recovers(start, log_dir, unmapped):
    (log_dir / ".journal").mkdir(parents=True)
    with recovery_lock(log_dir / ".journal", 0):
        log = start()
        began = time.monotonic()
        log.info("line")
        log.error("broken")
        assert time.monotonic() - began < 1
    assert texts(written(log_dir)) == ["line", "broken"]


def test_a_call_does_not_recover_and_leaves_a_dead_process_s_segments_alone(
    start, log_dir, unmapped, monkeypatch, capfd
):
    with start() as log:
        log.info("line")
    (before,) = (log_dir / "segments").glob("bot-*.log")
    content = before.read_bytes()
    monkeypatch.undo()
    left = dead(log_dir, range(50))
    monkeypatch.setattr(Retention, "_run", lambda retention: None)
    monkeypatch.setattr(mmap, "mmap", lambda *_: 1 / 0)
    with start() as log:
        log.info("line")
    assert left.exists()
    assert before.read_bytes() == content
    assert len(list((log_dir / "segments").glob("bot-*.log"))) == 2


def test_the_retention_thread_recovers_instead(start, log_dir, monkeypatch):
    left = dead(log_dir, range(50))
    monkeypatch.setattr(
        "logging_kit.store.locked_store.new_journal",
        lambda *_: (_ for _ in ()).throw(OSError(errno.ENODEV, "none")),
    )
    log = start()
    log.info("line")
    end = time.monotonic() + 10
    while left.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert numbers(log_dir) == list(range(50))


def test_a_crash_loop_makes_few_files(start, log_dir, unmapped):
    for _ in range(5):
        with start() as log:
            log.info("line")
    assert (
        len(list((log_dir / "segments").iterdir())) <= 2
    )  # another is made where the lock is held for longer


DIRECT = """
import errno, glob, json, logging_kit, mmap, os, resource, signal, sys
def refuse(*_):
    raise OSError(errno.ENODEV, "No such device")
mmap.mmap = refuse
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
log.info("before")
(path,) = glob.glob("logs/segments/*")
hard = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path) + 100, hard))
log.info("cut", text="y" * 200)
print(json.dumps(logging_kit.stats()["dropped"]), flush=True)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "fork":
    pid = os.fork()
    if not pid:
        log.info("child")
        os._exit(0)
    os.waitpid(pid, 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.info("after")
"""


@pytest.mark.parametrize("how", ["fork", "kill", "go on"])
def test_a_line_that_a_full_disk_takes_a_part_of_is_lost_as_a_whole(log_dir, run_bot, how):
    ended = run_bot(DIRECT, how, PYTHONWARNINGS="ignore")
    assert ended.stdout == '{"disk_full": 1}\n', ended.stderr
    found = everything(log_dir)
    assert "cut" not in texts(found)
    if how == "kill":
        return
    assert_complete(found)
    (after,) = (line for line in found if line["message"] == "after")
    assert after["dropped"] == 1


def test_a_segment_that_cannot_be_shortened_takes_no_further_line(
    start, log_dir, unmapped, monkeypatch
):
    """One with the append-only attribute."""
    log = start()
    log.info("before")
    (torn,) = (log_dir / "segments").glob("bot-*.log")
    wrote = os.write

    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", refuse)
        patch.setattr(os, "write", lambda fd, data: wrote(fd, bytes(data)[:20]))
        log.info("cut")
    log.info("after")
    found = [line for line in everything(log_dir, torn=1) if line.get("event") != "LIFECYCLE"]
    assert [line["message"] for line in found] == ["before", "after"]
    assert found[1]["dropped"] == 1
    assert b'"message":"after"' not in torn.read_bytes()
    assert logging_kit.stats()["dropped"] == {"disk_full": 1}


def test_flush_tells_of_a_lost_line_once(start, unmapped, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    log = start()
    assert logging_kit.flush()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        log.info("lost")
    assert not logging_kit.flush()
    assert logging_kit.flush()
