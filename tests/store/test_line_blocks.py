"""Reading files that the package did not write, in bounded memory."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest

from logging_kit.store import line_blocks
from logging_kit.store.line_blocks import MAX_LINE, ReadProblems, iter_blocks, iter_lines


def _peak_bytes(path: Path, problems: ReadProblems) -> tuple[int, int]:
    """Read a file; its number of lines, and the most memory that was held for it."""
    tracemalloc.start()
    try:
        count = sum(1 for _ in iter_lines(path, problems))
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _bomb(path: Path, piece: bytes, times: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        for _ in range(times):
            file.write(packer.compress(piece))
        file.write(packer.flush())


def test_a_gzip_bomb_without_a_newline_is_one_line_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    _bomb(path, b"x" * (1 << 20), 64)
    with path.open("ab") as file:
        file.write(gzip.compress(b"\nnext\n"))
    problems = ReadProblems()

    found = list(iter_lines(path, problems))

    assert [len(line) for line in found] == [MAX_LINE, 4]
    assert problems.cut == {path: 1}
    assert _peak_bytes(path, problems)[1] < 12 << 20


def test_a_gzip_bomb_of_newlines_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    _bomb(path, b"\n" * (1 << 20), 64)
    problems = ReadProblems()

    count, peak = _peak_bytes(path, problems)

    assert count == 0
    assert peak < 16 << 20


def test_an_archive_is_read_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_blocks, "MAX_UNPACKED", 2 << 20)
    path = tmp_path / "bot.log.gz"
    _bomb(path, b"a line\n" * 150_000, 8)
    problems = ReadProblems()

    count = sum(1 for _ in iter_lines(path, problems))

    assert 150_000 < count < 1_200_000
    assert "unpacks to more than" in problems.files[path].reason


def test_a_huge_file_without_a_newline_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    with path.open("wb") as file:
        file.truncate(256 << 20)
    problems = ReadProblems()

    count, peak = _peak_bytes(path, problems)

    assert count == 0
    assert peak < 12 << 20


def test_a_damaged_archive_is_read_up_to_the_fault(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    rng = random.Random(4)
    lines = [f"{i} {rng.random()}".encode() for i in range(20_000)]
    data = bytearray(gzip.compress(b"".join(line + b"\n" for line in lines)))
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(data)
    problems = ReadProblems()

    found = list(iter_lines(path, problems))

    assert 5_000 < len(found) < 20_000
    assert "damaged" in problems.files[path].reason
    assert sum(a == b for a, b in zip(found, lines, strict=False)) > 5_000


def test_a_cut_archive_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    data = gzip.compress(b"".join(b"%d %d\n" % (i, i * i) for i in range(5_000)))
    path.write_bytes(data[: len(data) - 200])
    problems = ReadProblems()

    found = list(iter_lines(path, problems))

    assert len(found) > 4_000
    assert found[0] == b"0 0"
    assert "cut off" in problems.files[path].reason


def test_members_of_an_archive_and_zeros_between_them(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    path.write_bytes(gzip.compress(b"a\nb") + bytes(100) + gzip.compress(b"c\nd\n"))
    problems = ReadProblems()

    assert list(iter_lines(path, problems)) == [b"a", b"bc", b"d"]
    assert not problems.files


@pytest.mark.parametrize("packed", [False, True])
def test_blocks_say_where_they_end(tmp_path: Path, packed: bool) -> None:
    lines = b"".join(b"%d " % i + b"y" * (i % 300) + b"\n" for i in range(20_000))
    data = lines + b"unfinished"
    path = tmp_path / ("bot.log.gz" if packed else "bot.log")
    path.write_bytes(gzip.compress(data) if packed else data)

    blocks = list(iter_blocks(path))

    assert b"".join(block.data for block in blocks) == lines
    assert blocks[-1].end == len(lines)
    later = list(iter_blocks(path, blocks[0].end))
    assert b"".join(block.data for block in later) == lines[blocks[0].end :]


def test_an_offset_behind_a_cut_line_leads_to_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    path.write_bytes(b"first\n" + b"z" * (3 << 20) + b"\nlast\n")

    blocks = list(iter_blocks(path))

    assert blocks[-1].end == path.stat().st_size
    assert b"".join(block.data for block in blocks).endswith(b"z\nlast\n")


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    os.mkfifo(path)
    problems = ReadProblems()

    assert list(iter_lines(path, problems)) == []
    assert problems.files[path].reason == "not a regular file"


def test_a_directory_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "bot.log").mkdir()
    problems = ReadProblems()

    assert list(iter_lines(tmp_path / "bot.log", problems)) == []
    assert list(iter_lines(tmp_path / "none.log", problems)) == []
    assert [file.name for file in problems.files] == ["bot.log"]


def test_a_file_without_permission_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "error.log"
    path.write_bytes(b"x\n" * 8)

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(line_blocks.os, "open", refuse)
    problems = ReadProblems()

    assert list(iter_lines(path, problems)) == []
    assert str(problems.files[path]) == f"{path} (16 bytes): Permission denied"
