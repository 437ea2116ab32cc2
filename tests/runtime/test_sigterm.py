"""The hook `sigterm`: the end of the run is written when it is one, and not before."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logging_kit.line import parse_timestamp
from tests.runtime.test_hooks import SIGTERM, after_recovery

pytestmark = pytest.mark.slow

RunBot = Callable[..., subprocess.CompletedProcess[str]]
UNSHARE = ["unshare", "--pid", "--fork", "--kill-child"]
HAS_UNSHARE = (
    shutil.which("unshare") is not None
    and subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
)

FIRST_PROCESS = """
import logging_kit, os, signal, sys, threading, time
{before}
log = logging_kit.setup(log_dir=sys.argv[1], stdout="off", hooks=["sigterm"])
assert os.getpid() == 1
def trade():
    number = 0
    while True:
        log.info("working", number=number)
        number += 1
        time.sleep(0.001)
threading.Thread(target=trade, daemon=True).start()
while logging_kit.stats()["lines"]["bot"] < 5:
    time.sleep(0.001)
os.kill(os.getpid(), signal.SIGTERM)
{after}
"""


def run_as_first(source: str, log_dir: Path) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-c", source, str(log_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, after_recovery(log_dir.parent)


@pytest.mark.skipif(not HAS_UNSHARE, reason="cannot make a process namespace")
def test_the_first_process_of_a_container_ends_by_sigterm(tmp_path: Path) -> None:
    """The kernel ignores the signal for it, so the process must end by itself."""
    source = FIRST_PROCESS.format(before="", after="time.sleep(20)")
    returncode, written = run_as_first(source, tmp_path / "logs")
    assert returncode == 128 + signal.SIGTERM
    (end,) = [line for line in written if line.get("phase") == "shutdown"]
    assert end["reason"] == "SIGTERM"
    moments = [parse_timestamp(line["timestamp"]) for line in (end, written[-1])]
    assert (moments[1] - moments[0]).total_seconds() < 5


GRACEFUL = """
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
"""


@pytest.mark.parametrize("first", [False, True])
def test_a_bot_that_goes_on_after_sigterm_writes_its_end_at_the_end(
    first: bool, run_bot: RunBot, tmp_path: Path
) -> None:
    after = "stopping.wait()\nfor n in range(57):\n    log.info('closing positions', number=n)\nsys.exit(0)"
    if first:
        if not HAS_UNSHARE:
            pytest.skip("cannot make a process namespace")
        source = FIRST_PROCESS.format(before=GRACEFUL, after=after)
        returncode, written = run_as_first(source, tmp_path / "logs")
    else:
        body = 'log.info("working")\nos.kill(os.getpid(), signal.SIGTERM)\n' + after
        done = run_bot(SIGTERM.format(hooks='"sigterm"', before=GRACEFUL, body=body))
        returncode, written = done.returncode, after_recovery(tmp_path)
    assert returncode == 0
    closing = [line["seq"] for line in written if line["message"] == "closing positions"]
    (end,) = [line for line in written if line.get("phase") == "shutdown"]
    assert len(closing) == 57
    assert end["seq"] > max(closing)
    assert end["reason"] == "SIGTERM"
