from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.loguru import attach, detach
from tests.support.masking.maker import Maker

loguru = pytest.importorskip("loguru")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    loguru.logger.remove()
    yield
    detach()
    loguru.logger.remove()


def test_the_records_of_loguru_are_lines(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]]
) -> None:
    start(level="debug")
    logger, secret = loguru.logger, Maker(2).b62(32)
    attach(attach(logger))
    with logger.contextualize(correlation_id="a1"):
        logger.bind(symbol="BTC/USDT").info("order {} filled", 81)
    logger.debug("api_key={}", secret)
    logger.success("profit")
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("failed")
    detach()
    logger.info("after")
    filled, signed, profit, failed = [line for line in lines() if line["logger"] == __name__]
    assert (filled["message"], filled["symbol"]) == ("order 81 filled", "BTC/USDT")
    assert filled["correlation_id"] == "a1"
    assert signed["level"] == "debug"
    assert secret not in str(signed)
    assert (profit["level"], profit["level_name"]) == ("info", "SUCCESS")
    assert (failed["event"], failed["error_type"]) == ("ERROR", "ValueError")


def test_the_levels_of_the_settings_count(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]]
) -> None:
    start(level="warning")
    attach()
    loguru.logger.info("hidden")
    loguru.logger.warning("shown")
    assert [line["message"] for line in lines()] == ["shown"]


def test_all_sinks_were_removed(start: Callable[..., logging_kit.BotLogger]) -> None:
    start()
    attach()
    loguru.logger.remove()
    detach()
