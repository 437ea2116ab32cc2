from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.aiohttp import attach, detach, middleware, socket, trace_config
from logging_kit.integrations.connections import Stream
from tests.support.local_server import LocalServer

aiohttp = pytest.importorskip("aiohttp")
web = pytest.importorskip("aiohttp.web")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


async def get(session: Any, url: str, **options: Any) -> int:
    async with session.get(url, **options) as response:
        await response.read()
        return int(response.status)


def test_a_session(start: Start, events: Events, server: LocalServer) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            assert attach(attach(session), exchange="okx") is session
            await get(session, server.url + "/ticker/BTC-USDT?sign=x")
            await get(session, server.url + "/old")
            server.answer = lambda *_: (503, {})
            await get(session, server.url + "/busy")
            with pytest.raises(aiohttp.ClientConnectionError):
                await get(session, "http://127.0.0.1:1/x")
            detach(detach(session))
            await get(session, server.url)

    start(strict=True)
    server.answer = lambda _method, path: (
        (302, {}, {"Location": "/new"}) if path == "/old" else (200, {})
    )
    asyncio.run(main())
    calls = [(call["path"], call["status"], call["ok"]) for call in events("API_CALL")]
    assert calls == [
        ("/ticker/{symbol}", 200, True),
        ("/old", 200, True),
        ("/busy", 503, False),
        ("/x", 0, False),
    ]
    assert events("API_CALL")[3]["error_type"] == "ClientConnectorError"
    assert {call["exchange"] for call in events("API_CALL")} == {"okx"}


def test_all_sessions(start: Start, events: Events, server: LocalServer) -> None:
    async def main() -> None:
        attach()
        try:
            async with aiohttp.ClientSession(trace_configs=[]) as session:
                await get(session, server.url + "/x")
        finally:
            detach()
        async with aiohttp.ClientSession() as session:
            await get(session, server.url + "/y")
        async with aiohttp.ClientSession(trace_configs=[trace_config()]) as session:
            await get(session, server.url + "/z")

    start(strict=True)
    asyncio.run(main())
    assert [call["path"] for call in events("API_CALL")] == ["/x", "/z"]


def test_a_session_inside_another_call_is_silent(
    start: Start, events: Events, server: LocalServer
) -> None:
    """A client of ccxt writes the call; the session below it does not write it once more."""
    ccxt = pytest.importorskip("ccxt.async_support")
    from logging_kit.integrations import ccxt as kit
    from tests.support.ccxt_clients import local

    async def main() -> None:
        attach()
        try:
            client = local(ccxt.binance(), server)
            client.timeout_on_exit = 0
            kit.attach(client)
            await client.publicGetTime({})
            with pytest.raises(ccxt.NetworkError):
                await client.fetch("http://127.0.0.1:1/x")
            await client.close()
        finally:
            detach()

    start(strict=True)
    asyncio.run(main())
    assert [call["exchange"] for call in events("API_CALL")] == ["binance", "binance"]


async def with_server(app: Any, use: Callable[[str], Awaitable[None]]) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await use(f"127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


def test_a_server(start: Start, events: Events, lines: Callable[..., list[dict[str, Any]]]) -> None:
    log = start(strict=True)
    waiting = asyncio.Event()

    async def order(request: Any) -> Any:
        log.info("an order is shown")
        return web.json_response({"id": request.match_info["id"]})

    async def refuse(_request: Any) -> Any:
        raise web.HTTPForbidden

    async def fail(_request: Any) -> Any:
        raise ValueError("the handler failed")

    async def wait(_request: Any) -> Any:
        waiting.set()
        await asyncio.sleep(60)

    async def stream(request: Any) -> Any:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write_eof()
        return response

    async def metrics(_request: Any) -> Any:
        return web.Response()

    app = web.Application(middlewares=[middleware(ignore={"/metrics"})])
    for path, handler in {
        "/orders/{id}": order, "/refuse": refuse, "/fail": fail, "/wait": wait, "/stream": stream, "/metrics": metrics,
    }.items():  # fmt: skip
        app.router.add_get(path, handler)

    async def use(address: str) -> None:
        async with aiohttp.ClientSession(f"http://{address}") as session:
            async with session.get("/orders/81", headers={"X-Request-ID": "abc-1"}) as response:
                assert response.headers["X-Request-ID"] == "abc-1"
            for path in ("/refuse", "/fail", "/stream", "/metrics", "/.env"):
                await get(session, path)

    asyncio.run(with_server(app, use))
    calls = [
        (call["path"], call["status"], call["ok"], call.get("error_type"))
        for call in events("API_CALL")
    ]
    assert calls == [
        ("/orders/{id}", 200, True, None),
        ("/refuse", 403, True, None),
        ("/fail", 500, False, "ValueError"),
        ("/stream", 200, True, None),
        ("{unmatched}", 404, True, None),
    ]
    assert {call["direction"] for call in events("API_CALL")} == {"in"}
    ids = [call["correlation_id"] for call in events("API_CALL")]
    assert ids[0] == "abc-1"
    assert len(set(ids)) == 5
    (shown,) = [line for line in lines() if line["message"] == "an order is shown"]
    assert shown["correlation_id"] == "abc-1"


def test_a_cancelled_request_has_no_answer(start: Start, events: Events) -> None:
    start(strict=True)

    class Request:
        headers: dict[str, str] = {}  # noqa: RUF012
        path = "/x"
        method = "GET"

        class match_info:  # noqa: N801
            class route:  # noqa: N801
                resource = None

    async def cancelled(_request: Any) -> Any:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(middleware()(Request(), cancelled))
    (call,) = events("API_CALL")
    assert (call["status"], call["error_type"]) == (0, "CancelledError")


def test_a_socket(start: Start, events: Events) -> None:
    async def serve(request: Any) -> Any:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.send_str("tick")
        await opened.close(code=1012)
        return opened

    app = web.Application(middlewares=[middleware()])
    app.router.add_get("/ws/{symbol}", serve)
    log = start(strict=True)

    async def use(address: str) -> None:
        url = f"ws://{address}/ws/BTC-USDT"
        stream = Stream(log, url, "okx")
        async with aiohttp.ClientSession() as session:
            attach(session)
            async with socket(session, url, stream=stream) as opened:
                assert [message.data async for message in opened] == ["tick"]
            with pytest.raises(aiohttp.ClientError):
                async with socket(session, f"ws://{address}/none", stream=stream):
                    pass
            with pytest.raises(KeyError):
                async with socket(session, url, stream=stream, heartbeat=30) as opened:
                    raise KeyError("symbol")
            async with socket(session, url, exchange="okx"):
                pass

    asyncio.run(with_server(app, use))
    found = events("WS")
    assert [line["state"] for line in found] == [
        "connected", "disconnected", "reconnecting", "connected", "disconnected", "connected", "disconnected",
    ]  # fmt: skip
    assert found[1]["code"] == 1012
    assert found[3]["attempt"] == 2
    assert found[4]["reason"] == "KeyError: 'symbol'"
    assert {line["stream"] for line in found} == {"/ws/{symbol}"}
    assert [call["path"] for call in events("API_CALL")] == []
