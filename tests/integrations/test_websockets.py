from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.connections import open_connections
from logging_kit.integrations.websockets import attach, detach

websockets = pytest.importorskip("websockets")
client = pytest.importorskip("websockets.asyncio.client")
server = pytest.importorskip("websockets.asyncio.server")
sync_client = pytest.importorskip("websockets.sync.client")
sync_server = pytest.importorskip("websockets.sync.server")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def detached() -> Iterator[None]:
    before = client.connect.__await__
    yield
    detach()
    assert client.connect.__await__ is before
    assert open_connections() == 0


async def serve(handle: Any, use: Any) -> None:
    async with server.serve(handle, "127.0.0.1", 0) as running:
        port = running.sockets[0].getsockname()[1]
        await use(f"ws://127.0.0.1:{port}/ws/BTC-USDT?token=x")


async def tick_and_close(socket: Any) -> None:
    await socket.send("tick")
    await socket.close(1012, "restart")


def test_every_way_to_connect(start: Start, events: Events) -> None:
    start(strict=True)

    async def use(url: str) -> None:
        attach(exchange="okx")
        attach(exchange="okx")
        async with client.connect(url) as socket:
            assert await socket.recv() == "tick"
            await socket.wait_closed()
        socket = await client.connect(url)
        await socket.wait_closed()
        count = 0
        async for socket in client.connect(url):
            await socket.wait_closed()
            count += 1
            if count == 2:
                break
        detach()
        async with client.connect(url) as socket:
            await socket.wait_closed()

    asyncio.run(serve(tick_and_close, use))
    found = events("WS")
    assert [line["state"] for line in found] == ["connected", "disconnected"] * 4
    assert [line["ws_connections"] for line in found] == [1, 0] * 4
    assert {line["stream"] for line in found} == {"/ws/{symbol}"}
    assert {line["exchange"] for line in found} == {"okx"}
    ends = [line for line in found if line["state"] == "disconnected"]
    assert {(line["code"], line["reason"]) for line in ends} == {(1012, "restart")}
    assert ["gap_s" in line for line in found] == [False, False, *[True, False] * 3]


def test_an_attempt_that_fails(start: Start, events: Events) -> None:
    start(strict=True)

    async def refuse(connection: Any, _request: Any) -> Any:
        return connection.respond(503, "busy")

    async def main() -> None:
        attach()
        async with server.serve(tick_and_close, "127.0.0.1", 0, process_request=refuse) as running:
            port = running.sockets[0].getsockname()[1]
            with pytest.raises(websockets.InvalidStatus):
                await client.connect(f"ws://127.0.0.1:{port}/ws")

    asyncio.run(main())
    (line,) = events("WS")
    assert (line["state"], line["attempt"]) == ("reconnecting", 1)
    assert line["reason"].startswith("InvalidStatus: ")


def test_two_connections_to_one_address(start: Start, events: Events) -> None:
    start(strict=True)

    async def echo(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def use(url: str) -> None:
        attach()
        async with client.connect(url), client.connect(url):
            assert open_connections() == 2

    asyncio.run(serve(echo, use))
    states = [(line["state"], line["ws_connections"]) for line in events("WS")]
    assert sorted(states[:2]) == [("connected", 1), ("connected", 2)]
    assert {state for state, _ in states[2:]} == {"disconnected"}


@pytest.mark.slow
def test_a_cancelled_attempt_is_no_event(start: Start, events: Events) -> None:
    start(strict=True)

    async def never(_connection: Any, _request: Any) -> Any:
        asked.set()
        await asyncio.sleep(60)

    async def main() -> None:
        attach()
        async with server.serve(tick_and_close, "127.0.0.1", 0, process_request=never) as running:
            port = running.sockets[0].getsockname()[1]

            async def connect() -> None:
                await client.connect(f"ws://127.0.0.1:{port}/ws")

            task = asyncio.create_task(connect())
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asked = asyncio.Event()
    asyncio.run(main())
    assert events("WS") == []


@pytest.fixture
def thread_server() -> Iterator[str]:
    def tick(socket: Any) -> None:
        socket.send("tick")
        socket.close(1012, "restart")

    with sync_server.serve(tick, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{running.socket.getsockname()[1]}/ws/BTC-USDT"
        running.shutdown()
        thread.join()


def test_the_client_of_threads(start: Start, events: Events, thread_server: str) -> None:
    start(strict=True)
    attach(exchange="okx")
    for _ in range(2):
        with (
            sync_client.connect(thread_server) as socket,
            contextlib.suppress(websockets.ConnectionClosed),
        ):
            assert socket.recv() == "tick"
            socket.recv()
    detach()
    with sync_client.connect(thread_server):
        pass
    found = events("WS")
    assert [line["state"] for line in found] == ["connected", "disconnected"] * 2
    assert found[1]["code"] == 1012
    assert found[2]["gap_s"] >= 0


def test_an_attempt_of_a_thread_that_fails(start: Start, events: Events) -> None:
    def refuse(connection: Any, _request: Any) -> Any:
        return connection.respond(503, "busy")

    start(strict=True)
    attach()
    with sync_server.serve(lambda _: None, "127.0.0.1", 0, process_request=refuse) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        port = running.socket.getsockname()[1]
        with (
            pytest.raises(websockets.InvalidStatus),
            sync_client.connect(f"ws://127.0.0.1:{port}/ws"),
        ):
            pass
        running.shutdown()
        thread.join()
    assert [line["state"] for line in events("WS")] == ["reconnecting"]
