"""Compress or delete a closed segment while no process can continue it."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .filesystem import WINDOWS, close_own, is_same_file, lock, open_fd, unlock
from .forks import held

_BLOCK: Final = 1 << 20


def remove(path: Path) -> bool:
    """Delete a closed segment.

    Returns:
        Whether it was deleted; not when a living process holds it.
    """
    with claimed(path) as claim:
        if claim is not None:
            claim.remove = True
    return claim is not None


def compress(path: Path, archive: Path) -> bool:
    """Move a closed segment into the archive, compressed, with its time of change.

    Args:
        path: The segment.
        archive: Folder of the result, which has the segment's name with `.gz` behind.

    Returns:
        Whether it was done; not when a living process holds the segment.

    Raises:
        OSError: When the archive cannot be written; the segment stays.
    """
    with claimed(path) as claim:
        if claim is None:
            return False
        stat = os.fstat(claim.fd)
        archive.mkdir(mode=0o750, exist_ok=True)
        target = archive / f"{path.name}.gz"
        partial = target.with_suffix(".partial")
        try:
            partial.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with (
                open(open_fd(partial, flags, 0o640), "wb") as raw,
                open(claim.fd, "rb", closefd=False) as source,
            ):
                source.seek(0)
                with gzip.open(raw, "wb", 6) as out:
                    shutil.copyfileobj(source, out, _BLOCK)
                raw.flush()
                # the segment may go only when its copy would survive a power cut
                os.fsync(raw.fileno())
            os.utime(partial, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            partial.replace(target)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
        claim.remove = True
    return True


@dataclass(slots=True)
class Claim:
    """A lock on a closed segment.

    Attributes:
        fd: Descriptor of the segment.
        remove: Set it to delete the segment when the lock is given up.
    """

    fd: int
    remove: bool = False


@contextmanager
def claimed(path: Path) -> Iterator[Claim | None]:
    """Lock a closed segment, so that no starting process continues it.

    Yields:
        `None` when a living process has it, or when it is not there.
    """
    try:
        claim = Claim(open_fd(path, os.O_RDWR))
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
    if claim.remove and WINDOWS:  # an open file cannot be removed there
        path.unlink(missing_ok=True)
