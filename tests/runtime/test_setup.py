"""`setup()`.

Before and after loggers were made, twice, in a bot that has configured its logging already, and
undone.
"""

from __future__ import annotations

import logging
import logging.config
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger
from logging_kit.exceptions import SettingsError
from logging_kit.settings import HOOKS, Settings
from tests.support.lines import content, read

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
SIGNAL: dict[str, Any] = {"symbol": "BTC/USDT", "confidence": 0.91}


def test_a_line_has_the_envelope_in_its_order(start: Start, lines: Lines) -> None:
    start(app="grid", env="paper", bot_name="btc-1").info("hello", answer=42, note="안녕")
    (line,) = lines()
    assert list(line)[:-1] == [
        "timestamp", "level", "app", "env", "bot_name", "logger", "message", "answer", "note", "run_id", "seq", "v",
    ]  # fmt: skip
    assert content(line) == {
        "level": "info", "app": "grid", "env": "paper", "bot_name": "btc-1", "logger": "grid", "message": "hello", "answer": 42,
        "note": "안녕", "_file": "bot",
    }  # fmt: skip
    assert line["v"] == 1


def test_the_clock_is_the_one_that_was_given(start: Start, lines: Lines) -> None:
    log = start(clock=lambda: 1_795_226_400_123_456_789)
    log.info("a")
    log.info("b")
    written = lines(lifecycle=True)
    assert [line["timestamp"] for line in written] == [
        f"2026-11-21T02:00:00.12345{n}Z" for n in (6, 7, 8)
    ]
    assert [line["seq"] for line in written] == [1, 2, 3]


def test_startup_says_what_runs(
    start: Start, lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "3.1.4"\n')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("0123456789abcdef0123456789abcdef01234567\n")
    start(version=None)
    (line,) = lines(lifecycle=True)
    assert (line["event"], line["phase"], line["message"], line["_file"]) == (
        "LIFECYCLE",
        "startup",
        "startup",
        "bot",
    )
    assert (line["version"], line["git_sha"]) == ("3.1.4", "0123456789ab")
    assert (
        line["settings_hash"]
        == Settings.load({"log_dir": tmp_path / "logs", "stdout": "off", "hooks": ()}).hash()
    )
    assert line["logging_kit_version"] == logging_kit.__version__


def test_the_version_can_be_told_and_may_be_unknown(
    start: Start, lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start(version=None).lifecycle("startup", git_sha="given")
    logging_kit.shutdown()
    start(version="9.9")
    startups = [line for line in lines(lifecycle=True) if line["phase"] == "startup"]
    assert [line["version"] for line in startups] == ["unknown", "unknown", "9.9"]
    assert startups[1]["git_sha"] == "given"


def test_shutdown_is_written_and_may_come_twice(start: Start, lines: Lines) -> None:
    start()
    logging_kit.shutdown()
    logging_kit.shutdown()
    assert [line["phase"] for line in lines(lifecycle=True)] == ["startup", "shutdown"]
    assert lines(lifecycle=True)[-1]["uptime_s"] >= 0


def test_context_manager(start: Start, log_dir: Path) -> None:
    with start() as log:
        log.info("inside")
    assert logging_kit.stats() == {}
    assert [line["message"] for line in read(log_dir)] == ["startup", "inside", "shutdown"]


def test_context_manager_writes_the_exception_that_ends_it(start: Start, log_dir: Path) -> None:
    with pytest.raises(KeyError), start():
        raise KeyError("gone")
    (line,) = read(log_dir, "error")
    assert (line["level"], line["event"], line["error_type"], line["exception"]["type"]) == (
        "critical",
        "ERROR",
        "KeyError",
        "KeyError",
    )
    with pytest.raises(KeyboardInterrupt), start():
        raise KeyboardInterrupt
    assert len(read(log_dir, "error")) == 1


def test_the_second_setup_changes_levels(start: Start, lines: Lines) -> None:
    log = start(level="WARNING", levels={"a.b": "DEBUG"}, hooks=("stdlib",))
    for number in (1, 2):
        for name in ("", "a", "a.b", "a.b.c", "ccxt.base"):
            for each in (logging_kit.get_logger(name), logging.getLogger(name or "other")):
                each.debug(f"debug {name}{number}")
                each.info(f"info {name}{number}")
        log.info(f"log {number}")
        start(level="INFO", levels={"a": "ERROR", "ccxt": "DEBUG"}, hooks=("stdlib",))
    written = [line["message"] for line in lines()]
    assert [text for text in written if text.endswith("1")] == [
        *("debug a.b1", "info a.b1") * 2, *("debug a.b.c1", "info a.b.c1") * 2,
    ]  # fmt: skip
    assert [text for text in written if text.endswith("2")] == [
        *("info 2",) * 2, *("debug ccxt.base2", "info ccxt.base2") * 2, "log 2",
    ]  # fmt: skip


def test_the_second_setup_changes_the_folder_and_the_name(start: Start, tmp_path: Path) -> None:
    log = start(app="one")
    log.info("a")
    start(app="two", log_dir=tmp_path / "elsewhere")
    log.info("b")
    logging_kit.flush()
    first, second = read(tmp_path / "logs"), read(tmp_path / "elsewhere")
    assert [(line["app"], line["message"]) for line in first] == [("one", "startup"), ("one", "a")]
    assert [(line["app"], line["message"]) for line in second] == [("two", "b")]


def test_the_second_setup_continues_the_run_and_doubles_nothing(start: Start, lines: Lines) -> None:
    first = start(hooks=HOOKS)
    handlers = len(logging.getLogger().handlers)
    second = start(hooks=HOOKS)
    first.info("a")
    second.info("b")
    logging.getLogger("other").warning("c")
    written = lines(lifecycle=True)
    assert [line["message"] for line in written] == ["startup", "a", "b", "c"]
    assert [line["seq"] for line in written] == [1, 2, 3, 4]
    assert len({line["run_id"] for line in written}) == 1
    assert len(logging.getLogger().handlers) == handlers


def test_a_setup_that_fails_leaves_the_first_one_in_force(start: Start, lines: Lines) -> None:
    log = start(app="one")
    with pytest.raises(SettingsError):
        start(app="two", level="LOUD")
    log.info("still")
    assert [(line["app"], line["message"]) for line in lines()] == [("one", "still")]


def test_masking_off_is_written_down(start: Start, lines: Lines) -> None:
    start(masking=False)
    (line,) = lines()
    assert (line["level"], line["message"]) == (
        "warning",
        "masking is off: secrets are written as they are",
    )


def test_stats_count(start: Start, lines: Lines, log_dir: Path) -> None:
    assert logging_kit.stats() == {}
    log = start()
    log.signal("LONG", **SIGNAL)
    log.signal("UP", **SIGNAL)
    log.info("x", text="y " * 200_000)
    stats = logging_kit.stats()
    assert (stats["schema_errors"], stats["truncated"], stats["failed"], stats["dropped"]) == (
        1,
        1,
        0,
        {},
    )
    assert stats["lines"] == {"bot": 2, "ai_signal": 2}
    assert stats["run_id"] == lines()[0]["run_id"]
    assert sum(stats["bytes"].values()) == sum(
        path.stat().st_size for path in log_dir.glob("segments/*.log")
    )


def test_flush_and_stats_without_setup() -> None:
    assert logging_kit.flush() is True
    assert logging_kit.stats() == {}


def test_setup_from_several_threads_at_once(start: Start, lines: Lines) -> None:
    gate = threading.Barrier(4)

    def run(number: int) -> None:
        gate.wait()
        start(hooks=("stdlib",)).info("hello", number=number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = lines(lifecycle=True)
    assert [line["phase"] for line in written if line.get("event") == "LIFECYCLE"] == ["startup"]
    assert sorted(line["number"] for line in written if "number" in line) == [0, 1, 2, 3]


def test_a_call_is_quick_from_the_first_one_on(start: Start) -> None:
    log = start()
    began = time.thread_time()
    log.info("hello")
    assert time.thread_time() - began < 0.25


@pytest.mark.parametrize("configured", [False, True])
def test_structlog_is_configured_after_shutdown_only_if_it_was_before(
    configured: bool, start: Start
) -> None:
    if configured:
        structlog.configure(cache_logger_on_first_use=True)
    processors = structlog.get_config()["processors"]
    start()
    start(app="again")
    assert structlog.is_configured()
    logging_kit.shutdown()
    assert structlog.is_configured() == configured
    assert structlog.get_config()["processors"] is processors
    assert structlog.get_config()["cache_logger_on_first_use"] == configured
