"""Syncing to disk by the setting `durability`."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import logging_kit
from logging_kit.store import journal, sync
from tests.support.runs import assert_complete, texts, written


class Disk:
    """Remembers, by file name, the size up to which each file was synced."""

    def __init__(self) -> None:
        self.synced: dict[str, int] = {}
        self.folders: list[str] = []
        self.fail: OSError | None = None

    def sync(self, fd: int) -> None:
        if self.fail is not None:
            raise self.fail
        path = Path(f"/proc/self/fd/{fd}").readlink()
        self.synced[path.name] = os.fstat(fd).st_size

    def has(self, log_dir: Path) -> bool:
        """Return True if every byte of every segment is synced."""
        paths = list((log_dir / "segments").glob("*.log"))
        return bool(paths) and all(
            self.synced.get(path.name, -1) == path.stat().st_size for path in paths
        )


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk()
    monkeypatch.setattr(sync, "_sync_data", made.sync)
    monkeypatch.setattr(sync, "sync_folder", lambda path: made.folders.append(path.name))
    monkeypatch.setattr(journal, "sync_folder", lambda path: made.folders.append(path.name))
    yield made
    logging_kit.shutdown()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def trade(log: logging_kit.BotLogger) -> None:
    log.trade("entry", trade_id="t", position_side="LONG", symbol="X", qty=1, price=2.0)


@pytest.mark.parametrize("write", [trade, lambda log: log.error("no"), lambda log: log.info("x")])
def test_every_line_is_synced_soon(start, log_dir, disk, write):
    log = start(durability="1s")
    write(log)
    wait_until(lambda: disk.has(log_dir))
    write(log)
    wait_until(lambda: disk.has(log_dir))
    assert {".journal", "segments"} <= set(disk.folders)
    assert disk.folders.count("segments") <= 3


@pytest.mark.parametrize("write", [trade, lambda log: log.error("no")])
def test_a_trade_and_an_error_wait_for_no_second(start, log_dir, disk, write, monkeypatch):
    monkeypatch.setattr(sync, "_INTERVAL_S", 3_600.0)
    log = start(durability="1s")
    log.info("line")
    write(log)
    wait_until(lambda: disk.has(log_dir))
    log.info("line")
    assert logging_kit.flush()
    assert not disk.has(log_dir)
    logging_kit.shutdown()
    assert disk.has(log_dir)


@pytest.mark.parametrize("directly", [False, True])
def test_each_line_is_synced_before_its_call_returns(start, log_dir, disk, monkeypatch, directly):
    monkeypatch.setattr(sync, "_INTERVAL_S", 3_600.0)
    if directly:
        monkeypatch.setattr("logging_kit.store.locked_store.new_journal", None)
    log = start(durability="line")
    for number in range(5):
        log.info("line", number=number)
        assert disk.has(log_dir)


def test_nothing_is_synced_for_a_process(start, log_dir, disk):
    log = start(durability="process")
    log.error("line")
    trade(log)
    assert logging_kit.flush()
    logging_kit.shutdown()
    assert (disk.synced, disk.folders) == ({}, [])


def test_a_segment_that_was_closed_is_synced_too(start, log_dir, disk):
    log = start(durability="1s", segment_size=20_000)
    for number in range(500):
        log.info("line", number=number)
    logging_kit.shutdown()
    assert len(disk.synced) > 4
    assert disk.has(log_dir)


def test_a_disk_that_cannot_sync_costs_no_line(start, log_dir, disk, capfd):
    disk.fail = OSError(5, "Input/output error")
    log = start(durability="1s")
    for number in range(20):
        log.error("line", number=number)
    found = written(log_dir)
    assert_complete(found)
    assert len(texts(found)) == 20
    wait_until(lambda: "cannot sync: Input/output error" in capfd.readouterr().err)
    disk.fail = None
    log.error("again")
    wait_until(lambda: disk.has(log_dir))


def test_a_disk_that_hangs_keeps_a_call_for_a_quarter_of_a_second(start, log_dir, monkeypatch):
    monkeypatch.setattr(sync, "_sync_data", lambda fd: time.sleep(1.5))
    log = start(durability="line")
    begun = time.monotonic()
    log.info("line")
    assert time.monotonic() - begun < 1.2
    assert texts(written(log_dir)) == ["line"]


def test_a_forked_child_syncs_its_own(start, log_dir, disk, tmp_path):
    log = start(durability="1s")
    log.error("parent")
    wait_until(lambda: disk.has(log_dir))

    def child() -> None:
        log.error("child")
        wait_until(lambda: disk.has(log_dir))
        (tmp_path / "synced").touch()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(30)
    assert (tmp_path / "synced").exists()


def test_the_setting_may_change(start, log_dir, disk):
    start(durability="process").error("line")
    log = start(durability="1s")
    log.error("line")
    wait_until(lambda: disk.has(log_dir))
    with pytest.raises(logging_kit.SettingsError, match="a durability"):
        start(durability="2s")  # type: ignore[call-arg]
