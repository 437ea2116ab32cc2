"""The pytest plugin, as a project's tests see it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run_tests(tmp_path: Path, source: str, *options: str) -> str:
    """Run a test file in a process of its own; the output of pytest."""
    (tmp_path / "test_bot.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *options,
    ]
    done = subprocess.run(
        [*command, "test_bot.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_nothing_is_imported_before_a_fixture_is_used(tmp_path: Path) -> None:
    source = """
import sys

def loaded():
    return {name for name in sys.modules if name.partition(".")[0] in ("logging_kit", "structlog", "orjson")}

def test_none():
    assert loaded() == {"logging_kit", "logging_kit._version", "logging_kit.pytest_plugin"}

def test_the_fixture(log_events):
    assert "logging_kit.testing" in loaded()
"""
    assert "2 passed" in run_tests(tmp_path, source)


def test_a_setup_in_a_test_does_not_stay_in_force(tmp_path: Path) -> None:
    source = """
import logging, pathlib, sys
import logging_kit, pytest, structlog
from logging_kit.runtime.state import state

@pytest.fixture(scope="module", params=[False, True])
def outer(request, tmp_path_factory):
    if request.param:
        logging_kit.setup(log_dir=tmp_path_factory.mktemp("outer"), stdout="off", level="WARNING", app="outer")
    yield request.param
    logging_kit.shutdown()

def in_force():
    root = logging.getLogger()
    return (
        state.pipeline.settings.as_dict() if state.pipeline else None, int(root.level),
        len(root.handlers), sys.excepthook is sys.__excepthook__, structlog.is_configured(),
    )

def test_bot(outer, request, tmp_path):
    before = in_force()
    log_events = request.getfixturevalue("log_events")
    log = logging_kit.setup(log_dir=tmp_path, level="DEBUG", hooks="off", app="inner")
    log.info("x")
    assert log_events.has(message="x")
    request.node.before = before
    request.session.before = before

def test_afterwards(outer, request):
    assert in_force() == request.session.before
    assert bool(logging_kit.stats()) == outer
"""
    output = run_tests(tmp_path, source)
    assert "4 passed" in output, output


def test_the_report_of_a_failing_test_shows_the_events_without_secrets(tmp_path: Path) -> None:
    value = secrets.token_hex(16)
    source = f"""
import logging_kit

def test_events(log_events):
    logging_kit.register_secret("{value}")
    logging_kit.get_logger("bot").signal("LONG", symbol="BTC/USDT", confidence=0.5, reason="k " + {value!r})
    raise KeyError("wrong")

def test_lines(caplog, tmp_path):
    log = logging_kit.setup(log_dir=tmp_path, stdout="off", hooks="off")
    log.info("quiet line with " + {value!r})
    log.signal("WAIT", symbol="ETH/USDT", confidence=0.5)
    raise KeyError("wrong")

def test_that_passes(log_events):
    logging_kit.get_logger().info("not shown")
"""
    output = run_tests(tmp_path, source, "--no-header", "--tb=no", "-rA")
    failures = run_tests(tmp_path, source, "--no-header", "--tb=line", "--show-capture=all", "-rfE")
    assert "2 failed, 1 passed" in output
    shown = run_tests(tmp_path, source, "--no-header", "--tb=native")
    assert "Captured log_events" in shown
    assert "'symbol': 'BTC/USDT'" in shown
    assert "quiet line with ***" in shown
    assert "WAIT" in shown
    assert "not shown" not in shown
    for text in (output, failures, shown):
        captured = text.partition("Captured")[2]
        assert value not in captured


def test_caplog_at_level_counts_for_our_loggers(tmp_path: Path) -> None:
    source = """
import logging
import logging_kit

def test_levels(caplog, tmp_path):
    log = logging_kit.setup(log_dir=tmp_path, stdout="off", hooks="off")
    other = logging_kit.get_logger("strategy.ema")
    caplog.clear()
    log.debug("a"); other.debug("b")
    with caplog.at_level(logging.DEBUG):
        log.debug("c"); other.debug("d")
    with caplog.at_level("DEBUG", logger="strategy"):
        log.debug("e"); other.debug("f")
    with caplog.at_level(logging.ERROR):
        log.warning("g"); other.error("h")
    log.debug("i"); log.info("j")
    caplog.set_level(logging.DEBUG)
    log.debug("k")
    assert [record.getMessage() for record in caplog.records] == ["c", "d", "f", "h", "j", "k"]

def test_afterwards(caplog, tmp_path):
    log = logging_kit.setup(log_dir=tmp_path, stdout="off", hooks="off")
    log.debug("l"); log.info("m")
    assert caplog.messages == ["m"]
"""
    output = run_tests(tmp_path, source)
    assert "2 passed" in output, output
