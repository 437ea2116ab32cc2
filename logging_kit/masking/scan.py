"""Search of existing logs for secrets, which are reported by place and rule and never shown."""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from .masker import Masker
from .rules.names import HARMLESS, STRONG
from .scan_files import (
    CHUNK,
    OnError,
    Piece,
    chunks_of,
    files_under,
    pieces_of,
    without_long_blanks,
)
from .scan_templates import Templates
from .secret import MASK
from .walk import masked

_MAX_DEPTH: Final = 64
_PIECE: Final = 4_194_304
_IN_PARALLEL_FROM: Final = 8_388_608
_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LONGEST_BLOCK: Final = 1_048_576
_UNREADABLE: Final = (OSError, EOFError, zlib.error, UnicodeError)


class Finding(NamedTuple):
    """A secret in a file."""

    file: str
    line: int
    field: str
    """Path of the field in a JSON line; empty in a line that is no JSON."""
    layer: str
    rule: str
    start: int
    """First character, from the start of the line or of the field."""
    end: int
    secret: str = ""
    """The value, for a comparison with a baseline. It is never shown."""


def scan(path: Path, masker: Masker, *, on_error: OnError) -> Iterator[Finding]:
    """Yield the secrets in a file, or in every text file below a folder.

    Args:
        path: A file, gzipped or not, or a folder; a link is followed.
        masker: The rules; its registered values are searched for as well.
        on_error: Called with each file that cannot be read, and the reason.
    """
    for file in files_under(path, on_error):
        yield from _scan_or_report(Piece(str(file), 0, -1, 0), masker, on_error)


def _scan_or_report(piece: Piece, masker: Masker, on_error: OnError) -> Iterator[Finding]:
    try:
        yield from scan_piece(piece, masker)
    except _UNREADABLE as error:
        on_error(piece.file, error)


class _Worker:
    """The masker of a scanning process."""

    masker: Masker

    @classmethod
    def start(cls, options: dict[str, Any], values: dict[str, str]) -> None:
        from .masker import REGISTRY

        REGISTRY.add(values.items())
        cls.masker = Masker(**options)

    @classmethod
    def run(cls, piece: Piece) -> tuple[list[Finding], int, str]:
        found: list[Finding] = []
        try:
            found.extend(scan_piece(piece, cls.masker))
            lines = 0
            if piece.end >= 0:
                with Path(piece.file).open("rb") as stream:
                    stream.seek(piece.start)
                    lines = stream.read(piece.end - piece.start).count(b"\n")
        except _UNREADABLE as error:
            return found, 0, f"{type(error).__name__}: {error}"
        return found, lines, ""


def scan_in_parallel(
    path: Path, options: dict[str, Any], *, on_error: OnError, processes: int
) -> Iterator[Finding]:
    """Yield the secrets in a file or folder, found by several processes if there is much to read.

    Args:
        path: A file, gzipped or not, or a folder; a link is followed.
        options: Arguments of the `Masker`.
        on_error: Called with each file that cannot be read, and the reason.
        processes: Number of processes.
    """
    from .masker import REGISTRY

    masker = Masker(**options)
    pieces: list[Piece] = []
    for file in files_under(path, on_error):
        try:
            pieces.extend(pieces_of(file, _PIECE))
        except OSError as error:
            on_error(str(file), error)
    if processes < 2 or sum(piece.size for piece in pieces) < _IN_PARALLEL_FROM:
        for piece in pieces:
            yield from _scan_or_report(piece, masker, on_error)
        return
    arguments = (options, REGISTRY.values())
    with ProcessPoolExecutor(processes, initializer=_Worker.start, initargs=arguments) as pool:
        current, before = "", 0
        for piece, (found, lines, problem) in zip(
            pieces, pool.map(_Worker.run, pieces), strict=True
        ):
            if piece.file != current:
                current, before = piece.file, 0
            for finding in found:
                yield finding._replace(line=finding.line + before)
            before += lines
            if problem:
                on_error(piece.file, OSError(problem))


def scan_piece(piece: Piece, masker: Masker) -> Iterator[Finding]:
    """Yield the secrets in a piece of a file."""
    for line, text, is_json in _units(piece, masker):
        if is_json:
            for field, layer, rule, start, end, secret in _scan_json(text, masker):
                yield Finding(piece.file, line, field, layer, rule, start, end, secret)
        else:
            yield from _scan_text(piece.file, line, text, masker)


def redact(path: Path, masker: Masker) -> Iterator[str]:
    """Yield the text of a file without its secrets; JSON lines stay valid JSON.

    Args:
        path: A file, gzipped or not.
        masker: The rules.

    Raises:
        OSError: The file cannot be read.
        EOFError: The file is gzipped and was cut off.
        zlib.error: The file is gzipped and damaged.
    """
    for _, text, is_json in _units(Piece(str(path), 0, -1, 0), None):
        if not is_json:
            yield masker.text(text)
            continue
        parsed = json.loads(text)
        clean = masked(parsed, masker)
        if clean is parsed:
            yield text
        else:
            ending = text[len(text.rstrip("\r\n")) :]
            yield json.dumps(clean, ensure_ascii=False, separators=(",", ":")) + ending


def _units(piece: Piece, masker: Masker | None) -> Iterator[tuple[int, str, bool]]:
    """Yield number, text and kind of each JSON line, and of the text between them."""
    waiting: list[str] = []
    templates = Templates(masker)
    first = size = 0
    failures: list[Exception] = []
    for chunk in chunks_of(piece, failures.append):
        text = chunk.text
        if masker is not None:
            text = without_long_blanks(text)
        for number, line in enumerate(_LINES.findall(text), chunk.line):
            if line.startswith("{") and _is_json(line):
                if waiting:
                    yield first, "".join(waiting), False
                    waiting, size = [], 0
                yield number, line, True
                continue
            if templates.is_known(line):
                if waiting:
                    yield first, "".join(waiting), False
                    waiting, size = [], 0
                continue
            if size > CHUNK and (size > _LONGEST_BLOCK or not _is_inside_key(waiting)):
                yield first, "".join(waiting), False
                waiting, size = [], 0
            if not waiting:
                first = number
            waiting.append(line)
            size += len(line)
    if waiting:
        yield first, "".join(waiting), False
    for failure in failures:
        raise failure


def _is_inside_key(lines: list[str]) -> bool:
    """Return True if the last lines belong to a private key or to an indented block."""
    last = lines[-1]
    return last[:1] in " \t" or any("PRIVATE KEY" in line for line in lines[-80:])


def _is_json(line: str) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            return False
    return True


def _scan_text(file: str, line: int, text: str, masker: Masker) -> Iterator[Finding]:
    found = masker.explain(text)
    if not found:
        return
    starts = [0, *accumulate(map(len, _LINES.findall(text)))]
    for layer, rule, start, end in found:
        at = bisect_right(starts, start) - 1
        begin = starts[at]
        yield Finding(file, line + at, "", layer, rule, start - begin, end - begin, text[start:end])


def scan_line(line: str, masker: Masker) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield field, layer, rule, start and end of each secret in a line.

    Args:
        line: A line of a log, in JSON or not.
        masker: The rules.
    """
    if line.startswith("{") and _is_json(line):
        yield from (found[:5] for found in _scan_json(line, masker))
        return
    yield from (("", *found) for found in masker.explain(line))


_Found = tuple[str, str, str, int, int, str]


def _scan_json(line: str, masker: Masker) -> Iterable[_Found]:
    try:
        parsed = orjson.loads(line)
    except ValueError:
        parsed = json.loads(line)
    if _is_clean(parsed, masker):
        return ()
    return _scan_value(json.loads(line), "", HARMLESS, masker, 0)


def _is_clean(record: Any, masker: Masker) -> bool:
    """Return True if a flat record of harmless names and clean texts needs no closer look."""
    classify, clean, searched = masker.classify, masker.clean, masker.searched
    if "args" in record or "params" in record or "value" in record or "Value" in record:
        return False
    for name, value in record.items():
        if classify(name) != HARMLESS:
            return False
        if isinstance(value, str):
            if value not in clean and searched(value) is not value:
                return False
        elif isinstance(value, (dict, list)) or (
            masker.needs_recheck and isinstance(value, (int, float))
        ):
            return False
        if name not in clean and searched(name) is not name:
            return False
    return True


def _scan_value(
    value: Any, path: str, name_class: int, masker: Masker, depth: int
) -> Iterator[_Found]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        secret = masker.name_in_record(value)
        inside = masker.item_class(value, name_class)
        for key, item in value.items():
            name = key
            if secret is not None and key in ("value", "Value", "val"):
                name = secret
            shown = masker.text(key)
            where = shown
            if path:
                where = f"{path}.{shown}"
            if shown != key:
                yield from (
                    (where, *found, key[found[2] : found[3]]) for found in masker.explain(key)
                )
            yield from _scan_value(item, where, masker.child_class(inside, name), masker, depth + 1)
    elif isinstance(value, list):
        secret = masker.name_in_pair(value)
        for at, item in enumerate(value):
            below = name_class
            if secret is not None and at == 1:
                below = masker.child_class(name_class, secret)
            yield from _scan_value(item, f"{path}[{at}]", below, masker, depth + 1)
    elif isinstance(value, str):
        if name_class != HARMLESS and masker.hides_value(value, name_class):
            yield path, "name", path.rpartition(".")[2], 0, len(value), value
        else:
            for layer, rule, start, end in masker.explain(value):
                yield path, layer, rule, start, end, value[start:end]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        shown = json.dumps(value)
        if name_class == STRONG:
            yield path, "name", path.rpartition(".")[2], 0, len(shown), shown
        elif masker.text(shown) == MASK:
            yield path, "registered", "number", 0, len(shown), shown
