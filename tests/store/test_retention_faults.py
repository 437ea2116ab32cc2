"""The thread that tidies the log folder goes on whatever fails."""

from __future__ import annotations

import errno
import os
import time

import pytest

from logging_kit.store import retention as retention_module
from logging_kit.store.retention import Policy, Retention

DAY = 86_400.0
POLICY = Policy(archive_after=7 * DAY, keep=30 * DAY, max_total=10**9)


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_recovery_that_fails_does_not_stop_the_tidying(start, log_dir, monkeypatch, capfd):
    past = log_dir / "segments" / "bot-20200101T000000Z-0000.log"
    past.parent.mkdir(parents=True)
    past.write_bytes(b"x\n")
    os.utime(past, (time.time() - 8 * DAY,) * 2)

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(retention_module, "recover", refuse)
    start(archive_after="7 days").info("line")
    wait_for(lambda: (log_dir / "archive" / f"{past.name}.gz").exists())
    assert "Input/output error" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["recover", "tidy"])
def test_a_fault_of_ours_does_not_end_the_thread(log_dir, monkeypatch, capfd, name):
    log_dir.mkdir()
    calls = []

    def fail(*_):
        calls.append(name)
        raise KeyError("files")

    monkeypatch.setattr(retention_module, name, fail)
    retention = Retention(log_dir, POLICY, reserve=0, segment_size=10**6, warn=print)
    try:
        wait_for(lambda: calls)
        retention.rotated()
        wait_for(lambda: len(calls) > 1)
    finally:
        retention.close()
    assert "KeyError" in capfd.readouterr().err
