"""`logging-kit tail` on a terminal of its own, as a person sees it."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.tail.test_reading import line

pytestmark = pytest.mark.slow

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "segments" / "bot-20261121T000000Z-aaaa.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(
        b"".join(
            line(seq, message=f"line {seq}", app="a", logger="a") + b"\n" for seq in range(1, 200)
        )
    )
    return tmp_path


def tail(folder: Path, *arguments: str, **environment: str) -> Terminal:
    known = {name: value for name, value in os.environ.items() if name not in ("LESS", "PAGER")}
    command = [sys.executable, "-m", "logging_kit", "tail", "logs", *arguments]
    return Terminal(command, folder, {**known, "TERM": "xterm", "TZ": "Asia/Seoul", **environment})


def test_local_times_are_shown_with_their_offset(folder: Path) -> None:
    with tail(folder, "-n", "2") as terminal:
        assert terminal.ended() == 0
    text = _ANSI.sub("", terminal.text)
    assert "2026-11-21 09:03:19.000+09:00 INFO" in text
    assert "\x1b[" in terminal.text
    for options, expected in (
        (("--utc",), "2026-11-21 00:03:19.000Z"),
        (("--time-zone", "America/New_York"), "2026-11-20 19:03:19.000-05:00"),
    ):
        with tail(folder, "-n", "2", *options) as terminal:
            assert terminal.ended() == 0
        assert expected in terminal.text


def test_what_does_not_fit_goes_to_a_pager(folder: Path) -> None:
    pager = folder / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\ncat\n")
    pager.chmod(0o755)
    for arguments, paged in (
        (("-n", "all"), True),
        (("-n", "5"), False),
        (("-n", "all", "--no-pager"), False),
        (("-n", "all", "--raw"), False),
    ):
        with tail(folder, *arguments, PAGER=str(pager)) as terminal:
            assert terminal.ended() == 0
        assert ("PAGED" in terminal.text) is paged
        assert "line 199" in terminal.text
    with tail(folder, "-n", "all", PAGER="") as terminal:
        assert terminal.ended() == 0
    assert "line 199" in terminal.text


def test_a_pager_that_is_left_early_ends_the_command_quietly(folder: Path) -> None:
    with tail(folder, "-n", "all", PAGER="head -n 1") as terminal:
        assert terminal.ended() == 0
    assert "Traceback" not in terminal.text


def test_ctrl_c_shows_a_summary(folder: Path) -> None:
    with tail(folder, "-f", "-n", "3") as terminal:
        terminal.until("line 199")
        segment = folder / "logs" / "segments" / "bot-20261121T010000Z-bbbb.log"
        segment.write_bytes(line(300, level="error", event="ERROR", message="late") + b"\n")
        terminal.until("late")
        terminal.type("\x03")
        assert terminal.ended() == 130
    assert re.search(r"4 lines in \d+s: 1 error; ERROR 1", terminal.text)
    assert "Traceback" not in terminal.text


def test_a_terminal_obeys_no_line(folder: Path) -> None:
    other = folder / "other.log"
    other.write_bytes(b"\x1b[2Jwiped\n")
    for form in ((), ("--raw",), ("--json",)):
        with tail(folder, str(other), "-n", "1", *form) as terminal:
            terminal.ended()
        assert "\x1b[2J" not in terminal.text


def test_an_interruption_ends_it_without_a_traceback(folder: Path) -> None:
    with tail(folder, "-f", "--level", "error") as terminal:
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.ended() in (130, -signal.SIGINT)
    assert "Traceback" not in terminal.text
