"""The examples run, and the bot's own account is what its log says."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from logging_kit.demo import Book
from logging_kit.demo.market import read_candles
from logging_kit.demo.samples import SCENES
from logging_kit.store.reader import iter_lines

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"
END = 1_795_226_400_000_000_000
CANDLES = 900


@pytest.fixture(scope="module")
def ema_bot() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ema_bot", EXAMPLES / "ema_bot.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def replay(
    ema_bot: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Book, list[dict[str, Any]]]:
    """A replay of real candles with a restart in between, and the lines it left."""
    log_dir = tmp_path_factory.mktemp("ema")
    candles = read_candles(ema_bot.DATA, CANDLES)
    book = ema_bot.replay(candles, log_dir=log_dir, end_ns=END, hooks=(), strict=True)
    found = [
        {**orjson.loads(line.data), "_file": line.path.name.partition("-")[0]}
        for line in iter_lines(log_dir)
    ]
    return book, found


def stamp(time_ns: int) -> str:
    seconds, rest = divmod(time_ns // 1000, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:06d}Z"


def test_reads_real_candles(ema_bot: ModuleType) -> None:
    candles = read_candles(ema_bot.DATA)
    assert len(candles) == 5_000
    assert candles == sorted(candles)
    assert all(
        candle.low
        <= min(candle.open, candle.close)
        <= max(candle.open, candle.close)
        <= candle.high
        for candle in candles
    )
    assert (stamp(candles[0].time_ms * 1_000_000), candles[0].close) == (
        "2017-04-19T09:00:00.000000Z",
        1.07219,
    )


def test_every_entry_of_the_book_is_one_line(replay: tuple[Book, list[dict[str, Any]]]) -> None:
    book, found = replay
    assert len({(line["run_id"], line["seq"]) for line in found}) == len(found) == book.lines
    for entry, line in zip(book.entries, found, strict=True):
        said = (stamp(entry.time_ns), entry.level, entry.event, entry.file)
        assert (line["timestamp"], line["level"], line.get("event", ""), line["_file"]) == said
        assert {name: line.get(name) for name in entry.fields} == entry.fields


def test_the_candles_fill_the_day_evenly(replay: tuple[Book, list[dict[str, Any]]]) -> None:
    book, _ = replay
    times = [entry.time_ns for entry in book.select("CANDLE")]
    steps = [after - before for before, after in pairwise(times)]
    assert len(times) == CANDLES
    assert max(steps) < 1.2 * 86_400e9 / CANDLES
    assert times[0] >= END - 86_400_000_000_000
    assert END - 120_000_000_000 < book.entries[-1].time_ns < END + 1_000_000


def test_snapshots_come_often_enough_for_the_panels(
    replay: tuple[Book, list[dict[str, Any]]],
) -> None:
    """A heartbeat within 3 minutes, account and position within 5: panels look back 3 and 15 minutes."""
    book, _ = replay
    for event, limit_s in (("HEARTBEAT", 65), ("EQUITY", 305), ("POSITION", 305)):
        times = [entry.time_ns for entry in book.select(event)]
        assert max(after - before for before, after in pairwise(times)) < limit_s * 1e9


def test_the_account_adds_up(replay: tuple[Book, list[dict[str, Any]]]) -> None:
    """Profit of the trades, recomputed from their prices, amounts and fees, is what the account has gained."""
    book, found = replay
    trades = [line for line in found if line.get("event") == "TRADE"]
    gross = sum(
        (line["exit_price"] - line["entry_price"])
        * line["qty"]
        * (1 if line["position_side"] == "LONG" else -1)
        for line in trades
        if line["action"] != "entry"
    )
    closed = {line["trade_id"] for line in trades if line["action"] == "exit"}
    fees = sum(line["fee"] for line in trades if line["trade_id"] in closed)
    unfinished = sum(
        line["pnl"] for line in trades if line["trade_id"] not in closed and "pnl" in line
    )
    assert len(closed) > 10
    assert unfinished == 0
    assert gross - fees == pytest.approx(book.pnl["USD"], abs=0.01)
    newest = book.select("EQUITY")[-1].fields
    assert newest["realized_pnl"] == pytest.approx(book.pnl["USD"], abs=1e-6)
    assert newest["equity"] == pytest.approx(
        10_000 + newest["realized_pnl"] + newest["unrealized_pnl"], abs=1e-6
    )


def test_what_follows_from_a_signal_carries_its_id(
    replay: tuple[Book, list[dict[str, Any]]],
) -> None:
    _, found = replay
    signals = {line["correlation_id"] for line in found if line.get("signal") in ("LONG", "SHORT")}
    entries = [line for line in found if line.get("action") == "entry"]
    assert entries
    assert all(line["correlation_id"] in signals for line in entries)
    assert {
        line["event"]
        for line in found
        if line.get("correlation_id") == entries[0]["correlation_id"]
    } >= {
        "SIGNAL",
        "AI_CALL",
        "ORDER",
        "API_CALL",
        "TRADE",
        "POSITION",
        "EQUITY",
        "NOTIFICATION",
    }


def test_restarts_are_runs_of_their_own(replay: tuple[Book, list[dict[str, Any]]]) -> None:
    book, found = replay
    assert book.count("LIFECYCLE", phase="startup") == len({line["run_id"] for line in found}) == 2


def test_all_candles_give_every_event(ema_bot: ModuleType, tmp_path: Path) -> None:
    """What the dashboards show is there: every kind of event, wins and losses, failures, a triggered risk rule."""
    book = ema_bot.replay(read_candles(ema_bot.DATA), log_dir=tmp_path, end_ns=END, hooks=())
    assert {*book.by_event} >= set(SCENES)
    assert book.lines == sum(1 for _ in iter_lines(tmp_path))
    assert {entry.fields["result"] for entry in book.closed_trades} >= {"win", "loss"}
    assert {entry.fields["status"] for entry in book.orders} == {
        "submitted", "accepted", "partially_filled", "filled", "rejected", "canceled", "expired",
    }  # fmt: skip
    assert {entry.fields["state"] for entry in book.select("RISK")} == {
        "warning",
        "triggered",
        "cleared",
    }
    assert Counter(entry.fields["ok"] for entry in book.select("NOTIFICATION"))[False] > 0
    assert {entry.level for entry in book.entries} >= {"info", "warning", "error", "critical"}


def script(name: str, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *args],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )


def test_the_bot_runs_as_a_script_into_an_empty_folder_only(tmp_path: Path) -> None:
    result = script(
        "ema_bot.py",
        tmp_path,
        "--candles",
        "200",
        "--log-dir",
        "my-logs",
        "--app",
        "shop",
        "--hours",
        "2",
    )
    assert result.returncode == 0, result.stderr
    found = list(iter_lines(tmp_path / "my-logs"))
    assert f"200 candles, {len(found):,} log lines" in result.stdout
    assert b'"app":"shop"' in found[0].data
    assert found[-1].place.timestamp <= stamp(time.time_ns())
    again = script("ema_bot.py", tmp_path, "--candles", "200", "--log-dir", "my-logs")
    assert again.returncode == 1
    assert "another --log-dir" in again.stderr


def test_quickstart_runs(tmp_path: Path) -> None:
    result = script("quickstart.py", tmp_path)
    assert result.returncode == 0, result.stderr
    found = [orjson.loads(line.data) for line in iter_lines(tmp_path / "logs")]
    events = [line.get("event") for line in found]
    assert events[:2] == ["LIFECYCLE", "SIGNAL"]
    assert {"API_CALL", "ORDER", "TRADE", "HEARTBEAT"} <= set(events)
    assert not [line for line in found if "schema_error" in line]
    assert len({line["correlation_id"] for line in found if "correlation_id" in line}) == 1
    assert [orjson.loads(row) for row in result.stdout.splitlines()] == found
