"""Writes lines as a bot leaves them: segments by file, rotated, some in the archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from logging_kit.events.model import STREAMS
from tests.support.panels.reference_engine import Entry


def stream_of(job: str) -> str:
    """Return the stream of a `job` label, such as ai_signal of trading-ai-signal."""
    return next(name for name in STREAMS if job.endswith("-" + name.replace("_", "-")))


def stamp(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1e6, UTC).strftime("%Y%m%dT%H%M%SZ")


def timestamp(ts: int) -> str:
    return (
        datetime.fromtimestamp(ts // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        + f".{ts % 1_000_000:06d}Z"
    )


def write(
    directory: Path, entries: Iterable[Entry], *, per_segment: int = 400, packed: int = 0
) -> list[Path]:
    """Write the lines in their given order.

    The `packed` first segments of each file go to the archive.

    No segment begins with a line that is no JSON: it would have the time of the line behind it, not of that before it.
    """
    by_file: dict[str, list[Entry]] = {}
    for entry in entries:
        by_file.setdefault(stream_of(entry.job), []).append(entry)
    paths = []
    for file, members in by_file.items():
        parts: list[list[Entry]] = []
        for entry in members:
            if not parts or (len(parts[-1]) >= per_segment and entry.fields is not None):
                parts.append([])
            parts[-1].append(entry)
        for i, part in enumerate(parts):
            name = f"{file}-{stamp(part[0].ts)}-{i:04x}.log"
            data = "".join(entry.text + "\n" for entry in part).encode()
            inside = i < packed
            path = (
                directory
                / ("archive" if inside else "segments")
                / (name + ".gz" if inside else name)
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(data) if inside else data)
            paths.append(path)
    return paths
