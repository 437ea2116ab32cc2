"""Read files that may hold anything as whole lines, in bounded memory and time.

A log folder can hold files that the package did not write: an archive that unpacks to gigabytes, a
file without a newline, a damaged `.gz`, a named pipe. Readers take such files as far as they go and
collect what they left out in `ReadProblems`, so that a person hears of it.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

BLOCK: Final = 1 << 18
"""Bytes of a file that are held at a time."""

MAX_LINE: Final = 1 << 20
"""Bytes of a line that are kept; the package writes none of more than 64 KiB."""

MAX_UNPACKED: Final = 1 << 30
"""Bytes that one archive may unpack to: many times the largest segment that is usual."""

_PACKED: Final = 1 << 16


class Problem(NamedTuple):
    """A file that was not read completely."""

    path: Path
    size: int
    """Its length in bytes on disk."""
    reason: str

    def __str__(self) -> str:
        return f"{self.path} ({self.size:,} bytes): {self.reason}"


class ReadProblems:
    """The files that could not be read to their end, and the lines that were cut or left out.

    Attributes:
        files: What could not be read, by file.
        cut: Overlong lines that were cut, by file.
        foreign: Lines that this package did not write, by file; no number counts them.
        doubles: Second copies of lines, by file; they are left out.

    Example:
        >>> problems = ReadProblems()
        >>> problems.add(Path("logs/segments/error-1.log"), "Permission denied")
        >>> len(problems.files)
        1
    """

    def __init__(self) -> None:
        self.files: dict[Path, Problem] = {}
        self.cut: dict[Path, int] = {}
        self.foreign: Counter[Path] = Counter()
        self.doubles: Counter[Path] = Counter()
        self._closed: set[Path] = set()

    def add(self, path: Path, reason: str, *, closed: bool = False) -> None:
        """Note that a file was not read completely.

        Args:
            path: The file.
            reason: Why, as a person reads it.
            closed: The file could not be opened, so another try may succeed.
        """
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        self.files[path] = Problem(path, size, reason)
        if closed:
            self._closed.add(path)

    def is_closed(self, path: Path) -> bool:
        """Return True if the last try to open a file failed."""
        return path in self._closed

    def forget(self, path: Path) -> None:
        """Forget the problem of a file: it has been opened, or deleted."""
        self.files.pop(path, None)
        self._closed.discard(path)


class Block(NamedTuple):
    """Some whole lines of a file."""

    data: bytes
    """The lines, each with its newline; none is longer than `MAX_LINE`."""
    end: int
    """Offset in the unpacked file of the byte behind them."""


def iter_blocks(
    path: Path,
    start: int = 0,
    problems: ReadProblems | None = None,
    *,
    unfinished: bool = False,
) -> Iterator[Block]:
    """Yield the whole lines of a file, plain or gzipped, a block at a time.

    A file that was deleted has no lines.

    Args:
        path: The file.
        start: Offset in the unpacked file to begin at, in bytes.
        problems: Collects what could not be read.
        unfinished: Yield the last line even if it has no newline; it gets one.
    """
    if problems is None:
        problems = ReadProblems()
    try:
        with open_regular(path) as file:
            problems.forget(path)
            if path.suffix == ".gz":
                chunks = _behind(_unpacked(file, path, problems), start)
            else:
                chunks = _plain(file, start)
            yield from _whole_lines(chunks, start, path, problems, unfinished=unfinished)
    except FileNotFoundError:
        problems.forget(path)
    except OSError as error:
        problems.add(path, error.strerror or str(error), closed=True)


def iter_lines(path: Path, problems: ReadProblems | None = None) -> Iterator[bytes]:
    """Yield the lines of a file that are not empty, without their newlines."""
    for block in iter_blocks(path, problems=problems):
        yield from filter(None, squeezed(block.data).split(b"\n"))


def squeezed(data: bytes) -> bytes:
    """Drop the empty lines of some data, however many they are."""
    while b"\n\n" in data:
        data = data.replace(b"\n\n", b"\n")
    return data.removeprefix(b"\n")


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read; a named pipe or a device is refused and never waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(0, "not a regular file")
    return file


def _plain(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    size = os.fstat(file.fileno()).st_size - start
    if size <= BLOCK:  # a folder may have thousands of these: they must not be open all at once
        data = file.read(BLOCK)
        file.close()
        yield data
        return
    while data := file.read(BLOCK):
        yield data


def _behind(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    """Yield the chunks without their first `skip` bytes."""
    for chunk in chunks:
        if skip < len(chunk):
            yield chunk[skip:]
        skip = max(skip - len(chunk), 0)


def _unpacked(file: BinaryIO, path: Path, problems: ReadProblems) -> Iterator[bytes]:
    """Yield the content of a `.gz` in chunks of at most `BLOCK` bytes, up to its first fault."""
    total = 0
    for chunk in _members(file, path, problems):
        total += len(chunk)
        yield chunk
        if total >= MAX_UNPACKED:
            problems.add(
                path, f"it unpacks to more than {MAX_UNPACKED:,} bytes; the rest was left out"
            )
            return


def _members(file: BinaryIO, path: Path, problems: ReadProblems) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    begun = False
    while data := file.read(_PACKED):
        while data:
            if unpacker.eof:
                data = data.lstrip(b"\0")  # padding between members is allowed
                if not data:
                    break
                unpacker = zlib.decompressobj(wbits=31)
            begun = True
            before = unpacker.copy()
            try:
                found = unpacker.decompress(data, BLOCK)
            except zlib.error:
                yield _before_fault(before, data)
                problems.add(path, "damaged; what stands before the fault was read")
                return
            if found:
                yield found
            if unpacker.eof:
                data = unpacker.unused_data
            else:
                data = unpacker.unconsumed_tail
    if not unpacker.eof and begun:
        while found := unpacker.decompress(b"", BLOCK):
            yield found
        problems.add(path, "cut off; what is there was read")


def _before_fault(unpacker: zlib._Decompress, data: bytes) -> bytes:
    """Unpack as much as possible of data that has a fault in it, ever smaller pieces at a time."""
    found = bytearray()
    size = len(data)
    while size > 1 and len(found) < BLOCK:
        size = max(size // 16, 1)
        while data and len(found) < BLOCK:
            before = unpacker.copy()
            try:
                found += unpacker.decompress(data[:size], BLOCK)
            except zlib.error:
                unpacker, data = before, data[:size]
                break
            data = unpacker.unconsumed_tail + data[size:]
    return bytes(found)


def _whole_lines(
    chunks: Iterator[bytes],
    offset: int,
    path: Path,
    problems: ReadProblems,
    *,
    unfinished: bool,
) -> Iterator[Block]:
    """Cut chunks at their last newline; of an overlong line keep the beginning."""
    rest = b""
    dropped = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            room = MAX_LINE - len(rest)
            dropped += max(len(chunk) - room, 0)
            rest += chunk[:room]
            continue
        first = chunk.find(b"\n")
        if len(rest) + first > MAX_LINE or dropped:
            problems.cut[path] = problems.cut.get(path, 0) + 1
            dropped += max(len(rest) + first - MAX_LINE, 0)
            offset += dropped
            data = (rest + chunk[:first])[:MAX_LINE] + chunk[first:end]
        else:
            data = rest + chunk[:end]
        offset += len(data)
        rest, dropped = chunk[end:], 0
        yield Block(data, offset)
    if unfinished and rest:
        if dropped:
            problems.cut[path] = problems.cut.get(path, 0) + 1
        yield Block(rest + b"\n", offset + len(rest) + dropped)
