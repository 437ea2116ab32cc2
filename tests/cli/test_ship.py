"""`logging-kit ship`: once, as a service, with health and metrics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from logging_kit.cli.app import app
from tests.support.loki.receiver import Receiver
from tests.support.loki.shipping import Segments

pytestmark = pytest.mark.slow

MINUTE = 60.0


@pytest.fixture
def segments(log_dir: Path) -> Segments:
    return Segments(log_dir)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def ship(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ship", *map(str, arguments)])


def now() -> float:
    return time.time() - MINUTE


def test_once_ships_what_is_there(log_dir, segments, receiver):
    segments.write(30, at=now())
    done = ship(log_dir, "--url", receiver.url, "--once")
    assert done.exit_code == 0, done.output
    assert "Shipped 30 lines" in done.output
    assert receiver.texts == segments.written
    assert "Shipped 0 lines" in ship(log_dir, "--url", receiver.url, "--once").output


def test_the_settings_of_the_environment_name_the_server(log_dir, segments, receiver, monkeypatch):
    segments.write(3, at=now())
    monkeypatch.setenv("LOGGING_KIT_LOKI_URL", receiver.url)
    monkeypatch.setenv("LOGGING_KIT_LOG_DIR", str(log_dir))
    assert ship("--once").exit_code == 0
    assert receiver.texts == segments.written


def test_options_reach_the_server(log_dir, segments, receiver, tmp_path):
    segments.append(segments.path(begun=now()), "no JSON")
    word = os.urandom(8).hex()
    (tmp_path / "token").write_text(word)
    state = tmp_path / "state"
    done = ship(
        log_dir, "--url", receiver.url, "--once", "--tenant", "bots", "--app", "scalper",
        "--env", "live", "--token-file", tmp_path / "token", "--state-dir", state,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (entry,) = receiver.entries
    assert entry.labels == {"job": "scalper-bot", "app": "scalper", "env": "live"}
    headers = receiver.requests[-1].headers
    assert (headers["x-scope-orgid"], headers["authorization"]) == ("bots", f"Bearer {word}")
    assert (state / "offsets.json").exists()
    assert not (log_dir / ".shipper").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--once"], "Name the server"),
        (["--url", "loki:3100"], "settings are wrong"),
        (["--url", "http://x", "--max-age", "soon"], "settings are wrong"),
        (["--url", "http://x", "--password-file", "/nowhere/at/all"], "settings are wrong"),
        (["--url", "http://x", "--listen", "health"], "give a port"),
        (["--url", "http://x", "--listen", "70000"], "give a port"),
    ],
)
def test_wrong_options(log_dir, segments, arguments, words):
    done = ship(log_dir, *arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_one_state_folder_is_for_one_log_folder(tmp_path):
    done = ship(tmp_path / "a", tmp_path / "b", "--url", "http://x", "--state-dir", tmp_path)
    assert done.exit_code == 2


def test_a_port_that_is_taken(log_dir, segments, receiver):
    done = ship(log_dir, "--url", receiver.url, "--listen", f"127.0.0.1:{receiver.port}")
    assert done.exit_code == 1
    assert "Cannot listen" in done.output


def test_once_says_what_was_not_shipped(log_dir, segments, receiver):
    segments.write(3, at=now())
    receiver.down = True
    done = ship(log_dir, "--url", receiver.url, "--once", "--give-up", "0")
    assert done.exit_code == 1
    assert "Not everything was shipped" in done.output
    assert "503" in done.output


def test_lines_of_a_killed_bot_are_adopted_once(log_dir, receiver):
    code = (
        "import os, sys, logging_kit\n"
        "log = logging_kit.setup(log_dir=sys.argv[1], stdout='off', hooks=())\n"
        "[log.info('line', number=number) for number in range(50)]\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(log_dir)], check=False, timeout=60)
    for _ in range(2):
        assert ship(log_dir, "--url", receiver.url, "--once").exit_code == 0
    numbers = [json.loads(text).get("number") for text in receiver.texts]
    assert [number for number in numbers if number is not None] == list(range(50))


@contextmanager
def service(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `logging-kit ship --listen`, and the address of its health."""
    command = [sys.executable, "-m", "logging_kit", "ship", *map(str, arguments)]
    process = subprocess.Popen([*command, "--listen", "0"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert "Listening on port" in line, line + process.stderr.read()
        port = line.split()[-1].rstrip(".")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        with process:
            process.stderr.read()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_service_ships_many_folders_and_ends_on_sigterm(tmp_path, receiver):
    every = [Segments(tmp_path / name, name) for name in ("one", "two", "three")]
    for one in every:
        one.write(10, at=now())
    with service(*(one.log_dir for one in every), "--url", receiver.url) as (process, address):
        assert receiver.wait_for(lambda: len(receiver.texts) == 30)
        every[0].write(5, at=now(), begun=now() + 1, suffix="ffff")
        assert receiver.wait_for(lambda: len(receiver.texts) == 35)
        expected = f'shipped_total{{folder="{every[0].log_dir}"}} 15'
        wait_for(lambda: expected in get(f"{address}/metrics")[1])
        status, text = get(f"{address}/health")
        assert status == 200
        assert json.loads(text)["shipped"] == 35
        assert get(f"{address}/else")[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert receiver.doubles == {}


@pytest.mark.parametrize("readable", [True, False])
def test_a_service_that_is_killed_goes_on(log_dir, segments, receiver, readable):
    receiver.readable = readable
    segments.write(20, at=now())
    arguments = (log_dir, "--url", receiver.url)
    with service(*arguments) as (process, _):
        assert receiver.wait_for(lambda: len(receiver.texts) == 20)
        segments.write(3_000, at=now(), step_s=0.0001, begun=now() + 1, suffix="ffff")
        assert receiver.wait_for(lambda: len(receiver.texts) > 20)
        process.kill()
        process.wait(30)
    segments.write(5, "trade", at=now())
    with service(*arguments):
        assert receiver.wait_for(lambda: set(receiver.texts) == set(segments.written))
    if readable:
        assert receiver.doubles == {}


def test_two_services_ship_each_line_once(log_dir, segments, receiver):
    arguments = (log_dir, "--url", receiver.url)
    with service(*arguments) as (first, _), service(*arguments) as (_second, address):
        segments.write(10, at=now())
        assert receiver.wait_for(lambda: len(receiver.texts) == 10)
        first.send_signal(signal.SIGKILL)
        first.wait(30)
        segments.write(10, at=now(), begun=now() + 1, suffix="ffff")
        assert receiver.wait_for(lambda: len(receiver.texts) == 20)
        wait_for(lambda: '"shipping": 1' in get(f"{address}/health")[1])
    assert receiver.doubles == {}
