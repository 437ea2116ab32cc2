from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.httpx import attach, detach
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

httpx = pytest.importorskip("httpx")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


def answer(_method: str, path: str) -> Any:
    if path == "/old":
        return 302, {}, {"Location": "/new"}
    return (500, {}) if path == "/broken" else (200, {})


def check(events: Events) -> None:
    calls = [(call["method"], call["path"], call["status"]) for call in events("API_CALL")]
    assert calls == [
        ("GET", "/ticker/{symbol}", 200),
        ("GET", "/old", 200),
        ("POST", "/broken", 500),
        ("GET", "/bot{token}/sendMessage", 0),
    ]
    assert [call["ok"] for call in events("API_CALL")] == [True, True, False, False]
    assert events("API_CALL")[3]["error_type"] == "ConnectError"
    assert {call["exchange"] for call in events("API_CALL")} == {"okx"}


@pytest.fixture
def token() -> str:
    return f"123456789:{Maker(4).b62(35)}"


@pytest.fixture
def closed() -> str:
    with LocalServer() as gone:
        return gone.url


def test_a_synchronous_client(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer, token: str,
    closed: str,
) -> None:  # fmt: skip
    start(strict=True)
    server.answer = answer
    with httpx.Client(follow_redirects=True) as client:
        assert attach(attach(client), exchange="okx") is client
        client.get(server.url + "/ticker/BTC-USDT?sign=x")
        client.get(server.url + "/old")
        client.post(server.url + "/broken")
        with pytest.raises(httpx.ConnectError):
            client.get(f"{closed}/bot{token}/sendMessage")
        check(events)
        detach(detach(client))
        client.get(server.url)
        assert len(events("API_CALL")) == 4
    assert token not in everything()


def test_an_asynchronous_client(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer, token: str,
    closed: str,
) -> None:  # fmt: skip
    async def main() -> None:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            attach(client, exchange="okx")
            await client.get(server.url + "/ticker/BTC-USDT?sign=x")
            await client.get(server.url + "/old")
            await client.post(server.url + "/broken")
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{closed}/bot{token}/sendMessage")
            check(events)
            ours = client.send
            client.send = lambda *args, **kwargs: ours(*args, **kwargs)
            detach(client)
            await client.get(server.url)
            assert len(events("API_CALL")) == 4

    start(strict=True)
    server.answer = answer
    asyncio.run(main())
    assert token not in everything()


def test_all_clients(start: Start, events: Events, server: LocalServer) -> None:
    start(strict=True)
    attach()
    try:
        httpx.get(server.url + "/x")
        with httpx.Client() as client:
            attach(client)
            client.get(server.url + "/y")
    finally:
        detach()
    httpx.get(server.url + "/z")
    assert [call["path"] for call in events("API_CALL")] == ["/x", "/y"]


def test_a_client_that_another_library_has_wrapped(
    start: Start, events: Events, server: LocalServer
) -> None:
    start(strict=True)
    with httpx.Client() as client:
        ours = attach(client).send
        client.send = lambda *args, **kwargs: ours(*args, **kwargs)
        detach(client)
        client.get(server.url)
    assert events("API_CALL") == []
