"""Plug-ins: parts of upper layers that a setting switches on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger, SettingsError, diagnostics
from logging_kit.runtime import plugins
from logging_kit.runtime.state import state
from tests.support import recording_plugin
from tests.support.recording_plugin import RecordingPlugin

Start = Callable[..., BotLogger]


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the setting `allow_names` switch the recording plug-in on."""
    monkeypatch.setattr(plugins, "PLUGINS", {"allow_names": "tests.support.recording_plugin"})
    recording_plugin.made.clear()
    diagnostics._notes.clear()


def only() -> RecordingPlugin:
    """Return the only plug-in that was made."""
    (made,) = recording_plugin.made
    return made


def test_it_starts_only_when_its_setting_has_a_value(start: Start, log_dir: Path) -> None:
    start()
    assert recording_plugin.made == []
    assert logging_kit.stats()["plugins"] == {}
    start(allow_names=["one"])
    assert only().calls[0] == "start"
    assert only().surroundings is not None
    assert only().surroundings.log_dir == log_dir
    assert only().surroundings.settings.allow_names == ("one",)


def test_it_sees_each_typed_event_even_a_muted_one(start: Start) -> None:
    log = start(allow_names=["one"], mute_events=["CANDLE"], level="ERROR")
    log.info("a plain line")
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    log.candle(symbol="BTC/USDT", timeframe="1m", open=1, high=2, low=1, close=2, volume=3)
    log.error("bad")
    names = [name for name, _fields in only().events]
    assert names == ["LIFECYCLE", "SIGNAL", "CANDLE", "ERROR"]
    assert only().events[1][1]["confidence"] == 0.9
    assert logging_kit.stats()["plugins"] == {"recording": {"events": 4}}


def test_it_sees_calls_below_the_level(start: Start, log_dir: Path) -> None:
    log = start(allow_names=["one"], level="CRITICAL")
    only().levels.clear()
    for number in range(3):
        log.debug("d", number=number)
        log.error("e")
        log.critical("c")
    structlog.get_logger("another").info("by structlog")
    assert only().levels == ["debug", "error", "critical"] * 3 + ["info"]
    assert [name for name, _fields in only().events][1:] == ["ERROR"] * 6
    logging_kit.flush()
    text = b"".join(path.read_bytes() for path in log_dir.glob("segments/*"))
    assert text.count(b'"level":"critical"') == 3
    assert b'"level":"error"' not in text


def test_thresholds_are_cached_only_while_nothing_observes(start: Start) -> None:
    log = start()
    log.debug("d")
    assert state.thresholds[""] == 20
    start(allow_names=["one"])
    log.debug("d")
    assert state.thresholds == {}
    assert not log.is_enabled_for("debug")
    assert log.is_enabled_for("info")
    log.setLevel("DEBUG")
    assert log.is_enabled_for("debug")
    log.setLevel("NOTSET")
    start()
    log.debug("d")
    assert state.thresholds[""] == 20


def test_the_same_settings_keep_it_and_others_replace_it(start: Start) -> None:
    start(allow_names=["one"])
    start(allow_names=["one"])
    assert only().calls == ["start"]
    start(allow_names=["two"])
    first, second = recording_plugin.made
    assert (first.calls, second.calls) == (["start", "close"], ["start"])
    start()
    assert second.calls == ["start", "close"]


def test_flush_and_shutdown_reach_it(start: Start) -> None:
    start(allow_names=["one"])
    assert logging_kit.flush()
    logging_kit.shutdown()
    assert only().calls == ["start", "flush", "close"]


def test_one_that_raises_harms_nothing(
    start: Start, log_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = start(allow_names=["one"])
    only().raises = True
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    assert not logging_kit.flush()
    assert logging_kit.stats()["plugins"] == {}
    logging_kit.shutdown()
    assert "recording raised RuntimeError" in capfd.readouterr().err
    lines = b"".join(path.read_bytes() for path in log_dir.glob("segments/*"))
    assert b'"SIGNAL"' in lines
    assert b'"shutdown"' in lines


def test_what_is_not_acknowledged_is_reported(start: Start) -> None:
    start(allow_names=["one"])
    running = plugins.Plugins()
    running._running["x"] = (only().surroundings, only())
    only().acknowledged = 10
    assert running.acknowledged("trade-x.log", 10)
    assert not running.acknowledged("trade-x.log", 11)
    only().raises = True
    assert not running.acknowledged("trade-x.log", 10)


@pytest.mark.parametrize("module", ["no_such_module", "logging_kit.no_such_layer.plugin"])
def test_a_missing_package_is_named(
    module: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "PLUGINS", {"allow_names": module})
    with pytest.raises(SettingsError, match=r"allow_names needs a package .* pip install"):
        start(allow_names=["one"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_its_own(start: Start) -> None:
    start(allow_names=["one"])
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, ",".join(only().calls).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    assert os.read(read, 100) == b"start,after_fork_in_child"
    os.close(read)
    assert only().calls == ["start"]


def test_a_first_setup_that_a_plug_in_refuses_leaves_no_run(
    start: Start, log_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(plugins, "PLUGINS", {"allow_names": "no_such_module"})
        with pytest.raises(SettingsError):
            start(allow_names=["one"])
    assert logging_kit.stats() == {}
    start(allow_names=["one"])
    logging_kit.shutdown()
    lines = b"".join(path.read_bytes() for path in log_dir.glob("segments/*"))
    assert lines.count(b'"phase":"startup"') == 1
