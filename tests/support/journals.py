"""Journals of processes that have died, made here without killing one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from logging_kit.events.model import STREAMS
from logging_kit.store.journal import HALF, Journal, new_journal

TABLE: Final = 4096 + 2 * 4096
"""Offset of the first half's checksums."""

DATA: Final = TABLE + 17 * 4096
"""Where the lines of the first half begin."""


def line(number: int, *, second: int = 0, text: str = "", run: str = "r") -> bytes:
    """A line like those of the pipeline."""
    stamp = f"2026-11-21T12:00:{second:02}.{number:06}Z"
    return f'{{"timestamp":"{stamp}","text":"{text}","number":{number},"run_id":"{run}","seq":{number + 1}}}\n'.encode()


def living(
    log_dir: Path,
    numbers: range = range(0),
    file: str = "bot",
    half: int = HALF,
    run: str = "r",
) -> Journal:
    """A journal that this process holds, with a line for each number."""
    journal = new_journal(log_dir, STREAMS, half)
    for number in numbers:
        journal.put(file, line(number, run=run))
    return journal


def dead(log_dir: Path, numbers: range, file: str = "bot") -> Path:
    """Journals of a killed process."""
    journal = living(log_dir, numbers, file, run=os.urandom(4).hex())
    journal.close(remove=False)
    return journal.path


def overwrite(path: Path, at: int, data: bytes) -> None:
    """Put other bytes into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def numbers(log_dir: Path, file: str = "*") -> list[int]:
    """The numbers of all whole lines in the segments, with their repetitions."""
    found: list[int] = []
    for path in (log_dir / "segments").glob(f"{file}-*.log"):
        parsed = (json.loads(one) for one in path.read_bytes().split(b"\n")[:-1])
        found += [one["number"] for one in parsed if "number" in one]
    return sorted(found)


_KILLED: Final = """
import os, sys, threading, time
import logging_kit
from logging_kit.store.writer import Writer

log = logging_kit.setup(log_dir=sys.argv[1], stdout="off", hooks=(), segment_size=200_000)
for number in range(500):
    log.info("drained", number=number)
assert logging_kit.flush()
Writer._run = lambda self: None  # nothing leaves the journal from here on
log.info("the last one that the writer takes", number=500)
assert logging_kit.flush()
release = threading.Event()
Writer.drain = lambda self, *args, **kwargs: release.wait(60)
for number in range(501, 5_000):
    if number % 7:
        log.info("waits in the journal", number=number, text="x" * (number % 50))
    else:
        log.error("waits in the journal", number=number)
os._exit(9)
"""


def killed_bot(log_dir: Path) -> None:
    """Run a bot that is killed with thousands of lines in its journal."""
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(log_dir)], check=False)
    assert ended.returncode == 9
