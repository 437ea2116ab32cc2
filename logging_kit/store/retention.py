"""What becomes of closed segments: compressed after days, deleted by age and by total size, trades last."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from ..diagnostics import warn_once
from .filesystem import WINDOWS, close_own, is_same_file, lock, open_fd, unlock
from .forks import held
from .recovery import recover
from .segment import ARCHIVE, SEGMENTS, stream_of

MOST_SEGMENTS: Final = 200
"""Closed segments of one file that a shipper is left to watch; 1,000 cost Promtail 75 MB."""

_DISK_INTERVAL_S: Final = 60.0
_TIDY_EVERY_S: Final = 900.0
_WARN_AGAIN_S: Final = 21_600.0
_UNNAMED_S: Final = 60.0
_RECOVER_WAIT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Policy:
    """How long what is kept; ages in seconds, sizes in bytes."""

    archive_after: float
    keep: float
    max_total: int
    keep_longer: Mapping[str, float] = field(default_factory=dict)
    """By file; such a file is also the last to go when there is too much."""

    def age_of(self, stream: str) -> float:
        """Age at which a file's lines are deleted."""
        return self.keep_longer.get(stream, self.keep)


def tidy(
    directory: Path, policy: Policy, now: float, ended: Callable[[], bool] = lambda: False
) -> None:
    """Compress and delete what the policy says; segments that a living process holds are left alone.

    Args:
        directory: The log folder.
        policy: What is kept for how long.
        now: Seconds since 1970-01-01 UTC; a file's age counts from its last line.
        ended: Asked before each segment, whether to leave the rest for another time.

    Raises:
        OSError: When something could not be compressed or deleted; the rest has been.
    """
    segments, archive = directory / SEGMENTS, directory / ARCHIVE
    faults: list[OSError] = []
    for partial in archive.glob("*.partial"):  # its process was killed; the segment is still there
        partial.unlink(missing_ok=True)
    for unnamed in directory.glob(
        ".*.log.*.new"
    ):  # links whose processes were killed before these had their names
        with suppress(FileNotFoundError):
            if now - unnamed.lstat().st_mtime > _UNNAMED_S:
                unnamed.unlink()
    for file in sorted(
        {
            stream_of(path)
            for pattern in (segments.glob("*-*.log"), archive.glob("*-*.log.gz"))
            for path in pattern
        }
    ):
        for path in archive.glob(f"{file}-*.log.gz"):
            if now - _mtime(path) > policy.age_of(file):
                path.unlink(missing_ok=True)
        paths = _by_age(segments.glob(f"{file}-*.log"))
        excess = len(paths) - MOST_SEGMENTS
        for path in paths:
            age = now - _mtime(path)
            if ended():
                return
            try:
                if age > policy.age_of(file):
                    excess -= remove(path)
                elif age > policy.archive_after or excess > 0:
                    excess -= compress(path, archive)
            except OSError as error:  # a full disk must not keep the next one from being deleted
                faults.append(error)
    _shrink(directory, policy)
    if faults:
        raise faults[0]


def remove(path: Path) -> bool:
    """Delete a closed segment.

    Returns:
        Whether it is gone; not when a living process holds it.
    """
    with _claimed(path) as claim:
        if claim is not None:
            claim.remove = True
    return claim is not None


def compress(path: Path, archive: Path) -> bool:
    """Move a closed segment into the archive, compressed, with its time of change.

    Args:
        path: The segment.
        archive: Folder of the result, named like the segment with ``.gz`` behind.

    Returns:
        Whether it was done; not when a living process holds the segment.

    Raises:
        OSError: When the archive cannot be written; the segment stays.
    """
    import gzip

    with _claimed(path) as claim:
        if claim is None:
            return False
        stat = os.fstat(claim.fd)
        archive.mkdir(mode=0o750, exist_ok=True)
        target = archive / f"{path.name}.gz"
        partial = target.with_suffix(".partial")
        try:
            with (
                open(open_fd(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as raw,
                open(claim.fd, "rb", closefd=False) as source,
            ):
                source.seek(0)
                with gzip.open(raw, "wb", 6) as out:
                    shutil.copyfileobj(source, out, 1 << 20)
                raw.flush()
                os.fsync(
                    raw.fileno()
                )  # the segment goes only when its copy would outlast a loss of power
            os.utime(partial, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        claim.remove = True
    return True


@dataclass(slots=True)
class _Claim:
    fd: int
    remove: bool = False


@contextmanager
def _claimed(path: Path) -> Iterator[_Claim | None]:
    """Lock a closed segment, so that no starting process continues it; ``None`` when a living process has it or it is gone."""
    try:
        claim = _Claim(open_fd(path, os.O_RDWR))
    except FileNotFoundError:
        yield None
        return
    locked = lock(claim.fd)
    try:
        inode = os.fstat(claim.fd).st_ino
        with held(lambda: close_own(claim.fd, inode)):
            yield claim if locked is not False and is_same_file(claim.fd, path) else None
            if claim.remove and not WINDOWS:
                path.unlink(missing_ok=True)
    finally:
        if locked:
            unlock(claim.fd)
        os.close(claim.fd)
    if (
        claim.remove and WINDOWS
    ):  # one that a starting process has opened meanwhile cannot be removed there
        path.unlink(missing_ok=True)


def _shrink(directory: Path, policy: Policy) -> None:
    every = [
        *_by_age((directory / ARCHIVE).glob("*-*.log.gz")),
        *_by_age((directory / SEGMENTS).glob("*-*.log")),
    ]
    total = sum(_size(path) for path in every)
    for path in sorted(every, key=lambda path: stream_of(path) in policy.keep_longer):
        if total <= policy.max_total:
            return
        size = _size(path)
        if path.suffix == ".gz":
            path.unlink(missing_ok=True)
        elif not remove(path):
            continue
        total -= size


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _by_age(paths: Iterator[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: (_mtime(path), path.name))


class Retention:
    """The thread that tidies the log folder and watches the disk.

    Args:
        directory: The log folder.
        policy: What is kept for how long.
        reserve: Bytes of free space below which the disk counts as nearly full.
        segment_size: Size in bytes at which a segment is closed.
        warn: Called with a sentence when the disk is nearly full, at most every six hours.
    """

    def __init__(
        self,
        directory: Path,
        policy: Policy,
        *,
        reserve: int,
        segment_size: int,
        warn: Callable[[str], None],
    ) -> None:
        self.directory = directory
        self._policy = policy
        self._reserve = reserve
        self._segment_size = segment_size
        self._warn = warn
        self._warned = -_WARN_AGAIN_S
        self._ended = False
        self._lock_fd = -1
        self._start()

    def _start(self) -> None:
        # its put() may interrupt itself, in a signal handler or a finalizer that logs; an Event's set() may not
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._thread: threading.Thread | None = threading.Thread(
            target=self._run, name="logging_kit-retention", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is shutting down
            self._ended = True

    def rotated(self) -> None:
        """A segment was closed: look after the folder soon."""
        if self._thread is None and not self._ended:
            self._start()
        else:
            self._wake.put(None)

    def after_fork_in_child(self) -> None:
        """Forget the parent's thread; the child starts its own when it has closed a segment."""
        self._thread = None
        self._wake = SimpleQueue()
        fd, self._lock_fd = self._lock_fd, -1
        if fd >= 0:  # the parent's thread was tidying; its lock must not last as long as this child
            os.close(fd)

    def close(self) -> None:
        """End the thread."""
        self._ended = True
        self._wake.put(None)
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(5.0)

    def _run(self) -> None:
        wake = self._wake
        while not self._ended:
            self._look_after(self._tidy)
            due = time.monotonic() + _TIDY_EVERY_S
            rotated = False
            while not rotated and not self._ended and time.monotonic() < due:
                self._look_after(self._watch_disk)
                rotated = _arrived(wake, _DISK_INTERVAL_S)

    def _look_after(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (
            Exception
        ) as error:  # one fault, also one of ours, must stop neither the rest nor the thread
            reason = getattr(error, "strerror", None) or type(error).__name__
            warn_once("retention", f"cannot tidy {self.directory}: {reason}")

    def _recover(self) -> None:
        """Bring in lines of children that were killed while this bot goes on."""
        recover(self.directory, self._segment_size, _RECOVER_WAIT_S)

    def _tidy(self) -> None:
        with self._alone() as alone:
            if alone:
                self._look_after(self._recover)
                tidy(self.directory, self._policy, time.time(), lambda: self._ended)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether this process is the one that tidies now; several may share the folder."""
        if not self.directory.is_dir():
            yield False
            return
        fd = self._lock_fd = open_fd(
            self.directory / ".retention.lock", os.O_RDWR | os.O_CREAT, 0o640
        )
        locked = lock(fd)
        try:
            yield locked is not False
        finally:
            self._lock_fd = -1
            if locked:
                unlock(fd)
            os.close(fd)

    def _watch_disk(self) -> None:
        try:
            disk = shutil.disk_usage(self.directory)
        except OSError:
            return
        if disk.free < self._reserve and time.monotonic() - self._warned >= _WARN_AGAIN_S:
            self._warned = time.monotonic()
            self._warn(
                f"the disk of {self.directory} is nearly full: {disk.free / 1e6:.0f} MB of {disk.total / 1e6:.0f} MB are free"
            )


def _arrived(queue: SimpleQueue[None], timeout_s: float) -> bool:
    """Wait for an item and take all that are there; whether there was one."""
    try:
        queue.get(timeout=timeout_s)
    except Empty:
        return False
    with suppress(Empty):
        while True:
            queue.get_nowait()
    return True
