"""The offset file and its lock."""

from __future__ import annotations

import os

import pytest

from logging_kit.loki.offsets import (
    OffsetFile,
    Offsets,
    Position,
    is_valid,
    position_at_end,
    position_behind,
    prune,
)
from logging_kit.store.acknowledged import seal

NAME = "bot-20261121T120000Z-a1b2.log"


@pytest.fixture
def file(log_dir):
    log_dir.mkdir()
    made = OffsetFile(log_dir)
    assert made.acquire()
    yield made
    made.release()


def test_what_is_saved_is_loaded(file):
    offsets = Offsets("server", {NAME: Position(10, 20, 3, 4)}, {NAME: 30})
    assert file.save(offsets)
    loaded = file.load("server")
    assert (loaded.positions, loaded.pending) == (offsets.positions, offsets.pending)
    assert loaded.found
    assert not loaded.trouble
    assert file.path.stat().st_mode & 0o022 == 0


def test_a_first_start_is_no_trouble(file):
    loaded = file.load("server")
    assert not loaded.found
    assert not loaded.trouble


@pytest.mark.parametrize(
    "content",
    [
        {"segments": {}, "destination": "other"},
        {"segments": {}},
        {"segments": {NAME: [1]}, "destination": "server", "pending": []},
        {"segments": {NAME: "x"}, "destination": "server"},
        {"segments": {NAME: [1, 2, 3, 4, 5, 6]}, "destination": "server"},
        {"segments": {NAME: None}, "destination": "server"},
    ],
)
def test_a_file_of_another_form_is_not_used(file, content):
    file.path.write_bytes(seal(content))
    loaded = file.load("server")
    assert loaded.trouble
    assert (loaded.positions, loaded.pending) == ({}, {})


def test_a_file_that_cannot_be_opened_is_not_used(file):
    file.path.symlink_to("/dev/zero")
    assert file.load("server").trouble


def test_only_one_has_the_lock(file, log_dir):
    other = OffsetFile(log_dir)
    assert not other.acquire()
    assert file.acquire()
    file.release()
    assert other.acquire()
    other.release()


def test_a_folder_in_the_way_is_moved_aside(file):
    file.path.mkdir()
    (file.path / "content").touch()
    assert file.save(Offsets("server"))
    assert file.path.is_file()
    assert list(file.folder.glob("*.foreign"))


def test_a_leftover_of_a_killed_shipper_is_replaced(file):
    (file.folder / ".offsets.json.new").write_text("half")
    assert file.save(Offsets("server"))
    assert [path.name for path in file.folder.glob(".*.new")] == []


def test_a_file_that_cannot_be_written_is_reported(file, capfd):
    new = file.folder / ".offsets.json.new"
    new.mkdir()
    assert not file.save(Offsets("server"))
    assert "cannot write" in capfd.readouterr().err


def test_positions_know_the_bytes_before_them(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(b"x" * 100 + b"\nshort\n")
    assert is_valid(path, position_behind(101, 0, b"x" * 100))
    assert is_valid(path, position_behind(107, 0, b"short"))
    assert is_valid(path, position_at_end(path, 107, 0))
    assert is_valid(path, Position())
    assert not is_valid(path, position_behind(107, 0, b"other"))
    assert not is_valid(path, position_behind(200, 0, b"short"))
    assert not is_valid(tmp_path / "missing", position_behind(107, 0, b"short"))
    os.truncate(path, 50)
    assert not is_valid(path, position_behind(101, 0, b"x" * 100))


def test_positions_of_files_that_exist_no_more_are_forgotten():
    offsets = Offsets("server", {"a": Position(1), "b": Position(2)})
    prune(offsets, ["b"])
    assert offsets.positions == {"b": Position(2)}


def test_a_forked_child_does_not_keep_the_lock(file, log_dir):
    """No call tells the file of the fork: a library may fork whenever it likes."""
    (read, write), (ready, forked) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write)
        os.write(forked, b"1")
        os.read(read, 1)  # lives on after the parent has given the lock up
        file.release()
        os._exit(0)
    os.close(read)
    os.read(ready, 1)
    file.release()
    other = OffsetFile(log_dir)
    assert other.acquire()
    other.release()
    for descriptor in (write, ready, forked):
        os.close(descriptor)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
