"""Foreign code configures structlog after `setup()`.

Logging_kit's loggers still write to its files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger
from logging_kit.processors import write
from tests.support.lines import read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

AFTERWARDS: dict[str, Callable[[], Any]] = {
    "configure": lambda: structlog.configure(processors=[structlog.processors.JSONRenderer()]),
    "configure with a tuple": lambda: structlog.configure(
        processors=(structlog.processors.JSONRenderer(),)
    ),
    "nothing but processors of theirs": lambda: structlog.configure(processors=[]),
    "reset_defaults": structlog.reset_defaults,
}


@pytest.mark.parametrize("afterwards", AFTERWARDS.values(), ids=AFTERWARDS)
def test_our_loggers_still_write_to_the_files(
    afterwards: Callable[[], Any], start: Start, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    log, early = start(), logging_kit.get_logger("early")
    afterwards()
    log.info("from setup")
    early.info("early")
    logging_kit.get_logger("late").info("late")
    logging_kit.get_logger("late").signal("LONG", symbol="a", confidence=1)
    logging_kit.shutdown()
    assert [line["message"] for line in lines("bot", lifecycle=True)] == [
        "startup",
        "from setup",
        "early",
        "late",
        "shutdown",
    ]
    assert [line["message"] for line in lines("ai_signal")] == ["LONG a 1"]
    assert capsys.readouterr().out == ""


def test_shutdown_leaves_a_foreign_configuration_alone(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(structlog.get_config()["processors"])
    ours = structlog.get_config()["processors"]
    start()
    theirs = [structlog.processors.KeyValueRenderer()]
    structlog.configure(processors=theirs)
    logging_kit.shutdown()
    assert structlog.get_config()["processors"] is theirs
    assert len(theirs) == 1
    assert ours == before
    structlog.get_logger().info("theirs")
    assert capsys.readouterr().out == "event='theirs'\n"


def test_a_setup_afterwards_takes_it_over_and_gives_it_back(start: Start, lines: Lines) -> None:
    before = list(structlog.get_config()["processors"])
    ours = structlog.get_config()["processors"]
    early = start()
    theirs: list[Any] = [structlog.processors.KeyValueRenderer()]
    structlog.configure(processors=theirs)
    start()
    early.info("early")
    structlog.get_logger().info("plain")
    logging_kit.shutdown()
    assert [line["message"] for line in lines()] == ["early", "plain"]
    assert structlog.get_config()["processors"] is theirs
    assert (len(theirs), ours) == (1, before)


def test_a_chain_of_theirs_that_ends_in_ours_is_used(start: Start, lines: Lines) -> None:
    def add_host(_logger: Any, _method: str, event_dict: Any) -> Any:
        event_dict["host"] = "vps"
        return event_dict

    start()
    structlog.configure(processors=[add_host, write])
    logging_kit.get_logger("late").info("x")
    assert lines()[0]["host"] == "vps"


def test_nothing_is_lost_when_the_log_folder_changes_too(
    start: Start, log_dir: Any, tmp_path: Any
) -> None:
    start()
    structlog.reset_defaults()
    start(log_dir=tmp_path / "other")
    logging_kit.get_logger().info("x")
    logging_kit.shutdown()
    assert [line["message"] for line in read(tmp_path / "other")][-2:] == ["x", "shutdown"]
