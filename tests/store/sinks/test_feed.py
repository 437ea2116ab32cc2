"""A sink may raise, hang or be slow without harm; and the calls it gets."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import logging_kit
from logging_kit.store.sinks import feed
from logging_kit.store.sinks.feed import SinkFeed
from tests.support.runs import assert_complete, everything, texts, written
from tests.support.sinks import FakeSink


@pytest.fixture
def sink() -> Iterator[FakeSink]:
    made = FakeSink()
    yield made
    made.resume.set()


def test_a_sink_gets_each_line_and_each_call(start, log_dir, sink):
    log = start(sinks=[sink])
    log.info("line")
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    assert logging_kit.flush()
    assert texts(sink.lines)[0] == "line"
    assert sink.lines[-1]["event"] == "SIGNAL"
    assert logging_kit.stats()["sinks"]["fake"] == {
        "lines": 3,
        "dropped": 0,
        "waiting": 0,
        "seen": 3,
    }
    logging_kit.shutdown()
    assert (sink.calls[0], sink.calls[-1]) == ("start", "close")
    assert "flush" in sink.calls
    assert sink.lines[-1]["phase"] == "shutdown"
    assert [line["seq"] for line in sink.lines] == sorted(line["seq"] for line in written(log_dir))
    assert sink.threads == {"logging_kit-fake"}


@pytest.mark.parametrize("error", [OSError("x"), ValueError("x"), MemoryError(), SystemExit(3)])
@pytest.mark.parametrize("method", ["start", "write"])
def test_one_that_raises_loses_its_own_lines_only(start, log_dir, sink, capfd, method, error):
    other = FakeSink("other")
    sink.fail_in[method] = error
    log = start(sinks=[sink, other])
    for number in range(10):
        log.info("line", number=number)
        assert logging_kit.flush()
    assert texts(written(log_dir)) == other.texts == ["line"] * 10
    assert_complete(written(log_dir))
    assert logging_kit.stats()["dropped"] == {"fake": 11}
    err = capfd.readouterr().err
    assert err.count("fake") == 1
    assert type(error).__name__ in err
    sink.fail_in.clear()
    log.info("again")
    assert logging_kit.flush()
    assert sink.texts == ["again"]


@pytest.mark.parametrize("method", ["flush", "close", "counters"])
def test_one_that_raises_elsewhere_loses_nothing(start, log_dir, sink, capfd, method, monkeypatch):
    def fail(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(sink, method, fail)
    log = start(sinks=[sink])
    log.info("line")
    assert logging_kit.flush() == (method != "flush")
    logging_kit.shutdown()
    assert "the sink 'fake' failed: RuntimeError" in capfd.readouterr().err
    assert sink.texts == texts(written(log_dir)) == ["line"]


@pytest.mark.parametrize("method", ["start", "write", "flush"])
def test_one_that_hangs_delays_no_other(start, log_dir, sink, capfd, method, monkeypatch):
    monkeypatch.setattr(feed, "_HANGS_S", 0.0)
    monkeypatch.setattr(feed, "_CLOSE_S", 0.1)
    other = FakeSink("other")
    sink.hang_in = method
    log = start(sinks=[sink, other])
    log.info("line")
    started = time.monotonic()
    assert not logging_kit.flush(0.5)
    assert sink.hanging.wait(10)
    assert other.texts == texts(everything(log_dir)) == ["line"]
    assert logging_kit.stats()["queue_depth"] == (0 if method == "flush" else 2)
    assert not logging_kit.flush(0.1)
    assert time.monotonic() - started < 10
    err = capfd.readouterr().err
    assert err.count("the sink 'fake' has hung") == 1
    assert "other" not in err
    sink.resume.set()
    assert logging_kit.flush()
    assert sink.texts == ["line"]


def test_back_pressure_drops_only_what_the_full_queue_cannot_take(
    start, log_dir, sink, capfd, monkeypatch
):
    monkeypatch.setattr(feed, "MOST_WAITING", 100)
    other = FakeSink("other")
    sink.hang_in = "write"
    log = start(sinks=[sink, other])
    for number in range(300):
        log.info("line", number=number)
        if number % 50 == 0:
            other_took = other.texts  # the writer hands over in portions
            logging_kit.flush(0.05)
    sink.resume.set()
    assert logging_kit.flush()
    assert len(other_took) <= len(other.texts) == len(texts(written(log_dir))) == 300
    dropped = logging_kit.stats()["dropped"]
    assert dropped.keys() == {"fake"}
    assert len(sink.texts) + dropped["fake"] == 300
    assert 0 < dropped["fake"] < 300
    assert "the sink 'fake' takes no lines" in capfd.readouterr().err
    log.info("after")
    assert logging_kit.flush()
    assert sink.texts[-1] == "after"


def test_the_queue_is_bounded_in_bytes(sink, monkeypatch, capfd):
    monkeypatch.setattr(feed, "MOST_BYTES", 1_000)
    sink.hang_in = "write"
    queue = SinkFeed(sink)
    for _ in range(100):
        queue.put(b'{"message":"%b"}\n' % (b"x" * 480))
    assert queue.dropped > 90
    assert queue.waiting + queue.dropped == 100
    sink.resume.set()
    queue.close()


def test_a_forked_child_starts_its_own(start, log_dir, tmp_path):
    class ToFile(FakeSink):
        def write(self, lines: bytes) -> None:
            super().write(lines)
            path = tmp_path / f"{os.getpid()}"
            path.write_text(" ".join(self.calls))

    log = start(sinks=[ToFile()])
    log.info("parent")
    assert logging_kit.flush()
    child = multiprocessing.get_context("fork").Process(
        target=lambda: (log.info("child"), logging_kit.flush())
    )
    child.start()
    child.join(30)
    assert child.exitcode == 0
    calls = Path(tmp_path / f"{child.pid}").read_text()
    assert "after_fork_in_child start write" in calls
    log.info("parent again")
    assert logging_kit.flush()
    assert "after_fork_in_child" not in Path(tmp_path / f"{os.getpid()}").read_text()


def test_the_same_sink_in_another_setup_is_closed_then_started(start, log_dir, sink):
    start(sinks=[sink]).info("first")
    start(sinks=[sink], log_dir=log_dir.with_name("other")).info("second")
    start(sinks=[sink], log_dir=log_dir.with_name("other")).info("third")
    assert logging_kit.flush()
    assert [call for call in sink.calls if call in ("start", "close")] == [
        "start",
        "close",
        "start",
        "close",
        "start",
    ]
    assert sink.texts == ["first", "second", "third"]
    start().info("fourth")
    assert sink.calls[-1] == "close"
    assert "fourth" not in sink.texts


def test_a_question_is_answered_in_the_sink_s_thread(sink):
    queue = SinkFeed(sink)
    assert queue.ask(lambda: 7, 10) == 7
    assert queue.ask(lambda: 1 / 0, 10) is None
    queue.close()
