"""The examples run, and the bot's own account is what its log says."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

import logging_kit
from logging_kit.demo import Ledger
from logging_kit.demo.samples import SCENES
from logging_kit.store.reader import iter_lines
from tests.support.ema_replay import EXAMPLES, read_candles, replay

pytestmark = pytest.mark.slow

END = 1_795_226_400_000_000_000
CANDLES = 900


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, list[dict[str, Any]]]:
    """A replay of real candles with a restart in between, and the lines it left."""
    log_dir = tmp_path_factory.mktemp("ema")
    candles = read_candles(CANDLES)
    ledger = replay(candles, log_dir=log_dir, end_ns=END, hooks=(), strict=True)
    found = [
        {**orjson.loads(line.data), "_file": line.path.name.partition("-")[0]}
        for line in iter_lines(log_dir)
    ]
    return ledger, found


def stamp(time_ns: int) -> str:
    seconds, rest = divmod(time_ns // 1000, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:06d}Z"


def test_reads_real_candles() -> None:
    candles = read_candles()
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


def test_every_entry_of_the_ledger_is_one_line(
    replayed: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    ledger, found = replayed
    assert len({(line["run_id"], line["seq"]) for line in found}) == len(found) == ledger.lines
    for entry, line in zip(ledger.entries, found, strict=True):
        said = (stamp(entry.time_ns), entry.level, entry.event, entry.file)
        assert (line["timestamp"], line["level"], line.get("event", ""), line["_file"]) == said
        assert {name: line.get(name) for name in entry.fields} == entry.fields


def test_the_candles_fill_the_day_evenly(replayed: tuple[Ledger, list[dict[str, Any]]]) -> None:
    ledger, _ = replayed
    times = [entry.time_ns for entry in ledger.select("CANDLE")]
    steps = [after - before for before, after in pairwise(times)]
    assert len(times) == CANDLES
    assert max(steps) < 1.2 * 86_400e9 / CANDLES
    assert times[0] >= END - 86_400_000_000_000
    assert END - 120_000_000_000 < ledger.entries[-1].time_ns < END + 1_000_000


def test_snapshots_come_often_enough_for_the_panels(
    replayed: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    """A heartbeat within 3 minutes, account and position within 5.

    Panels look back 3 and 15 minutes.
    """
    ledger, _ = replayed
    for event, limit_s in (("HEARTBEAT", 65), ("EQUITY", 305), ("POSITION", 305)):
        times = [entry.time_ns for entry in ledger.select(event)]
        assert max(after - before for before, after in pairwise(times)) < limit_s * 1e9


def test_the_account_adds_up(replayed: tuple[Ledger, list[dict[str, Any]]]) -> None:
    """Profit of the trades, recomputed from their prices, amounts and fees, is what the account has gained."""
    ledger, found = replayed
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
    assert gross - fees == pytest.approx(ledger.pnl["USD"], abs=0.01)
    newest = ledger.select("EQUITY")[-1].fields
    assert newest["realized_pnl"] == pytest.approx(ledger.pnl["USD"], abs=1e-6)
    assert newest["equity"] == pytest.approx(
        10_000 + newest["realized_pnl"] + newest["unrealized_pnl"], abs=1e-6
    )


def test_what_follows_from_a_signal_carries_its_id(
    replayed: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    _, found = replayed
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


def test_restarts_are_runs_of_their_own(replayed: tuple[Ledger, list[dict[str, Any]]]) -> None:
    ledger, found = replayed
    assert (
        ledger.count("LIFECYCLE", phase="startup") == len({line["run_id"] for line in found}) == 2
    )


def test_all_candles_give_every_event(tmp_path: Path) -> None:
    """The example writes everything that the dashboards show.

    Every kind of event, wins and losses, failures, a triggered risk rule.
    """
    ledger = replay(read_candles(), log_dir=tmp_path, end_ns=END, hooks=())
    assert {*ledger.by_event} >= set(SCENES)
    assert ledger.lines == sum(1 for _ in iter_lines(tmp_path))
    assert {entry.fields["result"] for entry in ledger.closed_trades} >= {"win", "loss"}
    assert {entry.fields["status"] for entry in ledger.orders} == {
        "submitted", "accepted", "partially_filled", "filled", "rejected", "canceled", "expired",
    }  # fmt: skip
    assert {entry.fields["state"] for entry in ledger.select("RISK")} == {
        "warning",
        "triggered",
        "cleared",
    }
    assert Counter(entry.fields["ok"] for entry in ledger.select("NOTIFICATION"))[False] > 0
    assert {entry.level for entry in ledger.entries} >= {"info", "warning", "error", "critical"}


def script(name: str, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *args],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )


@pytest.mark.parametrize("name", ["ema_bot.py", "paper_account.py", "quickstart.py"])
def test_an_example_imports_public_names_only(name: str) -> None:
    """A user can copy the folder: it needs the package, and nothing that may change in it."""
    tree = ast.parse((EXAMPLES / name).read_text(encoding="utf-8"))
    modules = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    modules += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in modules if module.startswith("logging_kit.")]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "logging_kit"
    }
    assert used <= {*logging_kit.__all__}


def test_a_copy_of_the_folder_runs_anywhere(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "bot")
    result = subprocess.run(
        [sys.executable, "bot/ema_bot.py", "--candles", "60"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "60 candles" in result.stdout


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
    exits = [line for line in found if b'"action":"exit"' in line.data]
    assert f"200 candles, {len(exits)} closed trades" in result.stdout
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
