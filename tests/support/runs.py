"""Checks that hold for the lines of every run, whatever happened to its process."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import logging_kit
from logging_kit.testing import isolated
from tests.support.lines import strict

Line = dict[str, Any]


def by_run(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each run in the order of their numbers."""
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line["run_id"]].append(line)
    return {run: sorted(of_run, key=lambda line: line["seq"]) for run, of_run in found.items()}


def assert_complete(lines: Iterable[Line]) -> None:
    """Each run counts from 1, leaves out exactly what `dropped` says, and never stands still or goes back in time."""
    for run, of_run in by_run(lines).items():
        seq, timestamp = 0, ""
        for line in of_run:
            assert line["seq"] == seq + 1 + line.get("dropped", 0), (
                f"run {run}: {line['seq']} after {seq}, {line}"
            )
            assert line["timestamp"] > timestamp, (
                f"run {run}: {line['timestamp']} after {timestamp}, seq {line['seq']}"
            )
            seq, timestamp = line["seq"], line["timestamp"]


def everything(log_dir: Path, *, torn: int = 0) -> list[Line]:
    """Every line of a log folder by run and number, compressed ones too, with the file it is in as `_file`.

    Args:
        log_dir: The folder.
        torn: How many segments may end within a line: of a process that was killed while a system call wrote it.
    """
    found = []
    for path in sorted(
        {path.name.removesuffix(".gz"): path for path in _segments(log_dir)}.values()
    ):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        *whole, end = data.split(b"\n")
        torn -= bool(end)
        assert torn >= 0, f"{path} ends within a line: {end[-200:]!r}"
        found += [{**strict(line), "_file": path.name.partition("-")[0]} for line in whole]
    return sorted(found, key=lambda line: (line["run_id"], line["seq"]))


def written(log_dir: Path) -> list[Line]:
    """Flush, and read every line of a log folder."""
    assert logging_kit.flush()
    return everything(log_dir)


def _segments(log_dir: Path) -> Iterator[Path]:
    yield from log_dir.glob("archive/*.log.gz")
    yield from log_dir.glob("segments/*.log")


def after_restart(log_dir: Path, *, torn: int = 0, **settings: Any) -> list[Line]:
    """Start once more in a folder, which drains the journals of killed processes, and read every line of former runs."""
    with isolated(log_dir, hooks=(), **settings) as log:
        log.info("started again")
    found = everything(log_dir, torn=torn)
    restarts = {line["run_id"] for line in found if line["message"] == "started again"}
    return [line for line in found if line["run_id"] not in restarts]


def texts(lines: Iterable[Line]) -> list[str]:
    """The messages of plain lines, in the order of the lines."""
    return [line["message"] for line in lines if line.get("event") != "LIFECYCLE"]
