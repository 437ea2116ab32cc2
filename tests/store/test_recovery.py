"""Recovery of dead processes: healthy journals are drained once, whatever lies beside them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import resource
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.store import drain as drain_module
from logging_kit.store import journal as journal_module
from logging_kit.store.drain import Drain
from logging_kit.store.recovery import recover
from tests.support.journals import DATA, TABLE, dead, living, numbers, overwrite
from tests.support.runs import written

LIMIT = 16_000_000
_HEADER = b"logging_kit journal 2\n"

DAMAGED = {
    "shortened within the second half": lambda path: _cut(path, 1_200_000),
    "shortened within the first half": lambda path: _cut(path, DATA + 2_000),
    "shortened within the first checkpoint": lambda path: _cut(path, 5_000),
    "shortened within the header": lambda path: _cut(path, 10),
    "something else": lambda path: path.write_bytes(b"x" * 3_000),
    "of a later version": lambda path: _both_headers(path, b"logging_kit journal 3"),
    "a header that is a list": lambda path: _both_headers(path, _header(b"[1,2]")),
    "a header of other things": lambda path: _both_headers(path, _header(b'{"x":1}')),
    "a half that is text": lambda path: _both_headers(
        path, _header(b'{"streams":["bot"],"half":"x"}')
    ),
    "streams that are numbers": lambda path: _both_headers(
        path, _header(b'{"streams":[1],"half":1048576}')
    ),
    "no streams": lambda path: _both_headers(path, _header(b'{"streams":[],"half":1048576}')),
    "a half of a terabyte": lambda path: _both_headers(
        path, _header(b'{"streams":["bot"],"half":1099511627776}')
    ),
    "a stream outside of the folder": lambda path: _both_headers(
        path, _header(b'{"streams":["../x"],"half":1048576}')
    ),
    "lines that go nowhere": lambda path: overwrite(path, DATA, b"xxxx"),
    "a page of something else": lambda path: overwrite(path, DATA, b"A" * 4_096),
    "a page of whole lines": lambda path: overwrite(path, DATA, b"A\n" * 2_048),
    "a zero within a line": lambda path: overwrite(path, DATA + 900, b"\0"),
    "a line end within a line": lambda path: overwrite(path, DATA + 900, b"\n"),
    "one bit of a text": lambda path: _flip(path, DATA + 1_000, 1),
    "one bit of the checksums": lambda path: _flip(path, TABLE + 4, 4),
    "one bit of a checkpoint": lambda path: _flip(path, 4_096 + 30, 2),
    "bytes behind the lines": lambda path: overwrite(path, DATA + 500_000, b"x" * 100),
    "a foreign mark": lambda path: overwrite(path, DATA, b"\7"),
    "a foreign mark further on": lambda path: overwrite(path, DATA + 150, b"\7"),
    "a time that is none": lambda path: overwrite(path, DATA + 15, b"2026-13-41T"),
}


def _header(text: bytes) -> bytes:
    frame = zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
    return _HEADER + frame


def _both_headers(path: Path, data: bytes) -> None:
    overwrite(path, 0, data)
    overwrite(path, path.stat().st_size - 4_096, data)


def _flip(path: Path, at: int, bit: int) -> None:
    data = path.read_bytes()
    overwrite(path, at, bytes((data[at] ^ 1 << bit,)))


def _cut(path: Path, length: int) -> None:
    with path.open("r+b") as file:
        file.truncate(length)


def journals(log_dir: Path, suffix: str = "journal") -> list[Path]:
    return sorted((log_dir / ".journal").glob(f"*.{suffix}"))


KEEPS_NO_HEADER = [
    name
    for name in DAMAGED
    if name.startswith(("a header", "a half", "streams", "no streams", "a stream"))
    or name
    in (
        "shortened within the header",
        "shortened within the first checkpoint",
        "something else",
        "of a later version",
    )
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_all_lines_outside_of_a_damage_are_recovered_and_the_journal_is_kept(
    log_dir, capfd, damage
):
    before, damaged, behind = sorted(
        (dead(log_dir, range(50)), dead(log_dir, range(50, 100)), dead(log_dir, range(100, 150)))
    )
    lines = _lines_in(damaged)
    if damage == "one bit of a checkpoint":
        overwrite(damaged, 4_096, _header(b"{}").removeprefix(_HEADER))
    DAMAGED[damage](damaged)
    content = damaged.read_bytes()
    lost = {number for number, line in lines.items() if line not in content}
    if damage in KEEPS_NO_HEADER:
        lost = set(lines)
    if damage == "one bit of the checksums":
        lost = {sorted(lines)[1]}  # its line cannot be verified
    assert recover(log_dir, LIMIT) == 2
    assert numbers(log_dir) == sorted(set(range(150)) - lost)
    assert len(lost) < 50 or damage in KEEPS_NO_HEADER
    assert journals(log_dir) == []
    assert [path.read_bytes() for path in journals(log_dir, "unreadable")] == [content]
    (note,) = capfd.readouterr().err.splitlines()
    assert damaged.name in note
    assert recover(log_dir, LIMIT) == 0
    assert capfd.readouterr().err == ""
    assert not before.exists()
    assert not behind.exists()


def test_a_damaged_header_has_a_copy(log_dir, capfd):
    path = dead(log_dir, range(50))
    overwrite(path, 0, b"x" * 4_096)
    assert recover(log_dir, LIMIT) == 1
    assert numbers(log_dir) == list(range(50))
    assert capfd.readouterr().err == ""


def _lines_in(path: Path) -> dict[int, bytes]:
    found = re.findall(rb'\{"timestamp":[^\n]*\n', path.read_bytes())
    return {json.loads(line)["number"]: line for line in found}


@pytest.mark.parametrize(
    "damage", ["shortened within the second half", "a header of other things", "a foreign mark"]
)
def test_a_bot_goes_on_beside_a_damaged_journal(start, log_dir, capfd, damage):
    DAMAGED[damage](dead(log_dir, range(50)))
    log = start()
    log.info("line")
    log.error("line")
    found = written(log_dir)
    assert [line.get("message") for line in found].count("line") == 2
    assert logging_kit.flush()
    logging_kit.shutdown()
    assert journals(log_dir) == []
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_a_note_that_makes_no_sense(log_dir, capfd):
    """Its sum is right, so nothing but a fault or a later version has written it."""
    path = dead(log_dir, range(50))
    for text in (
        b"[]",
        b'{"serial":"9"}',
        b'{"serial":9,"generation":1,"done":0,"end":9,"targets":{"bot":["../x",0]}}',
    ):
        overwrite(
            path,
            4_096,
            zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text,
        )
        assert recover(log_dir, LIMIT) == 0
        (aside,) = journals(log_dir, "unreadable")
        path = aside.rename(path)
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_a_journal_whose_lines_are_not_where_its_note_says(log_dir):
    path = dead(log_dir, range(50))
    text = json.dumps(
        {"serial": 9, "generation": 1, "done": 0, "end": 900_000, "targets": {}}
    ).encode()
    overwrite(
        path, 4_096, zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
    )
    assert recover(log_dir, LIMIT) == 0
    assert len(journals(log_dir, "unreadable")) == 1


def test_a_fault_of_ours_sets_one_journal_aside(log_dir, monkeypatch, capfd):
    """Whatever the check has let through: the next bots must not fall over it again and again."""
    dead(log_dir, range(50))
    dead(log_dir, range(50))
    half, calls = Drain.half, []

    def fail_once(drain, one):
        calls.append(one)
        if len(calls) == 1:
            raise IndexError
        half(drain, one)

    monkeypatch.setattr(Drain, "half", fail_once)
    assert recover(log_dir, LIMIT) == 1
    assert len(journals(log_dir, "unreadable")) == 1
    assert numbers(log_dir) == list(range(50))


def test_a_journal_that_cannot_be_set_aside_stays(log_dir, monkeypatch, capfd):
    path = dead(log_dir, range(50))
    _cut(path, 5_000)
    healthy = dead(log_dir, range(50))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with contextlib.suppress(OSError):
        recover(log_dir, LIMIT)
    assert path.exists()
    assert not healthy.exists()
    assert numbers(log_dir) == list(range(50))


# A journal that is healthy but cannot be had at the moment.


def refusing(monkeypatch, name: str, path: Path, error: OSError) -> None:
    """Let one step of opening one journal fail."""
    if name == "open":
        opened = journal_module.open_fd
        monkeypatch.setattr(
            journal_module,
            "open_fd",
            lambda at, *args: _raise(error) if at == path else opened(at, *args),
        )
        return
    inode = path.stat().st_ino

    def failing(real, result):
        def step(fd: int, *args: Any, **options: Any) -> Any:
            if os.fstat(fd).st_ino == inode:
                return result()
            return real(fd, *args, **options)

        return step

    if name == "lock":
        monkeypatch.setattr(journal_module, "lock", failing(journal_module.lock, lambda: None))
    elif name == "map":
        monkeypatch.setattr(
            journal_module.mmap, "mmap", failing(journal_module.mmap.mmap, lambda: _raise(error))
        )
    else:
        monkeypatch.setattr(
            os, "posix_fallocate", failing(os.posix_fallocate, lambda: _raise(error))
        )


def _raise(error: OSError):
    raise error


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("open", errno.EMFILE),
        ("open", errno.EACCES),
        ("open", errno.EIO),
        ("lock", errno.ENOLCK),
        ("map", errno.ENOMEM),
        ("map", errno.ENODEV),
        ("reserve", errno.EDQUOT),
    ],
)
def test_a_healthy_journal_that_cannot_be_opened_stays_for_the_next_time(
    log_dir, monkeypatch, step, number
):
    paths = sorted(dead(log_dir, range(50)) for _ in range(2))
    with monkeypatch.context() as patch:
        refusing(patch, step, paths[0], OSError(number, os.strerror(number)))
        with pytest.raises(OSError) as caught:
            recover(log_dir, LIMIT)
    assert caught.value.errno == number
    assert journals(log_dir, "unreadable") == []
    assert paths[0] in journals(log_dir)
    recover(log_dir, LIMIT)
    assert journals(log_dir) == []
    assert numbers(log_dir) == sorted([*range(50), *range(50)])


def test_a_bot_begins_segments_of_its_own_while_a_journal_cannot_be_opened(
    start, log_dir, monkeypatch, capfd
):
    """The journal's lines may belong to the segment that it would else go on with."""
    with start() as log:
        log.info("line")
    (before,) = (log_dir / "segments").glob("bot-*.log")
    content = before.read_bytes()
    path = dead(log_dir, range(50))
    refusing(monkeypatch, "open", path, PermissionError(errno.EACCES, "Permission denied"))
    with start() as log:
        log.info("line")
    assert before.read_bytes() == content
    assert len(list((log_dir / "segments").glob("bot-*.log"))) == 2
    assert path.exists()
    assert "could not be recovered yet: Permission denied" in capfd.readouterr().err


def test_many_journals_need_few_descriptors(log_dir):
    for number in range(100):
        dead(log_dir, range(number, number + 1))
    free = os.dup(0)
    os.close(free)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 20, limit[1]))
    try:
        assert recover(log_dir, LIMIT) == 100
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    assert numbers(log_dir) == list(range(100))


def test_a_living_process_s_journal_is_not_touched(log_dir):
    journal = living(log_dir, range(50))
    try:
        assert recover(log_dir, LIMIT) == 0
        assert journal.path.exists()
    finally:
        journal.close(remove=False)
    assert recover(log_dir, LIMIT) == 1
    assert numbers(log_dir) == list(range(50))


def test_a_full_disk_leaves_all_of_them(log_dir, monkeypatch):
    """And it makes no segment for each."""
    for _ in range(5):
        dead(log_dir, range(50))

    class Full:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, fd, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(drain_module, "os", Full())
        for _ in range(3):
            with pytest.raises(OSError, match="No space left"):
                recover(log_dir, LIMIT)
    assert len(journals(log_dir)) == 5
    assert len(list((log_dir / "segments").iterdir())) == 1
    assert recover(log_dir, LIMIT) == 5
    assert numbers(log_dir) == sorted([*range(50)] * 5)


def test_a_write_that_fails_for_one_does_not_tear_the_others(log_dir, monkeypatch):
    """Lines of other journals do not go behind the beginning of a line."""
    for number in range(0, 150, 50):
        dead(log_dir, range(number, number + 50))
    calls = []

    class Failing:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, fd, data):
            calls.append(fd)
            if len(calls) == 2:
                raise OSError(errno.EIO, "Input/output error")
            return os.write(fd, bytes(data)[:130] if len(calls) == 1 else data)

    with monkeypatch.context() as patch:
        patch.setattr(drain_module, "os", Failing())
        with pytest.raises(OSError, match="Input/output"):
            recover(log_dir, LIMIT)
    assert len(journals(log_dir)) == 1
    assert recover(log_dir, LIMIT) == 1
    assert numbers(log_dir) == list(range(150))
    assert all(path.read_bytes().endswith(b"\n") for path in (log_dir / "segments").iterdir())


def test_an_empty_journal_goes(log_dir, capfd):
    path = dead(log_dir, range(0))
    _cut(path, 0)
    assert recover(log_dir, LIMIT) == 0
    assert not path.exists()
    assert journals(log_dir, "unreadable") == []
    assert capfd.readouterr().err == ""


# A fork while another thread recovers.


def test_a_child_that_is_forked_meanwhile_holds_nothing(log_dir, monkeypatch):
    """Neither the lock, nor the journal, nor a segment.

    They must be free after the parent's end, while the child lives.
    """
    dead(log_dir, range(50))
    inside, go_on = threading.Event(), threading.Event()
    half = Drain.half

    def slow(drain, one):
        half(drain, one)
        inside.set()
        assert go_on.wait(20)

    monkeypatch.setattr(Drain, "half", slow)
    thread = threading.Thread(target=recover, args=(log_dir, LIMIT))
    thread.start()
    assert inside.wait(20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        code = 1
        try:
            code = any(str(log_dir) in str(fd.resolve()) for fd in Path("/proc/self/fd").iterdir())
        finally:
            os._exit(code)
    go_on.set()
    thread.join(20)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert numbers(log_dir) == list(range(50))
