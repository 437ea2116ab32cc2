"""Metrics and DuckDB count the same on a simulated day with two restarts and a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from logging_kit.panels.engine.engine import DuckDBEngine
from tests.support.metrics_page import Samples, parse

pytestmark = pytest.mark.slow

_PART = """
import os, sys, logging_kit
from pathlib import Path
from logging_kit import metrics
from logging_kit.demo.clock import SimulatedClock
from logging_kit.demo.ledger import Ledger
from logging_kit.demo.simulation import Simulation
log_dir, start_ns, seed, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
clock = SimulatedClock(start_ns)
logging_kit.setup(
    bot_name="demo", log_dir=log_dir, clock=clock, stdout="off", metrics_port="mounted",
    repeat_limit=0,
)
Simulation(Ledger(), clock, bots=2, seed=seed).backfill(8 * 3600)
print(metrics.exposition(), flush=True)
if end == "kill":
    os.kill(os.getpid(), 9)
logging_kit.shutdown()
"""
_HOUR_NS = 3_600_000_000_000
_START_NS = 1_795_219_200_000_000_000  # a midnight in UTC

QUERIES: dict[str, str] = {
    "trading_events_total{event,level}": "SELECT bot_name, coalesce(event, ''), level, count(*) "
    "FROM logs GROUP BY ALL",
    "trading_trades_total{side,result}": "SELECT bot_name, position_side, result, count(*) "
    "FROM trades WHERE action = 'exit' GROUP BY ALL",
    "trading_trade_duration_seconds_count": "SELECT bot_name, count(duration_s) FROM trades "
    "WHERE action = 'exit' GROUP BY ALL",
    "trading_trade_duration_seconds_sum": "SELECT bot_name, sum(duration_s) FROM trades "
    "WHERE action = 'exit' GROUP BY ALL",
    "trading_trade_gains_total{symbol,quote}": "SELECT bot_name, symbol, quote, "
    "sum(CASE WHEN pnl > 0 THEN pnl ELSE 0 END) FROM trades WHERE action <> 'entry' GROUP BY ALL",
    "trading_trade_losses_total{symbol,quote}": "SELECT bot_name, symbol, quote, "
    "sum(CASE WHEN pnl < 0 THEN -pnl ELSE 0 END) FROM trades WHERE action <> 'entry' GROUP BY ALL",
    "trading_orders_total{exchange,side,status}": "SELECT bot_name, exchange, side, status, "
    "count(*) FROM orders GROUP BY ALL",
    "trading_signals_total{signal}": "SELECT bot_name, signal, count(*) FROM signals GROUP BY ALL",
    "trading_signal_confidence_ratio_sum{signal}": "SELECT bot_name, signal, sum(confidence) "
    "FROM signals GROUP BY ALL",
    "trading_api_latency_seconds_count{exchange,endpoint}": "SELECT bot_name, "
    "coalesce(exchange, ''), path, count(*) FROM api_calls WHERE direction = 'out' GROUP BY ALL",
    "trading_api_latency_seconds_sum{exchange,endpoint}": "SELECT bot_name, "
    "coalesce(exchange, ''), path, sum(latency_ms) / 1000 FROM api_calls "
    "WHERE direction = 'out' GROUP BY ALL",
    "trading_api_requests_total{method,status}": "SELECT bot_name, method, "
    "CAST(status AS BIGINT)::VARCHAR, count(*) FROM api_calls WHERE direction = 'out' "
    "GROUP BY ALL",
    "trading_candles_total{symbol,timeframe}": "SELECT bot_name, symbol, timeframe, count(*) "
    "FROM candles GROUP BY ALL",
    "trading_notifications_total{channel,ok}": "SELECT bot_name, channel, ok::VARCHAR, count(*) "
    "FROM notifications GROUP BY ALL",
    "trading_errors_total{error_type}": "SELECT bot_name, error_type, count(*) FROM errors "
    "GROUP BY ALL",
    "trading_ai_cost_usd_total{model}": "SELECT bot_name, model, sum(cost_usd) FROM ai_calls "
    "GROUP BY ALL",
    "trading_lifecycle_total{phase}": "SELECT bot_name, phase, count(*) FROM lifecycles "
    "GROUP BY ALL",
}


def of_metrics(samples: Samples, name: str, labels: Iterable[str]) -> dict[tuple[str, ...], float]:
    """A metric summed over its other labels, without those that are 0."""
    found: dict[tuple[str, ...], float] = {}
    for (sample, given), number in samples.items():
        if sample == name and number:
            values = dict(given)
            key = tuple(values.get(label, "") for label in ("bot_name", *labels))
            found[key] = found.get(key, 0.0) + number
    return found


def of_duckdb(engine: DuckDBEngine, query: str) -> dict[tuple[str, ...], float]:
    rows: list[tuple[Any, ...]] = engine.cursor().execute(query).fetchall()
    return {tuple(map(str, row[:-1])): float(row[-1]) for row in rows if row[-1]}


def test_metrics_and_duckdb_agree_over_restarts_and_a_kill(tmp_path: Path) -> None:
    shown = []
    for part, end in enumerate(("exit", "kill", "exit")):
        done = subprocess.run(
            [
                sys.executable, "-c", _PART, str(tmp_path),
                str(_START_NS + part * 8 * _HOUR_NS), str(part), end,
            ],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == (-signal.SIGKILL if end == "kill" else 0), done.stderr
        shown.append(parse(done.stdout))
    # the page is older than the line that ends its run: read it once more after that
    done = subprocess.run(
        [sys.executable, "-c", _PART.replace("8 * 3600", "0"), str(tmp_path),
         str(_START_NS + 24 * _HOUR_NS), "9", "kill"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    samples = parse(done.stdout)
    with DuckDBEngine(tmp_path) as engine:
        engine.load()
        compared = 0
        for what, query in QUERIES.items():
            name, _, labels = what.partition("{")
            ours = of_metrics(samples, name, [one for one in labels.rstrip("}").split(",") if one])
            theirs = of_duckdb(engine, query)
            assert ours == pytest.approx(theirs), what
            compared += len(ours)
    assert compared > 60
    lines = [
        sum(of_metrics(samples, "trading_events_total", ()).values())
        for samples in (*shown, samples)
    ]
    assert lines == sorted(lines)
    assert lines[0] > 1000
