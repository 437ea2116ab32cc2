"""The way of a half's lines to the segments, which may be broken off at any point and continued by whoever comes next."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from .files import lock, open_fd
from .forks import held
from .journal import Half, stretches
from .rotation import Segments, date_of, time_of
from .segments import ARCHIVE, SEGMENTS, Segment


class Drain:
    """Moves the lines of a journal's halves to the segments, each exactly once.

    Args:
        segments: Where they go.
        files: The journal's names of the files.
    """

    def __init__(self, segments: Segments, files: Sequence[str]) -> None:
        self._segments = segments
        self._files = files

    def half(self, half: Half) -> None:
        """Write what has not arrived yet.

        Args:
            half: A half that nobody fills any more. It is not cleared.

        Raises:
            OSError: When a segment cannot be written; calling it again continues where it stopped.
        """
        self.finish(half)
        data = half.read()
        at = half.note.done
        generation = half.note.generation
        while at < len(data):
            end, portion = self._portion(data, at)
            targets = {file: (segment.path.name, segment.size) for file, (segment, _) in portion.items()}
            half.write_note(generation=generation, done=at, end=end, targets=targets)
            for segment, chunks in portion.values():
                _write(segment, b"".join(chunks))
            at = end
        half.write_note(generation=generation, done=at, end=at, targets={})

    def _portion(self, data: bytes, at: int) -> tuple[int, dict[str, tuple[Segment, list[bytes]]]]:
        """Take lines until one of them belongs to a segment that is yet to be begun."""
        portion: dict[str, tuple[Segment, list[bytes]]] = {}
        sizes: dict[str, int] = {}
        end = at
        for stop, file, chunk in _behind(data, self._files, at):
            if file not in portion:
                segment = self._segments.current(file, time_of(chunk))
                portion[file] = (segment, [])
                sizes[file] = segment.size
            segment, chunks = portion[file]
            kept = _of_same_day(chunk, segment) if sizes[file] < self._segments.limit else 0
            if sizes[file] + kept > self._segments.limit:
                kept = chunk.find(b"\n", max(0, self._segments.limit - sizes[file] - 1), kept) + 1 or kept
            if kept:
                chunks.append(chunk[:kept])
                sizes[file] += kept
                end = stop - len(chunk) + kept
            if kept < len(chunk):
                return end, {name: target for name, target in portion.items() if target[1]}
        return max(end, len(data)), portion

    def finish(self, half: Half) -> None:
        """Write the rest of a portion that was broken off, to the segments that it was meant for.

        Raises:
            OSError: When a segment cannot be written.
        """
        note = half.note
        if note.end <= note.done:
            return
        data = half.read()
        lines: dict[str, list[bytes]] = {}
        for _, file, chunk in _behind(data[: note.end], self._files, note.done):
            lines.setdefault(file, []).append(chunk)
        for file, (name, length) in note.targets.items():
            chunk = b"".join(lines.get(file, ()))
            with self._target(file, name) as segment:
                if segment is not None:
                    _write(segment, chunk[max(0, segment.size - length) :])
            if segment is None:
                self._redirect(half, file, chunk, max(0, _archived(self._segments.directory, name) - length))
        half.write_note(generation=note.generation, done=note.end, end=note.end, targets={})

    def _redirect(self, half: Half, file: str, chunk: bytes, arrived: int) -> None:
        """Write what has not arrived in a segment that has gone to another one, from the beginning of a line on."""
        start = chunk.rfind(b"\n", 0, arrived) + 1
        if start == len(chunk):
            return
        segment = self._segments.current(file, time_of(chunk[start:]))
        note = half.note
        # the lengths are as if the beginning of the chunk had been before: a second kill finds out how much is there
        targets = {**note.targets, file: (segment.path.name, segment.size - start)}
        half.write_note(generation=note.generation, done=note.done, end=note.end, targets=targets)
        _write(segment, chunk[start:])

    @contextmanager
    def _target(self, file: str, name: str) -> Iterator[Segment | None]:
        """A segment that lines were meant for, with its length; ``None`` when it was archived or deleted.

        Raises:
            OSError: When it cannot be opened, or another process holds it.
        """
        segment = self._segments.named(name)
        if segment is not None:
            segment.size = os.fstat(segment.fd).st_size
            yield segment
            return
        path = self._segments.directory / SEGMENTS / name
        try:
            fd = open_fd(path, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            yield None
            return
        segment = Segment(file, path, fd, 0, 0)
        with closing(segment), held(segment.close):
            if lock(fd) is False:
                raise BlockingIOError(errno.EAGAIN, f"another process holds {name}")
            segment.size = os.fstat(fd).st_size
            yield segment if segment.exists() else None


def _behind(data: bytes, files: Sequence[str], at: int) -> list[tuple[int, str, bytes]]:
    """The stretches of a half's data, or their parts, that lie behind an offset."""
    return [
        (stop, file, chunk if stop - len(chunk) >= at else chunk[len(chunk) - (stop - at) :])
        for stop, file, chunk in stretches(data, files)
        if stop > at
    ]


def _of_same_day(chunk: bytes, segment: Segment) -> int:
    """Bytes of the chunk's lines that belong to the segment's day."""
    first = date_of(chunk)
    if time_of(chunk) // 86_400_000_000 != segment.day:
        return 0
    last = chunk.rfind(b"\n", 0, len(chunk) - 1) + 1
    if date_of(chunk[last:]) == first:
        return len(chunk)
    at = 0
    while date_of(chunk[at : at + 32]) == first:
        at = chunk.index(b"\n", at) + 1
    return at


def _write(segment: Segment, data: bytes) -> None:
    """Append all of it; what a full disk did not take is told by the segment's length.

    Raises:
        OSError: When not all was written.
    """
    view = memoryview(data)
    while view:
        written = os.write(segment.fd, view)
        segment.size += written
        view = view[written:]


def _archived(directory: Path, name: str) -> int:
    """Bytes of a segment in the archive, as many as can be read."""
    size = 0
    try:
        with gzip.open(directory / ARCHIVE / f"{name}.gz") as file:
            while block := file.read(1 << 16):
                size += len(block)
    except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error):
        pass
    return size
