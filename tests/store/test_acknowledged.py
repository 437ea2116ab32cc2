"""Retention reads how far a shipper is, and says what it deletes before its time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from logging_kit.store.acknowledged import OFFSETS, SHIPPER, Acknowledged, seal, unseal
from logging_kit.store.retention import Deletion, Policy, tidy

NAME = "bot-20261121T020000Z-a1b2.log"
DAY = 86_400.0


def write(log_dir: Path, offset: int | None = None) -> Path:
    path = log_dir / SHIPPER / OFFSETS
    path.parent.mkdir(parents=True, exist_ok=True)
    segments = {} if offset is None else {NAME: [offset, 0, 0, 0]}
    path.write_bytes(seal({"segments": segments}))
    return path


def segment(log_dir: Path, content: bytes, age_days: float = 0.0) -> Path:
    at = time.time() - age_days * DAY
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    path = log_dir / "segments" / f"bot-{stamp}-a1b2.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def test_a_folder_without_a_shipper_waits_for_none(log_dir):
    log_dir.mkdir()
    assert Acknowledged(log_dir)(NAME, 100)


def test_a_shipper_that_is_expected_has_confirmed_nothing_yet(log_dir):
    path = segment(log_dir, b"line\n")
    assert not Acknowledged(log_dir, expected=True)(path.name, 5)


def test_offsets_are_read_again_when_they_change(log_dir):
    path = segment(log_dir, b"one\ntwo\n")
    path.rename(path.with_name(NAME))
    write(log_dir, 4)
    ask = Acknowledged(log_dir)
    assert not ask(NAME, 8)
    write(log_dir, 8)
    assert ask(NAME, 8)


def test_a_torn_end_is_no_line(log_dir):
    path = segment(log_dir, b"one\ntw")
    path.rename(path.with_name(NAME))
    write(log_dir, 4)
    assert Acknowledged(log_dir)(NAME, 6)


@pytest.mark.parametrize("damage", ["lost", "cut", "empty", "folder"])
def test_a_damaged_offset_file_confirms_nothing(log_dir, damage):
    path = segment(log_dir, b"one\ntwo\n")
    path.rename(path.with_name(NAME))
    offsets = write(log_dir, 8)
    data = offsets.read_bytes()
    offsets.unlink()
    if damage == "cut":
        offsets.write_bytes(data[:-3])
    elif damage == "empty":
        offsets.touch()
    elif damage == "folder":
        offsets.mkdir()
    assert not Acknowledged(log_dir)(NAME, 8)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"{}\n00000000\n", seal({"v": 1}), seal({"segments": []}), b"\xff\n\n"]
)
def test_only_a_whole_file_counts(data):
    assert unseal(data) is None


def test_positions_of_another_form_confirm_nothing(log_dir):
    path = segment(log_dir, b"one\ntwo\n")
    file = write(log_dir)
    file.write_bytes(seal({"segments": {path.name: ["x"]}}))
    assert not Acknowledged(log_dir)(path.name, 8)
    file.write_bytes(seal({"segments": {path.name: []}}))
    assert not Acknowledged(log_dir)(path.name, 8)


def test_a_segment_that_cannot_be_read_is_not_confirmed(log_dir):
    write(log_dir)
    assert not Acknowledged(log_dir)("bot-20200101T000000Z-0000.log", 8)


def test_retention_archives_nothing_that_waits_for_the_shipper(log_dir):
    path = segment(log_dir, b"one\ntwo\n", 8)
    policy = Policy(7 * DAY, 30 * DAY, 10**9)
    ask = Acknowledged(log_dir, expected=True)
    tidy(log_dir, policy, time.time(), acknowledged=ask)
    assert path.exists()
    file = write(log_dir)
    file.write_bytes(seal({"segments": {path.name: [8, 0, 0, 0]}}))
    tidy(log_dir, policy, time.time(), acknowledged=ask)
    assert not path.exists()
    assert (log_dir / "archive" / f"{path.name}.gz").exists()


@pytest.mark.parametrize("reason", ["age", "size"])
@pytest.mark.parametrize("sent", [True, False])
def test_a_deletion_says_that_lines_were_not_sent(log_dir, reason, sent):
    path = segment(log_dir, b"one\ntwo\n", 31 if reason == "age" else 1)
    file = write(log_dir)
    file.write_bytes(seal({"segments": {path.name: [8 if sent else 4, 0, 0, 0]}}))
    policy = Policy(7 * DAY, 30 * DAY, 10**9 if reason == "age" else 1)
    deleted: list[Deletion] = []
    tidy(
        log_dir,
        policy,
        time.time(),
        on_delete=deleted.append,
        acknowledged=Acknowledged(log_dir),
    )
    (deletion,) = deleted
    assert ("not all of it was shipped" in deletion.reason) is not sent
