"""prometheus_client's multiprocess mode: several processes on one page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.metrics_page import parse, total, value

pytestmark = pytest.mark.slow

_BOT = """
import os, sys, logging_kit
from logging_kit import metrics
log = logging_kit.setup(bot_name="b", log_dir=sys.argv[1], stdout="off", metrics_port="mounted")
def work(n):
    for _ in range(n):
        log.signal("LONG", symbol="A", confidence=0.5)
    log.position("LONG", symbol="A", qty=float(n))
if os.fork() == 0:
    work(3)
    os._exit(0)
os.wait()
work(2)
log.position("FLAT", symbol="A", qty=0)
print(metrics.exposition())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_counts_of_all_processes_add_up(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _BOT, str(tmp_path / "logs")],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = parse(done.stdout)
    assert value(found, "trading_signals_total", signal="LONG") == 5
    assert total(found, "trading_signals_total") == 5
    assert value(found, "trading_signal_confidence_ratio_count", signal="LONG") == 5
    quantity = value(found, "trading_position_quantity", symbol="A")
    assert quantity is not None
    assert quantity != quantity, "a closed position is NaN"
