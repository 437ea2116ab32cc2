"""Checks of a peer's output: completeness, strict JSON, no doubles, no leaked key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .events import ORDER_FIELDS, SIGNAL_FIELDS, Fields, number_of
from .peers import Peer
from .scenarios import Task

STDOUT: Final = "stdout.log"


class CheckError(Exception):
    """Raised when an output is not what was logged."""


def count_lines(peer: type[Peer], task: Task) -> int:
    """Count the whole lines that a killed process left; raise if one is there twice."""
    found = list(_numbers(peer, task, peer.outputs(task.folder, 1)["file"], torn=True))
    _expect(len(set(found)) == len(found), task, "a line stands there twice")
    return len(found)


def check(peer: type[Peer], task: Task, lines: int) -> None:
    """Check the output of a measurement.

    Args:
        peer: Who wrote it.
        task: The measurement.
        lines: How many were logged; their numbers are 0 up to that.

    Raises:
        CheckError: If a line is missing, doubled, torn or not masked.
    """
    wanted = {
        "file": range(lines),
        "signal": range(0, lines, 2),
        "order": range(1, lines, 2),
        "stdout": range(lines),
    }
    outputs = peer.outputs(task.folder, task.sinks)
    if task.sinks == 3:
        outputs["stdout"] = [task.folder.parent / STDOUT]
    for name, paths in outputs.items():
        seen = bytearray(lines)
        for number in _numbers(peer, task, paths):
            _expect(
                number in wanted[name],
                task,
                f"{name} holds line {number}, which does not belong there",
            )
            _expect(not seen[number], task, f"{name} holds line {number} twice")
            seen[number] = 1
        _expect(
            sum(seen) == len(wanted[name]),
            task,
            f"{name} holds {sum(seen)} of {len(wanted[name])} lines",
        )


def _numbers(
    peer: type[Peer], task: Task, paths: list[Path], *, torn: bool = False
) -> Iterator[int]:
    key = task.key.encode()
    count = total = 0
    for fields, line in _lines(peer, task, paths, torn=torn):
        count, total = count + 1, total + int(fields.get("seq", 0))
        number = number_of(fields, str(fields.get(peer.message, "")))
        if number is None:
            continue
        if "reason" in fields:
            names = ORDER_FIELDS if "order_id" in fields else SIGNAL_FIELDS
            missing = [name for name in names if name not in fields]
            _expect(not missing, task, f"line {number} lacks {', '.join(missing)}")
            _expect(
                (key in line) is not peer.masked,
                task,
                f"line {number} {'holds' if peer.masked else 'lacks'} the API key",
            )
        yield number
    if peer.name.startswith("ours") and task.sinks == 1:
        _expect(total == count * (count + 1) // 2, task, "seq does not count from 1 without a gap")


def _lines(
    peer: type[Peer], task: Task, paths: list[Path], *, torn: bool
) -> Iterator[tuple[Fields, bytes]]:
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    _expect(torn, task, f"{path.name} ends within a line")
                    continue
                try:
                    yield peer.parse(line), line
                except (ValueError, KeyError, TypeError) as error:
                    raise CheckError(
                        f"{task.peer}, {task.scenario}: {path.name} holds a line that is not "
                        f"strict JSON: {error}"
                    ) from error


def _expect(holds: bool, task: Task, text: str) -> None:
    if not holds:
        raise CheckError(f"{task.peer}, {task.scenario}: {text}")
