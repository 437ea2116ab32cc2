"""Programs that run as one: real ones, small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logging_kit.cli.processes import Program, RunFile, Supervisor
from logging_kit.exceptions import StackError

pytestmark = pytest.mark.slow

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
ORDERLY = """
import pathlib, signal, sys, time
def end(*_):
    with open("ended", "a") as file:
        file.write(sys.argv[1] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(what: object, timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_programs_end_in_reverse_order(tmp_path: Path) -> None:
    """A program ends before the one that it needs."""
    supervisor = Supervisor(tmp_path)
    with supervisor.signals():
        for name in ("loki", "promtail", "bot"):
            supervisor.start(Program(name, [sys.executable, "-c", ORDERLY, name]))
            wait_until(Path(name).exists)
        supervisor.wait(0.1)
    assert Path("ended").read_text().split() == ["bot", "promtail", "loki"]


def test_a_signal_ends_the_wait_and_handlers_are_put_back(tmp_path: Path) -> None:
    """SIGTERM, like Ctrl-C, is a normal end."""
    before = signal.getsignal(signal.SIGTERM)
    supervisor = Supervisor(tmp_path)
    with supervisor.signals():
        supervisor.start(Program("sleep", SLEEP))
        os.kill(os.getpid(), signal.SIGTERM)
        supervisor.wait(30)
        assert supervisor.stopping
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_is_started_after_the_signal(tmp_path: Path) -> None:
    """A Ctrl-C while images are fetched does not start the rest."""
    supervisor = Supervisor(tmp_path)
    with supervisor.signals():
        os.kill(os.getpid(), signal.SIGINT)
        wait_until(lambda: supervisor.stopping)
        supervisor.start(Program("late", [sys.executable, "-c", "open('late', 'w')"]))
        assert supervisor.run(Program("later", [sys.executable, "-c", "open('late', 'w')"])) == -1
    assert not Path("late").exists()


def test_a_program_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    """The user sees why, not only that."""
    supervisor = Supervisor(tmp_path)
    with supervisor.signals():
        supervisor.start(
            Program("bot", [sys.executable, "-c", "import sys; sys.exit('no such exchange')"])
        )
        with pytest.raises(StackError, match="bot ended with 1:\nno such exchange"):
            supervisor.wait(30)


def test_a_program_that_is_not_ready_at_its_end(tmp_path: Path) -> None:
    """It is not waited for any longer."""
    supervisor = Supervisor(tmp_path)
    program = Program(
        "loki",
        [sys.executable, "-c", "print('bad configuration')"],
        ready="http://127.0.0.1:9/ready",
    )
    with (
        supervisor.signals(),
        pytest.raises(StackError, match="ended at its start with 0:\nbad configuration"),
    ):
        supervisor.start(program)


def test_a_program_that_is_never_ready(tmp_path: Path) -> None:
    """The message says where its output is."""
    supervisor = Supervisor(tmp_path)
    with (
        supervisor.signals(),
        pytest.raises(
            StackError, match=f"not ready after 1 s; its output is in {tmp_path}/loki.out"
        ),
    ):
        supervisor.start(Program("loki", SLEEP, ready="http://127.0.0.1:9/ready"), timeout_s=1)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """No traceback, a message."""
    supervisor = Supervisor(tmp_path)
    with (
        supervisor.signals(),
        pytest.raises(StackError, match=r"loki does not start: .*No such file"),
    ):
        supervisor.start(Program("loki", [str(tmp_path / "loki")]))


def test_a_program_that_does_not_heed_the_signal_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind."""
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('up', 'w'); time.sleep(60)"
    supervisor = Supervisor(tmp_path)
    started = time.monotonic()
    with supervisor.signals():
        supervisor.start(Program("stubborn", [sys.executable, "-c", stubborn], stop_timeout_s=0.3))
        wait_until(Path("up").exists)
    assert time.monotonic() - started < 20


def test_run_returns_the_exit_status(tmp_path: Path) -> None:
    """As compose's own commands are run."""
    supervisor = Supervisor(tmp_path)
    with supervisor.signals():
        assert (
            supervisor.run(Program("compose", [sys.executable, "-c", "raise SystemExit(7)"])) == 7
        )


SUPERVISING = """
import sys, pathlib
from logging_kit.cli.processes import Program, Supervisor
child = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
supervisor = Supervisor(pathlib.Path())
with supervisor.signals():
    supervisor.start(Program("child", [sys.executable, "-c", child]))
    supervisor.wait(60)
"""


def test_a_killed_supervisor_leaves_nothing_behind() -> None:
    """SIGKILL gives it no chance to end its programs: the kernel does."""
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING])
    try:
        wait_until(lambda: Path("pid").exists() and Path("pid").read_text())
        child = int(Path("pid").read_text())
        assert alive(child)
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not alive(child))


HOLDING = """
import pathlib, sys, time
from logging_kit.cli.processes import RunFile
run = RunFile(pathlib.Path("run.json"))
assert run.acquire()
run.write(grafana="http://127.0.0.1:3000")
print("held", flush=True)
time.sleep(60)
"""


def test_the_run_file_tells_the_living_from_the_dead() -> None:
    """While a process holds it, it says what runs.

    When that process is killed, nothing has to be cleaned up.
    """
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            run = RunFile(Path("run.json"))
            assert run.holder() == {"pid": holder.pid, "grafana": "http://127.0.0.1:3000"}
            assert not run.acquire()
        finally:
            holder.kill()
    assert run.holder() is None
    assert run.acquire()
    run.close()
