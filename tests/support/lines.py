"""Reading what was written, more strictly than any reader has to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import orjson

LINE_LIMIT = 65_536
STAMP = frozenset({"timestamp", "run_id", "seq", "v"})


def strict(line: bytes) -> dict[str, Any]:
    """Parse one line.

    Fails on what RFC 8259 does not have, on a key that comes twice, and on a line that is too long.
    """
    assert len(line) < LINE_LIMIT
    assert b"\n" not in line
    assert b"\r" not in line
    assert isinstance(orjson.loads(line), dict)
    parsed = json.loads(
        line.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
    )
    assert isinstance(parsed, dict)
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), f"a key comes twice: {[key for key, _ in pairs]}"
    return dict(pairs)


def read(log_dir: Path, file: str = "*") -> list[dict[str, Any]]:
    """Every line of a folder's segments in the order in which they were written, with the file it is in as `_file`."""
    found = []
    for path in (log_dir / "segments").glob(f"{file}-*.log"):
        data = path.read_bytes()
        assert not data or data.endswith(b"\n")
        found += [
            {**strict(line), "_file": path.name.partition("-")[0]}
            for line in data.split(b"\n")[:-1]
        ]
    return sorted(found, key=lambda line: (line["run_id"], line["seq"]))


def content(line: dict[str, Any]) -> dict[str, Any]:
    """A line without its time and its place in the run."""
    return {key: value for key, value in line.items() if key not in STAMP}
