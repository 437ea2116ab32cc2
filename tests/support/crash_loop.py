"""A bot that ends a moment after its start, over and over, and what must be found of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from tests.support.runs import after_restart, assert_complete, by_run

BOT = """
import logging_kit, os, signal, sys
logging_kit.setup(log_dir="warm", stdout="off", hooks=()).error("patterns are compiled once, before the forks")
logging_kit.shutdown()
for restart in range(int(sys.argv[1])):
    pid = os.fork()
    if not pid:
        log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
        log.error("cannot connect", restart=restart)
        if restart % 3 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if restart % 3 == 1:
            logging_kit.flush()
            os._exit(1)
        logging_kit.shutdown()
        os._exit(0)
    os.waitpid(pid, 0)
"""


def check(run_bot: Callable[..., CompletedProcess[str]], log_dir: Path, restarts: int) -> None:
    """Start it that often: a third is killed, a third ends at once, a third ends well.

    Every line is there, in few files.
    """
    ended = run_bot(BOT, str(restarts))
    assert (ended.returncode, ended.stderr) == (0, "")
    found = after_restart(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == restarts
    assert sorted(line["restart"] for line in found if "restart" in line) == list(range(restarts))
    for file in ("bot", "error"):
        assert len(list((log_dir / "segments").glob(f"{file}-*"))) <= 3
    assert not list(log_dir.rglob("*-*.journal"))
