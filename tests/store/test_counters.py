"""The numbers that a store gives, and how long `flush` and a failing journal may take.

Whatever the disk does meanwhile.
"""

from __future__ import annotations

import errno
import multiprocessing.util
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.store import counters as numbers
from logging_kit.store import locked_store, store
from logging_kit.store.drain import Drain
from logging_kit.store.journal import HALF
from tests.support.runs import assert_complete, texts, written


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The segments take nothing; calling it mends that."""
    with monkeypatch.context() as patched:

        def half(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patched.setattr(Drain, "half", half)
        yield patched.undo


def test_they_tell_of_lines_that_wait_for_the_disk(start, log_dir, full_disk, monkeypatch, capfd):
    monkeypatch.setattr(numbers, "_SLOW_S", 0.1)
    log = start()
    for number in range(10):
        log.info("line", number=number)
    time.sleep(0.15)
    log.info("line", number=10)
    stats = logging_kit.stats()
    assert stats["writer_lag_s"] > 0.1
    assert stats["queue_depth"] == 12  # LIFECYCLE too
    assert stats["journal_bytes"] == stats["journal_high_water_bytes"] > 1_000
    full_disk()
    assert logging_kit.flush()
    stats = logging_kit.stats()
    assert (stats["writer_lag_s"], stats["queue_depth"], stats["journal_bytes"]) == (0, 0, 0)


def test_the_high_water_mark_is_that_of_both_halves_and_of_all_journals(
    start, log_dir, full_disk, capfd
):
    log = start()
    while not logging_kit.stats()["dropped"]:
        log.info("line", text="x " * 20_000)
    stats = logging_kit.stats()
    most = stats["journal_high_water_bytes"]
    assert most == stats["journal_bytes"] > HALF - 50_000
    full_disk()
    assert logging_kit.flush()
    start(log_dir=log_dir.with_name("other")).info("line")
    assert logging_kit.flush()
    assert logging_kit.stats()["journal_high_water_bytes"] == most


def test_a_heartbeat_is_written_without_them_when_they_fail(start, lines, monkeypatch, capfd):
    log = start()

    def fail(*_: Any) -> None:
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(store.Store, "stats", fail)
    log.heartbeat(uptime_s=1)
    monkeypatch.undo()
    (line,) = lines()
    assert (line["event"], "dropped_logs" in line) == ("HEARTBEAT", False)


# How long it takes.


@pytest.mark.parametrize("timeout_s", [-0.5, -1, float("inf"), float("nan"), 10**400, 1e308])
def test_flush_takes_any_number(start, log_dir, timeout_s):
    log = start(stdout="json")
    log.info("line")
    assert logging_kit.flush(timeout_s) in (True, False)
    assert texts(written(log_dir)) == ["line"]
    assert logging_kit.flush(timeout_s)


def test_flush_keeps_its_time_when_the_disk_hangs(start, log_dir, monkeypatch):
    fixed = threading.Event()
    half = Drain.half
    monkeypatch.setattr(Drain, "half", lambda *args: (fixed.wait(20), half(*args)))
    log = start()
    log.info("line")
    started = time.monotonic()
    assert not logging_kit.flush(0.1)
    assert time.monotonic() - started < 2
    fixed.set()
    assert texts(written(log_dir)) == ["line"]


# The journal that cannot be made.


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), MemoryError(), RuntimeError("can't start new thread"), ImportError("no")],
)
@pytest.mark.parametrize("name", ["new_journal", "Writer"])
def test_whatever_keeps_a_journal_from_being_made_no_line_is_lost(
    start, log_dir, monkeypatch, capfd, name, error
):
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(locked_store, name, fail)
    log = start()
    for number in range(10):
        log.info("line", number=number)
    found = written(log_dir)
    assert_complete(found)
    assert texts(found) == ["line"] * 10
    assert logging_kit.stats()["dropped"] == {}
    assert not list(log_dir.glob(".journal/*.journal"))


def test_multiprocessing_keeps_nothing_of_a_store_that_is_closed(start, log_dir):
    finalizers: dict[Any, Any] = vars(multiprocessing.util)["_finalizer_registry"]
    before = len(finalizers)
    for _ in range(3):
        with start() as log:
            log.info("line")
            assert len(finalizers) == before + 1
    assert len(finalizers) == before
