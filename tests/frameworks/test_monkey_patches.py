"""gevent and eventlet, patched at any time.

Every line is written, and the process serves and ends.
"""

from __future__ import annotations

import http.client
import importlib.util
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runs import assert_complete, everything, texts
from tests.support.servers.process import wait_for

pytestmark = pytest.mark.slow

BOT = """
import sys
def patch():
    if {kind!r} == "gevent":
        import gevent.monkey
        gevent.monkey.patch_all()
    else:
        import eventlet
        eventlet.monkey_patch()
if {when!r} == "before the import":
    patch()
import logging_kit
if {when!r} == "after the import":
    patch()
log = logging_kit.setup(log_dir="logs", stdout="json")
log.info("first")
if {when!r} == "after the first line":
    patch()
import {kind}
def work(worker):
    for number in range(300):
        log.info("line", worker=worker, number=number, text="x" * 500)
        if number % 50 == 0:
            {kind}.sleep(0)
for greenlet in [{kind}.spawn(work, worker) for worker in range(5)]:
    greenlet.get() if {kind!r} == "gevent" else greenlet.wait()
assert logging_kit.flush()
assert not logging_kit.stats()["dropped"]
logging_kit.shutdown()
"""


@pytest.mark.parametrize("when", ["before the import", "after the import", "after the first line"])
@pytest.mark.parametrize("kind", ["gevent", "eventlet"])
def test_every_line_is_written_and_shown(run_bot, log_dir, kind, when):
    if importlib.util.find_spec(kind) is None:
        pytest.skip(f"needs {kind}: pip install -r tests/frameworks/requirements.txt")
    ended = run_bot(BOT.format(kind=kind, when=when), PYTHONWARNINGS="ignore")
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    found = everything(log_dir)
    assert_complete(found)
    assert texts(found).count("line") == 1_500
    assert ended.stdout.count('"message":"line"') == 1_500


APP = """
import logging_kit
log = logging_kit.setup(log_dir="logs", stdout="json")
log.info("loaded")
def app(environ, start_response):
    log.info("request", path=environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
"""


CONFIGURATION = """
def post_worker_init(worker):
    open(f"ready-{worker.pid}", "w").close()
"""


@pytest.fixture
def port(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a gunicorn with a preloaded application and workers of one class."""
    for package in ("gunicorn", "gevent"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}: pip install -r tests/frameworks/requirements.txt")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "gunicorn.conf.py").write_text(CONFIGURATION)
    command = [
        *(sys.executable, "-m", "gunicorn", "--preload", "-k", request.param),
        *("-w", "2", "-b", "127.0.0.1:0", "app:app"),
    ]
    with (tmp_path / "out").open("wb") as out:
        server = subprocess.Popen(
            command, cwd=tmp_path, stdout=out, stderr=subprocess.PIPE, text=True
        )
    try:
        assert server.stderr is not None
        for line in server.stderr:
            found = re.search(r"Listening at: http://127.0.0.1:(\d+)", line)
            if found:
                # gunicorn loses a SIGTERM that reaches a worker while it starts
                wait_for(
                    lambda: len(list(tmp_path.glob("ready-*"))) == 2, 60, "workers are not ready"
                )
                yield int(found[1])
                break
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
        found = everything(tmp_path / "logs")
        assert_complete(found)
        assert texts(found).count("request") == 6
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("port", ["gevent", "gthread", "sync"], indirect=True)
def test_gunicorn_serves_a_preloaded_application(port: int):
    for number in range(6):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", f"/{number}")
        assert connection.getresponse().read() == b"ok"
        connection.close()
