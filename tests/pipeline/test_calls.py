"""Parts of a call: the message as a keyword, `extra`, and levels that the line has no word for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logging_kit import BotLogger
from logging_kit.events.model import level_name

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _own_levels() -> Iterator[None]:
    """Register three levels, as libraries do."""
    before = dict(logging._levelToName), dict(logging._nameToLevel)
    for number, name in ((5, "TRACE"), (25, "SUCCESS"), (35, "AUDIT")):
        logging.addLevelName(number, name)
    yield
    logging._levelToName.clear(), logging._nameToLevel.clear()
    logging._levelToName.update(before[0])
    logging._nameToLevel.update(before[1])


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "critical"])
def test_the_message_may_be_given_as_event(method: str, start: Start, lines: Lines) -> None:
    log = start(level="DEBUG")
    getattr(log, method)(event="started", x=1)
    getattr(log, method)("text", event="mine")
    log.log(method, event="by level")
    first, second, third = lines()[-3:]
    assert (first["message"], first["x"], "event_" in first) == ("started", 1, False)
    assert (second["message"], second["event_"]) == ("text", "mine")
    assert third["message"] == "by level"


@pytest.mark.parametrize("value", [None, "", 5, ["a"]])
def test_any_event_given_as_keyword_is_the_message(value: Any, start: Start, lines: Lines) -> None:
    start().info(event=value)
    assert lines()[-1]["message"] == ("" if value is None else str(value))


def test_extra_stands_beside_the_other_fields(start: Start, lines: Lines) -> None:
    log = start()
    log.info("x", extra={"order_id": "o1", "price": 1.5}, price=2.5)
    log.error("x", extra={"symbol": "A"})
    log.bind(symbol="B").warning("x", extra={})
    log.info("x", extra="text")
    first, second, third, fourth = lines()[-4:]
    assert (first["order_id"], first["price"], "extra" in first) == ("o1", 2.5, False)
    assert (second["symbol"], second["event"]) == ("A", "ERROR")
    assert (third["symbol"], "extra" in third) == ("B", False)
    assert fourth["extra"] == "text"


def test_a_secret_in_extra_is_masked(start: Start, lines: Lines) -> None:
    start().info("x", extra={"api_key": "k" * 30})
    assert [line["api_key"] for line in lines() if line["message"] == "x"] == ["***"]


@pytest.mark.parametrize(
    ("number", "name", "level"),
    [(5, "TRACE", "debug"), (25, "SUCCESS", "info"), (35, "AUDIT", "warning")],
)
def test_the_name_of_a_level_of_ones_own_is_kept(
    number: int, name: str, level: str, start: Start, lines: Lines
) -> None:
    log = start(level="DEBUG", hooks=("stdlib",))
    log.log(number, "by number")
    log.log(name, "by name")
    log.log(name.lower(), "in small letters")
    logging.getLogger("lib").setLevel(1)
    logging.getLogger("lib").log(number, "of logging")
    found = {line["message"]: line for line in lines()}
    for message in ("by number", "by name", "in small letters", "of logging"):
        assert found[message]["level"] == level
        assert found[message]["level_name"].upper() == name
    logging.getLogger("lib").setLevel(0)


def test_the_usual_levels_and_numbers_without_a_name_have_no_name(
    start: Start, lines: Lines
) -> None:
    log = start(level="DEBUG", hooks=("stdlib",))
    for level in ("debug", "INFO", "Warn", 20, 30, 23, logging.ERROR, "fatal", "exception"):
        log.log(level, "x")
    logging.getLogger("lib").log(33, "x")
    logging.getLogger("lib").warning("x")
    assert all("level_name" not in line for line in lines())


@pytest.mark.parametrize("level", [[], {}, None, 1.5, object(), b"INFO", 10**30, -1, True])
def test_an_odd_level_never_raises(level: Any, start: Start, lines: Lines) -> None:
    start(level="DEBUG").log(level, "x")
    assert lines()[-1]["message"] == "x"


@pytest.mark.parametrize(
    ("name", "level"),
    [("trace", "debug"), ("Success", "info"), ("NOTICE", "info"), ("alert", "critical"), ("audit", "warning"), ("??", "info")],
)  # fmt: skip
def test_names_of_levels(name: str, level: str) -> None:
    assert level_name(name) == level
