"""A disk that is full, cannot be written, or loses its files.

The bot goes on, says so, counts, and recovers.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import logging_kit
from tests.support.mounts import in_namespace, namespace
from tests.support.runs import assert_complete, everything, texts, written

# A limit on the size of a file is a full disk that needs no rights: a write takes what fits, the next one nothing (EFBIG).
FULL = """
import json, logging_kit, resource, sys, time
limit, calls, length = map(int, sys.argv[1:4])
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), bot_name="full")
if len(sys.argv) == 4:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
slowest = 0
for number in range(calls):
    started = time.monotonic()
    log.info("line", number=number, text="x " * (length // 2))
    slowest = max(slowest, time.monotonic() - started)
time.sleep(0.3)
full = logging_kit.stats()["dropped"]
assert not logging_kit.flush(0.1)
if len(sys.argv) == 4:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    open("ballast", "w").close()
end = time.monotonic() + 10
while not logging_kit.flush(1) and time.monotonic() < end:
    time.sleep(0.05)
for number in range(calls, calls + 10):
    log.info("line", number=number)
assert logging_kit.flush(5)
print(json.dumps({"slowest": slowest, "full": full, **logging_kit.stats()}))
"""


def check_full(ended: subprocess.CompletedProcess[str], log_dir: Path, calls: int) -> None:
    assert ended.returncode == 0, ended.stderr
    found = everything(log_dir)
    assert_complete(found)
    numbers = [line["number"] for line in found if "number" in line]
    stats = json.loads(ended.stdout)
    lost = sum(stats["dropped"].values())
    assert len(numbers) + lost == calls + 10
    assert sorted(set(numbers)) == sorted(numbers)
    assert numbers[-10:] == list(range(calls, calls + 10))
    assert sum(line.get("dropped", 0) for line in found) == lost
    assert set(stats["dropped"]) <= {"disk_full", "busy"}
    assert stats["slowest"] < 1
    notes = ended.stderr.splitlines()
    assert notes
    assert len(notes) == len({note.split(":")[1] for note in notes}) <= 3
    assert all(note.startswith("logging_kit: ") for note in notes)


def test_a_full_disk(run_bot, log_dir):
    calls = 5_000
    ended = run_bot(FULL, "100001", str(calls), "1000")
    check_full(ended, log_dir, calls)
    assert sum(line.get("dropped", 0) for line in everything(log_dir)) > 1_000


def test_a_disk_that_is_full_for_a_moment_loses_nothing(run_bot, log_dir):
    ended = run_bot(FULL, "2500000", "2600", "1000")
    check_full(ended, log_dir, 2_600)
    assert len(texts(everything(log_dir))) == 2_610


def test_a_file_system_that_is_full(tmp_path, run_bot, log_dir):
    if not namespace():  # then the kernel's own limit stands for it
        check_full(run_bot(FULL, "200000", "6000", "1000"), log_dir, 6_000)
        return
    script = """
mkdir disk && mount -t tmpfs -o size=4m none disk && cd disk && head -c 2800000 /dev/zero > ballast
"$@"
cd .. && mkdir logs && cp -r disk/logs/segments logs/
"""
    ended = in_namespace(tmp_path, script, sys.executable, "-c", FULL, "0", "6000", "1000", "tmpfs")
    found = everything(log_dir)
    assert_complete(found)
    check_full(ended, log_dir, 6_000)


def test_a_disk_that_is_full_at_the_end_leaves_lines_for_the_next_start(run_bot, log_dir):
    source = FULL[: FULL.index("time.sleep(0.3)")] + "print(logging_kit.stats()['dropped'])"
    ended = run_bot(source, "100001", "700", "1000")
    assert (ended.returncode, ended.stdout) == (0, "{}\n")
    assert "cannot write to" in ended.stderr
    ended = run_bot(
        "import logging_kit\nlogging_kit.setup(log_dir='logs', stdout='off', hooks=()).info('again')"
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    found = everything(log_dir)
    numbers = [line["number"] for line in found if "number" in line]
    assert numbers == list(range(700))


# Folders that cannot be made or written to.


def test_a_folder_that_cannot_be_made(start, log_dir, capfd):
    log_dir.write_text("a file in its place")
    log = start(hooks=("faulthandler",))
    for number in range(100):
        log.info("line", number=number)
    log.error("line")
    dropped = logging_kit.stats()["dropped"]
    assert sum(dropped.values()) == 102
    error = capfd.readouterr().err
    notes = [note.partition("logs: ")[0] for note in error.splitlines()]
    assert 0 < len(notes) == len(set(notes)) <= 3
    assert str(log_dir) in error
    log_dir.unlink()
    log.info("after")
    found = written(log_dir)
    assert texts(found) == ["after"]
    assert_complete(found)
    assert found[0]["dropped"] == 102


def test_a_folder_that_is_read_only(tmp_path, log_dir):
    source = """
import logging_kit, os, subprocess, sys, time
log = logging_kit.setup(log_dir="logs", stdout="json", hooks=())
log.info("before")
assert logging_kit.flush()
remount = lambda how: subprocess.run(["mount", "-o", "remount,bind," + how, "logs"], check=True)
if sys.argv[1] == "mount":
    subprocess.run(["mount", "--bind", "logs", "logs"], check=True)
    remount("ro")
log.error("the first of its file")
log.info("while read only")
logging_kit.flush(0.5)
if sys.argv[1] == "mount":
    assert logging_kit.stats()["dropped"] in ({}, {"read_only": 1})
    remount("rw")
log.info("after")
end = time.monotonic() + 5
while not logging_kit.flush(1) and time.monotonic() < end:
    time.sleep(0.05)
"""
    how = "mount" if namespace() else "none"
    ended = in_namespace(tmp_path, '"$@"', sys.executable, "-c", source, how)
    assert ended.returncode == 0, ended.stderr
    assert "the first of its file" in ended.stdout
    found = everything(log_dir)
    assert_complete(found)
    assert {"before", "while read only", "after"} <= set(texts(found))
    if how == "mount":
        assert "Read-only file system" in ended.stderr


def test_the_end_on_a_file_system_that_is_read_only(start, log_dir, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    threads = set(threading.enumerate())
    log = start()
    log.info("before")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        logging_kit.shutdown()
    left = set(threading.enumerate()) - threads
    assert not [thread for thread in left if "logging_kit" in thread.name]
    opened = [str(fd.resolve()) for fd in Path("/proc/self/fd").iterdir()]
    assert not [name for name in opened if str(log_dir) in name]
    start().info("after")
    assert texts(written(log_dir)) == ["before", "after"]
    logging_kit.shutdown()
    assert not list((log_dir / ".journal").glob("*-*"))


def test_a_deleted_file_is_begun_again(start, log_dir, capfd):
    log = start()
    log.info("before")
    assert logging_kit.flush()
    shutil.rmtree(log_dir)
    for number in range(500):
        log.info("line", number=number)
        if number % 50 == 0:
            logging_kit.flush()
    found = written(log_dir)
    assert [line["number"] for line in found if "number" in line] == list(range(500))
    assert (log_dir / "bot.log").exists()
    assert logging_kit.stats()["dropped"] == {}


def test_a_kill_after_the_folder_was_deleted_loses_nothing(run_bot, log_dir):
    source = """
import logging_kit, os, shutil, signal, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
log.info("before")
assert logging_kit.flush()
shutil.rmtree("logs")
log.info("first")
assert logging_kit.flush()
time.sleep(0.3)
for number in range(100):
    log.info("line", number=number)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_bot(source).returncode == -9
    run_bot("import logging_kit\nlogging_kit.setup(log_dir='logs', stdout='off').info('again')")
    found = everything(log_dir)
    assert [line["number"] for line in found if "number" in line] == list(range(100))
    assert "first" in texts(found)


def test_no_free_descriptors(start, log_dir, capfd):
    log = start()
    log.info("before")
    assert logging_kit.flush()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, limit[1]))
        with contextlib.suppress(OSError):
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        log.error("too many open files")
        log.info("while there are none")
        logging_kit.flush(0.2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        for fd in opened:
            os.close(fd)
    end = time.monotonic() + 5
    while not logging_kit.flush() and time.monotonic() < end:
        time.sleep(0.05)
    found = written(log_dir)
    assert_complete(found)
    assert {"too many open files", "while there are none"} <= set(texts(found))


def test_a_program_that_closes_every_descriptor(run_bot, log_dir):
    source = """
import logging_kit, os, socket, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
log.info("before")
assert logging_kit.flush()
time.sleep(0.5)  # until no thread is about to open or close a file
os.closerange(3, 256)
sockets = [end for _ in range(8) for end in socket.socketpair()]
for number in range(100):
    log.info("line", number=number)
logging_kit.flush()
for end in sockets:
    end.setblocking(False)
    try:
        assert not end.recv(100), "a line went into a foreign socket"
    except BlockingIOError:
        pass
    end.close()
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert [line["number"] for line in everything(log_dir) if "number" in line] == list(range(100))


def test_closed_standard_streams_are_not_written_into(tmp_path, log_dir):
    source = """
import logging_kit
log = logging_kit.setup(log_dir="logs", stdout="json")
for number in range(100):
    log.info("line", number=number)
logging_kit.flush()
from logging_kit.diagnostics import warn_once
warn_once("test", "not for a log file")
"""
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", source], cwd=tmp_path, timeout=30, check=False
    )  # fmt: skip
    assert ended.returncode == 0
    found = everything(log_dir)
    assert_complete(found)
    assert [line["number"] for line in found if "number" in line] == list(range(100))
