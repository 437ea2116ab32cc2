"""python-binance and pybit against a server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations import binance, pybit
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

requests = pytest.importorskip("requests")
aiohttp = pytest.importorskip("aiohttp")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


class Client:
    """A client with the attributes that the integrations use."""

    def __init__(self, session: Any) -> None:
        self.session = self.client = session
        self.API_KEY = self.api_key = Maker(1).b62(64)
        self.API_SECRET = self.api_secret = Maker(2).b62(64)


def test_a_client_of_binance(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer
) -> None:
    log = start(strict=True)
    with requests.Session() as session:
        client = binance.attach(binance.attach(Client(session)))
        session.get(server.url + "/api/v3/order", params={"signature": client.API_SECRET})
        log.info("copied %s %s", client.API_KEY, client.API_SECRET)
        binance.detach(client)
        session.get(server.url)
    (call,) = events("API_CALL")
    assert (call["exchange"], call["path"], call["ok"]) == ("binance", "/api/v3/order", True)
    assert client.API_KEY not in everything()
    assert client.API_SECRET not in everything()


def test_an_asynchronous_client_of_binance(
    start: Start, events: Events, server: LocalServer
) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            binance.attach(Client(session), exchange="binanceus")
            async with session.get(server.url + "/api/v3/time"):
                pass

    start(strict=True)
    asyncio.run(main())
    (call,) = events("API_CALL")
    assert (call["exchange"], call["path"]) == ("binanceus", "/api/v3/time")


def test_a_refusal_of_bybit(start: Start, events: Events, server: LocalServer) -> None:
    start(strict=True)
    answers = iter([{"retCode": 0}, {"retCode": 10_003}, "no JSON"])
    server.answer = lambda *_: (200, next(answers))
    with requests.Session() as session:
        client = pybit.attach(Client(session))
        for _ in range(3):
            session.get(server.url + "/v5/order/create")
        pybit.detach(client)
        server.answer = lambda *_: (200, {})
        session.get(server.url)
    calls = [(call["ok"], call.get("error_type")) for call in events("API_CALL")]
    assert calls == [(True, None), (False, "retCode 10003"), (True, None)]


def test_the_real_pybit(start: Start, events: Events, server: LocalServer) -> None:
    trading = pytest.importorskip("pybit.unified_trading")
    start(strict=True)
    server.answer = lambda *_: (200, {"retCode": 10_003, "retMsg": "no", "result": {}, "time": 1})
    client = pybit.attach(trading.HTTP(api_key=Maker(1).b62(18), api_secret=Maker(2).b62(36)))
    client.endpoint, client.max_retries = server.url, 1
    with contextlib.suppress(Exception):  # its own report of a refusal may fail
        client.get_server_time()
    client.client.close()
    call = events("API_CALL")[-1]
    assert (call["path"], call["error_type"]) == ("/v5/market/time", "retCode 10003")


def test_the_real_python_binance(start: Start, events: Events, server: LocalServer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses parts of websockets that are deprecated
        module = pytest.importorskip("binance")
    start(strict=True)
    client = module.Client(Maker(1).b62(64), Maker(2).b62(64), ping=False)
    client.API_URL = server.url + "/api"
    binance.attach(client)
    client.get_server_time()
    client.close_connection()
    client.loop.close()  # it makes one for its sockets, and leaves it open
    asyncio.set_event_loop(None)
    (call,) = events("API_CALL")
    assert call["exchange"] == "binance"
    assert call["path"].endswith("/time")
