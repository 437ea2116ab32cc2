"""What a store says of itself in numbers, and the reasons for which lines are lost."""

from __future__ import annotations

import errno
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from .journal import Journal
from .sinks.stdout import Stdout
from .writer import Writer

_SLOW_S: Final = 1.0
_REASONS: Final = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "no_permission",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
}


def reason_of(error: OSError) -> str:
    """The reason that a line is counted as lost for, when this has kept it from being written."""
    return _REASONS.get(error.errno or 0, "write_failed")


class Counters:
    """What was kept and what was lost; changed under the store's lock, read at any time.

    Args:
        files: Names of the files that lines go to.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.lines = dict.fromkeys(files, 0)
        self.bytes = dict.fromkeys(files, 0)
        self.dropped: Counter[str] = Counter()
        self._high_water = 0

    def add(self, before: Mapping[str, Any]) -> None:
        """Go on counting where another store's `read` has stopped."""
        for file, number in before["lines"].items():
            self.lines[file] += number
        for file, number in before["bytes"].items():
            self.bytes[file] += number
        self.dropped.update(before["dropped"])
        self.keep_high_water(before["journal_high_water_bytes"])

    def keep_high_water(self, high_water: int) -> None:
        """Remember most bytes of a journal that is left."""
        self._high_water = max(self._high_water, high_water)

    def snapshot(
        self,
        refused: deque[tuple[str, bytes]],
        stdout: Stdout | None,
        journal: Journal | None,
        writer: Writer | None,
    ) -> dict[str, Any]:
        """All numbers as they are now.

        Args:
            refused: Lost lines that are yet to be counted: the reason first.
            stdout: Has dropped lines as well, and lines wait for it; or ``None``.
            journal: The journal that is open, or ``None``.
            writer: Drains it.
        """
        # copies: other threads count on while these are gone through
        dropped = Counter(reason for reason, _ in refused.copy())
        dropped.update(dict(self.dropped))
        if stdout is not None:
            dropped["stdout"] += stdout.dropped
        used = journal.used if journal is not None else 0
        return {
            "lines": _some(self.lines),
            "bytes": _some(self.bytes),
            "dropped": _some(dropped),
            "queue_depth": _waiting(stdout, writer),
            "journal_bytes": used,
            "journal_high_water_bytes": max(
                used, self._high_water, writer.high_water if writer is not None else 0
            ),
            "writer_lag_s": round(writer.lag_s, 6) if writer is not None else 0.0,
        }


def _some(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}


def _waiting(stdout: Stdout | None, writer: Writer | None) -> int:
    """Lines that wait for standard output, or for more than a second for the disk; one that waits for both counts once."""
    lines = stdout.waiting if stdout is not None else 0
    if writer is not None and writer.lag_s > _SLOW_S:
        with suppress(ValueError):  # it has been closed meanwhile
            lines = max(lines, writer.waiting())
    return lines
