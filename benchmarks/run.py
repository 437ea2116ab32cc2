"""Rounds of measurements: peers take turns in separate processes, and outputs are checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from .check import STDOUT, CheckError, check, count_lines
from .events import new_key
from .peers import PEERS
from .scenarios import LINES_BEFORE_KILL, Numbers, Task
from .worker import RESULT, packed

ROOT: Final = Path(__file__).resolve().parent.parent
BEFORE: Final = "before"
"""Name of the peer that `--against` adds: logging_kit in another checkout."""
_ONE_THREAD: Final = tuple(PEERS)
_SLOW_TWINS: Final = frozenset(("common_masked", "loguru_serialize"))
_BUSY: Final = tuple(
    name for name in PEERS if name not in {*_SLOW_TWINS, "ours_unmasked", "structlog_fast_masked"}
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One table of the page.

    Attributes:
        title: Heading of the table.
        peers: Names of the peers that take part.
        once: True to run one round only, because a round takes minutes.
    """

    title: str
    peers: tuple[str, ...]
    once: bool = False


SCENARIOS: Final[dict[str, Scenario]] = {
    "single": Scenario("One thread, until everything is in the file", _ONE_THREAD),
    "threads": Scenario("Four threads", tuple(name for name in PEERS if name not in _SLOW_TWINS)),
    "busy": Scenario("Beside a CPU-bound thread", _BUSY),
    "sinks_one": Scenario(
        "Signals and orders to one sink", ("ours", "stdlib_json", "common", "loguru")
    ),
    "sinks_three": Scenario(
        "Signals and orders to three sinks", ("ours", "stdlib_json", "common", "loguru")
    ),
    "text": Scenario("A plain line", ("ours", "structlog_fast", "common", "stdlib_json", "loguru")),
    "record": Scenario("A library's line through logging", ("ours", "common", "stdlib_json")),
    "disabled": Scenario(
        "A line below the level", ("ours", "structlog_fast", "common", "stdlib_json", "loguru")
    ),
    "kill": Scenario(
        f"Lines left of {LINES_BEFORE_KILL:,} after SIGKILL",
        (
            "ours",
            "floor",
            "nautilus",
            "structlog_fast",
            "picologging",
            "stdlib_json",
            "common",
            "loguru",
            "loguru_enqueue",
            "logfire",
        ),
    ),
    "memory_rate": Scenario("Private memory at 50,000 lines/s", ("ours",), once=True),
    "memory_growth": Scenario(
        "Growth of private memory over 5 million lines", ("ours",), once=True
    ),
    "idle": Scenario("CPU of an idle bot's threads", ("ours",), once=True),
}


@dataclass(slots=True)
class Results:
    """Figures and faults of the rounds.

    Attributes:
        rounds: Figures by scenario and peer, one entry a round.
        absent: Reason why a peer does not take part, by scenario and peer.
        faults: Outputs that were not what was logged.
    """

    rounds: dict[str, dict[str, list[Numbers]]] = field(default_factory=dict)
    absent: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def measure(
    scenarios: Sequence[str],
    peers: Sequence[str],
    rounds: int,
    lines: int,
    seconds: float,
    seed: int,
    say: Callable[[str], None],
    against: Path | None = None,
) -> Results:
    """Let the peers take turns, A B C A B C, scenario by scenario.

    Args:
        scenarios: Names from `SCENARIOS`.
        peers: Names of the peers that may take part.
        rounds: Number of turns of each peer.
        lines: Lines of a measurement.
        seconds: Duration of a measurement of memory or idling, in seconds; a measurement beside a
            CPU-bound thread runs for a fifteenth of it.
        seed: Seed of the events.
        say: Receives a line about the progress.
        against: Another checkout of this repository. Its logging_kit takes part as `BEFORE`.
    """
    results = Results()
    missing = {peer: reason for peer in peers if (reason := PEERS[peer].missing())}
    for name in scenarios:
        scenario = SCENARIOS[name]
        found = results.rounds[name] = {}
        absent = results.absent[name] = {
            peer: missing[peer] for peer in scenario.peers if peer in missing
        }
        turns = [(peer, peer, ROOT) for peer in scenario.peers if peer in peers]
        if against is not None and "ours" in scenario.peers:
            turns.append((BEFORE, "ours", against))
        for round_ in range(1 if scenario.once else rounds):
            for peer, name_there, root in turns:
                if peer in absent:
                    continue
                duration = seconds if scenario.once else seconds / 15
                with _folder() as folder:
                    task = Task(name, name_there, folder, seed + round_, new_key(), lines, duration)
                    try:
                        found.setdefault(peer, []).append(_run(task, root))
                    except CheckError as error:
                        results.faults.append(str(error))
                        say(f"FAILED: {error}")
                    except UnableError as error:
                        absent[peer] = str(error)
                        found.pop(peer, None)
            say(f"{name}: round {round_ + 1}")
    return results


class UnableError(Exception):
    """Raised when a peer cannot run a measurement on this machine."""


def _run(task: Task, root: Path) -> Numbers:
    """Run one task in a process of its own and check its output.

    Raises:
        CheckError: If the output is not what was logged.
        UnableError: If the peer cannot be imported, or does not end.
    """
    peer = PEERS[task.peer]
    done, errors = _process(task, root)
    if task.scenario == "kill":
        if done != -9:
            raise CheckError(f"{task.peer}, {task.scenario}: exit code {done}: {errors[-1_000:]}")
        peer.recover(task.folder)
        return {"left": float(count_lines(peer, task))}
    result = task.folder.parent / RESULT
    if not result.exists() or done:
        raise CheckError(f"{task.peer}, {task.scenario}: exit code {done}: {errors[-1_000:]}")
    found: dict[str, Any] = json.loads(result.read_text())
    if "unavailable" in found:
        raise UnableError(found["unavailable"])
    if found["lines"]:
        check(peer, task, found["lines"])
    numbers: Numbers = found["numbers"]
    return numbers


def _process(task: Task, root: Path) -> tuple[int, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOGGING_KIT_", "LOGURU_", "LOGFIRE_", "OTEL_"))
    }
    environment["PYTHONPATH"] = str(root)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", packed(task)]
    with _reader(task.folder.parent / STDOUT) as pipe:
        worker = subprocess.Popen(
            command,
            cwd=task.folder.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
        )
        limit = 60 + 30 * task.seconds + task.lines * 0.005
        try:
            _, errors = worker.communicate(timeout=limit)
        except BaseException as error:
            worker.kill()
            worker.communicate()
            if isinstance(error, subprocess.TimeoutExpired) and not task.peer.startswith("ours"):
                raise UnableError(f"hangs: no end within {limit:.0f} s") from error
            raise
    return worker.returncode, errors


@contextmanager
def _reader(path: Path) -> Iterator[IO[bytes]]:
    """Open a pipe to a process that writes what it reads to a file."""
    with (
        path.open("wb") as file,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file) as reader,
    ):
        assert reader.stdin is not None
        yield reader.stdin


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder on the disk, and delete it with its parent afterwards."""
    above = Path(tempfile.mkdtemp(prefix="logging_kit-benchmark-"))
    try:
        (above / "out").mkdir()
        yield above / "out"
    finally:
        shutil.rmtree(above)
