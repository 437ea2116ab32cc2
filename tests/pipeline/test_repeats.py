"""Summaries of repeated lines: exact numbers, in time, and never for typed events."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.pipeline import repeats

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _no_summaries_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "SUMMARY_S", 1_000.0)
    monkeypatch.setattr(repeats, "WINDOW_S", 1_000.0)


def told(found: list[dict[str, Any]], text: str) -> tuple[int, int]:
    """Lines with a text that were written, and repeats that summaries tell of."""
    of = [line for line in found if line["message"].startswith(text)]
    return (
        sum("repeated" not in line for line in of),
        sum(line.get("repeated", 0) for line in of),
    )


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "critical"])
@pytest.mark.parametrize(("calls", "limit"), [(1_345, 105), (3, 1), (2, 1), (10, 10), (11, 10)])
def test_each_call_is_written_or_counted(
    method: str, calls: int, limit: int, start: Start, lines: Lines
) -> None:
    log = start(level="DEBUG", repeat_limit=limit)
    for _ in range(calls):
        getattr(log, method)("no connection", exchange="binance")
    assert logging_kit.flush()
    assert told(lines(), "no connection") == (min(calls, limit), max(0, calls - limit))
    assert logging_kit.stats()["repeated"] == max(0, calls - limit)


def test_a_summary_is_like_the_line_and_says_how_often_and_when(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=10)
    for _ in range(1_250):
        log.error("no connection", exchange="binance")
    log.error("another")
    first, summary, other = lines()[-3:]
    assert summary["message"] == "no connection (repeated 1,240 times)"
    assert summary["repeated"] == 1_240
    assert other["message"] == "another"
    assert (
        first["timestamp"]
        <= summary["first_repeat"]
        <= summary["last_repeat"]
        <= summary["timestamp"]
    )
    same = ("level", "logger", "event", "exchange", "error_type", "error", "_file")
    assert {name: summary[name] for name in same} == {name: first[name] for name in same}


def test_summaries_come_at_flush_at_setup_and_at_the_end(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=2)
    for step in (logging_kit.flush, lambda: start(repeat_limit=2), logging_kit.shutdown):
        for _ in range(5):
            log.info("same")
        step()
    found = lines()
    assert sum(told(found, "same")) == 15
    assert [line.get("repeated") for line in found if line.get("repeated")] == [3, 5, 3]


def test_a_summary_comes_by_time(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "SUMMARY_S", 0.01)
    log = start(repeat_limit=1)
    log.info("same")
    log.info("same")
    done = threading.Event()
    for _ in range(1_000):
        if told(lines(), "same") == (1, 1):
            break
        done.wait(0.01)
    assert told(lines(), "same") == (1, 1)


def test_lines_that_come_slowly_are_all_written(
    start: Start, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "WINDOW_S", 0.0)
    log = start(repeat_limit=2)
    for _ in range(50):
        log.info("alive")
    assert told(lines(), "alive") == (50, 0)


@pytest.mark.parametrize("limit", [0, 1, 5])
def test_typed_events_are_never_counted(limit: int, start: Start, lines: Lines) -> None:
    log = start(repeat_limit=limit)
    for _ in range(20):
        log.signal("LONG", symbol="A", confidence=0.5, correlation_id="c")
        log.risk("max_loss", "triggered")
    found = Counter(line.get("event") for line in lines())
    assert (found["SIGNAL"], found["RISK"]) == (20, 20)


def test_the_limit_may_be_off(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=0)
    for _ in range(1_500):
        log.info("same")
    assert told(lines(), "same") == (1_500, 0)


@pytest.mark.parametrize("other", [{"n": 1}, {"symbol": "B"}, {"exc_info": ValueError("x")}])
def test_lines_that_differ_are_no_repeats(
    other: dict[str, Any], start: Start, lines: Lines
) -> None:
    log = start(repeat_limit=1)
    for _ in range(5):
        log.info("same", symbol="A")
        log.info("same", **other)
    assert told(lines(), "same") == (10, 0)


def test_loggers_do_not_disturb_each_other(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=1)
    one, two = logging_kit.get_logger("one"), logging_kit.get_logger("two")
    for n in range(10):
        one.info("same")
        two.info(f"other {n}")
        log.error("same")
    logging_kit.flush()
    found = lines()
    assert told([line for line in found if line["logger"] == "one"], "same") == (1, 9)
    assert told([line for line in found if line["logger"] == "two"], "other") == (10, 0)


def test_threads_lose_no_repeat(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=5)

    def work() -> None:
        for n in range(600):
            log.info("same")
            if n % 97 == 0:
                log.info("different")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logging_kit.flush()
    found = lines()
    assert sum(told(found, "same")) == 2_400
    assert sum(told(found, "different")) == 28


def test_a_signal_handler_that_logs_the_same_loses_none(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=3)
    calls = 0

    def handler(*_: object) -> None:
        nonlocal calls
        calls += 1
        log.info("same")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for _ in range(3_000):
            log.info("same")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    logging_kit.flush()
    assert sum(told(lines(), "same")) == 3_000 + calls


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_child_counts_for_itself(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=1)
    for _ in range(5):
        log.info("same")
    child = os.fork()
    if not child:
        for _ in range(3):
            log.info("same")
        logging_kit.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    logging_kit.flush()
    found = lines()
    assert sum(told(found, "same")) == 8
    assert sorted(line["repeated"] for line in found if "repeated" in line) in ([2, 4], [3, 4])


@pytest.mark.parametrize("value", ["-1", "many", "1.5", True, "9" * 30, None])
def test_what_is_no_limit(value: Any, start: Start) -> None:
    if value is None:
        start(repeat_limit=None)
        return
    with pytest.raises(logging_kit.SettingsError, match="whole number"):
        start(repeat_limit=value)


def names(found: Sequence[dict[str, Any]]) -> set[str]:
    return {name for line in found for name in line}


def test_fields_of_ones_own_stay(start: Start, lines: Lines) -> None:
    log = start(repeat_limit=1)
    for _ in range(3):
        log.info("same", repeated="mine", first_repeat=1)
    logging_kit.flush()
    assert {"repeated_", "first_repeat_"} <= names(lines())
    assert all(line["repeated"] == "mine" for line in lines() if line["message"].startswith("same"))
