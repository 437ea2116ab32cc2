"""Real frameworks: each record of a witness is in our files once, masked, and SIGTERM ends them.

The packages are in `requirements.txt` beside this file.
"""

from __future__ import annotations

import collections
import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from logging_kit.store.recovery import recover
from tests.support.masking.maker import Maker

pytestmark = [pytest.mark.slow, pytest.mark.frameworks]

ROOT = Path(__file__).parents[2]
APPS = "tests.frameworks.apps"
SECRET = Maker(11).b62(40)


def needs(*modules: str) -> pytest.MarkDecorator:
    """Skip a test where a framework is not installed."""
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    reason = f"{', '.join(absent)}: pip install -r tests/frameworks/requirements.txt"
    return pytest.mark.skipif(bool(absent), reason=reason)


class Program:
    """A framework in a process of its own, with a witness and our files in one folder."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WITNESS": str(folder / "witness.jsonl"),
            "PYTHONUNBUFFERED": "1",
        }
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until(self, is_true: Callable[[], object], what: str, timeout_s: float = 60) -> None:
        """Wait for something, and show the output if it does not come."""
        end = time.monotonic() + timeout_s
        while not is_true():
            assert time.monotonic() < end, f"{what}: {self.text()[-3000:]}"
            assert self.process.poll() is None, f"it ended: {self.text()[-3000:]}"
            time.sleep(0.05)

    def text(self) -> str:
        """Return everything that the program printed."""
        return self.output.read_text("utf-8", "replace")

    def terminate(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        """Kill what is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def witnessed(self) -> list[dict[str, Any]]:
        """Return the records of the witness."""
        text = (self.folder / "witness.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def lines(self) -> list[dict[str, Any]]:
        """Return our lines of all streams, those of a journal that a signal left included."""
        if self.process.poll() is not None:
            recover(self.folder / "logs", 16_000_000)
        return [
            json.loads(line)
            for path in sorted((self.folder / "logs" / "segments").glob("*.log"))
            for line in path.read_text("utf-8").splitlines()
        ]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start programs, and kill what is left of them afterwards."""
    programs: list[Program] = []

    def start(*command: str) -> Program:
        program = Program(tmp_path, *command)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.close()


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def get(port: int, path: str) -> int:
    """Return the status of a request; 0 without an answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _settled(message: str) -> str:
    """Leave out the time of the next run, which APScheduler changes while handlers read it."""
    return re.sub(r"next run at: [^)]*", "", message)


def check(program: Program, *, lowest: int = 20) -> None:
    """Compare our files with the witness: each record once, with its level, and no secret."""
    lines = program.lines()
    written = collections.Counter(
        (line["logger"], _settled(line["message"].splitlines()[0] if line["message"] else ""))
        for line in lines
    )
    seen = collections.Counter(
        (record["logger"], _settled(record["message"].replace(SECRET, "***").splitlines()[0]))
        for record in program.witnessed()
        if record["level"] >= lowest and record["message"]
    )
    missing = {key: (count, written[key]) for key, count in seen.items() if written[key] != count}
    assert not missing, f"record: (witnessed, written) {missing}\n{program.text()[-2000:]}"
    everything = program.text() + "".join(map(str, lines))
    assert SECRET not in everything
    size = sum(path.stat().st_size for path in (program.folder / "logs").rglob("*.log"))
    assert size < 1_000_000, "an output loops into its input"


def exercise_web(program: Program, port: int) -> None:
    """Make requests, end the server, and check what was written."""
    program.wait_until(lambda: get(port, "/"), "no answer")
    assert get(port, f"/order?api_key={SECRET}") == 200
    assert get(port, "/fail") in (0, 500)
    assert program.terminate() in (0, -signal.SIGTERM)
    check(program)
    shop = [line for line in program.lines() if line["logger"] == "shop"]
    assert {"request /order", "request /fail"} <= {line["message"] for line in shop}
    errors = [line for line in program.lines() if line.get("event") == "ERROR"]
    assert any("the route failed" in str(line) for line in errors)


@needs("uvicorn")
@pytest.mark.parametrize("workers", [1, 2])
def test_uvicorn(run: Callable[..., Program], workers: int) -> None:
    port = free_port()
    program = run(
        "-m", "uvicorn", f"{APPS}.asgi:app", "--port", str(port), "--workers", str(workers)
    )
    exercise_web(program, port)


@needs("uvicorn")
@pytest.mark.parametrize("how", ["workers", "reload"])
def test_uvicorn_with_its_integration(run: Callable[..., Program], how: str) -> None:
    port = free_port()
    exercise_web(run("-m", f"{APPS}.serve", str(port), how), port)


@needs("gunicorn")
@pytest.mark.parametrize(
    "options",
    [("-k", "sync", "-w", "2"), pytest.param(("-k", "gevent", "--preload"), marks=needs("gevent"))],
    ids=" ".join,
)
def test_gunicorn_with_its_integration(
    run: Callable[..., Program], options: tuple[str, ...]
) -> None:
    port = free_port()
    config = ("-c", f"python:{APPS}.gunicorn_config", "-b", f"127.0.0.1:{port}")
    exercise_web(run("-m", "gunicorn", *options, *config, f"{APPS}.wsgi:app"), port)


@needs("gunicorn")
@pytest.mark.parametrize(
    "options",
    [
        ("-k", "sync"),
        ("-k", "gthread", "--threads", "4"),
        ("-k", "sync", "--preload", "-w", "2"),
        pytest.param(("-k", "gevent"), marks=needs("gevent")),
        pytest.param(("-k", "gevent", "--preload"), marks=needs("gevent")),
    ],
    ids=" ".join,
)
def test_gunicorn(run: Callable[..., Program], options: tuple[str, ...]) -> None:
    port = free_port()
    logs = ("--access-logfile", "-", "--error-logfile", "-")
    program = run("-m", "gunicorn", *options, *logs, "-b", f"127.0.0.1:{port}", f"{APPS}.wsgi:app")
    exercise_web(program, port)


@needs("celery")
@pytest.mark.parametrize("pool", ["prefork", "solo", "threads"])
def test_celery(run: Callable[..., Program], pool: str, tmp_path: Path) -> None:
    exercise_celery(run, "tasks", pool, tmp_path)


@needs("celery")
def test_celery_with_its_integration(run: Callable[..., Program], tmp_path: Path) -> None:
    program = exercise_celery(run, "tasks_attached", "prefork", tmp_path)
    inside = [line for line in program.lines() if line["logger"] in ("tasks.trade", "shop", "ours")]
    assert len(inside) == 12
    assert {line["task"] for line in inside} == {"trade"}
    assert len({line["correlation_id"] for line in inside}) == 4


def exercise_celery(run: Callable[..., Program], app: str, pool: str, tmp_path: Path) -> Program:
    """Run tasks in a worker, end it, and check what was written."""
    (tmp_path / "queue").mkdir()
    program = run(
        "-m", "celery", "-A", f"{APPS}.{app}", "worker", "-P", pool, "-c", "2", "-l", "INFO"
    )
    program.wait_until(lambda: "ready." in program.text(), "the worker is not ready")
    send = f"from {APPS}.{app} import trade; [trade.delay(number) for number in range(4)]"
    subprocess.run(
        [sys.executable, "-c", send],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WITNESS": str(tmp_path / "sender.jsonl"),
            "TASK_LOGS": str(tmp_path / "sender"),
        },
        check=True,
        timeout=60,
        capture_output=True,
    )
    done = {f"stdlib {number}" for number in range(4)}
    program.wait_until(
        lambda: done <= {record["message"] for record in program.witnessed()}, "tasks are missing"
    )
    time.sleep(1)
    assert program.terminate() in (0, -signal.SIGTERM)
    check(program)
    return program


@needs("django")
def test_django(run: Callable[..., Program]) -> None:
    port = free_port()
    program = run("-m", f"{APPS}.site", f"127.0.0.1:{port}")
    program.wait_until(lambda: get(port, "/"), "no answer")
    assert get(port, f"/?api_key={SECRET}") == 200
    assert get(port, "/fail") == 500
    program.terminate()
    check(program)
    assert any("the view failed" in str(line) for line in program.lines())


@needs("apscheduler")
def test_apscheduler(run: Callable[..., Program]) -> None:
    program = run("-m", f"{APPS}.jobs")
    program.wait_until(
        lambda: (
            "the job failed" in str(program.lines())
            if (program.folder / "logs" / "segments").is_dir()
            else False
        ),
        "no failing job",
    )
    assert program.terminate() in (0, -signal.SIGTERM)
    check(program)
