"""Journals of processes that have died, made here without killing one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from logging_kit.events.model import STREAMS
from logging_kit.store.journal import HALF, Journal, new_journal

DATA: Final = 4096 + 2 * 4096
"""Where the lines of the first half begin."""


def line(number: int, *, second: int = 0, text: str = "") -> bytes:
    """A line like those of the pipeline."""
    stamp = f"2026-11-21T12:00:{second:02}.{number:06}Z"
    return f'{{"timestamp":"{stamp}","text":"{text}","number":{number},"run_id":"r","seq":{number + 1}}}\n'.encode()


def living(
    log_dir: Path, numbers: range = range(0), file: str = "bot", half: int = HALF
) -> Journal:
    """A journal that this process holds, with a line for each number."""
    journal = new_journal(log_dir, STREAMS, half)
    for number in numbers:
        journal.put(file, line(number))
    return journal


def dead(log_dir: Path, numbers: range, file: str = "bot") -> Path:
    """What a killed process has left."""
    journal = living(log_dir, numbers, file)
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
