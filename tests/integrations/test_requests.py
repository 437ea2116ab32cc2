from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.requests import attach, detach
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

requests = pytest.importorskip("requests")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def session() -> Iterator[Any]:
    with requests.Session() as session:
        yield session


def test_a_request_is_one_line(
    start: Start, events: Events, everything: Callable[[], str], session: Any, server: LocalServer
) -> None:
    start(strict=True)
    secret = Maker(1).b62(40)
    attach(session, exchange="binance")
    url = f"{server.url}/v1/orders/81723?signature={secret}"
    assert session.post(url, headers={"X-MBX-APIKEY": secret}).json() == {}
    (call,) = events("API_CALL")
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/orders/{id}", 200)
    assert (call["ok"], call["direction"], call["exchange"]) == (True, "out", "binance")
    assert call["host"] == "127.0.0.1"
    assert call["latency_ms"] > 0
    assert secret not in everything()


def test_a_refused_request(start: Start, events: Events, session: Any, server: LocalServer) -> None:
    start(strict=True)
    server.answer = lambda *_: (429, {})
    attach(session).get(server.url)
    (call,) = events("API_CALL")
    assert (call["status"], call["ok"], call["level"]) == (429, False, "warning")


@pytest.mark.parametrize(("after", "seconds"), [("7", 7), ("Wed, 21 Oct 2026", None)])
def test_a_limit_of_an_exchange_is_an_event(
    start: Start, events: Events, session: Any, server: LocalServer, after: str, seconds: int | None
) -> None:
    start(strict=True)
    server.answer = lambda *_: (429, {}, {"Retry-After": after})
    attach(session).get(server.url + "/x")
    assert events("RATE_LIMIT") == []  # no exchange has a limit
    attach(session, exchange="binance").get(server.url + "/x")
    (limit,) = events("RATE_LIMIT")
    assert (limit["status"], limit["exchange"], limit["path"]) == ("limited", "binance", "/x")
    assert limit.get("retry_after_s") == seconds


def test_no_answer(start: Start, events: Events, session: Any) -> None:
    start(strict=True)
    with LocalServer() as gone:
        url = gone.url
    with pytest.raises(requests.ConnectionError):
        attach(session).get(url + "/x")
    (call,) = events("API_CALL")
    assert (call["status"], call["ok"], call["error_type"]) == (0, False, "ConnectionError")


def test_redirects_belong_to_their_request(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    server.answer = lambda _method, path: (
        (302, {}, {"Location": "/new"}) if path == "/old" else (200, {})
    )
    attach(session).get(server.url + "/old")
    (call,) = events("API_CALL")
    assert (call["path"], call["status"]) == ("/old", 200)
    assert len(server.seen) == 2


def test_too_many_redirects_have_the_status_of_the_last(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    session.max_redirects = 1
    server.answer = lambda *_: (302, {}, {"Location": "/again"})
    with pytest.raises(requests.TooManyRedirects):
        attach(session).get(server.url + "/old")
    (call,) = events("API_CALL")
    assert (call["status"], call["error_type"]) == (302, "TooManyRedirects")


def test_tries_of_urllib3_are_counted(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    statuses = iter([503, 503, 200])
    server.answer = lambda *_: (next(statuses), {})
    retry = requests.adapters.Retry(3, status_forcelist=[503], backoff_factor=0)
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
    attach(session).get(server.url)
    (call,) = events("API_CALL")
    assert (call["status"], call["attempt"]) == (200, 3)


def test_attach_twice_and_detach(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    before = dict(vars(session))
    attach(attach(session))
    session.get(server.url)
    assert len(events("API_CALL")) == 1
    detach(detach(session))
    assert vars(session) == before
    session.get(server.url)
    assert len(events("API_CALL")) == 1


def test_all_sessions(start: Start, events: Events, session: Any, server: LocalServer) -> None:
    start(strict=True)
    before = requests.Session.send
    attach()
    try:
        attach(session)
        session.get(server.url)
        requests.get(server.url)
        assert len(events("API_CALL")) == 2
    finally:
        detach()
    assert requests.Session.send is before
    requests.get(server.url)
    detach(session)
    assert len(events("API_CALL")) == 2


def test_a_push_of_lines_writes_no_line(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    attach(session).post(server.url + "/loki/api/v1/push")
    assert len(server.seen) == 1
    assert events("API_CALL") == []


def test_a_wrapper_around_ours_is_silent_after_detach(
    start: Start, events: Events, session: Any, server: LocalServer
) -> None:
    start(strict=True)
    ours = attach(session).send
    session.send = lambda *args, **kwargs: ours(*args, **kwargs)
    detach(session)
    session.get(server.url)
    assert events("API_CALL") == []
