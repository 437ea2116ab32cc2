"""The dead man's switch against a server on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import pytest

import logging_kit
from logging_kit import BotLogger, SettingsError, diagnostics
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.metrics.heartbeat import EVERY_S, HeartbeatPlugin, request

Start = Callable[..., BotLogger]


class Check:
    """A server in the place of healthchecks.io."""

    def __init__(self) -> None:
        self.calls: Queue[tuple[str, str]] = Queue()
        self.status = 200
        check = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                check.calls.put((self.path, body))
                self.send_response(check.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ping/id"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def next(self) -> tuple[str, str]:
        return self.calls.get(timeout=60)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def check() -> Iterator[Check]:
    diagnostics._notes.clear()
    server = Check()
    yield server
    logging_kit.shutdown()
    server.close()


def test_start_success_and_end_are_told(start: Start, check: Check) -> None:
    log = start(bot_name="b7", heartbeat_url=check.url)
    assert check.next() == ("/ping/id/start", "b7 has started")
    for _ in range(5):
        log.heartbeat(uptime_s=1.0)
    assert check.next() == ("/ping/id", "b7 is alive")
    logging_kit.shutdown()
    path, text = check.next()
    assert (path, text.startswith("b7 has ended")) == ("/ping/id/log", True)
    assert check.calls.empty()


def test_a_critical_end_is_a_failure(start: Start, check: Check) -> None:
    log = start(heartbeat_url=check.url)
    assert check.next()[0] == "/ping/id/start"
    log.critical("the bot ended by an exception")
    logging_kit.shutdown()
    assert check.next()[0] == "/ping/id/fail"


def test_at_most_one_call_a_minute(check: Check) -> None:
    now = [0.0]
    plugin = HeartbeatPlugin(check.url, lambda: now[0])
    try:
        for step in (0.0, 30.0, 59.9, EVERY_S, 61.0, 2 * EVERY_S, 3 * EVERY_S - 1):
            now[0] = step
            plugin.observe("info", CATALOGUE["HEARTBEAT"], {"uptime_s": step})
            plugin.observe("info", CATALOGUE["SIGNAL"], {})
            plugin.observe("info", None, {})
        assert [check.next()[0] for _ in range(3)] == ["/ping/id"] * 3
    finally:
        plugin.close(60)
    assert check.calls.empty()
    assert plugin.counters() == {"sent": 3, "failed": 0}


def test_a_failure_is_noted_and_tried_with_the_next_heartbeat(
    check: Check, capfd: pytest.CaptureFixture[str]
) -> None:
    plugin = HeartbeatPlugin(check.url, lambda: 0.0)
    check.status = 500
    plugin.observe("info", CATALOGUE["HEARTBEAT"], {})
    check.next()
    plugin.close(60)
    assert plugin.counters() == {"sent": 0, "failed": 1}
    check.status = 200
    plugin.observe("info", CATALOGUE["HEARTBEAT"], {})
    check.next()
    plugin.close(60)
    assert plugin.counters() == {"sent": 1, "failed": 1}
    assert "heartbeat_url could not be called: status 500" in capfd.readouterr().err


def test_no_server_harms_nothing(start: Start, check: Check, lines: Any) -> None:
    log = start(heartbeat_url="http://127.0.0.1:9/x")
    log.heartbeat(uptime_s=1.0)
    assert [line["event"] for line in lines()] == ["HEARTBEAT"]
    logging_kit.shutdown()


def test_a_call_does_not_wait_for_a_server_that_hangs(start: Start, check: Check) -> None:
    """The server takes one call at a time, and this one blocks it until the test lets go."""
    release = threading.Event()
    normal = check.calls.put

    def hang(item: tuple[str, str]) -> None:
        normal(item)
        release.wait(60)

    check.calls.put = hang  # type: ignore[method-assign,assignment]
    log = start(heartbeat_url=check.url)
    assert check.next()[0] == "/ping/id/start"
    log.heartbeat(uptime_s=1.0)
    for _ in range(100):
        log.info("goes on")
    assert not release.is_set()
    release.set()
    assert check.next()[0] == "/ping/id"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_calls_by_itself(check: Check) -> None:
    plugin = HeartbeatPlugin(check.url)
    plugin.observe("info", CATALOGUE["HEARTBEAT"], {})
    check.next()
    child = os.fork()
    if child == 0:
        try:
            plugin.after_fork_in_child()
            plugin.observe("info", CATALOGUE["HEARTBEAT"], {})
            plugin.close(60)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert check.next()[0] == "/ping/id"
    plugin.close(60)


@pytest.mark.parametrize("given", ["hc-ping.com/x", "ftp://x", "https://a b", "file:///etc/passwd"])
def test_a_wrong_address_is_refused_without_showing_it(start: Start, given: str) -> None:
    with pytest.raises(SettingsError, match="heartbeat_url") as raised:
        start(heartbeat_url=given)
    assert given not in str(raised.value)


def test_the_query_of_an_address_stays_at_its_end(check: Check) -> None:
    assert request(urlsplit(f"{check.url}/?rid=7"), "/start", "x") == 200
    assert check.next() == ("/ping/id/start?rid=7", "x")
    with pytest.raises(OSError, match=r".+"):
        request(urlsplit("https://127.0.0.1:9/x"), "", "x")
