"""The engine in a folder with files that the package did not write.

Bounded memory, the rest is read.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zlib
from pathlib import Path
from textwrap import dedent

import pytest

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.store import line_blocks

pytestmark = pytest.mark.slow


def line(seq: int) -> bytes:
    return (
        b'{"timestamp":"2026-11-21T02:00:00.%06dZ","level":"info","app":"a","event":"TRADE",'
        b'"pnl":1,"run_id":"r","seq":%d,"v":1}\n' % (seq, seq)
    )


@pytest.fixture
def segments(tmp_path: Path) -> Path:
    for name in ("segments", "archive"):
        (tmp_path / name).mkdir()
    (tmp_path / "segments" / "trade-20261121T020000Z-aaaa.log").write_bytes(line(1) + line(2))
    return tmp_path


def read_in_a_process(folder: Path) -> tuple[int, int]:
    """Load a folder in a process of its own; lines and the growth of its memory in MB."""
    program = dedent("""
        import resource, sys
        from pathlib import Path
        from logging_kit.panels.engine.engine import DuckDBEngine
        with DuckDBEngine(Path(sys.argv[2]), keep=None, compress=False) as engine:
            engine.load()  # of an empty folder: what DuckDB takes for itself
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with DuckDBEngine(Path(sys.argv[1]), keep=None, compress=False) as engine:
            engine.load()
            (count,) = engine.cursor().execute("SELECT count(seq) FROM logs").fetchone()
        print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
    """)
    empty = folder / "empty"
    empty.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", program, folder, empty], capture_output=True, text=True, check=True
    )
    count, grown = map(int, result.stdout.split())
    return count, grown


def bomb(path: Path, piece: bytes, times: int) -> None:
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        file.writelines(packer.compress(piece) for _ in range(times))
        file.write(packer.flush())


def test_a_gzip_bomb_leaves_memory_and_the_other_lines(segments: Path) -> None:
    bomb(segments / "archive" / "bot-20261121T010000Z-bbbb.log.gz", b"x" * (1 << 20), 700)
    bomb(segments / "archive" / "bot-20261121T010000Z-cccc.log.gz", b"\n" * (1 << 20), 300)
    count, grown = read_in_a_process(segments)
    assert count == 2
    assert grown < 100


def test_gigabytes_without_a_newline_leave_memory_and_the_other_lines(segments: Path) -> None:
    with (segments / "segments" / "bot-20261121T010000Z-bbbb.log").open("wb") as file:
        file.truncate(2 << 30)
    count, grown = read_in_a_process(segments)
    assert count == 2
    assert grown < 100


def test_thousands_of_files_of_one_line_are_read(segments: Path) -> None:
    for seq in range(3, 2503):
        (segments / "segments" / f"bot-20261121T010000Z-{seq:04x}.log").write_bytes(line(seq))
    count, grown = read_in_a_process(segments)
    assert count == 2502
    assert grown < 150


def test_memory_follows_the_batch_and_not_the_segment(segments: Path) -> None:
    data = b"".join(line(seq) for seq in range(3, 150_000))
    (segments / "segments" / "bot-20261121T010000Z-bbbb.log").write_bytes(data)
    count, grown = read_in_a_process(segments)
    assert count == 149_999
    assert grown < 350


def test_a_large_growing_segment_is_read_in_parts(segments: Path) -> None:
    path = segments / "segments" / "bot-20261121T010000Z-bbbb.log"
    path.write_bytes(b"".join(line(seq) for seq in range(3, 100_000)))
    with DuckDBEngine(segments, keep=None) as engine:
        calls = 0
        while engine.refresh(at_once=1 << 20):
            calls += 1
            assert calls < 50
        assert calls >= 1
        assert engine.lines_read == 99_999
        with path.open("ab") as file:
            file.write(line(100_000))
        engine.load()
        assert engine.lines_read == 100_000


def test_a_file_that_may_not_be_read_is_named_and_read_later(
    segments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = segments / "segments" / "error-20261121T010000Z-bbbb.log"
    closed.write_bytes(line(3))
    allowed = os.open

    def refuse(path: Path, *args: int) -> int:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return allowed(path, *args)

    with DuckDBEngine(segments, keep=None) as engine:
        monkeypatch.setattr(line_blocks.os, "open", refuse)
        engine.load()
        assert engine.lines_read == 2
        assert [*engine.problems.files] == [closed]
        monkeypatch.undo()
        engine.load()
        assert engine.lines_read == 3
        assert not engine.problems.files


def test_a_named_pipe_and_a_folder_in_place_of_segments_hold_up_nothing(segments: Path) -> None:
    os.mkfifo(segments / "segments" / "bot-20261121T010000Z-bbbb.log")
    (segments / "segments" / "bot-20261121T010000Z-cccc.log").mkdir()
    (segments / "archive" / "bot-20261121T010000Z-dddd.log.gz").write_bytes(
        gzip.compress(line(4)) + b"garbage"
    )
    with DuckDBEngine(segments, keep=None) as engine:
        engine.load()
        assert engine.lines_read == 3
        # What is no regular file is no segment; a segment with foreign bytes is named.
        assert [path.name for path in engine.problems.files] == ["bot-20261121T010000Z-dddd.log.gz"]
