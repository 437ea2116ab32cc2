"""`logging-kit tail` as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.demo import SimulatedClock
from logging_kit.testing import isolated

pytestmark = pytest.mark.slow

START = 1_795_226_400_000_000_000


def write(log_dir: Path, messages: range, *, clock: SimulatedClock | None = None) -> None:
    """Write plain lines and, of every third number, an error."""
    clock = clock or SimulatedClock(START)
    with isolated(log_dir, clock=clock, hooks=(), stdout="off") as log:
        for number in messages:
            clock.advance(1.0)
            (log.error if number % 3 == 0 else log.info)(f"line {number}")


def run(*args: Any) -> Any:
    return CliRunner().invoke(app, ["tail", *map(str, args)], env={"NO_COLOR": "1"})


def messages(text: str) -> list[str]:
    return [word[0] for row in text.splitlines() if (word := row.partition("line ")[2].split())]


def test_shows_the_newest_lines_of_all_files_by_time(tmp_path: Path) -> None:
    write(tmp_path, range(1, 40))
    result = run(tmp_path, "-n", 7)
    assert result.exit_code == 0
    shown = messages(result.stdout)
    assert shown == [str(number) for number in range(40 - len(shown), 40)]
    assert "ERROR" in result.stdout
    assert "2026-11-21 02:00:" in result.stdout


def test_shows_twenty_lines_unless_told_otherwise(tmp_path: Path) -> None:
    write(tmp_path, range(1, 40))
    assert len(run(tmp_path).stdout.splitlines()) == 20


def test_json_gives_the_lines_as_they_are_in_the_files(tmp_path: Path) -> None:
    write(tmp_path, range(1, 10))
    rows = run(tmp_path, "--json", "-n", 100).stdout.splitlines()
    in_files = [
        row for path in (tmp_path / "segments").iterdir() for row in path.read_text().splitlines()
    ]
    assert sorted(rows) == sorted(in_files)
    assert [orjson.loads(row)["seq"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("which", ["", "segments", "bot.log"])
def test_takes_the_folder_its_segments_or_a_link(tmp_path: Path, which: str) -> None:
    write(tmp_path, range(1, 4))
    assert messages(run(tmp_path / which).stdout) == ["1", "2", "3"]


def test_takes_the_folder_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "from-env", range(1, 4))
    write(tmp_path / "from-option", range(5, 8))
    monkeypatch.setenv("LOGGING_KIT_LOG_DIR", str(tmp_path / "from-env"))
    assert messages(run().stdout) == ["1", "2", "3"]
    assert messages(run("--log-dir", tmp_path / "from-option").stdout) == ["5", "6", "7"]


@pytest.mark.parametrize("exists", [True, False])
def test_says_what_to_do_when_there_is_nothing(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path if exists else tmp_path / "missing"
    result = run(folder)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"logging-kit demo --log-dir {folder}" in result.stderr
    assert "Traceback" not in result.stderr


def test_says_that_a_setting_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_KIT_LEVEL", "loud")
    result = run()
    assert result.exit_code == 2
    assert "loud" in result.stderr


def test_leaves_a_torn_end_out(tmp_path: Path) -> None:
    write(tmp_path, range(1, 3))
    with (tmp_path / "bot.log").open("ab") as file:
        file.write(b'{"timestamp":"2026-11-21T02:10:00.000000Z","message":"torn')
    assert "torn" not in run(tmp_path).stdout


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `tail -f` in a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "logging_kit", "tail", "-f", str(tmp_path / "logs"), *args]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: str) -> list[str]:
    assert process.stdout is not None
    found = []
    for row in process.stdout:
        found.append(row)
        if wanted in row:
            return found
    raise AssertionError(f"{wanted!r} did not come, but {''.join(found)}")


def test_follows_over_rotations_and_into_files_that_appear_later(
    tmp_path: Path, follow: Callable[..., subprocess.Popen[str]]
) -> None:
    """Nothing is missed, doubled or out of order while segments of 2 kB are filled and two more processes start."""
    logs = tmp_path / "logs"
    process = follow("-n", "0", "--json")
    assert process.stderr is not None
    assert "waiting" in process.stderr.readline()
    numbers: list[int] = []
    runs: list[str] = []
    for batch in range(3):
        clock = SimulatedClock(START + batch * 3_600_000_000_000)
        with isolated(logs, clock=clock, hooks=(), stdout="off", segment_size=2_000) as log:
            for number in range(60):
                clock.advance(1.0)
                (log.error if number % 5 == 0 else log.info)("line", number=batch * 60 + number)
                if number % 20 == 0:
                    time.sleep(0.3)
        for row in read_until(process, f'"number":{batch * 60 + 59},'):
            line = orjson.loads(row)
            runs.append(line["run_id"])
            numbers += [line["number"]] if "number" in line else []
    assert numbers == list(range(180))
    assert len(set(runs)) == 3
    assert len(list((logs / "segments").iterdir())) > 6


def test_begins_with_the_last_lines_and_ends_quietly_by_ctrl_c(
    tmp_path: Path, follow: Callable[..., subprocess.Popen[str]]
) -> None:
    write(tmp_path / "logs", range(1, 10))
    process = follow("-n", "4")
    assert messages("".join(read_until(process, "line 9")))[-1] == "9"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors == ""


def test_ends_quietly_when_its_reader_has_gone(
    tmp_path: Path, follow: Callable[..., subprocess.Popen[str]]
) -> None:
    write(tmp_path / "logs", range(1, 10))
    process = follow()
    read_until(process, "line 9")
    assert process.stdout is not None
    process.stdout.close()
    write(tmp_path / "logs", range(10, 12), clock=SimulatedClock(START + 60_000_000_000))
    assert process.wait(timeout=10) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_shows_what_comes_between_two_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, range(1, 4))
    clock = SimulatedClock(START + 60_000_000_000)
    looks = iter((range(4, 6), range(6, 7)))

    def between_looks(_seconds: float) -> None:
        batch = next(looks, None)
        if batch is None:
            raise KeyboardInterrupt
        write(tmp_path, batch, clock=clock)

    monkeypatch.setattr("logging_kit.cli.tail.time.sleep", between_looks)
    result = run(tmp_path, "-f", "-n", 2)
    assert result.exit_code == 130
    assert messages(result.stdout) == ["3", "4", "5", "6"]
