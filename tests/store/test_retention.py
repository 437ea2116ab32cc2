"""Compression and deletion of closed segments by age, number and total size, trades last."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import logging_kit
from logging_kit.store.retention import MOST_SEGMENTS, Policy, Retention, compress, remove, tidy
from tests.support.runs import assert_complete, by_run, everything, written

pytestmark = pytest.mark.slow

DAY = 86_400.0
NOW = 1_795_262_400.0  # 2026-11-21T12:00:00Z
POLICY = Policy(
    archive_after=7 * DAY, keep=30 * DAY, max_total=10**9, keep_longer={"trade": 365 * DAY}
)


@pytest.fixture
def make(log_dir):
    """Make a closed segment of an age in days: `make("bot", 8)`."""
    (log_dir / "segments").mkdir(parents=True)

    def make(file: str, days: float, size: int = 100) -> Path:
        mtime = NOW - days * DAY
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(mtime))
        path = log_dir / "segments" / f"{file}-{stamp}-{os.urandom(4).hex()}.log"
        path.write_bytes(b"x" * (size - 1) + b"\n")
        os.utime(path, (mtime, mtime))
        return path

    return make


def left(log_dir: Path) -> set[str]:
    return {
        path.name for folder in ("segments", "archive") for path in (log_dir / folder).glob("*")
    }


def test_archived_after_days_with_its_content_and_time(log_dir, make):
    old, young = make("bot", 7.1, 100_000), make("bot", 6.9)
    content, mtime = old.read_bytes(), old.stat().st_mtime_ns
    tidy(log_dir, POLICY, NOW)
    packed = log_dir / "archive" / f"{old.name}.gz"
    assert left(log_dir) == {packed.name, young.name}
    assert gzip.decompress(packed.read_bytes()) == content
    assert packed.stat().st_mtime_ns == mtime
    assert packed.stat().st_mode & 0o777 == 0o640
    assert not packed.parent.stat().st_mode & 0o007


@pytest.mark.parametrize(
    ("file", "days", "suffix"),
    [
        ("bot", 29.9, ".gz"),
        ("bot", 30.1, None),
        ("error", 31, None),
        ("ai_signal", 31, None),
        ("trade", 31, ".gz"),
        ("trade", 364.9, ".gz"),
        ("trade", 365.1, None),
        ("trade", 6, ""),
    ],
)
@pytest.mark.parametrize("archived", [False, True])
def test_deleted_by_age(log_dir, make, file, days, suffix, archived):
    path = make(file, days)
    if archived:
        assert compress(path, log_dir / "archive")
        suffix = suffix if suffix is None else ".gz"
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == (set() if suffix is None else {path.name + suffix})


def test_at_most_so_many_of_a_kind_are_in_the_shipper_s_way(log_dir, make):
    paths = [make("bot", 1 + index / 1_000) for index in range(MOST_SEGMENTS + 30)]
    others = [make("trade", 1) for _ in range(5)]
    tidy(log_dir, POLICY, NOW)
    remaining = {path.name for path in (log_dir / "segments").iterdir()}
    assert remaining == {path.name for path in (*paths[:MOST_SEGMENTS], *others)}
    assert {path.name for path in (log_dir / "archive").iterdir()} == {
        f"{path.name}.gz" for path in paths[MOST_SEGMENTS:]
    }


def test_over_the_total_size_the_oldest_go_and_trades_last(log_dir, make):
    bots = [make("bot", days, 1_000) for days in (5, 4, 3, 2, 1)]
    trades = [make("trade", days, 1_000) for days in (6, 5)]

    def kept(max_total: int) -> set[str]:
        tidy(log_dir, Policy(7 * DAY, 30 * DAY, max_total, {"trade": 365 * DAY}), NOW)
        return left(log_dir)

    assert kept(7_000) == {path.name for path in (*bots, *trades)}
    assert kept(6_999) == {path.name for path in (*bots[1:], *trades)}
    assert kept(4_000) == {path.name for path in (*bots[3:], *trades)}
    assert kept(2_000) == {path.name for path in trades}
    assert kept(1_500) == {trades[1].name}
    assert kept(0) == set()


def test_compressed_ones_count_and_go_first(log_dir, make):
    packed, fresh = make("bot", 8, 50_000), make("bot", 1, 1_000)
    tidy(log_dir, POLICY, NOW)
    tidy(log_dir, Policy(7 * DAY, 30 * DAY, 1_050, {}), NOW)
    assert left(log_dir) == {fresh.name}
    assert not packed.exists()


def test_what_a_living_process_writes_to_is_never_touched(start, log_dir):
    log = start()
    log.info("line")
    log.trade("entry", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1, price=2)
    assert logging_kit.flush()
    before = left(log_dir)
    tidy(log_dir, Policy(0, 0, 0, {}), time.time() + 1_000 * DAY)
    assert left(log_dir) == before
    (path,) = (log_dir / "segments").glob("bot-*")
    assert not compress(path, log_dir / "archive")
    assert not remove(path)
    log.info("line")
    assert_complete(written(log_dir))


def test_files_of_others_are_left_alone(log_dir, make):
    make("bot", 40)
    for folder in ("", "segments", "archive"):
        (log_dir / folder).mkdir(exist_ok=True)
        for name in ("notes.txt", "freqtrade.log", "old.log.gz"):
            (log_dir / folder / name).write_text("mine")
            os.utime(log_dir / folder / name, (0, 0))
    tidy(log_dir, Policy(0, 0, 0, {}), NOW)
    assert (
        len([path for path in log_dir.rglob("*") if path.is_file() and path.read_text() == "mine"])
        == 9
    )
    assert left(log_dir) == {"notes.txt", "freqtrade.log", "old.log.gz"}


def test_what_a_killed_archiver_left_is_done_again(log_dir, make):
    path = make("bot", 8, 5_000)
    content = path.read_bytes()
    (log_dir / "archive").mkdir()
    (log_dir / "archive" / f"{path.name}.partial").write_bytes(b"half")
    (log_dir / "archive" / "bot-20200101T000000Z-0000.log.partial").write_bytes(b"half")
    (log_dir / "archive" / f"{path.name}.gz").write_bytes(
        gzip.compress(content)
    )  # killed before it removed the segment
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == {f"{path.name}.gz"}
    assert gzip.decompress((log_dir / "archive" / f"{path.name}.gz").read_bytes()) == content


def test_a_link_whose_process_was_killed_before_it_had_its_name_goes(log_dir, make):
    segment = make("bot", 0)
    for name, age_s in ((".bot.log.4711.new", 61), (".trade.log.4712.new", 59)):
        (log_dir / name).symlink_to(segment.relative_to(log_dir))
        os.utime(log_dir / name, (NOW - age_s, NOW - age_s), follow_symlinks=False)
    (log_dir / "bot.log").symlink_to(segment.relative_to(log_dir))
    tidy(log_dir, POLICY, NOW)
    assert {path.name for path in log_dir.iterdir() if path.is_symlink()} == {
        "bot.log",
        ".trade.log.4712.new",
    }
    assert segment.exists()


def test_an_archive_that_cannot_be_written_does_not_stop_the_deleting(log_dir, make):
    old, older, trade = make("bot", 8), make("bot", 31), make("trade", 366)
    (log_dir / "archive").write_text("a file in its place")
    with pytest.raises(OSError, match="archive"):
        tidy(log_dir, POLICY, NOW)
    assert old.exists()
    assert not older.exists()
    assert not trade.exists()
    with pytest.raises(OSError, match="archive"):
        tidy(log_dir, Policy(7 * DAY, 30 * DAY, 0, {}), NOW)
    assert not old.exists()


def test_nothing_there_is_nothing_to_do(log_dir):
    tidy(log_dir, POLICY, NOW)
    log_dir.mkdir()
    tidy(log_dir, POLICY, NOW)
    assert not remove(log_dir / "segments" / "bot-20200101T000000Z-0000.log")


# In a bot.


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_bot_tidies_when_it_starts_and_when_it_has_closed_a_segment(start, log_dir, make):
    past = make("bot", (NOW - time.time()) / DAY + 8, 500)
    start(archive_after="7 days").info("line")
    wait_for(lambda: (log_dir / "archive" / f"{past.name}.gz").exists())
    log = start(archive_after=0, segment_size=2_000)
    for number in range(100):
        log.info("line", number=number)
        assert logging_kit.flush()
    wait_for(lambda: len(list((log_dir / "archive").glob("bot-*.gz"))) > 8)
    logging_kit.shutdown()
    (log_dir / "archive" / f"{past.name}.gz").unlink()
    found = everything(log_dir)
    assert_complete(found)
    assert sorted(line["number"] for line in found if "number" in line) == list(range(100))


def test_settings_reach_the_policy(start, log_dir, make):
    ago = (NOW - time.time()) / DAY
    bot, trade, packed = make("bot", ago + 3), make("trade", ago + 3), make("bot", ago + 1.5)
    start(archive_after="1 day", keep="2 days", keep_trades="4 days").info("line")
    wait_for(lambda: not bot.exists() and not trade.exists() and not packed.exists())
    assert {path.name for path in (log_dir / "archive").iterdir()} == {
        f"{trade.name}.gz",
        f"{packed.name}.gz",
    }


def test_a_disk_that_is_nearly_full_is_said_once(log_dir, tmp_path):
    said: list[str] = []
    log_dir.mkdir()
    retention = Retention(log_dir, POLICY, reserve=10**18, segment_size=10**6, warn=said.append)
    try:
        for _ in range(5):
            retention.rotated()
            time.sleep(0.02)
        wait_for(lambda: said)
    finally:
        retention.close()
    assert len(said) == 1
    assert "nearly full" in said[0]
    assert not [thread for thread in threading.enumerate() if "retention" in thread.name]


def test_a_folder_that_cannot_be_tidied_is_noted_and_the_bot_goes_on(start, log_dir, make, capfd):
    make("bot", (NOW - time.time()) / DAY + 8)
    (log_dir / "archive").write_text("a file in its place")
    log = start()
    log.info("line")
    wait_for(lambda: "cannot tidy" in capfd.readouterr().err)
    log.info("line")
    assert logging_kit.flush()


# With others.


RACE = """
import os, sys, time, traceback
from pathlib import Path
import logging_kit
from logging_kit.store.retention import Policy, Retention

log_dir, rounds = Path("logs"), int(sys.argv[1])
logging_kit.setup(log_dir="warm", stdout="off", hooks=()).error("patterns are compiled once, before the forks")
logging_kit.shutdown()

def archiver():
    retention = Retention(log_dir, Policy(-10, 1e9, 10**12, {}), reserve=0, segment_size=10**6, warn=print)
    while not os.path.exists("ended"):
        retention.rotated()
        time.sleep(0.0005)
    retention.close()

def bot(number):
    log = logging_kit.setup(log_dir=log_dir, stdout="off", hooks=())
    for line in range(3):
        log.info("line", bot=number, number=line)
    logging_kit.shutdown()

def child(work, *args):
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work(*args)
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    return pid

archivers = [child(archiver) for _ in range(2)]
for number in range(rounds):
    pids = [child(bot, number * 2 + side) for side in (0, 1)]
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in pids)
open("ended", "w").close()
assert all(os.waitpid(pid, 0)[1] == 0 for pid in archivers)
"""


def test_archivers_that_race_with_starting_bots_lose_nothing(log_dir, run_bot):
    rounds = 40
    ended = run_bot(RACE, str(rounds))
    assert ended.returncode == 0, ended.stderr
    found = everything(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 2 * rounds
    lines = sorted((line["bot"], line["number"]) for line in found if "bot" in line)
    assert lines == [(bot, number) for bot in range(2 * rounds) for number in range(3)]
    assert list((log_dir / "archive").glob("*.gz"))
    assert not list((log_dir / "archive").glob("*.partial"))


TIDY = """
import sys, logging_kit
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), archive_after=0)
log.info("ready")
sys.stdin.readline()
logging_kit.shutdown()
"""


def test_several_processes_tidy_at_once(log_dir, make, tmp_path):
    paths = [make("bot", 1, 20_000) for _ in range(60)]
    content = paths[0].read_bytes()
    bots = [
        subprocess.Popen(
            [sys.executable, "-c", TIDY],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    try:
        wait_for(lambda: not any(path.exists() for path in paths), 20)
    finally:
        ended = [bot.communicate(b"\n", timeout=20) for bot in bots]
    assert [error for _, error in ended] == [b""] * 3
    packed = [log_dir / "archive" / f"{path.name}.gz" for path in paths]
    assert all(gzip.decompress(path.read_bytes()) == content for path in packed)
    assert not list((log_dir / "archive").glob("*.partial"))
