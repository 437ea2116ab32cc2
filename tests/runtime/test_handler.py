"""`Handler` and `JsonFormatter` in a foreign configuration of `logging`."""

from __future__ import annotations

import io
import logging
import logging.config
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from pythonjsonlogger.core import BaseJsonFormatter

import logging_kit
from logging_kit import BotLogger
from logging_kit.exceptions import SettingsError
from tests.support.lines import read, strict

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


def with_handler(log_dir: Path, **settings: Any) -> dict[str, Any]:
    handler = {
        "class": "logging_kit.Handler",
        "level": "INFO",
        "log_dir": str(log_dir),
        "stdout": "off",
        "hooks": [],
        **settings,
    }
    return {
        "version": 1, "disable_existing_loggers": False, "handlers": {"kit": handler},
        "root": {"level": "DEBUG", "handlers": ["kit"]},
    }  # fmt: skip


def test_a_handler_from_dictconfig_is_a_whole_setup(log_dir: Path, lines: Lines) -> None:
    logging.config.dictConfig(with_handler(log_dir, app="grid", bot_name="btc", level="WARNING"))
    logging.getLogger("lib").debug("below the root's handler")
    logging.getLogger("lib").warning("count %d", 3, extra={"x": 1})
    logging.getLogger("lib").error("bad")
    logging_kit.get_logger("mine").signal("LONG", symbol="a", confidence=0.5)
    structlog.get_logger().info("plain")
    written = sorted(lines(), key=lambda line: line["seq"])
    assert [(line["_file"], line["message"], line["app"], line["bot_name"]) for line in written] == [
        ("bot", "count 3", "grid", "btc"), ("error", "bad", "grid", "btc"), ("ai_signal", "LONG a 0.5", "grid", "btc"),
        ("bot", "plain", "grid", "btc"),
    ]  # fmt: skip
    assert written[0]["x"] == 1
    assert lines(lifecycle=True)[0]["phase"] == "startup"


def test_a_handler_beside_a_setup_writes_once(start: Start, log_dir: Path, lines: Lines) -> None:
    start(app="first", hooks=("stdlib",))
    logging.config.dictConfig(with_handler(log_dir, app="ignored"))
    logging.getLogger("lib").warning("once")
    assert [(line["app"], line["message"]) for line in lines()] == [("first", "once")]


def test_a_setup_after_a_handler_takes_over(log_dir: Path, start: Start, lines: Lines) -> None:
    logging.config.dictConfig(with_handler(log_dir, app="handler"))
    logging.getLogger("lib").warning("a")
    start(app="setup", hooks=("stdlib",))
    logging.getLogger("lib").warning("b")
    assert [(line["app"], line["message"]) for line in lines()] == [
        ("handler", "a"),
        ("setup", "b"),
    ]


def test_two_handlers_write_once(log_dir: Path, lines: Lines) -> None:
    configuration = with_handler(log_dir)
    configuration["handlers"]["second"] = dict(configuration["handlers"]["kit"])
    configuration["loggers"] = {"lib": {"handlers": ["second"]}}
    logging.config.dictConfig(configuration)
    logging.getLogger("lib").warning("once")
    assert [line["message"] for line in lines()] == ["once"]


def test_the_same_configuration_twice(log_dir: Path, lines: Lines) -> None:
    for number in range(2):
        logging.config.dictConfig(with_handler(log_dir))
        logging.getLogger("lib").warning("number %d", number)
    assert [line["message"] for line in lines()] == ["number 0", "number 1"]


def test_the_handler_s_own_level(log_dir: Path, lines: Lines) -> None:
    configuration = with_handler(log_dir)
    configuration["handlers"]["kit"]["level"] = "ERROR"
    logging.config.dictConfig(configuration)
    logging.getLogger("lib").warning("no")
    logging.getLogger("lib").error("yes")
    assert [line["message"] for line in lines()] == ["yes"]


def test_a_wrong_setting_is_told_at_once(log_dir: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean 'log_dir'"):
        logging_kit.Handler(log_dirr=log_dir)
    with pytest.raises(ValueError, match="kit"):
        logging.config.dictConfig(with_handler(log_dir, stdouts="off"))
    assert logging_kit.stats() == {}


def formatting(**arguments: Any) -> tuple[logging.Logger, io.StringIO]:
    """A logger whose one handler has our formatter, made by dictConfig."""
    out = io.StringIO()
    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"json": {"()": "logging_kit.JsonFormatter", **arguments}},
        "handlers": {"out": {"class": "logging.StreamHandler", "stream": out, "formatter": "json"}},
        "loggers": {"lib": {"level": "DEBUG", "handlers": ["out"], "propagate": False}},
    })  # fmt: skip
    return logging.getLogger("lib"), out


@pytest.fixture(params=[False, True], ids=["without setup", "with setup"])
def maybe_setup(request: pytest.FixtureRequest, start: Start) -> bool:
    if request.param:
        start()
    return bool(request.param)


def lines_of(out: io.StringIO) -> list[dict[str, Any]]:
    return [strict(line.encode()) for line in out.getvalue().split("\n")[:-1]]


def test_the_formatter_is_python_json_logger_s(maybe_setup: bool) -> None:
    assert issubclass(logging_kit.JsonFormatter, BaseJsonFormatter)


def test_a_formatted_record_is_the_line(maybe_setup: bool, lines: Lines) -> None:
    log, out = formatting()
    log.warning("count %d", 3, extra={"price": float("nan"), "level": "x", "nested": {1: {2}}})
    try:
        raise TimeoutError("slow")
    except TimeoutError:
        log.exception("failed")
    log.debug("typed", extra={"event_type": "WS", "state": "up"})
    first, second, third = lines_of(out)
    assert list(first)[:7] == ["timestamp", "level", "app", "env", "bot_name", "logger", "message"]
    assert (first["level"], first["logger"], first["message"], first["price"], first["level_"]) == (
        "warning",
        "lib",
        "count 3",
        None,
        "x",
    )
    assert (first["nested"], first["v"]) == ({"1": [2]}, 1)
    assert not first.keys() & {"run_id", "seq"}
    assert (second["event"], second["error_type"], second["exception"]["type"]) == (
        "ERROR",
        "TimeoutError",
        "TimeoutError",
    )
    assert (third["event"], "ws_connections is missing" in third["schema_error"]) == ("WS", True)
    if maybe_setup:
        assert lines() == []


def test_the_time_is_the_record_s(maybe_setup: bool) -> None:
    formatter = logging_kit.JsonFormatter()
    record = logging.makeLogRecord(
        {"name": "a", "msg": "x", "levelno": 20, "created": 1_795_226_400.5}
    )
    assert strict(formatter.format(record).encode())["timestamp"] == "2026-11-21T02:00:00.500000Z"


def test_fields_of_python_json_logger(maybe_setup: bool) -> None:
    log, out = formatting(
        rename_fields={"message": "msg", "level": "severity"},
        static_fields={"host": "a"},
        defaults={"zone": "b"},
    )
    log.info("hello", extra={"zone": "c"})
    log.info("hello")
    first, second = lines_of(out)
    assert (first["msg"], first["severity"], first["host"], first["zone"], second["zone"]) == (
        "hello",
        "info",
        "a",
        "c",
        "b",
    )
    assert not first.keys() & {"message", "level"}
    assert next(iter(first)) == "timestamp"


def test_settings_come_from_the_environment_when_there_was_no_setup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGGING_KIT_APP", "from-environment")
    log, out = formatting()
    log.info("x")
    assert lines_of(out)[0]["app"] == "from-environment"


def test_nothing_that_a_processor_does_can_end_the_program_through_the_formatter(
    start: Start,
) -> None:
    def drop(logger: Any, method: str, event_dict: Any) -> Any:
        raise structlog.DropEvent

    start(processors_after=[drop], mute_events=["WS"])
    log, out = formatting()
    log.warning("x", extra={"y": 1})
    log.warning("x", extra={"event_type": "WS", "state": "connected", "ws_connections": 1})
    assert [line["message"] for line in lines_of(out)] == ["", "WS"]


def test_records_that_raise(maybe_setup: bool) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError

        __repr__ = __str__

    log, out = formatting()
    log.info(Bad())
    log.info("%s", Bad())
    log.info("x", extra={"a": Bad(), "b": "\ud800", "c": 10**400})
    assert len(lines_of(out)) == 3


def test_in_a_program_of_its_own(
    run_bot: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    source = """
import logging, logging.config
logging.config.dictConfig({
    "version": 1, "formatters": {"json": {"()": "logging_kit.JsonFormatter"}},
    "handlers": {
        "kit": {"class": "logging_kit.Handler", "app": "grid", "stdout": "off"},
        "err": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "root": {"level": "INFO", "handlers": ["kit", "err"]},
})
logging.getLogger("lib").info("hello", extra={"x": 1})
"""
    done = run_bot(source)
    (formatted,) = (strict(line.encode()) for line in done.stderr.splitlines())
    startup, written, shutdown = read(tmp_path / "logs")
    assert (done.returncode, done.stdout) == (0, "")
    assert (startup["phase"], shutdown["phase"], shutdown["reason"]) == (
        "startup",
        "shutdown",
        "exit",
    )
    assert {**formatted, "timestamp": 0}.items() <= {**written, "timestamp": 0}.items()


def test_the_formatter_masks_by_the_settings_when_there_was_no_setup(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logging_kit.toml").write_text(
        'mask_names = ["wallet_owner"]\nallow_names = ["page_token"]\nmask_formats = ["acct_:digits:6-12"]\n'
    )
    monkeypatch.setenv("BROKER_PASSWORD", "correct-horse-battery")
    log, out = formatting()
    log.info(
        "account acct_123456, correct-horse-battery",
        extra={"wallet_owner": "Ada Lovelace", "page_token": "next-7"},
    )
    (line,) = lines_of(out)
    assert "123456" not in out.getvalue()
    assert "correct-horse-battery" not in out.getvalue()
    assert (line["wallet_owner"], line["page_token"]) == ("***", "next-7")


def test_masking_that_is_switched_off_is_off_in_the_formatter_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGGING_KIT_MASKING", "false")
    log, out = formatting()
    log.info("x", extra={"api_key": "shown as it is"})
    assert lines_of(out)[0]["api_key"] == "shown as it is"


def test_a_wrong_setting_fails_when_the_formatter_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_KIT_LEVEL", "loud")
    with pytest.raises(SettingsError, match="level"):
        logging_kit.JsonFormatter()


def test_a_record_without_a_name(maybe_setup: bool) -> None:
    line = logging_kit.JsonFormatter().format(logging.makeLogRecord({"msg": "x", "levelno": 20}))
    assert strict(line.encode())["logger"] == "trading"
