"""Names that a bot makes at run time do not fill the memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

pytestmark = pytest.mark.slow

Start = Callable[..., BotLogger]

LONG = 100_000
CALLS = 150


def field(log: BotLogger, name: str) -> None:
    log.info("x", **{name: 1})


def typed(log: BotLogger, name: str) -> None:
    log.signal("LONG", symbol="A", confidence=0.5, **{name: 1})


def nested(log: BotLogger, name: str) -> None:
    log.info("x", data={name: 1})


def logger(log: BotLogger, name: str) -> None:
    logging_kit.get_logger(name).info("x")


def bot(log: BotLogger, name: str) -> None:
    log.info("x", bot_name=name)


@pytest.mark.parametrize("call", [field, typed, nested, logger, bot])
def test_long_names_are_not_kept(call: Callable[[BotLogger, str], Any], start: Start) -> None:
    log = start()
    call(log, "y" * LONG)
    logging_kit.flush()
    tracemalloc.start()
    try:
        for number in range(CALLS):
            call(log, f"{number:x}_" * (LONG // 4))
        logging_kit.flush()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < CALLS * LONG / 4
