"""Move the lines of a journal's half to the segments, each once.

A kill at any byte can be continued.
"""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from ..line import date_of, time_of
from .filesystem import lock, open_fd
from .forks import close_in_forked_child
from .journal import Half, split_by_stream
from .open_segments import OpenSegments
from .segment import ARCHIVE, DAY_US, SEGMENTS, Segment

Span = tuple[int, int]
"""Offset of the first byte, and the offset behind the last."""


class Drain:
    """Moves the lines of a journal's halves to the segments, each exactly once.

    Args:
        segments: Segments that they go to.
        streams: The journal's names of the streams.
    """

    def __init__(self, segments: OpenSegments, streams: Sequence[str]) -> None:
        self._segments = segments
        self._streams = streams

    def half(self, half: Half) -> None:
        """Write the lines that have not arrived yet.

        Args:
            half: A half that is not being filled. It is not cleared.

        Raises:
            OSError: When a segment cannot be written; calling it again continues where it stopped.
        """
        self.finish(half)
        data = half.read()
        at = half.note.done
        generation = half.note.generation
        while at < len(data):
            end, portion = self._portion(half, data, at)
            targets = {
                stream: (segment.path.name, segment.size)
                for stream, (segment, _) in portion.items()
            }
            half.write_note(generation=generation, done=at, end=end, targets=targets)
            for segment, spans in portion.values():
                _write(segment, _joined(data, spans))
            at = end
        half.write_note(generation=generation, done=at, end=at, targets={})

    def _portion(
        self, half: Half, data: bytes, at: int
    ) -> tuple[int, dict[str, tuple[Segment, list[Span]]]]:
        """Take lines up to the first that needs a new segment."""
        portion: dict[str, tuple[Segment, list[Span]]] = {}
        sizes: dict[str, int] = {}
        limit, end = self._segments.limit, at
        for start, stop, stream in _behind(half, data, self._streams, at):
            if stream not in portion:
                segment = self._segments.segment_for(stream, time_of(data, start))
                portion[stream] = (segment, [])
                sizes[stream] = segment.size
            segment, spans = portion[stream]
            if sizes[stream] < limit:
                until = _end_of_day(data, start, stop, segment)
            else:
                until = start
            if sizes[stream] + until - start > limit:
                until = (
                    data.find(b"\n", start + max(0, limit - sizes[stream] - 1), until) + 1 or until
                )
            if until > start:
                spans.append((start, until))
                sizes[stream] += until - start
                end = until
            if until < stop:
                return end, {name: target for name, target in portion.items() if target[1]}
        return len(data), portion

    def finish(self, half: Half) -> None:
        """Write the rest of an interrupted portion to the segments that its checkpoint names.

        Raises:
            OSError: When a segment cannot be written.
        """
        note = half.note
        if note.end <= note.done:
            return
        data = half.read()
        lines: dict[str, list[Span]] = {}
        for start, stop, stream in _behind(half, data[: note.end], self._streams, note.done):
            lines.setdefault(stream, []).append((start, stop))
        for stream, (name, length) in note.targets.items():
            chunk = bytes(_joined(data, lines.get(stream, [])))
            with self._target(stream, name) as segment:
                if segment is not None:
                    _write(segment, chunk[max(0, segment.size - length) :])
            if segment is None:
                self._redirect(
                    half, stream, chunk, max(0, _archived(self._segments.directory, name) - length)
                )
        half.write_note(generation=note.generation, done=note.end, end=note.end, targets={})

    def _redirect(self, half: Half, stream: str, chunk: bytes, arrived: int) -> None:
        """Write the rest of a portion, from a line's start, if its segment was removed."""
        start = chunk.rfind(b"\n", 0, arrived) + 1
        if start == len(chunk):
            return
        segment = self._segments.segment_for(stream, time_of(chunk, start))
        note = half.note
        # the lengths are as if the beginning of the chunk had been before: a second kill finds out
        # how much is there
        targets = {**note.targets, stream: (segment.path.name, segment.size - start)}
        half.write_note(generation=note.generation, done=note.done, end=note.end, targets=targets)
        _write(segment, chunk[start:])

    @contextmanager
    def _target(self, stream: str, name: str) -> Iterator[Segment | None]:
        """Open the segment that a checkpoint names; yield `None` if it was archived or deleted.

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
        segment = Segment(stream, path, fd, 0, 0)
        segment.copy = partial(self._segments.copies.write, stream)
        with closing(segment), close_in_forked_child(segment.close):
            if lock(fd) is False:
                raise BlockingIOError(errno.EAGAIN, f"another process holds {name}")
            segment.size = os.fstat(fd).st_size
            yield segment if segment.exists() else None


def _behind(half: Half, data: bytes, streams: Sequence[str], at: int) -> list[tuple[int, int, str]]:
    """Return the runs of lines of one stream that lie behind an offset."""
    return [
        (max(start, at), stop, stream)
        for start, stop, stream in split_by_stream(data, streams, half.marks)
        if stop > at
    ]


def _joined(data: bytes, spans: list[Span]) -> bytes | memoryview:
    """Join parts of the data; a single part is not copied."""
    view = memoryview(data)
    if len(spans) == 1:
        ((start, stop),) = spans
        return view[start:stop]
    return b"".join([view[start:stop] for start, stop in spans])


def _end_of_day(data: bytes, start: int, stop: int, segment: Segment) -> int:
    """Return the offset of the first line that does not belong to the segment's day, or `stop`."""
    if time_of(data, start) // DAY_US != segment.day:
        return start
    first = date_of(data, start)
    if date_of(data, max(start, data.rfind(b"\n", start, stop - 1) + 1)) == first:
        return stop
    at = start
    while date_of(data, at) == first:
        at = data.index(b"\n", at) + 1
    return at


def _write(segment: Segment, data: bytes | memoryview) -> None:
    """Append all data; after a fault the segment's length tells how much was written.

    Raises:
        OSError: When not all was written.
    """
    view = memoryview(data)
    while view:
        segment.check()
        written = os.write(segment.fd, view)
        segment.size += written
        view = view[written:]
    segment.copy(data)


def _archived(directory: Path, name: str) -> int:
    """Count the bytes of an archived segment, as many as can be read."""
    size = 0
    try:
        with gzip.open(directory / ARCHIVE / f"{name}.gz") as file:
            while block := file.read(1 << 16):
                size += len(block)
    except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error):
        pass
    return size
