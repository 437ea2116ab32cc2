"""`crash.log`, which faulthandler writes."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
RunBot = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def disabled() -> Iterator[None]:
    """Disable pytest's own faulthandler for a test."""
    was_enabled = faulthandler.is_enabled()
    faulthandler.disable()
    yield
    faulthandler.disable()
    if was_enabled:
        faulthandler.enable(sys.__stderr__)


class TestCrashLog:
    """`crash.log` is as private as the other files, and its descriptor is not confused with another."""

    @pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
    def test_its_mode(self, mask: int, start: Start, log_dir: Path) -> None:
        before = os.umask(mask)
        try:
            start(hooks=["faulthandler"])
        finally:
            os.umask(before)
        mode = (log_dir / "crash.log").stat().st_mode & 0o777
        assert mode == 0o640 & ~mask

    def test_an_older_file_is_closed_to_others(self, start: Start, log_dir: Path) -> None:
        log_dir.mkdir()
        (log_dir / "crash.log").touch()
        (log_dir / "crash.log").chmod(0o644)
        start(hooks=["faulthandler"])
        assert (log_dir / "crash.log").stat().st_mode & 0o777 == 0o640

    def test_every_file_of_the_folder_is_closed_to_others(
        self, start: Start, log_dir: Path
    ) -> None:
        log = start(hooks=["faulthandler"])
        log.error("x")
        logging_kit.shutdown()
        found = [path for path in log_dir.rglob("*") if not path.is_symlink()]
        assert "crash.log" in {path.name for path in found}
        assert [path for path in found if path.stat().st_mode & 0o007] == []

    @pytest.mark.parametrize("what", ["link", "pipe", "folder"])
    def test_something_else_under_its_name_is_left_alone(
        self, what: str, start: Start, log_dir: Path, tmp_path: Path
    ) -> None:
        log_dir.mkdir()
        path = log_dir / "crash.log"
        if what == "link":
            path.symlink_to(tmp_path / "victim")
        elif what == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
        start(hooks=["faulthandler"]).info("x")
        assert not (tmp_path / "victim").exists()
        assert not faulthandler.is_enabled()

    def test_a_bot_that_closes_its_descriptors_keeps_its_own_files(
        self, run_bot: RunBot, tmp_path: Path
    ) -> None:
        source = """
import logging_kit, os, faulthandler, time
logging_kit.setup(stdout="off", hooks=["faulthandler"])
time.sleep(0.5)  # a thread that reads a folder at this moment has a descriptor, too
os.closerange(3, 1024 if os.environ.get("ALL") else 64)
files = [open(f"own-{number}", "w") for number in range(600)]
logging_kit.shutdown()
for file in files:
    file.write("mine")
    file.close()
"""
        for everything in ("", "1"):
            done = run_bot(source, ALL=everything)
            assert (done.returncode, done.stderr) == (0, ""), done.stderr
            assert {path.read_text() for path in tmp_path.glob("own-*")} == {"mine"}
