"""Files to be scanned, and their text in pieces of bounded size."""

from __future__ import annotations

import codecs
import gzip
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

CHUNK: Final = 65_536
_LONGEST_LINE: Final = 1_048_576
_READ: Final = 262_144
_MOST_UNPACKED: Final = 1 << 30
"""Bytes of a gzipped file that are read: a small file may unpack to terabytes."""
_BLANKS: Final = " " * 4_096
_LONG_BLANKS: Final = re.compile(" {4096,}")
_UNREADABLE: Final = (OSError, EOFError, zlib.error)
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


def chunks_of(piece: Piece, on_failure: Callable[[Exception], object]) -> Iterator[Chunk]:
    """Yield the lines of a piece; lines are numbered from the start of the piece.

    Args:
        piece: The piece of a file, gzipped or not, in UTF-8, UTF-16 or UTF-32.
        on_failure: Called when the rest of the file cannot be read; the lines before it are
            yielded all the same.

    Raises:
        OSError: The file cannot be opened.
    """
    file = Path(piece.file)
    opened: IO[bytes] | Any = file.open("rb")
    with opened as raw:
        stream = raw
        left = piece.end - piece.start
        if piece.end < 0:
            left = -1
        if file.suffix == ".gz":
            stream = gzip.GzipFile(fileobj=raw)
            left = _MOST_UNPACKED
        else:
            stream.seek(piece.start)
        yield from _chunks(stream, left, on_failure)
        if stream is not raw and stream.tell() == _MOST_UNPACKED:
            _report_rest(stream, on_failure)


def _report_rest(stream: IO[bytes], on_failure: Callable[[Exception], object]) -> None:
    try:
        if not stream.read(1):
            return
    except _UNREADABLE as error:
        on_failure(error)
        return
    text = f"unpacks to more than {_MOST_UNPACKED:,} bytes; the rest was left out"
    on_failure(OSError(text))


def _chunks(
    stream: IO[bytes], left: int, on_failure: Callable[[Exception], object]
) -> Iterator[Chunk]:
    read = stream.read
    if isinstance(stream, gzip.GzipFile):
        read = stream.read1  # read() loses what it has when the data end too early
    decoder: codecs.IncrementalDecoder | None = None
    rest, line = "", 1
    while left != 0:
        try:
            data = read(_READ if left < 0 else min(_READ, left))
        except _UNREADABLE as error:
            on_failure(error)
            break
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


def without_long_blanks(text: str) -> str:
    """Shorten runs of blanks, of which a small archive can hold gigabytes."""
    if text.isspace():
        return ""
    if _BLANKS not in text:
        return text
    return _LONG_BLANKS.sub(_BLANKS, text)


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
