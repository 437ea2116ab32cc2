"""Counts that no restart resets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

import logging_kit
from logging_kit import BotLogger, diagnostics, metrics
from logging_kit.metrics.restore import Counts
from tests.support.metrics_page import parse, total, value

Start = Callable[..., BotLogger]


@pytest.fixture(autouse=True)
def notes() -> None:
    diagnostics._notes.clear()


def counts(log_dir: Path, bot: str = "b", app: str = "trading", env: str = "testnet") -> Counts:
    return Counts(log_dir, app, env, bot, str)


def trades(log: BotLogger, number: int) -> None:
    for n in range(number):
        log.trade(
            "exit", trade_id=str(n), position_side="LONG", symbol="A", qty=1, price=2.0,
            pnl=n - 1.5, quote="USDT", duration_s=100,
        )  # fmt: skip


def results() -> float:
    return total(parse(metrics.exposition()), "trading_trades_total")


def test_a_restart_goes_on_counting(start: Start, log_dir: Path) -> None:
    for run in range(3):
        log = start(bot_name="b", metrics_port="mounted")
        trades(log, 4)
        assert results() == 4 * (run + 1)
        found = parse(metrics.exposition())
        assert total(found, "trading_trades_total", result="win") == 2 * (run + 1)
        assert value(found, "trading_trade_duration_seconds_count") == 4 * (run + 1)
        assert value(found, "trading_trade_losses_total", symbol="A") == 2 * (run + 1)
        assert value(found, "trading_lifecycle_total", phase="startup") == run + 1
        logging_kit.shutdown()
    assert (log_dir / "metrics").stat().st_mode & 0o007 == 0


def test_the_counts_outlive_their_segments(start: Start, log_dir: Path) -> None:
    trades(start(bot_name="b", metrics_port="mounted"), 4)
    logging_kit.shutdown()
    start(bot_name="b", metrics_port="mounted")
    assert results() == 4
    logging_kit.shutdown()
    for path in (log_dir / "segments").iterdir():
        path.unlink()
    start(bot_name="b", metrics_port="mounted")
    assert results() == 4


def test_lines_are_read_once(start: Start, log_dir: Path) -> None:
    trades(start(bot_name="b"), 4)
    logging_kit.shutdown()
    first = counts(log_dir)
    assert not first.load()
    assert first.advance()
    first.save()
    assert first.lines == 6
    second = counts(log_dir)
    assert second.load()
    assert second.advance()
    assert second.lines == 0
    assert second.values.dump() == first.values.dump()
    trades(start(bot_name="b"), 2)
    logging_kit.shutdown()
    assert second.advance()
    assert second.lines == 4


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"v":99}',
        b'{"v":1,"bot":["trading","testnet","b"],"places":[]}',
        b"\xff",
    ],
)
def test_a_damaged_file_is_replaced(start: Start, log_dir: Path, damage: bytes) -> None:
    trades(start(bot_name="b", metrics_port="mounted"), 4)
    logging_kit.flush()
    logging_kit.shutdown()
    counts(log_dir).path.parent.mkdir(exist_ok=True)
    counts(log_dir).path.write_bytes(damage)
    start(bot_name="b", metrics_port="mounted")
    assert results() == 4
    logging_kit.shutdown()
    assert orjson.loads(counts(log_dir).path.read_bytes())["v"] == 1


def test_each_bot_counts_its_own_lines(start: Start, log_dir: Path) -> None:
    for bot, env, number in (("b", "testnet", 1), ("c", "testnet", 2), ("b", "live", 4)):
        log = start(bot_name=bot, env=env)
        trades(log, number)
        trades(log.bind(bot_name="of-another-name"), 8)
        logging_kit.shutdown()
    for bot, env, number in (("b", "testnet", 1), ("c", "testnet", 2), ("b", "live", 4)):
        start(bot_name=bot, env=env, metrics_port="mounted")
        found = parse(metrics.exposition())
        assert total(found, "trading_trades_total", bot_name=bot) == number
        assert total(found, "trading_trades_total", bot_name="of-another-name") == 8
        logging_kit.shutdown()


def test_names_of_files_are_safe(log_dir: Path) -> None:
    paths = {counts(log_dir, bot).path for bot in ("../../x", "a b", "ä", "x" * 300, "a_b")}
    assert len(paths) == 5
    for path in paths:
        assert path.parent == log_dir / "metrics"
        assert path.name.isascii()
        assert len(path.name) < 120


def test_lines_that_are_too_new_wait(start: Start, log_dir: Path) -> None:
    trades(start(bot_name="b"), 4)
    logging_kit.shutdown()
    some = counts(log_dir)
    assert some.advance(before="2000-01-01T00:00:00Z")
    assert some.lines == 0
    assert not some.advance(stopped=lambda: True)
    assert some.advance()
    assert some.lines == 6


def test_foreign_lines_do_not_matter(start: Start, log_dir: Path) -> None:
    trades(start(bot_name="b"), 4)
    logging_kit.shutdown()
    (segment, *_) = (log_dir / "segments").glob("trade-*.log")
    with segment.open("ab") as file:
        file.write(b'not json\n{"event":"TRADE","action":"exit"}\n[1]\n{"event":')
    some = counts(log_dir)
    assert some.advance()
    assert some.lines == 6


_BOT = """
import os, sys, logging_kit
from logging_kit import metrics
log = logging_kit.setup(bot_name="b", log_dir=sys.argv[1], stdout="off", metrics_port="mounted")
for n in range(int(sys.argv[2])):
    log.trade("exit", trade_id=str(n), position_side="LONG", symbol="A", qty=1, price=2.0,
              pnl=1.0, quote="USDT", duration_s=100)
lines = [l for l in metrics.exposition().splitlines() if l.startswith("trading_trades_total")]
print(sum(float(line.split()[-1]) for line in lines), flush=True)
if sys.argv[3] == "kill":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_kills_and_restarts_lose_no_count(log_dir: Path) -> None:
    shown: list[float] = []
    for end in ("kill", "exit", "kill", "kill", "exit"):
        done = subprocess.run(
            [sys.executable, "-c", _BOT, str(log_dir), "7", end],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == (-signal.SIGKILL if end == "kill" else 0), done.stderr
        shown.append(float(done.stdout))
    assert shown == [7, 14, 21, 28, 35]


def test_the_counts_are_kept_again_after_a_day(
    start: Start, log_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logging_kit.metrics import service
    from logging_kit.metrics.page import RUNNING

    log = start(bot_name="b", metrics_port="mounted")
    trades(log, 4)
    assert results() == 4
    logging_kit.flush()
    running: Any = RUNNING.metrics
    monkeypatch.setattr(service, "_KEEP_EVERY_S", 0.0)
    monkeypatch.setattr(service, "_SETTLED_US", -1_000_000_000)
    assert results() == 4
    running._thread.join()
    saved = orjson.loads(counts(log_dir).path.read_bytes())
    assert sum(n for _, n in saved["values"]["trading_trades_total"]) == 4
    logging_kit.shutdown()
    monkeypatch.undo()
    start(bot_name="b", metrics_port="mounted")
    assert results() == 4


def test_a_folder_that_cannot_be_written_costs_only_the_file(
    start: Start, log_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trades(start(bot_name="b"), 4)
    logging_kit.shutdown()
    (log_dir / "metrics").write_text("a file in the place of the folder")
    start(bot_name="b", metrics_port="mounted")
    assert results() == 4
    logging_kit.shutdown()
    assert "counts of earlier runs" in capfd.readouterr().err
    assert os.path.isfile(log_dir / "metrics")  # noqa: PTH113
