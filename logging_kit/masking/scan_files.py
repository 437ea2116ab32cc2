"""Files to be scanned, and their text in pieces of bounded size."""

from __future__ import annotations

import codecs
import gzip
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

CHUNK: Final = 65_536
_LONGEST_LINE: Final = 1_048_576
_READ: Final = 262_144
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OVERLAP: Final = 200
"""Lines before the start of a part of a file that belong to its first text."""

OnError = Callable[[str, Exception], None]


class Piece(NamedTuple):
    """A stretch of bytes of one file, cut at line ends."""

    file: str
    start: int
    end: int
    """Position of the first byte behind it, or -1 for the whole file."""
    size: int


class Chunk(NamedTuple):
    """Some lines of a file."""

    line: int
    """Number of the first line, from 1 on."""
    text: str


def files_under(path: Path, on_error: OnError) -> Iterator[Path]:
    """Yield a named file, or the files below a named folder.

    Links are followed where they are named; links inside a folder lead to files that are listed
    there themselves, or to other folders, so they are skipped.

    Args:
        path: The file or folder.
        on_error: Called with each path that cannot be read, and the reason.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        on_error(str(path), error)
        return
    if not stat.S_ISDIR(mode):
        if stat.S_ISREG(mode):
            yield path
        else:
            on_error(str(path), OSError("not a regular file"))
        return

    waiting = [path]
    while waiting:
        file = waiting.pop()
        try:
            mode = file.lstat().st_mode
            if stat.S_ISREG(mode):
                yield file
            elif stat.S_ISDIR(mode) or file is path:
                waiting.extend(sorted(file.iterdir(), reverse=True))
        except OSError as error:
            on_error(str(file), error)


def pieces_of(file: Path, size: int) -> Iterator[Piece]:
    """Yield pieces of a file of about a size in bytes, which can be scanned at the same time."""
    total = file.stat().st_size
    with file.open("rb") as stream:
        if file.suffix == ".gz" or total <= size or _encoding(stream.read(4096)) != "utf-8":
            yield Piece(str(file), 0, -1, total)
            return
        start = 0
        while start < total:
            stream.seek(min(start + size, total))
            stream.readline(_LONGEST_LINE)
            end = min(stream.tell(), total)
            yield Piece(str(file), start, end, end - start)
            start = end


def chunks_of(piece: Piece) -> Iterator[Chunk]:
    """Yield the lines of a piece; lines are numbered from the start of the piece.

    Args:
        piece: The piece of a file, gzipped or not, in UTF-8, UTF-16 or UTF-32.

    Raises:
        OSError: The file cannot be read.
        EOFError: The file is gzipped and was cut off.
        zlib.error: The file is gzipped and damaged.
    """
    file = Path(piece.file)
    opened: IO[bytes] | Any = file.open("rb")
    with opened as raw:
        stream = raw
        if file.suffix == ".gz":
            stream = gzip.GzipFile(fileobj=raw)
        stream.seek(piece.start)
        left = piece.end - piece.start
        if piece.end < 0:
            left = -1
        yield from _chunks(stream, left)


def _chunks(stream: IO[bytes], left: int) -> Iterator[Chunk]:
    decoder: codecs.IncrementalDecoder | None = None
    rest, line = "", 1
    while left != 0:
        data = stream.read(_READ if left < 0 else min(_READ, left))
        if not data:
            break
        left -= len(data) * (left > 0)
        if decoder is None:
            decoder = codecs.getincrementaldecoder(_encoding(data))("replace")
        rest += decoder.decode(data)
        cut = rest.rfind("\n", 0, len(rest)) + 1
        if cut == 0 and len(rest) >= _LONGEST_LINE:
            cut = len(rest)
        if cut:
            yield Chunk(line, rest[:cut])
            line += rest.count("\n", 0, cut)
            rest = rest[cut:]
    if decoder is not None:
        rest += decoder.decode(b"", True)
    if rest:
        yield Chunk(line, rest)


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    zeros = head[:1024]
    if len(zeros) >= 8 and zeros.count(0) * 3 > len(zeros):
        if zeros[1::2].count(0) > zeros[::2].count(0):
            return "utf-16-le"
        return "utf-16-be"
    return "utf-8"
