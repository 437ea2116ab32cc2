"""Deleting takes two facts, names what it deleted, and one bad entry never stops it."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import pytest

from logging_kit.line import rfc3339
from logging_kit.store.retention import Deletion, Policy, compress, tidy

DAY = 86_400.0
NOW = 1_795_262_400.0  # 2026-11-21T12:00:00Z
POLICY = Policy(
    archive_after=7 * DAY, keep=30 * DAY, max_total=10**9, keep_longer={"trade": 365 * DAY}
)
OLD = 400.0


def segment(log_dir: Path, *, name: float, last: float, mtime: float, stream: str = "bot") -> Path:
    """Make a segment whose name, last line and time of change are so many days old."""
    folder = log_dir / "segments"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW - name * DAY))
    path = folder / f"{stream}-{stamp}-{os.urandom(4).hex()}.log"
    moment = rfc3339(int((NOW - last * DAY) * 1e6))
    line = f'{{"timestamp":"{moment}","n":1,"run_id":"r","seq":1,"v":1}}\n'
    path.write_text(line * 3)
    os.utime(path, (NOW - mtime * DAY,) * 2)
    return path


def left(log_dir: Path) -> set[str]:
    found = [*(log_dir / "segments").glob("*.log"), *(log_dir / "archive").glob("*.gz")]
    return {path.name.removesuffix(".gz") for path in found}


@pytest.mark.parametrize("stream", ["bot", "trade"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("young", ["name", "last", "mtime", None])
def test_age_needs_every_fact(log_dir, young, packed, stream):
    ages = dict.fromkeys(("name", "last", "mtime"), OLD)
    path = segment(log_dir, **(ages | ({young: 0.1} if young else {})), stream=stream)
    if packed:
        assert compress(path, log_dir / "archive")
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == ({path.name} if young else set())


@pytest.mark.parametrize("moment", [0, 978_307_200, 2**33])
def test_a_wrong_time_of_change_deletes_nothing(log_dir, moment):
    paths = [segment(log_dir, name=0.5, last=0.1, mtime=0, stream="trade") for _ in range(20)]
    for path in paths:
        os.utime(path, (moment, moment))
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == {path.name for path in paths}


def test_a_name_without_a_time_is_not_deleted_by_one_fact(log_dir):
    path = log_dir / "segments" / "bot-x.log"
    path.parent.mkdir(parents=True)
    path.write_text("no line\n")
    os.utime(path, (0, 0))
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == {path.name}


def test_each_deletion_is_told(log_dir):
    told: list[Deletion] = []
    old = segment(log_dir, name=OLD, last=OLD, mtime=OLD)
    packed = segment(log_dir, name=OLD, last=OLD, mtime=OLD)
    assert compress(packed, log_dir / "archive")
    segment(log_dir, name=1, last=1, mtime=1)
    tidy(log_dir, POLICY, NOW, on_delete=told.append)
    assert {(one.name, one.lines) for one in told} == {(old.name, 3), (f"{packed.name}.gz", 3)}
    assert {one.reason for one in told} == {"older than 30 days"}
    told.clear()
    tidy(log_dir, Policy(7 * DAY, 30 * DAY, 0, {}), NOW, on_delete=told.append)
    assert [(one.lines, one.reason) for one in told] == [(3, "all files exceed 0 bytes")]


def test_trades_of_the_last_days_stay_whatever_the_size(log_dir):
    policy = Policy(7 * DAY, 30 * DAY, 0, {"trade": 365 * DAY}, keep_at_least={"trade": 30 * DAY})
    young = segment(log_dir, name=29, last=29, mtime=29, stream="trade")
    segment(log_dir, name=31, last=31, mtime=31, stream="trade")
    segment(log_dir, name=0.1, last=0.1, mtime=0.1, stream="bot")
    tidy(log_dir, policy, NOW)
    assert left(log_dir) == {young.name}


def test_a_clock_that_is_not_trusted_deletes_only_by_size(log_dir):
    policy = Policy(7 * DAY, 30 * DAY, 300, {"trade": 365 * DAY}, keep_at_least={"trade": DAY})
    trades = [segment(log_dir, name=OLD, last=OLD, mtime=OLD, stream="trade") for _ in range(5)]
    segment(log_dir, name=OLD, last=OLD, mtime=OLD)
    tidy(log_dir, policy, NOW, by_age=False)
    assert left(log_dir) == {path.name for path in trades}


@pytest.mark.parametrize(
    "entry", ["segments/bot-20200101T000000Z-zz.log", "archive/bot-20200101T000000Z-zz.log.gz"]
)
@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "loop"])
def test_one_bad_entry_never_stops_the_rest(log_dir, tmp_path, entry, kind):
    old = segment(log_dir, name=OLD, last=OLD, mtime=OLD)
    other = segment(log_dir, name=8, last=8, mtime=8)
    (log_dir / "archive").mkdir()
    mine = tmp_path / "mine.sh"
    mine.write_text("echo mine\n")
    os.utime(mine, (0, 0))
    bad = log_dir / entry
    match kind:
        case "folder":
            bad.mkdir()
        case "link":
            bad.symlink_to(mine)
        case "pipe":
            os.mkfifo(bad)
        case "loop":
            bad.symlink_to(bad)
    (log_dir / "archive" / "zz.partial").mkdir()
    (log_dir / "archive" / "zy.partial").symlink_to(mine)
    tidy(log_dir, POLICY, NOW)
    assert not old.exists()
    assert (log_dir / "archive" / f"{other.name}.gz").exists()
    assert mine.read_text() == "echo mine\n"
    assert os.path.lexists(bad)


def test_a_damaged_archive_is_deleted_by_its_name_and_change(log_dir):
    path = segment(log_dir, name=OLD, last=OLD, mtime=OLD)
    folder = log_dir / "archive"
    folder.mkdir()
    packed = folder / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes())[:30])
    os.utime(packed, (NOW - OLD * DAY,) * 2)
    path.unlink()
    tidy(log_dir, POLICY, NOW)
    assert left(log_dir) == set()


def test_a_segment_that_was_not_shipped_is_not_compressed(log_dir):
    paths = [segment(log_dir, name=8, last=8, mtime=8) for _ in range(2)]
    shipped = {paths[0].name: paths[0].stat().st_size}
    tidy(
        log_dir,
        POLICY,
        NOW,
        acknowledged=lambda name, size: shipped.get(name, size - 1) >= size,
    )
    assert [path.exists() for path in paths] == [False, True]
    tidy(log_dir, POLICY, NOW)
    assert not paths[1].exists()
    assert left(log_dir) == {path.name for path in paths}
