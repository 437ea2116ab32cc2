"""A clock of the bot's own: what `setup()` refuses, and what it costs when it fails later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger, SettingsError, diagnostics
from tests.support.runs import everything, texts

Start = Callable[..., BotLogger]


def broken() -> int:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "clock",
    [5, broken, lambda: None, lambda: "1796000000000000000", lambda: float("nan")],
)
def test_an_impossible_clock_is_refused(clock: Any, start: Start) -> None:
    with pytest.raises(SettingsError, match="clock must be a function"):
        start(clock=clock)
    assert logging_kit.stats() == {}


@pytest.mark.parametrize("fault", [broken, lambda: None, lambda: "x", lambda: float("inf")])
def test_a_clock_that_fails_later_costs_no_line(
    fault: Callable[[], Any], start: Start, log_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    diagnostics._notes.clear()
    readings: Iterator[Callable[[], Any]] = iter([time.time_ns] * 20)
    log = start(clock=lambda: next(readings, fault)())
    for number in range(30):
        log.info("line", number=number)
    logging_kit.flush()
    assert texts(everything(log_dir)).count("line") == 30
    assert "the clock raised" in capfd.readouterr().err


def test_the_same_clock_goes_on_with_the_same_run(start: Start) -> None:
    def clock() -> int:
        return time.time_ns()

    start(clock=clock)
    run = logging_kit.stats()["run_id"]
    start(clock=clock)
    assert logging_kit.stats()["run_id"] == run
