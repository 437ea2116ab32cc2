"""Health and metrics of a shipper."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from logging_kit.loki.health import STALLED_S, HealthServer
from tests.support.loki.shipping import NOW, Clock, MemoryLoki, Segments, shipper


@pytest.fixture
def segments(log_dir: Path) -> Segments:
    return Segments(log_dir)


def get(server: HealthServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_answers(log_dir, segments):
    segments.write(3)
    made = shipper(log_dir, MemoryLoki(), Clock())
    made.run(until_idle=True)
    server = HealthServer(made, "127.0.0.1", 0)
    server.start()
    try:
        status, text = get(server, "/health?verbose")
        assert (status, json.loads(text)["shipped"]) == (200, 3)
        status, text = get(server, "/metrics")
        assert status == 200
        assert f'logging_kit_shipper_lines_shipped_total{{folder="{log_dir}"}} 3' in text
        assert get(server, "/")[0] == 404
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert client.recv(100)
    finally:
        server.close()


def test_waiting_lines_without_a_success_are_unhealthy(log_dir, segments):
    segments.write(3)
    loki, now = MemoryLoki(down=True), [NOW + 60]
    made = shipper(log_dir, loki, Clock(), now=lambda: now[0])
    server = HealthServer(made, "127.0.0.1", 0, lambda: now[0])
    try:
        made._round()
        assert server.health()[0]
        now[0] += STALLED_S + 1
        healthy, content = server.health()
        assert not healthy
        assert content["last_error"] == "refused"
        loki.down = False
        made.run(until_idle=True)
        assert server.health()[0]
    finally:
        server.close()


def test_an_unhealthy_shipper_answers_503(log_dir, segments):
    segments.write(3)
    now = [NOW + 60]
    made = shipper(log_dir, MemoryLoki(down=True), Clock(), now=lambda: now[0])
    server = HealthServer(made, "127.0.0.1", 0, lambda: now[0])
    server.start()
    try:
        made._round()
        now[0] += STALLED_S + 1
        assert get(server, "/ready")[0] == 503
    finally:
        server.close()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_accepts_the_metrics(tmp_path):
    folder = tmp_path / 'a "quoted" \\ name'
    Segments(folder).write(3)
    made = shipper(folder, MemoryLoki(), Clock())
    made._round()
    server = HealthServer(made, "127.0.0.1", 0)
    try:
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=server.metrics().encode(), capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b"")
    finally:
        server.close()
