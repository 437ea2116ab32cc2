"""Descriptors that the bot closes: the package neither writes to nor closes the next file's number."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest

from logging_kit.store.archiving import claimed, compress
from logging_kit.store.filesystem import check_own, close_own, file_id, stat_own
from logging_kit.store.journal import new_journal
from logging_kit.store.recovery_lock import recovery_lock
from logging_kit.store.segment import new_segment

Opened = tuple[Callable[[], None], Callable[[], None]]
"""A function that uses the descriptor, and one that closes it."""


def _nothing() -> None:
    pass


def _segment(folder: Path) -> Opened:
    segment = new_segment(folder, "bot", 0)
    return segment.check, segment.close


def _journal(folder: Path) -> Opened:
    journal = new_journal(folder, ["bot"], 1 << 16)
    return journal.sync_creation, lambda: journal.close(remove=False)


def _journal_removed(folder: Path) -> Opened:
    journal = new_journal(folder, ["bot"], 1 << 16)
    return journal.sync_creation, lambda: journal.close(remove=True)


def _within(context: AbstractContextManager[Any]) -> Opened:
    context.__enter__()
    return _nothing, lambda: context.__exit__(None, None, None) and None


def _recovery(folder: Path) -> Opened:
    return _within(recovery_lock(folder, 1.0))


def _claim(folder: Path) -> Opened:
    path = folder / "bot-19700101T000000Z-0000.log"
    path.write_bytes(b"{}\n")
    return _within(claimed(path))


pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")

KINDS = [_segment, _journal, _journal_removed, _recovery, _claim]


def _files_of_the_bot(folder: Path, below: int) -> list[int]:
    """Open files until each number below the limit is in use."""
    flags = os.O_RDWR | os.O_CREAT
    opened = [os.open(folder / "mine-0", flags)]
    while max(opened) < below:
        opened.append(os.open(folder / f"mine-{len(opened)}", flags))
    return opened


def _open_in(folder: Path) -> list[int]:
    """Return the numbers of the descriptors that belong to files in a folder."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the descriptor of the listing
            if link.readlink().is_relative_to(folder):
                found.append(int(link.name))
    return sorted(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reused", [True, False])
def test_a_closed_descriptor_is_neither_used_nor_closed(
    tmp_path: Path, kind: Callable[[Path], Opened], reused: bool
) -> None:
    use, close = kind(tmp_path)
    fds = _open_in(tmp_path)
    assert fds
    os.closerange(fds[0], fds[-1] + 1)
    mine = _files_of_the_bot(tmp_path, fds[-1]) if reused else []
    try:
        if use is not _nothing:
            with pytest.raises(OSError, match="closed the descriptor"):
                use()
        close()
        for fd in mine:
            os.write(fd, b"mine")
    finally:
        for fd in mine:
            os.close(fd)
    assert {path.read_bytes() for path in tmp_path.glob("mine-*")} == ({b"mine"} if mine else set())


def test_the_device_counts_as_well_as_the_inode(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    device, inode = file_id(fd)
    for other in ((device + 1, inode), (device, inode + 1)):
        assert stat_own(fd, other) is None
        with pytest.raises(OSError, match="closed the descriptor"):
            check_own(fd, other)
        close_own(fd, other)
        assert os.fstat(fd)
    close_own(fd, (device, inode))
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)


def test_a_segment_stays_when_its_descriptor_is_lost_while_it_is_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot-19700101T000000Z-0000.log"
    path.write_bytes(b"{}\n" * 1000)
    write = gzip.GzipFile.write

    def write_and_close(self: gzip.GzipFile, data: Any) -> int:
        for fd in _open_in(tmp_path):
            os.close(fd)
        return write(self, data)

    monkeypatch.setattr(gzip.GzipFile, "write", write_and_close)
    with pytest.raises(OSError, match="descriptor"):
        compress(path, tmp_path / "archive")
    assert path.read_bytes() == b"{}\n" * 1000
    assert not list((tmp_path / "archive").iterdir())
