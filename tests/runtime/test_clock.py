"""A clock of the bot's own: what `setup()` refuses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger, SettingsError

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


def test_the_same_clock_goes_on_with_the_same_run(start: Start) -> None:
    def clock() -> int:
        return time.time_ns()

    start(clock=clock)
    run = logging_kit.stats()["run_id"]
    start(clock=clock)
    assert logging_kit.stats()["run_id"] == run
