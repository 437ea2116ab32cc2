"""Help for the tests of a bot: `captured`, `isolated`, and what the pytest plugin brings."""

from __future__ import annotations

import logging
import subprocess
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
from logging_kit.testing import LogEvents, captured, isolated, shown_to
from tests.support.lines import read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize("after_setup", [False, True])
def test_everything_is_captured_and_nothing_written(
    after_setup: bool, start: Start, log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if after_setup:
        start(hooks=("stdlib",))
        size = logging_kit.stats()["bytes"]
    log = logging_kit.get_logger("mine").bind(strategy="ema")
    with captured() as events, logging_kit.bound(correlation_id="c1"):
        log.signal("LONG", symbol="a", confidence=0.5)
        log.info("count %d", 3, x={1})
        log.error("bad")
        structlog.get_logger().warning("plain")
        logging.getLogger("lib").info("std %s", "x", extra={"y": 1})
        logging.getLogger("lib").error("std error")
        with log.api_call("e", "GET", "/x"):
            pass
    signal = {"signal": "LONG", "symbol": "a", "confidence": 0.5}
    common = {"strategy": "ema", "correlation_id": "c1"}
    call = events.pop()
    assert events == [
        {"event_type": "SIGNAL", "message": "LONG a 0.5", "level": "info", "logger": "mine", **signal, **common},
        {"event_type": None, "message": "count 3", "level": "info", "logger": "mine", "x": {1}, **common},
        {"event_type": "ERROR", "message": "bad", "level": "error", "logger": "mine", **common},
        {"event_type": None, "message": "plain", "level": "warning", "logger": "", "correlation_id": "c1"},
        {"event_type": None, "message": "std x", "level": "info", "logger": "lib", "y": 1, "correlation_id": "c1"},
        {"event_type": "ERROR", "message": "std error", "level": "error", "logger": "lib", "correlation_id": "c1"},
    ]  # fmt: skip
    assert (call["event_type"], call["path"], call["ok"]) == ("API_CALL", "/x", True)
    assert capsys.readouterr().out == ""
    if after_setup:
        assert logging_kit.stats()["bytes"] == size
        log.info("written again")
        logging_kit.flush()
        assert read(log_dir)[-1]["message"] == "written again"


def test_has_and_of() -> None:
    log = logging_kit.get_logger("mine")
    with captured() as events:
        assert not events.has()
        assert repr(events) == "<nothing was logged>"
        log.order("submitted", order_id="1", symbol="a", exchange="e", side="buy", qty=1)
        log.order("filled", order_id="1", symbol="a", exchange="e", side="buy", qty=1)
        log.info("plain", x=None)
    assert isinstance(events, LogEvents)
    assert isinstance(events.of("ORDER"), LogEvents)
    assert [event["status"] for event in events.of(EventType.ORDER)] == ["submitted", "filled"]
    assert events.has()
    assert events.has(EventType.ORDER)
    assert events.has("ORDER", status="filled", qty=1)
    assert events.has(message="plain", level="info", logger="mine", x=None)
    assert not events.has("ORDER", status="canceled")
    assert not events.has("ORDER", nothing=None)
    assert not events.has("TRADE")
    assert events.of("TRADE") == []
    assert "submitted" in repr(events)
    assert len(repr(events).splitlines()) == 3


def test_captured_within_captured_and_after_an_exception() -> None:
    log = logging_kit.get_logger()
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    with captured() as outer:
        log.info("a")
        with suppress(ValueError), captured() as inner:
            log.info("b")
            raise ValueError
        log.info("c")
    assert [event["message"] for event in outer] == ["a", "c"]
    assert [event["message"] for event in inner] == ["b"]
    assert (logging.getLogger().handlers, logging.getLogger().level) == (handlers, level)


def test_isolated_has_its_own_folder_and_is_strict(tmp_path: Path) -> None:
    with isolated(tmp_path / "own", app="inner") as log:
        log.info("hello")
        with pytest.raises(SchemaError):
            log.signal("UP", symbol="a", confidence=1)
    assert [line["message"] for line in read(tmp_path / "own")] == ["startup", "hello", "shutdown"]
    assert logging_kit.stats() == {}


def test_isolated_without_a_folder_sets_nothing_up() -> None:
    with isolated() as log:
        assert logging_kit.stats() == {}
        with captured() as events:
            log.info("hello")
        assert events.has(message="hello")


def test_isolated_leaves_everything_as_it_was(tmp_path: Path) -> None:
    def mine(logger: Any, method: str, event_dict: Any) -> Any:
        return str(event_dict)

    structlog.configure(processors=[mine], cache_logger_on_first_use=True)
    config, chain = structlog.get_config(), list(structlog.get_config()["processors"])
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    with isolated(tmp_path / "own"):
        structlog.configure(processors=[])
        root.addHandler(logging.NullHandler())
        root.setLevel(logging.CRITICAL)
    assert structlog.get_config() == config
    assert structlog.get_config()["processors"] is config["processors"]
    assert config["processors"] == chain
    assert (root.handlers, root.level, sys.excepthook) == (handlers, level, hook)


def test_isolated_ends_a_setup_that_was_in_force_cleanly(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(structlog.get_config()["processors"])
    start()
    with isolated(tmp_path / "own") as log:
        log.info("inner")
    assert logging_kit.stats() == {}
    assert structlog.get_config()["processors"] == before
    logging_kit.get_logger().info("printed, not lost")
    assert "printed, not lost" in capsys.readouterr().out


def test_shown_to(start: Start, lines: Lines) -> None:
    class Keep(logging.Handler):
        def __init__(self) -> None:
            super().__init__(logging.INFO)
            self.records: list[logging.LogRecord] = []

        def emit(self, record: logging.LogRecord) -> None:
            self.records.append(record)

    handler, log = Keep(), start(level="DEBUG", hooks=("stdlib",))
    with shown_to(handler):
        log.debug("below the handler's level")
        log.info("a", x=1, name="mine", args=(1,))
        try:
            raise ValueError("bad")
        except ValueError:
            log.exception("failed")
        log.rate_limit("limited", exchange="e")
        logging.getLogger("lib").warning("comes by itself")
    log.info("not shown")
    first, second, third = handler.records
    assert (first.name, first.getMessage(), first.__dict__["x"]) == ("trading", "a", 1)
    assert second.exc_info is not None
    assert second.exc_info[0] is ValueError
    assert (third.levelname, third.getMessage()) == ("WARNING", "limited e")
    assert len(lines()) == 6


PLUGIN = """
import logging, structlog
import pytest, logging_kit
from logging_kit import EventType

log = logging_kit.get_logger("bot")

def bot():
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    logging.getLogger("ccxt").warning("slow")
    structlog.get_logger().info("plain")

def test_log_events(log_events):
    bot()
    assert log_events.has(EventType.SIGNAL, symbol="BTC/USDT", signal="LONG")
    assert log_events.has(message="slow", logger="ccxt")
    assert len(log_events) == 3

def test_none_is_left(log_events):
    assert log_events == []

def test_caplog(caplog, tmp_path):
    with logging_kit.setup(log_dir=tmp_path, stdout="off", hooks="stdlib"):
        logging_kit.setup(log_dir=tmp_path, stdout="off", hooks="stdlib")
        caplog.clear()
        bot()
    assert caplog.messages[:3] == ["LONG BTC/USDT 0.9", "slow", "plain"]

def test_no_setup_caplog(caplog):
    bot()
    assert caplog.messages == ["slow"]

@pytest.mark.xfail(strict=True, reason="shows what a failing test says")
def test_failing(log_events):
    bot()
    assert log_events.has(EventType.ORDER)
"""


def test_the_plugin_needs_no_import_and_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(PLUGIN)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
        "test_bot.py",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "4 passed, 1 xfailed" in done.stdout, done.stdout
