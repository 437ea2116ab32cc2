"""Search of logs that exist already for secrets, which are reported by place and rule and never shown."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from .masker import Masker
from .rules.names import HARMLESS, STRONG

_MAX_LINE: Final = 1_048_576
_MAX_DEPTH: Final = 64


class Finding(NamedTuple):
    """A secret in a file."""

    file: str
    line: int
    field: str
    """Path of the field in a JSON line; empty in a line that is no JSON."""
    layer: str
    rule: str
    start: int
    end: int


def scan(path: Path, masker: Masker) -> Iterator[Finding]:
    """Yield the secrets in a file, or in every text file below a folder.

    Args:
        path: A file, gzipped or not, or a folder.
        masker: What decides; its registered values are searched for as well.

    Raises:
        OSError: When the path is not there or a file cannot be read.
    """
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and not file.is_symlink():
            yield from _scan_file(file, masker)


def _scan_file(file: Path, masker: Masker) -> Iterator[Finding]:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        number = 0
        while data := stream.readline(_MAX_LINE):
            number += data.endswith(b"\n") or len(data) < _MAX_LINE
            if b"\0" in data:
                data = data.replace(b"\0", b" ")
            for field, layer, rule, start, end in scan_line(
                data.decode("utf-8", "replace").rstrip("\r\n"), masker
            ):
                yield Finding(str(file), number, field, layer, rule, start, end)


def scan_line(line: str, masker: Masker) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield field, layer, rule, start and end of each secret in a line.

    Args:
        line: A line of a log, in JSON or not.
        masker: What decides.
    """
    if line.startswith("{"):
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _scan_value(parsed, "", HARMLESS, masker, 0)
            return
    yield from (("", *found) for found in masker.explain(line))


def _scan_value(
    value: Any, path: str, name_class: int, masker: Masker, depth: int
) -> Iterator[tuple[str, str, str, int, int]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        secret = masker.name_in_record(value)
        inside = masker.item_class(value, name_class)
        for key, item in value.items():
            name = secret if secret is not None and key in ("value", "Value") else key
            where = f"{path}.{masker.text(key)}" if path else masker.text(key)
            yield from _scan_value(item, where, masker.child_class(inside, name), masker, depth + 1)
    elif isinstance(value, list):
        secret = masker.name_in_pair(value)
        for at, item in enumerate(value):
            below = (
                masker.child_class(name_class, secret)
                if secret is not None and at == 1
                else name_class
            )
            yield from _scan_value(item, f"{path}[{at}]", below, masker, depth + 1)
    elif isinstance(value, str):
        if name_class != HARMLESS and masker.hides_value(value, name_class):
            yield path, "name", path.rpartition(".")[2], 0, len(value)
        else:
            yield from ((path, *found) for found in masker.explain(value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and name_class == STRONG:
        yield path, "name", path.rpartition(".")[2], 0, len(str(value))
