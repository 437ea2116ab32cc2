"""A disk that has no room for a journal's pages.

It cannot end the bot by SIGBUS, which no `except` would catch.
"""

from __future__ import annotations

import sys

import pytest

from tests.support.mounts import in_namespace, namespace
from tests.support.runs import assert_complete, everything

pytestmark = pytest.mark.slow

KILLED = """
import logging_kit, os, signal
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
assert logging_kit.flush()
for number in range(200):
    log.info("left", number=number)
os.kill(os.getpid(), signal.SIGKILL)
"""

BOT = """
import logging_kit, os, sys
if sys.argv[1] == "refuse":
    def refuse(*_):
        raise OSError(28, "No space left on device")
    os.posix_fallocate = refuse
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
for number in range(200, 400):
    log.info("line", number=number, text="x" * 1_000)
    if number % 50 == 0:
        log.error("broken")
logging_kit.flush(0.2)
print(logging_kit.stats()["dropped"], flush=True)
logging_kit.shutdown()
"""


def numbers(log_dir) -> list[int]:
    return [line["number"] for line in everything(log_dir) if "number" in line]


def test_a_journal_without_space_is_not_mapped(run_bot, log_dir):
    """Neither one of its own nor that of a dead process, whose copy may have holes."""
    run_bot(KILLED)
    (left,) = (log_dir / ".journal").glob("*.journal")
    ended = run_bot(BOT, "refuse")
    assert (ended.returncode, ended.stdout) == (0, "{}\n"), ended.stderr
    assert "lines are written in the caller" in ended.stderr
    assert list((log_dir / ".journal").glob("*-*")) == [left]
    assert numbers(log_dir) == list(range(200, 400))
    run_bot(BOT, "room")
    assert set(range(200)) <= set(numbers(log_dir))
    assert list((log_dir / ".journal").glob("*-*")) == []
    assert_complete(everything(log_dir))


FULL = """
mkdir disk && mount -t tmpfs -o size=8m none disk
[ ! -d logs ] || cp -a --sparse=always logs disk/
cd disk && "$@" room "$(head -c 20m /dev/zero > ballast 2>&1)"
rm ballast && "$@" room
cd .. && rm -rf logs && mkdir logs && cp -r disk/logs/segments disk/logs/.journal logs/
"""


def check_full(tmp_path, run_bot, log_dir) -> list[int]:
    ended = in_namespace(tmp_path, FULL, sys.executable, "-c", BOT)
    assert ended.returncode == 0, ended.stderr  # SIGBUS would be 135
    full, room = ended.stdout.splitlines()
    assert "disk_full" in full
    assert room == "{}"
    assert_complete(everything(log_dir))
    assert list((log_dir / ".journal").glob("*-*")) == []
    return numbers(log_dir)


def test_a_full_disk_at_the_start(tmp_path, run_bot, log_dir):
    if namespace():
        assert check_full(tmp_path, run_bot, log_dir)[-200:] == list(range(200, 400))


def test_a_full_disk_and_a_dead_journal_with_holes(tmp_path, run_bot, log_dir):
    run_bot(KILLED)
    if namespace():
        found = check_full(tmp_path, run_bot, log_dir)
        assert sorted(found)[:200] == list(range(200))
