"""Bots with a shipper in a thread: killed, hung servers, the end of the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.loki.receiver import Receiver
from tests.support.push_server import PushServer, answer, hang, reset

pytestmark = pytest.mark.slow

BOT = """
import os, sys, logging_kit
log = logging_kit.setup(log_dir="logs", loki_url=sys.argv[1], stdout="off", version="0")
for number in range(int(sys.argv[2])):
    log.info("line", number=number)
print("logged", flush=True)
if sys.argv[3] == "wait":
    sys.stdin.read()
elif sys.argv[3] == "killed":
    os.kill(os.getpid(), 9)
elif sys.argv[3] == "raises":
    raise SystemExit(3)
"""

Bot = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    def bot(url: str, lines: int, end: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", BOT, url, str(lines), end],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return bot


def written(folder: Path) -> list[str]:
    paths = (folder / "logs" / "segments").glob("*.log")
    return sorted(line for path in paths for line in path.read_text().splitlines())


def test_killed_bots_lose_and_double_nothing(bot: Bot, tmp_path: Path) -> None:
    with Receiver() as receiver:
        for _ in range(3):
            assert bot(receiver.url, 500, "killed").returncode == -signal.SIGKILL
        assert bot(receiver.url, 10, "ends").returncode == 0
        assert receiver.wait_for(lambda: len(receiver.texts) >= len(written(tmp_path)))
        assert sorted(receiver.texts) == written(tmp_path)
    assert sum('"message":"line"' in text for text in written(tmp_path)) == 1_510


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        (hang, "raises"),
        (reset, "ends"),
        (answer(429, retry_after="60"), "raises"),
        (answer(401), "ends"),
    ],
)
def test_a_bot_ends_in_time_whatever_the_server_does(
    bot: Bot, tmp_path: Path, reply: Callable[..., bool], end: str
) -> None:
    """Without a traceback; and the next start ships its lines."""
    with PushServer(otherwise=reply) as server:
        begun = time.monotonic()
        done = bot(server.url, 10, end)
        took_s = time.monotonic() - begun
    assert done.returncode == (3 if end == "raises" else 0)
    assert "Traceback" not in done.stderr
    assert took_s < 60
    with Receiver() as receiver:
        assert bot(receiver.url, 1, "ends").returncode == 0
        assert sorted(receiver.texts) == written(tmp_path)


def test_sigterm_ships_what_was_logged(tmp_path: Path) -> None:
    with Receiver() as receiver:
        command = [sys.executable, "-c", BOT, receiver.url, "200", "wait"]
        environment = {**os.environ, "LOGGING_KIT_HOOKS": "sigterm"}
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "logged\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == -signal.SIGTERM
        lines = [json.loads(text) for text in receiver.texts]
    assert [line["number"] for line in lines if "number" in line] == list(range(200))
