"""Each fault of a server or a network: what arrives, what is tried again, and what is given up."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.outcome import Rejection
from logging_kit.loki.sender import Sender
from logging_kit.loki.transport import Timeout
from tests.support.certificates import make_certificates
from tests.support.push_server import (
    Connection,
    PushServer,
    Reply,
    Request,
    answer,
    hang,
    raw,
    reset,
    trickle,
)

QUICK = Timeout(connect_s=0.4, read_s=0.2, total_s=0.4)
PATIENT = Timeout(connect_s=60, read_s=60, total_s=60)


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


def entries(count: int, size: int = 0) -> list[Entry]:
    now, labels = time.time_ns(), {"app": "bot"}
    return [Entry(labels, now + n, f"line {n}".ljust(size)) for n in range(count)]


def deliver(sender: Sender, given: Sequence[Entry]) -> tuple[list[Rejection], list[str]]:
    """Push until nothing is pending; return the rejections and the errors on the way."""
    rejected: list[Rejection] = []
    errors: list[str] = []
    for _ in range(100):
        outcome = sender.push(given)
        rejected += outcome.rejected
        if outcome.error is not None:
            errors.append(str(outcome.error))
        if outcome.is_complete:
            sender.close()
            return rejected, errors
        given = outcome.pending
        assert 0 <= outcome.retry_after_s <= 330
    raise AssertionError("it never ended")


FAULTS: list[tuple[str, Reply, Timeout, str]] = [
    ("429", answer(429, "rate limited", retry_after="7"), PATIENT, "429: rate limited"),
    ("500", answer(500, "broken"), PATIENT, "500: broken"),
    ("503", answer(503), PATIENT, "503"),
    ("hang", hang, QUICK, "[Tt]ime"),
    ("a byte at a time", trickle, Timeout(60, 60, 0.4), "timed out|too long"),
    ("reset", reset, PATIENT, "[Rr]eset"),
    ("reset in the status", raw(b"HTTP/1.1 20"), PATIENT, "."),
    ("closed without an answer", raw(b""), PATIENT, "."),
    ("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), PATIENT, "."),
    ("endless headers", raw(b"HTTP/1.1 204 X\r\n" + b"A: b\r\n" * 300 + b"\r\n"), PATIENT, "."),
    ("a long header", raw(b"HTTP/1.1 204 X\r\nA: " + b"b" * 100_000 + b"\r\n"), PATIENT, "."),
    (
        "a short body",
        raw(b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nbroken"),
        PATIENT,
        "500",
    ),
    (
        "a wrong encoding",
        raw(b"HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
        PATIENT,
        "500",
    ),
]


@pytest.mark.parametrize(
    ("fault", "timeout", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_fault_loses_no_line(
    fault: Reply, timeout: Timeout, words: str, server: PushServer
) -> None:
    server.script.append(fault)
    sender = Sender(SenderOptions(url=server.url, timeout=timeout))
    first = sender.push(entries(20))
    assert first.accepted == 0
    assert first.error is not None
    assert len(first.pending) == 20
    sender.options = replace(sender.options, timeout=PATIENT)
    # the server may close the kept connection under the next request: then there is another error
    rejected, _ = deliver(sender, first.pending)
    assert rejected == []
    assert server.requests[-1].lines == [f"line {n}" for n in range(20)]
    assert re.search(words, str(first.error)), first.error


ACCEPTED: list[tuple[str, bytes]] = [
    ("more bytes promised", b"HTTP/1.1 204 X\r\nContent-Length: 100\r\n\r\n"),
    ("a body that breaks off", b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{}"),
    ("a body too many", b"HTTP/1.1 204 X\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"),
    ("chunks that break off", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ("a long body", b"HTTP/1.1 200 X\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000),
]


@pytest.mark.parametrize("reply", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_a_status_of_success_counts_whatever_its_body(reply: bytes, server: PushServer) -> None:
    server.script.append(raw(reply))
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    assert sender.push(entries(3)).accepted == 3
    rejected, _ = deliver(sender, entries(3))
    assert rejected == []
    assert server.requests[-1].lines == [f"line {n}" for n in range(3)]


def test_a_connection_closed_meanwhile_is_opened_again(server: PushServer) -> None:
    closing = raw(b"HTTP/1.1 204 X\r\n\r\n")
    server.script += [closing, closing]
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    for _ in range(3):
        deliver(sender, entries(2))
    assert len(server.lines) >= 6


def test_a_server_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sender = Sender(SenderOptions(url=f"http://127.0.0.1:{port}"))
    outcome = sender.push(entries(2))
    assert len(outcome.pending) == 2
    assert "refused" in str(outcome.error)


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    outcome = Sender("http://loki.invalid:3100").push(entries(2))
    assert len(outcome.pending) == 2
    assert "not known" in str(outcome.error)


def test_tls(tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    with PushServer(tls=files.server_context()) as server:
        outcome = Sender(server.url).push(entries(2))
        assert len(outcome.pending) == 2
        assert "certificate" in str(outcome.error)
        for options in ({"ca_file": files.ca}, {"verify": False}):
            sender = Sender(SenderOptions(url=server.url, timeout=PATIENT, **options))
            with pytest.warns() if "verify" in options else _nothing():
                assert deliver(sender, entries(2)) == ([], [])


class _nothing:  # noqa: N801
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def test_tls_with_a_certificate_of_the_client(tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(files.client_key.read_bytes() + files.client.read_bytes())
    with PushServer(tls=files.server_context(wants_client=True)) as server:
        base = SenderOptions(url=server.url, ca_file=files.ca, timeout=PATIENT)
        assert Sender(base).push(entries(1)).pending
        for given in (
            replace(base, client_cert=files.client, client_key=files.client_key),
            replace(base, client_cert=both),
        ):
            assert deliver(Sender(given), entries(1)) == ([], [])


def test_plain_http_to_a_server_with_tls(tmp_path: Path) -> None:
    with PushServer(tls=make_certificates(tmp_path).server_context()) as server:
        outcome = Sender(f"http://127.0.0.1:{server.port}").push(entries(1))
        assert outcome.pending
    with PushServer() as server:
        options = SenderOptions(url=f"https://127.0.0.1:{server.port}", timeout=QUICK)
        assert Sender(options).push(entries(1)).pending


def refuse(bad: set[str], status: int = 400, text: str = "bad line") -> Reply:
    def reply(connection: Connection, request: Request) -> bool:
        if bad & set(request.lines):
            return answer(status, text)(connection, request)
        return answer(204)(connection, request)

    return reply


@pytest.mark.parametrize(
    "bad",
    [{"line 0"}, {"line 499"}, {"line 250", "line 251"}, {f"line {n}" for n in range(0, 500, 50)}],
)
def test_bad_entries_cost_themselves_alone(bad: set[str], server: PushServer) -> None:
    server.otherwise = refuse(bad)
    rejected, _ = deliver(Sender(SenderOptions(url=server.url, timeout=PATIENT)), entries(500))
    assert {str(entry.line) for entry, _ in rejected} == bad
    accepted = {line for r in server.requests if not bad & set(r.lines) for line in r.lines}
    assert accepted == {f"line {n}" for n in range(500)} - bad


def test_the_reason_is_noted_once_and_masked(
    server: PushServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from logging_kit import diagnostics

    monkeypatch.setattr(diagnostics, "_notes", diagnostics._Notes())
    secret = "".join(["kv9Q"] * 8)
    server.otherwise = answer(400, f"bad label api_key={secret}\nsecond line")
    rejected, _ = deliver(Sender(SenderOptions(url=server.url, timeout=PATIENT)), entries(8))
    assert len(rejected) == 8
    assert all(secret not in reason and "\n" not in reason for _, reason in rejected)
    (note,) = capfd.readouterr().err.splitlines()
    assert "bad label" in note
    assert secret not in note


@pytest.mark.parametrize("limit", [2_000, 50_000])
def test_too_large_requests_are_halved(limit: int, server: PushServer) -> None:
    def reply(connection: Connection, request: Request) -> bool:
        size = sum(map(len, request.lines))
        return answer(413 if size > limit else 204)(connection, request)

    server.otherwise = reply
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    assert deliver(sender, entries(100, 1_000)) == ([], ["the server answered 413:"])
    deliver(sender, [*entries(3, 100), Entry({"app": "bot"}, 1, "x" * 60_000)])
    assert sender.counters()["rejected"] == 1


def test_entries_that_are_too_old_are_refused_together(server: PushServer) -> None:
    text = (
        "entry for stream '{app=\"bot\"}' has timestamp too old: 2026-11-01T00:00:00Z, "
        "oldest acceptable timestamp is: 2026-11-23T00:00:00Z"
    )
    oldest = 1_795_392_000_000_000_000
    old = [Entry({"app": "bot"}, oldest - 1 - n, f"old {n}") for n in range(200)]
    young = [Entry({"app": "bot"}, oldest + n, f"young {n}") for n in range(200)]
    server.otherwise = refuse({str(entry.line) for entry in old}, text=text)
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    rejected, _ = deliver(sender, [*old, *young])
    assert [entry for entry, _ in rejected] == old
    assert len(server.requests) == 2
    assert server.requests[1].lines == [entry.line for entry in young]


def test_a_server_without_structured_metadata(server: PushServer) -> None:
    def reply(connection: Connection, request: Request) -> bool:
        if any(entry.metadata for entry in request.entries):
            text = "stream '{}' includes structured metadata, but this feature is disallowed."
            return answer(400, text)(connection, request)
        return answer(204)(connection, request)

    server.otherwise = reply
    given = [entry._replace(metadata={"order_id": "1"}) for entry in entries(50)]
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    rejected, _ = deliver(sender, given)
    assert rejected == []
    assert len(server.requests) == 2


def test_a_server_without_protobuf(server: PushServer) -> None:
    def reply(connection: Connection, request: Request) -> bool:
        is_json = request.headers["content-type"] == "application/json"
        return answer(204 if is_json else 415)(connection, request)

    server.otherwise = reply
    sender = Sender(SenderOptions(url=server.url, timeout=PATIENT))
    assert deliver(sender, entries(5))[0] == []
    assert deliver(sender, entries(5)) == ([], [])
    assert len(server.requests) == 3


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_a_refusal_of_every_form_ends(encoding: Any, server: PushServer) -> None:
    server.otherwise = answer(415)
    outcome = Sender(SenderOptions(url=server.url, encoding=encoding)).push(entries(5))
    assert len(outcome.pending) == 5


def test_what_is_after_a_failure_stays_in_order(server: PushServer) -> None:
    server.script += [answer(204), answer(400), answer(204), answer(503)]
    sender = Sender(SenderOptions(url=server.url, batch_lines=10, timeout=PATIENT))
    given = entries(35)
    outcome = sender.push(given)
    assert outcome.accepted == 15
    assert list(outcome.pending) == given[15:]
    assert deliver(sender, outcome.pending) == ([], [])


def test_a_deadline_stops_between_two_requests(server: PushServer) -> None:
    sender = Sender(SenderOptions(url=server.url, batch_lines=10), clock=lambda: 100.0)
    outcome = sender.push(entries(30), deadline=100.0)
    assert (outcome.accepted, len(outcome.pending), server.requests) == (0, 30, [])
    assert sender.push(entries(3), deadline=160.0).accepted == 3
    sender.close()


BOT = """
import logging, os, signal, sys, time
from logging_kit import loki
handler = loki.LokiHandler({url!r}, {options})
logger = logging.getLogger("bot")
logger.setLevel("DEBUG")
logger.addHandler(handler)
for number in range(300):
    logger.info("line %d", number)
{end}
"""


def run(url: str, end: str, tmp_path: Path, options: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BOT.format(url=url, end=end, options=options)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise SystemExit", 0),
        ("import atexit; atexit.register(logger.info, 'last')", 0),
    ],
    ids=["end", "exit", "raise", "atexit"],
)
def test_exit_right_after_the_last_call(
    end: str, code: int, server: PushServer, tmp_path: Path
) -> None:
    done = run(server.url, end, tmp_path)
    assert (done.returncode, done.stderr) == (code, "")
    assert len(server.lines) == 300 + ("atexit" in end)


@pytest.mark.slow
def test_sigterm(server: PushServer, tmp_path: Path) -> None:
    end = "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"
    done = run(server.url, end, tmp_path, "flush_on_sigterm=True")
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    assert len(server.lines) == 300


@pytest.mark.slow
def test_sigterm_calls_the_handler_of_the_program(server: PushServer, tmp_path: Path) -> None:
    end = "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"
    options = "flush_on_sigterm=signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)) is not None"
    done = run(server.url, end, tmp_path, options)
    assert (done.returncode, done.stderr) == (7, "")
    assert len(server.lines) == 300


@pytest.mark.slow
@pytest.mark.parametrize("fault", [hang, answer(503), trickle], ids=["hang", "503", "slow"])
def test_the_process_ends_within_its_deadline(
    fault: Reply, server: PushServer, tmp_path: Path
) -> None:
    server.otherwise = fault
    began = time.monotonic()
    done = run(server.url, "", tmp_path, "close_s=0.5")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 60
