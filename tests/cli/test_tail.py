"""`logging-kit tail` as a user runs it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.demo import SimulatedClock
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import ENVELOPE
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
    result = run(tmp_path, "-n", 7, "--utc")
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

    monkeypatch.setattr("logging_kit.cli.tail_reading.time.sleep", between_looks)
    result = run(tmp_path, "-f", "-n", 2)
    assert result.exit_code == 130
    assert messages(result.stdout) == ["3", "4", "5", "6"]


def events(log_dir: Path) -> None:
    clock = SimulatedClock(START)
    with isolated(log_dir, clock=clock, hooks=(), stdout="off") as log:
        for number in range(1, 31):
            clock.advance(60.0)
            if number % 10 == 0:
                log.trade(
                    "exit", trade_id=str(number), symbol="BTC/USDT", position_side="LONG",
                    qty=1, price=10, pnl=number - 15, quote="USDT",
                )  # fmt: skip
            else:
                log.info(f"line {number}")
        try:
            raise KeyError("USDT")
        except KeyError:
            log.exception("order failed")


def test_filters_join(tmp_path: Path) -> None:
    events(tmp_path)
    both = run(tmp_path, "--event", "trade", "--where", "pnl < 0", "--utc").stdout
    assert both.count("\n") == 1
    assert "pnl -5.00 USDT" in both
    assert messages(run(tmp_path, "--grep", "line 2[89]", "-n", "all").stdout) == ["28", "29"]
    assert "order failed" in run(tmp_path, "--level", "error").stdout
    assert messages(run(tmp_path, "--since", "2026-11-21T02:25:30Z", "--level", "info").stdout) == [
        "26", "27", "28", "29",
    ]  # fmt: skip
    assert messages(run(tmp_path, "--until", "2026-11-21T02:02:30Z").stdout) == ["1", "2"]


def test_context_shows_the_lines_around(tmp_path: Path) -> None:
    events(tmp_path)
    rows = run(tmp_path, "--event", "TRADE", "-C", 1, "-n", 2).stdout.splitlines()
    assert [row.partition("line ")[2] for row in rows if "line" in row] == ["19", "21", "29"]
    assert rows[3] == "--"
    assert "KeyError" in rows[-1]


def test_tracebacks_are_folded_unless_they_are_asked_for(tmp_path: Path) -> None:
    events(tmp_path)
    folded = run(tmp_path, "--level", "error").stdout.splitlines()
    assert len(folded) == 2
    assert re.fullmatch(r"    KeyError: 'USDT'  \(test_tail\.py:\d+ in events; .*\)", folded[1])
    assert "Traceback" in run(tmp_path, "--level", "error", "--full").stdout


def test_fields_json_and_raw(tmp_path: Path) -> None:
    events(tmp_path)
    one = ("--event", "TRADE", "-n", "1")
    assert (
        run(tmp_path, *one, "--fields", "pnl,seq")
        .stdout.rstrip()
        .endswith("pnl=+15.00 USDT seq=31")
    )
    assert orjson.loads(run(tmp_path, *one, "--json", "--fields", "pnl").stdout) == {"pnl": 15}
    raw = run(tmp_path, *one, "--raw").stdout
    assert raw.encode() in (tmp_path / "trade.log").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--where", "pnl <"), "a value is missing"),
        (("--grep", "("), "no regular expression"),
        (("--level", "wrn"), "is not a level"),
        (("--since", "noon"), "neither an age"),
        (("-n", "-1"), "number of lines"),
        (("-n", "many"), "number of lines"),
        (("--utc", "--time-zone", "Asia/Seoul"), "choose one of"),
        (("--json", "--raw"), "choose one of"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    events(tmp_path)
    result = run(tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_several_folders_files_archives_and_standard_input(tmp_path: Path) -> None:
    write(tmp_path / "one", range(1, 4))
    write(tmp_path / "two", range(4, 7), clock=SimulatedClock(START + 60_000_000_000))
    both = run(tmp_path / "one", tmp_path / "two", "-n", "all")
    assert messages(both.stdout) == ["1", "2", "3", "4", "5", "6"]
    (segment,) = (tmp_path / "one" / "segments").glob("bot-*")
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(segment.read_bytes()))
    assert messages(run(packed).stdout) == ["1", "2"]
    assert messages(run(segment, "-n", 2).stdout)[:1] == ["2"]
    piped = CliRunner().invoke(
        app, ["tail", "-", "--grep", "line 2"], input=segment.read_bytes(), env={"NO_COLOR": "1"}
    )
    assert messages(piped.stdout) == ["2"]
    last = CliRunner().invoke(app, ["tail", "-", "-n", "1"], input=b"a\n\nb\n")
    assert last.stdout == "b\n"
    around = CliRunner().invoke(app, ["tail", "-", "-C", "1", "-g", "c"], input=b"a\nb\nc\nd\ne\n")
    assert around.stdout == "b\nc\nd\n"


def test_a_folder_of_archives_only(tmp_path: Path) -> None:
    write(tmp_path, range(1, 6))
    (tmp_path / "archive").mkdir(exist_ok=True)
    for path in (tmp_path / "segments").iterdir():
        packed = tmp_path / "archive" / f"{path.name}.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert messages(run(tmp_path, "-n", 4).stdout) == ["3", "4", "5"]


@pytest.mark.parametrize("name", ["lnav", "hl"])
def test_viewers_have_their_configuration(name: str) -> None:
    text = run("--viewer", name).stdout
    parsed = tomllib.loads(text) if name == "hl" else json.loads(text)["logging_kit_log"]
    known = {*ENVELOPE, *(field for event in CATALOGUE.values() for field in event.fields)}
    if name == "hl":
        names = [*parsed["fields"]["hide"], *parsed["fields"]["predefined"]["message"]["names"]]
    else:
        names = [*parsed["value"], parsed["timestamp-field"], parsed["opid-field"]]
    assert set(names) <= known
    assert run("--viewer", "less").exit_code == 2


@pytest.mark.skipif(shutil.which("lnav") is None, reason="lnav is not installed")
def test_lnav_reads_the_lines(tmp_path: Path) -> None:
    formats = tmp_path / "config" / "formats" / "installed"
    formats.mkdir(parents=True)
    (formats / "logging_kit.json").write_text(run("--viewer", "lnav").stdout)
    events(tmp_path / "logs")
    command = ["lnav", "-n", "-I", str(tmp_path / "config"), str(tmp_path / "logs" / "trade.log")]
    query = ";SELECT count(*) AS trades, sum(pnl) AS pnl FROM logging_kit_log"
    done = subprocess.run(
        [*command, "-c", query, "-c", ":write-csv-to -"],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "HOME": str(tmp_path), "TERM": "xterm"},
    )  # fmt: skip
    assert "3,15" in done.stdout.replace(".0", ""), done.stderr
