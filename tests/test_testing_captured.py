"""`captured`, and so the fixture `log_events`, around a bot that does everything itself."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger, EventType
from logging_kit.processors import SchemaError
from logging_kit.testing import captured
from tests.support.lines import read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
PLAIN = structlog.get_logger()


def bot(early: BotLogger) -> None:
    early.signal("LONG", symbol="a", confidence=0.5)
    PLAIN.info("plain")
    logging_kit.get_logger("late").info("late")
    logging.getLogger("lib").warning("std")


ALL = ["LONG a 0.5", "plain", "late", "std"]


@pytest.mark.parametrize("active", [False, True], ids=["no setup before", "a setup before"])
@pytest.mark.parametrize("hooks", [(), ("stdlib", "excepthook")])
def test_a_setup_within_does_not_escape(
    active: bool, hooks: tuple[str, ...], start: Start, log_dir: Path
) -> None:
    before, early = list(structlog.get_config()["processors"]), logging_kit.get_logger("early")
    root = logging.getLogger()
    state = list(root.handlers), root.level, sys.excepthook
    if active:
        start(hooks=("stdlib",))
    with captured() as events:
        start(hooks=hooks)
        bot(early)
        sys.excepthook(ValueError, ValueError("no"), None)
    assert [message for message in (event["message"] for event in events) if message in ALL] == ALL
    assert events.has(EventType.LIFECYCLE, phase="startup") == (not active)
    assert events.has(EventType.ERROR, error_type="ValueError") == ("excepthook" in hooks)
    logging_kit.flush()
    assert [line["message"] for line in read(log_dir)] == (["startup"] if active else [])
    assert bool(logging_kit.stats()) == active
    bot(early)
    logging_kit.flush()
    assert [line["message"] for line in read(log_dir)][1:] == (ALL if active else [])
    logging_kit.shutdown()
    assert structlog.get_config()["processors"] == before
    assert (root.handlers, root.level, sys.excepthook) == state


def test_a_shutdown_within_stays_one(
    start: Start, log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = start()
    with captured() as events:
        logging_kit.shutdown()
    assert events.has(EventType.LIFECYCLE, phase="shutdown")
    assert [line["message"] for line in read(log_dir)] == ["startup"]
    log.info("printed again")
    assert "printed again" in capsys.readouterr().out


def test_with_processors_and_a_foreign_chain(start: Start) -> None:
    def add_host(_logger: Any, _method: str, event_dict: Any) -> Any:
        event_dict["host"] = "vps"
        return event_dict

    start()
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    with captured() as events:
        logging_kit.get_logger("mine").info("ours")
        structlog.get_logger().info("theirs")
        start(processors_before=[add_host])
        logging_kit.get_logger("mine").info("a", x=1)
    assert [event["message"] for event in events] == ["ours", "theirs", "a"]
    assert events.has(message="a", x=1, host="vps")


def test_a_chain_that_is_a_tuple(capsys: pytest.CaptureFixture[str]) -> None:
    chain = (structlog.processors.KeyValueRenderer(),)
    structlog.configure(processors=chain)
    with captured() as events:
        structlog.get_logger().info("x")
    assert events.has(message="x")
    assert structlog.get_config()["processors"] is chain
    assert capsys.readouterr().out == ""


def test_exceptions_say_what_they_are() -> None:
    log = logging_kit.get_logger("mine")
    with captured() as events:
        try:
            raise TimeoutError("slow")
        except TimeoutError:
            log.exception("failed")
            logging.getLogger("lib").exception("failed too")
            structlog.get_logger().exception("and again")
        with suppress(KeyError), log.api_call("e", "GET", "/x"):
            raise KeyError
    assert [(event["error_type"], event["error"]) for event in events.of("ERROR")] == [
        ("TimeoutError", "slow")
    ] * 3
    assert events.has("API_CALL", error_type="KeyError", ok=False, level="warning")


def test_a_wrong_event_says_so() -> None:
    log = logging_kit.get_logger("mine")
    with captured() as events:
        log.signal("UP", symbol="a")  # type: ignore[arg-type,call-arg]
        log.signal("LONG", symbol="a", confidence=1)
        logging.getLogger("lib").info("x", extra={"event_type": "WS", "state": "connected"})
    wrong = "signal is none of LONG, SHORT, WAIT; confidence is missing"
    assert [event.get("schema_error") for event in events] == [
        wrong,
        None,
        "ws_connections is missing",
    ]


@pytest.mark.parametrize("within", [False, True])
def test_a_strict_setup_raises_as_ever(within: bool, start: Start) -> None:
    if not within:
        start(strict=True)
    with captured():
        log = start(strict=True) if within else logging_kit.get_logger("mine")
        with pytest.raises(SchemaError):
            log.signal("UP", symbol="a", confidence=1)  # type: ignore[arg-type]


def test_what_bound_adds_is_there_for_all() -> None:
    with captured() as events, logging_kit.bound(correlation_id="c1"):
        bot(logging_kit.get_logger())
    assert all(event["correlation_id"] == "c1" for event in events)
