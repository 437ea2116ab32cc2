"""Compress and delete closed segments by age, number and total size, trades last.

Deleting is final, so it takes two facts. By age, a segment is deleted only when its name, its last
line and the time of its last change all say that it is old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from .age import count_lines, file_status, is_older, oldest_first
from .archiving import compress, remove
from .segment import ARCHIVE, SEGMENTS, stream_of

MOST_SEGMENTS: Final = 200
"""Closed segments of one stream that a shipper has to watch; 1,000 cost Promtail 75 MB."""

_UNNAMED_S: Final = 60.0

Acknowledged = Callable[[str, int], bool]
"""Called with the name and the size in bytes of a segment."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of retention; ages in seconds, sizes in bytes.

    Attributes:
        archive_after: Age at which a closed segment is compressed.
        keep: Age at which a segment is deleted.
        max_total: Size of all segments together, over which the oldest are deleted.
        keep_longer: Other ages than `keep`, by stream. Such a stream is the last to be deleted by
            size.
        keep_at_least: Age, by stream, below which a segment is never deleted, whatever the size.
    """

    archive_after: float
    keep: float
    max_total: int
    keep_longer: Mapping[str, float] = field(default_factory=dict)
    keep_at_least: Mapping[str, float] = field(default_factory=dict)

    def age_of(self, stream: str) -> float:
        """Return the age at which a stream's lines are deleted."""
        return max(self.keep_longer.get(stream, self.keep), self.keep_at_least.get(stream, 0.0))


class Deletion(NamedTuple):
    """A segment that was deleted.

    Attributes:
        name: Name of its file.
        lines: Lines that were in it, as many as could be read.
        reason: Why it was deleted, in words.
    """

    name: str
    lines: int
    reason: str


def tidy(
    directory: Path,
    policy: Policy,
    now: float,
    ended: Callable[[], bool] = lambda: False,
    by_age: bool = True,
    on_delete: Callable[[Deletion], None] = lambda _: None,
    acknowledged: Acknowledged = lambda _name, _size: True,
) -> None:
    """Compress and delete what the policy says.

    Segments that a living process holds are left alone.

    Args:
        directory: The log folder.
        policy: How long lines are kept.
        now: Seconds since 1970-01-01 UTC.
        ended: Called before each segment; true leaves the rest for another time.
        by_age: False when the clock cannot be trusted: then age deletes no segment.
        on_delete: Called after each deletion.
        acknowledged: Whether all of a segment has been shipped; until then it is not compressed,
            and its deletion says so.

    Raises:
        OSError: When a file could not be compressed or deleted; the others have been.
    """
    _Round(directory, policy, now, ended, by_age, on_delete, acknowledged).run()


class _Round:
    """One round over a log folder; a fault at one file never stops the work on the others."""

    def __init__(
        self,
        directory: Path,
        policy: Policy,
        now: float,
        ended: Callable[[], bool],
        by_age: bool,
        on_delete: Callable[[Deletion], None],
        acknowledged: Acknowledged,
    ) -> None:
        self._directory = directory
        self._segments, self._archive = directory / SEGMENTS, directory / ARCHIVE
        self._policy = policy
        self._now = now
        self._ended = ended
        self._by_age = by_age
        self._on_delete = on_delete
        self._acknowledged = acknowledged
        self._faults: list[OSError] = []

    def run(self) -> None:
        self._remove_leftovers()
        packed, plain = self._listed()
        for path in packed:
            if self._ended():
                return
            age = self._policy.age_of(stream_of(path))
            if self._by_age and is_older(path, self._now, age):
                self._delete(path, f"older than {_days(age)}")
        streams = sorted({stream_of(path) for path in plain})
        for stream in streams:
            if not self._tidy_stream([path for path in plain if stream_of(path) == stream]):
                return
        self._shrink()
        if self._faults:
            raise self._faults[0]

    def _tidy_stream(self, paths: list[Path]) -> bool:
        excess = len(paths) - MOST_SEGMENTS
        for path in paths:
            if self._ended():
                return False
            keep = self._policy.age_of(stream_of(path))
            try:
                if self._by_age and is_older(path, self._now, keep):
                    excess -= self._delete(path, f"older than {_days(keep)}")
                elif excess > 0 or is_older(path, self._now, self._policy.archive_after):
                    excess -= self._compress(path)
            except OSError as error:  # a full disk must not keep the next one from being deleted
                self._faults.append(error)
        return True

    def _compress(self, path: Path) -> bool:
        return self._acknowledged(path.name, _size(path)) and compress(path, self._archive)

    def _shrink(self) -> None:
        """Delete the oldest segments while all of them together are too large."""
        packed, plain = self._listed()
        every = [*packed, *plain]
        total = sum(_size(path) for path in every)
        for path in sorted(every, key=lambda path: stream_of(path) in self._policy.keep_longer):
            if total <= self._policy.max_total:
                return
            if not self._is_protected(path):
                size = _size(path)
                if self._delete(path, f"all files exceed {self._policy.max_total:,} bytes"):
                    total -= size

    def _is_protected(self, path: Path) -> bool:
        age = self._policy.keep_at_least.get(stream_of(path), 0.0)
        return age > 0 and not (self._by_age and is_older(path, self._now, age))

    def _delete(self, path: Path, reason: str) -> bool:
        """Delete one segment, or the archive of one; return whether that was done."""
        if path.suffix != ".gz" and not self._acknowledged(path.name, _size(path)):
            reason = f"{reason}; not all of it was shipped"
        try:
            lines = count_lines(path)
            if path.suffix == ".gz":
                path.unlink()
            elif not remove(path):
                return False
        except FileNotFoundError:
            return True
        except OSError as error:
            self._faults.append(error)
            return False
        self._on_delete(Deletion(path.name, lines, reason))
        return True

    def _listed(self) -> tuple[list[Path], list[Path]]:
        """Return the archives and the segments, each oldest first."""
        return (
            oldest_first(self._archive.glob("*-*.log.gz")),
            oldest_first(self._segments.glob("*-*.log")),
        )

    def _remove_leftovers(self) -> None:
        """Remove what killed processes left before it had its name."""
        for path in self._archive.glob("*.partial"):  # the segment itself is still there
            self._unlink(path, 0.0)
        for pattern in (".*.log.*.new", ".*.json.*.new"):
            for path in self._directory.glob(pattern):
                self._unlink(path, _UNNAMED_S)

    def _unlink(self, path: Path, after_s: float) -> None:
        with suppress(OSError):  # a folder with such a name is not ours
            if not after_s or self._now - path.lstat().st_mtime > after_s:
                path.unlink()


def _size(path: Path) -> int:
    status = file_status(path)
    if status is not None:
        return status.st_size
    return 0


def _days(seconds: float) -> str:
    return f"{seconds / 86_400:g} days"
