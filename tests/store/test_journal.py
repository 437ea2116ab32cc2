"""A journal where memory cannot be mapped, space cannot be reserved, or the system is Windows.

Lines are written all the same.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import importlib.util
import mmap
import os
import sys
import types
from pathlib import Path

import pytest

import logging_kit
from logging_kit.store import archiving, retention
from logging_kit.store import drain as drain_module
from logging_kit.store import filesystem as files
from logging_kit.store import journal as journal_module
from logging_kit.store import recovery as recovery_module
from logging_kit.store import segment as segments_module
from logging_kit.store.recovery import recover
from tests.support.journals import dead, living, numbers
from tests.support.runs import assert_complete, texts, written

LIMIT = 16_000_000


def opened() -> set[str]:
    """Names of the files that this process has open."""
    found = set()
    for fd in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # another thread has closed it meanwhile
            found.add(os.readlink(fd))  # noqa: PTH115
    return found


def opened_journals() -> set[str]:
    return {name for name in opened() if ".journal/" in name and "-" in name.rpartition("/")[2]}


def refuse(*_args, **_keywords):
    raise OSError(errno.ENODEV, "No such device")


def full(*_args, **_keywords):
    raise OSError(errno.ENOSPC, "No space left on device")


def strange(*_args, **_keywords):
    raise AttributeError("module 'os' has no attribute 'pwrite'")


@pytest.mark.parametrize(
    ("module", "name", "fault", "reason"),
    [
        (mmap, "mmap", refuse, "No such device"),
        (os, "posix_fallocate", full, "No space left on device"),
        (os, "posix_fallocate", strange, "AttributeError"),
        (journal_module, "lock", lambda fd: None, "the file system has no locks"),
    ],
)
def test_without_a_journal_lines_are_written_in_the_caller(
    start, log_dir, monkeypatch, capfd, module, name, fault, reason
):
    monkeypatch.setattr(module, name, fault)
    log = start()
    for number in range(20):
        log.info("line", number=number)
    log.error("broken")
    found = written(log_dir)
    assert_complete(found)
    assert texts(found) == ["line"] * 20 + ["broken"]
    (note,) = capfd.readouterr().err.splitlines()
    assert reason in note
    assert "lines are written in the caller" in note
    assert list((log_dir / ".journal").glob("*-*")) == []
    assert opened_journals() == set()


def test_a_journal_whose_making_is_interrupted_leaves_nothing(log_dir, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(mmap, "mmap", interrupt)
    with pytest.raises(KeyboardInterrupt):
        living(log_dir)
    assert list((log_dir / ".journal").glob("*-*")) == []
    assert opened_journals() == set()


# Where os has no posix_fallocate: macOS and Windows.


def test_space_is_reserved_without_the_system_s_help(start, log_dir, monkeypatch, capfd):
    monkeypatch.delattr(os, "posix_fallocate")
    monkeypatch.delattr(os, "pwrite")
    monkeypatch.delattr(os, "pread")
    log = start()
    log.info("line")
    (path,) = (log_dir / ".journal").glob("*.journal")
    assert path.stat().st_blocks * 512 >= path.stat().st_size
    assert texts(written(log_dir)) == ["line"]
    assert capfd.readouterr().err == ""


def test_a_dead_journal_is_reserved_without_the_system_s_help_and_keeps_its_lines(
    log_dir, monkeypatch
):
    monkeypatch.delattr(os, "posix_fallocate")
    dead(log_dir, range(5_000))
    assert recover(log_dir, LIMIT) == 1
    assert numbers(log_dir) == list(range(5_000))


def test_a_disk_that_takes_a_part_of_the_space_has_refused(log_dir, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate")
    wrote = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: wrote(fd, bytes(data)[:100]))
    with pytest.raises(OSError) as caught:
        living(log_dir)
    assert caught.value.errno == errno.ENOSPC
    assert list((log_dir / ".journal").glob("*-*")) == []


# Windows.


@pytest.fixture
def windows(monkeypatch) -> types.ModuleType:
    """The module of files as Windows gets it, whose `msvcrt.locking` locks a byte where the position is."""
    import fcntl

    msvcrt = types.ModuleType("msvcrt")

    def locking(fd: int, mode: int, size: int) -> None:
        assert size == 1
        assert os.lseek(fd, 0, os.SEEK_CUR) > 1 << 30  # its bytes cannot be read by others
        fcntl.flock(
            fd, (fcntl.LOCK_EX | fcntl.LOCK_NB) if mode == msvcrt.LK_NBLCK else fcntl.LOCK_UN
        )

    msvcrt.LK_NBLCK, msvcrt.LK_UNLCK, msvcrt.locking = 2, 0, locking
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    spec = importlib.util.spec_from_file_location(
        "logging_kit.store.files_of_windows", files.__file__
    )
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        spec.loader.exec_module(module)
    assert module.WINDOWS
    for user in (
        archiving,
        drain_module,
        journal_module,
        recovery_module,
        retention,
        segments_module,
    ):
        for name in ("lock", "unlock", "WINDOWS"):
            if hasattr(user, name):
                monkeypatch.setattr(user, name, getattr(module, name))
    return module


def test_windows_lock_is_exclusive_and_leaves_the_position(windows, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    one, other = (os.open(path, os.O_RDWR) for _ in range(2))
    try:
        assert windows.lock(one) is True
        assert os.read(one, 3) == b"con"
        assert windows.lock(other) is False
        assert os.read(other, 7) == b"content"
        windows.unlock(one)
        assert os.read(one, 4) == b"tent"
        assert windows.lock(other) is True
    finally:
        os.close(one)
        os.close(other)
    assert windows.lock(one) is False  # closed
    windows.unlock(one)


def closed_first(monkeypatch, name: str) -> None:
    """Windows neither renames nor removes a file that is open."""
    real = getattr(Path, name)

    def strict(path: Path, *args, **keywords):
        if str(path) in opened():
            raise PermissionError(errno.EACCES, f"{path} is open")
        return real(path, *args, **keywords)

    monkeypatch.setattr(Path, name, strict)


def test_windows_compresses_all_of_a_segment(windows, log_dir, monkeypatch):
    for name in ("unlink", "rename", "replace"):
        closed_first(monkeypatch, name)
    path = log_dir / "segments" / "bot-20261121T120000Z-0000.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"a":1}\n' * 1_000)
    assert retention.compress(path, log_dir / "archive")
    assert (
        gzip.decompress((log_dir / "archive" / f"{path.name}.gz").read_bytes())
        == b'{"a":1}\n' * 1_000
    )
    assert not path.exists()
    path.write_bytes(b"x\n")
    assert retention.remove(path)
    assert not path.exists()


def test_windows_has_journals(windows, start, log_dir, monkeypatch, capfd):
    for name in ("unlink", "rename", "replace"):
        closed_first(monkeypatch, name)
    dead(log_dir, range(50))
    with start() as log:
        log.info("line", number=50)
        assert logging_kit.flush()
    assert set(range(51)) <= set(numbers(log_dir))
    assert list((log_dir / ".journal").glob("*-*")) == []
    assert capfd.readouterr().err == ""


def test_a_damaged_journal_is_set_aside_on_windows(windows, log_dir, monkeypatch):
    closed_first(monkeypatch, "rename")
    path = dead(log_dir, range(50))
    path.write_bytes(b"something else")
    assert recover(log_dir, LIMIT) == 0
    assert path.with_suffix(".unreadable").exists()
