"""Compress or delete a closed segment while no process can continue it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from .filesystem import (
    WINDOWS,
    FileId,
    check_own,
    close_own,
    closing_own,
    file_id,
    is_same_file,
    lock,
    open_fd,
    stat_own,
    unlock,
)
from .forks import close_in_forked_child

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
        unfinished = target.with_suffix(".partial")
        try:
            unfinished.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            fd = open_fd(unfinished, flags, 0o640)
            with (
                closing_own(fd) as own,
                open(fd, "wb", closefd=False) as raw,
                open(claim.fd, "rb", closefd=False) as source,
            ):
                source.seek(0)
                with gzip.open(raw, "wb", 6) as out:
                    while block := source.read(_BLOCK):
                        check_own(fd, own)
                        out.write(block)
                check_own(fd, own)
                raw.flush()
                # the segment may go only when its copy would survive a power cut
                os.fsync(fd)
                check_own(claim.fd, claim.own)  # else the copy has bytes of another file
            os.utime(unfinished, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            unfinished.replace(target)
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        claim.remove = True
    return True


@dataclass(slots=True)
class Claim:
    """A lock on a closed segment.

    Attributes:
        fd: Descriptor of the segment.
        own: Device and inode of the segment.
        remove: Set it to delete the segment when the lock is given up.
    """

    fd: int
    own: FileId
    remove: bool = False


@contextmanager
def claimed(path: Path) -> Iterator[Claim | None]:
    """Lock a closed segment, so that no starting process continues it.

    Yields:
        `None` when a living process has it, or when it is not there.
    """
    try:
        fd = open_fd(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    claim = Claim(fd, file_id(fd))
    locked = lock(fd)
    try:
        with close_in_forked_child(partial(close_own, fd, claim.own)):
            yield claim if locked is not False and is_same_file(claim.fd, path) else None
            if claim.remove and not WINDOWS:
                path.unlink(missing_ok=True)
    finally:
        if locked and stat_own(fd, claim.own) is not None:
            unlock(fd)
        close_own(fd, claim.own)
    if claim.remove and WINDOWS:  # an open file cannot be removed there
        path.unlink(missing_ok=True)
