"""Bots that are struck by a fault, and the count of what they had acknowledged and what was kept.

`python -m tests.faults.bots` runs every fault and writes the table of `docs/reliability.md`.
"""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from logging_kit.store.recovery import recover

LIMIT: Final = 100_000
ROOT: Final = Path(__file__).resolve().parents[2]

_BOT: Final = """
import faulthandler, json, logging, logging.handlers, mmap, os, random, resource, signal, sys, time
kit, fault, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
rng = random.Random(seed)
with open("ack", "wb") as file:
    file.write(bytes(64))
with open("ack", "r+b") as file:
    ack = mmap.mmap(file.fileno(), 64)

if kit == "logging_kit":
    import logging_kit
    log = logging_kit.setup(log_dir="logs", stdout="off", hooks=("sigterm",), segment_size=100_000)
    say = lambda number: log.info("line", number=number)
else:
    os.makedirs("logs", exist_ok=True)
    handler = logging.handlers.RotatingFileHandler("logs/bot.log", maxBytes=100_000, backupCount=1_000)
    handler.setFormatter(logging.Formatter('{"number":%(message)s}'))
    logging.raiseExceptions = False
    plain = logging.getLogger("bot")
    plain.addHandler(handler)
    plain.setLevel("INFO")
    say = lambda number: plain.info("%d", number)

def go(first, last):
    for number in range(first, last):
        say(number)
        ack[:8] = (number + 1).to_bytes(8, "little")

lines = rng.randrange(2_000, 6_000)
if fault == "full disk":
    go(0, 1_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    lines *= 4
    go(1_000, 1_000 + lines)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    go(1_000 + lines, 1_500 + lines)
elif fault == "descriptors closed":
    go(0, lines)
    os.closerange(3, 256)
    own = [os.open("mine", os.O_RDWR | os.O_CREAT) for _ in range(20)]
    go(lines, lines + 500)
elif fault == "redirected into bot.log":
    go(0, lines)
    print("words of the bot", flush=True)
elif fault == "clock set back":
    if kit == "logging_kit":
        logging_kit.shutdown()
        back = [0]
        log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=100_000,
                                clock=lambda: time.time_ns() - back[0])
    go(0, lines)
    if kit == "logging_kit":
        back[0] = 3 * 86_400 * 10**9
    go(lines, lines + 500)
elif fault == "fork":
    go(0, lines)
    if not os.fork():
        go(lines, lines + 500)
        if kit == "logging_kit":
            logging_kit.shutdown()
        os._exit(0)
    os.wait()
    ack[:8] = (lines + 500).to_bytes(8, "little")
elif fault in ("kill -9", "SIGTERM"):
    go(0, 1_000_000)
elif fault == "os._exit":
    go(0, lines)
    os._exit(3)
elif fault == "exception":
    go(0, lines)
    raise SystemExit(1)
else:
    go(0, lines)
if kit == "logging_kit":
    logging_kit.flush(30)
    dropped = sum(logging_kit.stats()["dropped"].values())
    logging_kit.shutdown()
    with open("dropped", "w") as file:
        json.dump(dropped, file)
"""

FAULTS: Final = (
    "end",
    "exception",
    "SIGTERM",
    "os._exit",
    "kill -9",
    "kill -9 while the lines are recovered",
    "one damaged byte in the journal",
    "a restored backup of the journal",
    "full disk",
    "descriptors closed",
    "redirected into bot.log",
    "clock set back",
    "fork",
)
"""The faults of the table; `KITS_OWN` are those that a package without a journal cannot have."""

KITS_OWN: Final = (
    "kill -9 while the lines are recovered",
    "one damaged byte in the journal",
    "a restored backup of the journal",
)


class Account(NamedTuple):
    """Account of one bot's lines after its next start.

    Attributes:
        acknowledged: Lines whose calls had returned.
        lost: Acknowledged lines that are in no file.
        doubled: Lines that are in the files twice.
        counted: Lines that the package says it dropped.
    """

    acknowledged: int
    lost: int
    doubled: int
    counted: int


def strike(folder: Path, kit: str, fault: str, seed: int) -> Account:
    """Run a bot in a folder, strike it, start again and count.

    Args:
        folder: An empty folder.
        kit: `logging_kit` or `logging`.
        fault: One of `FAULTS`.
        seed: Seed of the random numbers.
    """
    rng = random.Random(seed)
    program = folder / "bot.py"
    program.write_text(_BOT)
    inner = fault
    if fault in KITS_OWN:
        inner = "os._exit"
    out = subprocess.DEVNULL
    redirected = None
    if fault == "redirected into bot.log":
        (folder / "logs").mkdir()
        redirected = (folder / "logs" / "bot.log").open("w")
    process = subprocess.Popen(
        [sys.executable, str(program), kit, inner, str(seed)],
        cwd=folder, stdout=redirected or out, stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip
    if redirected is not None:
        redirected.close()
    if inner in ("kill -9", "SIGTERM"):
        while _acknowledged(folder) < rng.randrange(500, 3_000) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL if inner == "kill -9" else signal.SIGTERM)
    process.wait(120)
    damaged = 0
    if kit == "logging_kit":
        damaged = _next_start(folder, fault, rng)
    numbers = _numbers(folder / "logs", kit)
    acknowledged = _acknowledged(folder)
    counts = Counter(numbers)
    lost = sum(number not in counts for number in range(acknowledged))
    doubled = sum(count - 1 for count in counts.values())
    return Account(acknowledged, lost, doubled, _counted(folder, kit) + damaged)


def _next_start(folder: Path, fault: str, rng: random.Random) -> int:
    """Recover as the next start does; return how many lines a damage has touched."""
    log_dir = folder / "logs"
    journals = list((log_dir / ".journal").glob("*.journal"))
    damaged = 0
    backup = None
    if journals:
        backup = journals[0].read_bytes()
    if fault == "one damaged byte in the journal" and backup is not None:
        lines = [match.start() for match in re.finditer(rb'\{"timestamp":', backup)]
        if lines:
            at = rng.choice(lines) + rng.randrange(60, 100)
            damaged = 1
            journals[0].write_bytes(backup[:at] + b"\0" + backup[at + 1 :])
    if fault == "kill -9 while the lines are recovered":
        for _ in range(5):
            code = f"from logging_kit.store.recovery import recover; from pathlib import Path; recover(Path({str(log_dir)!r}), {LIMIT})"
            recovery = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
            time.sleep(rng.uniform(0.1, 0.6))
            recovery.kill()
            recovery.wait()
    recover(log_dir, LIMIT)
    if fault == "a restored backup of the journal" and backup is not None:
        journals[0].write_bytes(backup)
        recover(log_dir, LIMIT)
    return damaged


def _acknowledged(folder: Path) -> int:
    try:
        return int.from_bytes((folder / "ack").read_bytes()[:8], "little")
    except FileNotFoundError:
        return 0


def _numbers(log_dir: Path, kit: str) -> list[int]:
    paths = log_dir.glob("segments/*.log" if kit == "logging_kit" else "bot.log*")
    found = []
    for path in paths:
        matches = re.finditer(rb'"number":([0-9]+)', path.read_bytes())
        found += [int(match[1]) for match in matches]
    return found


def _counted(folder: Path, kit: str) -> int:
    if kit != "logging_kit":
        return 0
    if (folder / "dropped").exists():
        return int(json.loads((folder / "dropped").read_text()))
    lines = [
        line
        for path in (folder / "logs" / "segments").glob("*.log")
        for line in path.read_bytes().split(b"\n")
    ]
    return sum(int(found[1]) for line in lines if (found := re.search(rb'"dropped":(\d+)', line)))


_HEAD: Final = """# Reliability

Each row is an experiment: a fault strikes a bot that logs as fast as it can, the bot starts again,
and its lines are counted. A line is *acknowledged* when its call has returned. Every acknowledged
line is in the files or is counted as lost, except where the journal itself was damaged (see below);
`tests/faults` checks this exactly, in every run of the tests.

The table was written by `python -m tests.faults.bots`, which prints the seeds it used. `logging` is
the standard library's `RotatingFileHandler` with the same sizes; it does not count the lines it
loses.

| fault | acknowledged | lost | counted as lost | doubled | `logging`: acknowledged | lost | doubled |
|---|---|---|---|---|---|---|---|
"""

_TAIL: Final = """
- **One damaged byte**: the line with this byte is lost. The package cannot count lines that it
  cannot read: it reports the damaged bytes on stderr, and the test counts the line. All other lines
  are recovered, and the damaged journal is kept as `.unreadable`. `tests/faults/test_mutations.py`
  repeats this with random damage of up to a page, zeros, foreign bytes and cut files.
- **Full disk**: the limit is lifted again within the run. Lines wait in the journal while it has
  room. Further lines are dropped and counted, and the next line reports the number (`dropped`).
- **Fork**: the child has its own run and its own segments.

`LOGGING_KIT_FAULTS=1000 python -m pytest tests/faults` repeats the experiments more often. A
failure prints its seed, and `LOGGING_KIT_FAULTS_SEED` repeats that experiment.
"""


def write_table(write: Callable[[str], object] = print) -> None:
    """Run every fault once for both packages, and write `docs/reliability.md`."""
    rows = []
    for fault in FAULTS:
        seed = random.SystemRandom().getrandbits(32)
        cells = [fault]
        for kit in ("logging_kit", "logging"):
            if kit == "logging" and fault in KITS_OWN:
                cells += ["", "", ""]
                continue
            with tempfile.TemporaryDirectory() as folder:
                account = strike(Path(folder), kit, fault, seed)
            cells += [f"{account.acknowledged:,}", f"{account.lost:,}"]
            if kit == "logging_kit":
                cells.append(f"{account.counted:,}")
            cells.append(f"{account.doubled:,}")
            write(f"{fault}: {kit}: {account} (seed {seed})")
        rows.append(f"| {' | '.join(cells)} |\n")
    (ROOT / "docs" / "reliability.md").write_text(_HEAD + "".join(rows) + _TAIL)


if __name__ == "__main__":
    write_table()
