"""Read the lines that wait in the journals of dead processes, without changing the journals."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..exceptions import NotAJournalError
from .filesystem import lock, open_to_read, unlock
from .journal import JOURNALS
from .line_order import FIRST, Line, make_line
from .salvage import read_image, scan_half


def dead_lines(directory: Path, streams: Iterable[str] | None = None) -> list[Line]:
    """Return the lines of dead processes' journals in the order of their time.

    Some of them may be in segments already. A journal of another user, of a living process, or one
    that cannot be read has no lines here.

    Args:
        directory: The log folder.
        streams: The streams whose lines are wanted; `None` for all.
    """
    if streams is None:
        wanted = None
    else:
        wanted = frozenset(streams)
    found = []
    for path in sorted((directory / JOURNALS).glob("*.journal")):
        with suppress(OSError, NotAJournalError):
            found += [line for stream, line in _read(path) if wanted is None or stream in wanted]
    return sorted(found, key=lambda line: line.place)


def _read(path: Path) -> list[tuple[str, Line]]:
    with open_to_read(path) as file:
        fd = file.fileno()
        if hasattr(os, "geteuid") and os.fstat(fd).st_uid != os.geteuid():
            return []
        if not lock(fd):  # its process lives, or the file system has no locks
            return []
        unlock(fd)
        streams, halves = read_image(fd)
    return [
        (line.stream, make_line(line.data[:-1], FIRST, path))
        for half in halves
        for line in scan_half(half, streams).waiting(half)
    ]
