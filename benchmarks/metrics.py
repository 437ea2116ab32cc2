"""Measure what metrics cost a call: `python -m benchmarks.metrics`.

Two processes log the same calls in turns, one with `metrics_port="mounted"` and one without, and
the medians of their rounds are compared. It is the processor time of the calling thread that counts,
and a round is short, so that other work on the machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

CALLS: Final[dict[str, str]] = {
    "SIGNAL": 'log.signal("LONG", symbol="BTC/USDT", confidence=0.91)',
    "ORDER": 'log.order("filled", order_id="a1", symbol="BTC/USDT", exchange="binance", '
    'side="buy", qty=1.0, price=2.0)',
    "TRADE": 'log.trade("exit", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1.0, '
    'price=2.0, pnl=3.0, quote="USDT", result="win", duration_s=60.0)',
    "API_CALL": 'log.api_call("binance", "GET", "/x", status=200, latency_ms=12.5)',
    "POSITION": 'log.position("LONG", symbol="BTC/USDT", qty=1.0, unrealized_pnl_pct=1.5)',
    "CANDLE": 'log.candle(symbol="BTC/USDT", timeframe="1m", candle_ts=1700000000000, open=1.0, '
    "high=2.0, low=1.0, close=2.0)",
    "plain line": 'log.info("tick", price=1.0)',
    "below the level": 'log.debug("tick", price=1.0)',
}
_WORKER: Final = """
import sys, time, tempfile, logging_kit
options = dict(metrics_port="mounted") if sys.argv[1] == "with" else {}
log = logging_kit.setup(bot_name="b", log_dir=tempfile.mkdtemp(dir=sys.argv[2]), stdout="off",
                        segment_size="1 GB", repeat_limit=0, **options)
logging_kit.flush()
now = time.thread_time  # of the caller alone: other programs must not decide
for line in sys.stdin:
    code, n = compile(line.rpartition("\\t")[0], "call", "exec"), int(line.rpartition("\\t")[2])
    exec("def run():\\n    for _ in range(%d):\\n        %s" % (n, line.rpartition("\\t")[0]))
    began = now(); run(); print((now() - began) / n * 1e6, flush=True)
    logging_kit.flush()
"""


def measure(rounds: int, calls: int) -> dict[str, tuple[float, float]]:
    """Return the medians in microseconds, without and with metrics, by the name of the call.

    Args:
        rounds: Rounds of each call.
        calls: Calls in a round.
    """
    with tempfile.TemporaryDirectory() as folder:
        workers = {
            mode: subprocess.Popen(
                [sys.executable, "-c", _WORKER, mode, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for mode in ("without", "with")
        }

        def ask(mode: str, call: str) -> float:
            worker = workers[mode]
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write(f"{call}\t{calls}\n")
            worker.stdin.flush()
            return float(worker.stdout.readline())

        try:
            return {name: _compare(ask, call, rounds) for name, call in CALLS.items()}
        finally:
            for worker in workers.values():
                worker.communicate(timeout=60)


def _compare(ask: Callable[[str, str], float], call: str, rounds: int) -> tuple[float, float]:
    found: dict[str, list[float]] = {"without": [], "with": []}
    for number in range(rounds + 1):
        for mode in sorted(found, reverse=bool(number % 2)):
            taken = ask(mode, call)
            if number:  # the first one only warms up
                found[mode].append(taken)
    return statistics.median(found["without"]), statistics.median(found["with"])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=2_000)
    given = parser.parse_args()
    began = time.monotonic()
    print("| call | without, µs | with, µs | factor |\n|---|---|---|---|")
    for name, (without, with_metrics) in measure(given.rounds, given.calls).items():
        print(f"| {name} | {without:.2f} | {with_metrics:.2f} | {with_metrics / without:.2f} |")
    print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
