"""The numbers of a store, and the reasons for which lines are lost."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from .journal import Journal
from .loss_account import LossAccount
from .sinks.group import Sinks
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


def reason_of(error: Exception) -> str:
    """Return the reason under which a line counts as lost by this error."""
    return _REASONS.get(getattr(error, "errno", None) or 0, "write_failed")


class Counters:
    """Counts of kept and lost lines; changed under the store's lock, read at any time.

    Args:
        files: Names of the files that lines go to.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.lines = dict.fromkeys(files, 0)
        self.bytes = dict.fromkeys(files, 0)
        self.loss = LossAccount()
        self._high_water = 0

    def add(self, before: Mapping[str, Any]) -> None:
        """Continue the counts of another store's `snapshot`."""
        for file, number in before["lines"].items():
            self.lines[file] += number
        for file, number in before["bytes"].items():
            self.bytes[file] += number
        self.loss.dropped.update(before["dropped"])
        self.keep_high_water(before["journal_high_water_bytes"])

    def keep_high_water(self, high_water: int) -> None:
        """Remember the high-water mark, in bytes, of a journal that is closed."""
        self._high_water = max(self._high_water, high_water)

    def snapshot(
        self, sinks: Sinks, journal: Journal | None, writer: Writer | None
    ) -> dict[str, Any]:
        """Return all numbers as they are now.

        Args:
            sinks: Have dropped lines as well, and lines wait for them.
            journal: The journal that is open, or `None`.
            writer: Drains it.
        """
        dropped = self.loss.by_reason()
        dropped.update(sinks.dropped())
        if journal is not None:
            used = journal.used
        else:
            used = 0
        if writer is not None:
            high_water = writer.high_water
        else:
            high_water = 0
        return {
            "lines": _some(self.lines),
            "bytes": _some(self.bytes),
            "dropped": _some(dropped),
            "queue_depth": _waiting(sinks, writer),
            "journal_bytes": used,
            "journal_high_water_bytes": max(used, self._high_water, high_water),
            "writer_lag_s": round(writer.lag_s, 6) if writer is not None else 0.0,
            "sinks": sinks.counters(),
        }


def _some(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}


def _waiting(sinks: Sinks, writer: Writer | None) -> int:
    """Count lines that wait for a sink, or for more than a second for the disk; each line once."""
    lines = sinks.waiting
    if writer is not None and writer.lag_s > _SLOW_S:
        with suppress(ValueError):  # the journal was closed meanwhile
            lines = max(lines, writer.waiting())
    return lines
