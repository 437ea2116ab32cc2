"""Options of a sender: address, credentials, headers and limits, as the server sees them."""

from __future__ import annotations

import builtins
import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import SettingsError, loki
from logging_kit.loki import encoding
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.sender import Sender
from logging_kit.loki.transport import Timeout
from logging_kit.testing import FakeTransport
from tests.support.push_server import PushServer, Request, answer

ENTRY = Entry({"app": "bot"}, 1, "x")
SECRET = "".join(["kv9Q"] * 8)


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


def request_of(server: PushServer, **options: Any) -> Request:
    sender = Sender(SenderOptions(**{"url": server.url, **options}))
    assert sender.push([ENTRY]).accepted == 1
    sender.close()
    return server.requests[-1]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://loki:3100", "http://loki:3100/loki/api/v1/push"),
        ("https://loki/", "https://loki/loki/api/v1/push"),
        ("http://[::1]:3100", "http://[::1]:3100/loki/api/v1/push"),
        ("http://loki/insert/loki/api/v1/push?x=1", "http://loki/insert/loki/api/v1/push?x=1"),
        ("http://user:p%40ss@loki:3100", "http://loki:3100/loki/api/v1/push"),
    ],
)
def test_the_address_is_completed(url: str, expected: str) -> None:
    assert SenderOptions(url=url).url == expected


def test_the_address_of_otlp_has_another_path() -> None:
    options = SenderOptions(url="http://collector:4318", protocol="otlp")
    assert options.url == "http://collector:4318/v1/logs"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": ""}, "http"),
        ({"url": "ftp://x"}, "http"),
        ({"url": "http://:1"}, "host"),
        ({"url": "http://h:x"}, "port"),
        ({"protocol": "udp"}, "protocol"),
        ({"encoding": "xml"}, "encoding"),
        ({"batch_lines": 0}, "batch_lines"),
        ({"max_backoff_s": -1}, "max_backoff_s"),
        ({"token": SECRET, "token_file": "x"}, "token_file"),
    ],
)
def test_impossible_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        SenderOptions(**{"url": "http://h", **options})


def test_no_secret_is_shown() -> None:
    options = SenderOptions(
        url=f"http://me:{SECRET}@loki",
        token=SECRET,
        headers={"X": SECRET},
        proxy=f"http://{SECRET}",
    )
    assert SECRET not in repr(options)
    assert SECRET not in options.url
    assert SECRET not in logging_kit.mask(f"something {SECRET}")
    logging_kit.forget_secret(SECRET)


def test_the_headers_of_a_request(server: PushServer) -> None:
    got = request_of(server, tenant="bots", headers={"X-Own": "1"}).headers
    assert (got["x-scope-orgid"], got["x-own"]) == ("bots", "1")
    assert got["user-agent"].startswith("logging-kit/")
    assert "authorization" not in got


def test_credentials(server: PushServer) -> None:
    with_user = server.url.replace("http://", "http://me:p%40ss@")
    assert request_of(server, url=with_user).headers["authorization"] == "Basic bWU6cEBzcw=="
    got = request_of(server, username="me", password="p@ss").headers["authorization"]
    assert got == "Basic bWU6cEBzcw=="
    got = request_of(server, token=SECRET, username="me").headers["authorization"]
    assert got == f"Bearer {SECRET}"
    logging_kit.forget_secret(SECRET)


def test_a_file_with_a_token_is_read_again_when_it_changes(
    server: PushServer, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    sender = Sender(SenderOptions(url=server.url, token_file=file))
    outcome = sender.push([ENTRY])
    assert outcome.pending
    assert "FileNotFoundError" in str(outcome.error)
    for token in ("first", "second-token"):
        file.write_text(f"{token}\n")
        assert sender.push([ENTRY]).accepted == 1
        assert sender.push([ENTRY]).accepted == 1
    file.unlink()
    assert sender.push([ENTRY]).accepted == 1
    sender.close()
    got = [request.headers["authorization"] for request in server.requests]
    assert got == ["Bearer first"] * 2 + ["Bearer second-token"] * 3


def test_neither_netrc_nor_a_proxy_of_the_environment_is_used(
    server: PushServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert "authorization" not in request_of(server).headers


def test_a_proxy(server: PushServer) -> None:
    got = request_of(server, url="http://loki.example:3100", proxy=server.url)
    assert got.path == "http://loki.example:3100/loki/api/v1/push"
    assert got.lines == ["x"]


def test_the_limits_of_grafana_cloud() -> None:
    options = SenderOptions(url="https://logs.grafana.net", tenant="1").for_grafana_cloud()
    assert options.batch_bytes == 65_536
    assert options.tenant == "1"


def test_without_snappy_json_is_sent(server: PushServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    monkeypatch.setitem(sys.modules, "snappy", None)
    assert request_of(server).headers["content-type"] == "application/json"
    with pytest.raises(SettingsError, match="cramjam"):
        Sender(SenderOptions(url=server.url, encoding="protobuf"))


def test_python_snappy_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    class Snappy:
        @staticmethod
        def compress(content: bytes) -> bytes:
            return b"small"

    monkeypatch.setitem(sys.modules, "cramjam", None)
    monkeypatch.setitem(sys.modules, "snappy", Snappy)
    compress = encoding.find_snappy()
    assert compress is not None
    assert compress(b"large") == b"small"


def _without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    real = builtins.__import__

    def fail(name: str, *args: Any) -> Any:
        if name.partition(".")[0] in modules:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", fail)


def test_without_requests_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "requests")
    with pytest.raises(SettingsError, match=r"logging-kit\[loki\]"):
        Sender("http://x")


def test_without_python_logging_loki_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("logging_kit.loki.handler", "logging_kit.loki.emitter"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(loki, "handler", raising=False)
    _without(monkeypatch, "logging_loki")
    with pytest.raises(ModuleNotFoundError, match=r"logging-kit\[loki\]"):
        loki.LokiHandler  # noqa: B018


def test_another_missing_module_is_not_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(loki._MODULES, "broken", "a_module_that_is_not_there")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        loki.broken  # noqa: B018


def test_public_names() -> None:
    assert set(loki.__all__) <= set(dir(loki))
    assert all(getattr(loki, name) for name in dir(loki))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        loki.nothing  # noqa: B018


def test_a_forked_child_opens_its_own_connection(server: PushServer) -> None:
    sender = Sender(SenderOptions(url=server.url))
    assert sender.push([ENTRY]).accepted == 1
    child = multiprocessing.get_context("fork").Process(target=sender.push, args=([ENTRY],))
    child.start()
    child.join()
    assert len(server.requests) == 2
    assert sender.push([ENTRY]).accepted == 1
    sender.close()
    assert server.connections == 2


def test_the_counters(server: PushServer) -> None:
    server.script.append(answer(500))
    sender = Sender(SenderOptions(url=server.url))
    sender.push([ENTRY])
    sender.push([ENTRY, ENTRY])
    sender.close()
    counters = dict(sender.counters())
    assert counters.pop("bytes") > 0
    assert counters == {
        "accepted": 2,
        "rejected": 0,
        "partly_rejected": 0,
        "requests": 2,
        "failures": 1,
        "metadata_left_out": 0,
    }


def test_the_deadline_of_a_request_is_over(server: PushServer) -> None:
    options = SenderOptions(url=server.url, timeout=Timeout(60, 60, 1e-9))
    outcome = Sender(options).push([ENTRY])
    assert outcome.pending


def test_a_fake_transport_keeps_the_requests() -> None:
    transport = FakeTransport(OSError("down"))
    with pytest.raises(OSError, match="down"):
        transport.send(b"x", {}, None)
    Sender(SenderOptions(url="http://x"), transport).push([ENTRY])
    transport.close()
    assert next(body for body, _ in transport.requests) == b"x"
    assert len(transport.requests) == 2
