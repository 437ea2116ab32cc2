"""The order of lines, and the check that each is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from ..line import parse_stamp

_BITS: Final = 10


class LineOrder(NamedTuple):
    """The place of a line among all lines; compares by time, then run, then number in the run."""

    timestamp: str
    run_id: str
    seq: int


class Line(NamedTuple):
    """One line of a segment."""

    place: LineOrder
    data: bytes
    """The line without its newline."""
    path: Path
    is_own: bool = True
    """False for bytes that this package did not write: they carry no run and number."""


FIRST: Final = LineOrder("", "", 0)


def order_key(data: bytes, before: LineOrder = FIRST) -> LineOrder:
    """Find a line's place without parsing all of it.

    Args:
        data: The line.
        before: The place of the line before it in its file; a line without a stamp inherits it.
    """
    return _place(parse_stamp(data), before)


def _place(stamp: tuple[str, str | None, int] | None, before: LineOrder) -> LineOrder:
    if stamp is None:
        return before
    timestamp, run_id, seq = stamp
    if run_id is None:
        return LineOrder(timestamp, before.run_id, before.seq)
    return LineOrder(timestamp, run_id, seq)


def make_line(data: bytes, before: LineOrder, path: Path) -> Line:
    """Make a line of the bytes that a file holds.

    Args:
        data: The line without its newline.
        before: The place of the line before it in its file.
        path: The file.
    """
    stamp = parse_stamp(data)
    is_own = stamp is not None and stamp[1] is not None and stamp[2] > 0
    return Line(_place(stamp, before), data, path, is_own)


class SeenLines:
    """The lines that were read, so that none is read twice; a bit for each.

    Example:
        >>> seen = SeenLines()
        >>> seen.add("01KAJ", 1), seen.add("01KAJ", 1)
        (True, False)
    """

    def __init__(self) -> None:
        self._runs: dict[str, dict[int, int]] = {}

    def add(self, run_id: str, seq: int) -> bool:
        """Note a line of a run; return whether it is new."""
        run = self._runs.setdefault(run_id, {})
        block, bit = seq >> _BITS, 1 << (seq & ((1 << _BITS) - 1))
        seen = run.get(block, 0)
        run[block] = seen | bit
        return not seen & bit
