from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations import ccxt as kit
from logging_kit.integrations.ccxt import attach, detach
from logging_kit.integrations.connections import open_connections
from tests.support.ccxt_clients import EXCHANGES, endpoints, local, secrets_of
from tests.support.local_server import LocalServer

ccxt = pytest.importorskip("ccxt")
ccxt_async = pytest.importorskip("ccxt.async_support")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def binance(server: LocalServer) -> Iterator[Any]:
    client = local(ccxt.binance(), server)
    yield client
    client.session.close()


def some_requests(client: Any, private: bool, most: int = 2) -> Iterator[tuple[str, Any]]:
    """Call endpoints, and yield the exception of each call."""
    done = 0
    for endpoint in endpoints(client, private):
        before = client.calls
        error = None
        try:
            getattr(client, endpoint)({})
        except Exception as raised:
            error = raised
        if client.calls > before:
            done += 1
            yield endpoint, error
        if done >= most:
            return


def counting(client: Any) -> Any:
    """Count the requests of a client below the integration."""
    client.calls, fetch = 0, client.fetch

    def counted(*args: Any, **kwargs: Any) -> Any:
        client.calls += 1
        return fetch(*args, **kwargs)

    client.fetch = counted
    return client


@pytest.mark.slow
def test_each_request_of_many_exchanges_is_one_line_without_a_secret(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Signed requests, and the answers of an exchange that refuses some of them."""
    start(stdout="json", strict=True)
    server.answer = lambda _method, path: (200, {}) if len(path) % 3 else (401, {"msg": "no"})
    expected, known, clients = [], [], []
    for name in EXCHANGES:
        client = attach(counting(local(getattr(ccxt, name)({"verbose": True}), server)))
        clients.append(name)
        known += secrets_of(client)
        for private in (False, True):
            for _, error in some_requests(client, private):
                expected.append((name, error))
        client.session.close()
    calls = events("API_CALL")
    assert len(calls) == len(expected) == len(server.seen)
    assert {call["exchange"] for call in calls} == set(EXCHANGES)
    for call, (name, error), seen in zip(calls, expected, server.seen, strict=True):
        assert call["exchange"] == name
        assert call["method"] == seen.method
        assert call["status"] in (200, 401)
        assert call.get("error_type") == (type(error).__name__ if error else None)
        assert call["ok"] is (error is None)
        assert call["latency_ms"] >= seen.seconds * 1000
        assert "?" not in call["path"]
    text = everything() + capfd.readouterr().out
    assert text.count("fetch Request:") >= len(expected)
    assert not [secret for secret in known if secret in text]


def test_a_call_has_the_template_of_its_endpoint(
    start: Start, events: Events, binance: Any, server: LocalServer
) -> None:
    start(strict=True)
    attach(binance)
    binance.sapiGetSubAccountList({})
    binance.publicGetTicker24hr({"symbol": "BTCUSDT"})
    client = attach(local(ccxt.bitfinex(), server))
    for call in (client.privatePostAuthRInfoUser, client.publicGetTickerSymbol):
        with contextlib.suppress(ccxt.BaseError):  # an empty answer is none of Bitfinex
            call({"symbol": "tBTCUSD"})
    client.session.close()
    templates = [call["path"] for call in events("API_CALL")]
    assert templates == [
        "/sapi/v1/sub-account/list",
        "/api/v3/ticker/24hr",
        "/v2/auth/r/info/user",
        "/v2/ticker/{symbol}",
    ]


def test_a_request_past_the_description_of_the_endpoints(
    start: Start, events: Events, binance: Any, server: LocalServer
) -> None:
    start(strict=True)
    attach(binance)
    binance.fetch(server.url + "/v1/orders/81723?signature=x", method="POST", body="a=1")
    (call,) = events("API_CALL")
    assert (call["path"], call["method"], call["status"]) == ("/v1/orders/{id}", "POST", 200)


@pytest.mark.parametrize(
    ("status", "body", "error_type"),
    [
        (401, {"code": -2014, "msg": "API-key format invalid."}, "AuthenticationError"),
        (400, {"code": -1021, "msg": "Timestamp outside"}, "InvalidNonce"),
        (400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}, "InsufficientFunds"),
        (200, {"code": -1100, "msg": "Illegal"}, "BadRequest"),
        (503, "busy", "ExchangeNotAvailable"),
    ],
)  # fmt: skip
def test_an_error_is_that_of_ccxt(
    start: Start, events: Events, binance: Any, server: LocalServer,
    status: int, body: Any, error_type: str,
) -> None:  # fmt: skip
    start(strict=True)
    server.answer = lambda *_: (status, body)
    attach(binance)
    with pytest.raises(ccxt.BaseError) as raised:
        binance.privateGetAccount({})
    assert type(raised.value).__name__ == error_type
    (call,) = events("API_CALL")
    assert (call["status"], call["ok"], call["error_type"]) == (status, False, error_type)
    assert call["level"] == "warning"


def test_no_answer_is_status_0(start: Start, events: Events) -> None:
    start(strict=True)
    with LocalServer() as gone:
        client = attach(local(ccxt.kraken(), gone))
    with pytest.raises(ccxt.NetworkError):
        client.publicGetTime({})
    client.session.close()
    (call,) = events("API_CALL")
    assert (call["status"], call["ok"], call["error_type"]) == (0, False, "NetworkError")


@pytest.mark.parametrize("status", [429, 418])
def test_a_limit_is_an_event(
    start: Start, events: Events, binance: Any, server: LocalServer, status: int
) -> None:
    start(strict=True)
    headers = {"Retry-After": "7", "X-MBX-USED-WEIGHT-1M": "1201"}
    server.answer = lambda *_: (status, {"code": -1003, "msg": "Too much"}, headers)
    attach(binance)
    with pytest.raises(ccxt.DDoSProtection):
        binance.publicGetTime({})
    (limit,) = events("RATE_LIMIT")
    assert limit["status"] == "limited"
    assert (limit["path"], limit["exchange"]) == ("/api/v3/time", "binance")
    assert (limit["retry_after_s"], limit["weight_used"]) == (7, 1201)


def test_an_accepted_request_counts_for_the_share_of_limited_ones(
    start: Start, events: Events, binance: Any, server: LocalServer
) -> None:
    start(strict=True)
    server.answer = lambda *_: (200, {}, {"X-MBX-USED-WEIGHT-1M": "12", "Retry-After": "soon"})
    attach(binance)
    binance.publicGetTime({})
    (limit,) = events("RATE_LIMIT")
    assert (limit["status"], limit["weight_used"], limit["level"]) == ("allowed", 12, "debug")
    attach(binance, allowed=False)
    binance.publicGetTime({})
    assert len(events("RATE_LIMIT")) == 1
    assert len(events("API_CALL")) == 2


def test_a_wait_of_the_limiter_is_an_event_and_no_latency(
    start: Start, events: Events, binance: Any
) -> None:
    start(strict=True)
    binance.enableRateLimit, binance.throttle = True, lambda _cost: time.sleep(0.06)
    attach(binance, report_waits_s=0.05)
    binance.publicGetTime({})
    limits = events("RATE_LIMIT")
    assert [limit["status"] for limit in limits] == ["limited", "allowed"]
    assert limits[0]["retry_after_s"] >= 0.05
    assert limits[0]["path"] == "/time"


def test_a_full_queue_of_the_limiter_is_an_event(
    start: Start, events: Events, binance: Any
) -> None:
    def full(_cost: Any = None) -> None:
        raise ccxt.RateLimitExceeded("throttle queue is over maxCapacity")

    start(strict=True)
    binance.enableRateLimit, binance.throttle = True, full
    attach(binance)
    with pytest.raises(ccxt.RateLimitExceeded):
        binance.publicGetTime({})
    assert [limit["status"] for limit in events("RATE_LIMIT")] == ["limited"]
    assert events("API_CALL") == []


def test_retries_are_calls_of_their_own(
    start: Start, events: Events, binance: Any, server: LocalServer
) -> None:
    start(strict=True)
    statuses = iter([503, 503, 200])
    server.answer = lambda *_: (next(statuses), {})
    binance.options["maxRetriesOnFailure"] = 3
    attach(binance)
    binance.publicGetTime({})
    assert [(call["status"], call["attempt"]) for call in events("API_CALL")] == [
        (503, 1),
        (503, 2),
        (200, 3),
    ]


def test_the_latency_is_between_the_network_and_the_call(
    start: Start, events: Events, binance: Any, server: LocalServer
) -> None:
    """The wait of the exchange counts; what ccxt does with a long answer does not."""
    start(strict=True)
    times: dict[str, float] = {}
    request, parse = binance.session.request, binance.parse_json

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        answer = request(*args, **kwargs)
        times["network"] = time.perf_counter() - began
        return answer

    def slow(text: str) -> Any:
        time.sleep(0.05)
        return parse(text)

    binance.session.request, binance.parse_json = timed, slow
    attach(binance)
    began = time.perf_counter()
    binance.publicGetTime({})
    whole = time.perf_counter() - began
    (call,) = events("API_CALL")
    assert times["network"] * 1000 - 0.001 <= call["latency_ms"] <= (whole - 0.05) * 1000


def test_keys_that_come_later_are_registered(
    start: Start, everything: Callable[[], str], binance: Any
) -> None:
    log = start(strict=True)
    given = secrets_of(binance)
    binance.apiKey = binance.secret = None
    attach(binance)
    binance.apiKey, binance.secret = given
    binance.privateGetAccount({})
    log.info("copied %s and %s", *given)
    assert not [secret for secret in given if secret in everything()]


def test_verbose_prints_no_key(
    start: Start, lines: Callable[..., list[dict[str, Any]]], binance: Any,
    capsys: pytest.CaptureFixture[str], everything: Callable[[], str],
) -> None:  # fmt: skip
    start(strict=True)
    binance.verbose = True
    attach(binance)
    binance.privateGetAccount({})
    binance.log("plain", 1, None)
    found = [line for line in lines() if "event" not in line and line["level"] == "info"]
    request, response, plain = found
    assert request["message"].startswith("fetch Request: binance GET ")
    assert request["logger"] == "exchange.binance"
    assert request["request_headers"]["X-MBX-APIKEY"] == "***"
    assert response["message"].startswith("fetch Response: binance GET ")
    assert response["message"].endswith(" 200")
    assert plain["message"] == "plain 1 None"
    assert capsys.readouterr().out == ""
    assert not [secret for secret in secrets_of(binance) if secret in everything()]


def test_attach_twice_is_attach_once(start: Start, events: Events, binance: Any) -> None:
    log = start(strict=True)
    assert attach(attach(binance), log.bind(strategy="grid")) is binance
    binance.publicGetTime({})
    (call,) = events("API_CALL")
    assert call["strategy"] == "grid"


def test_detach_restores_the_client(start: Start, events: Events, binance: Any) -> None:
    start(strict=True)
    before = dict(vars(binance))
    detach(attach(binance))
    detach(binance)
    assert vars(binance) == before
    binance.publicGetTime({})
    assert events("API_CALL") == []


def test_a_wrapper_around_ours_is_silent_after_detach(
    start: Start, events: Events, binance: Any
) -> None:
    start(strict=True)
    counting(attach(binance))
    detach(binance)
    binance.publicGetTime({})
    assert binance.calls == 1
    assert events("API_CALL") == events("RATE_LIMIT") == []


def test_the_bot_goes_on_if_the_integration_fails(
    start: Start, binance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    start(strict=True)
    monkeypatch.setattr(kit, "write_call", fail)
    monkeypatch.setattr(kit, "register_from", fail)
    attach(binance)
    assert binance.publicGetTime({}) == {}


def test_something_that_is_no_client_is_left_alone(start: Start) -> None:
    class Other:
        pass

    start(strict=True)
    other = Other()
    assert attach(other) is other
    assert vars(other) == {}


def test_works_before_setup(binance: Any) -> None:
    assert attach(binance).publicGetTime({}) == {}


# The asynchronous clients.


@pytest.mark.slow
def test_each_request_of_asynchronous_clients_is_one_line(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer
) -> None:
    start(strict=True)
    known: list[str] = []

    async def use(name: str) -> None:
        client = local(getattr(ccxt_async, name)(), server)
        client.timeout_on_exit = 0
        attach(client)
        known.extend(secrets_of(client))
        for private in (False, True):
            with contextlib.suppress(Exception):
                await getattr(client, endpoints(client, private)[0])({})
        await client.close()

    async def main() -> None:
        await asyncio.gather(*map(use, EXCHANGES))

    asyncio.run(main())
    calls = events("API_CALL")
    assert len(calls) == len(server.seen) >= len(EXCHANGES)
    assert len({call["exchange"] for call in calls}) >= 15
    assert all(call["status"] == 200 for call in calls)
    assert not [secret for secret in known if secret in everything()]


def test_an_asynchronous_client(start: Start, events: Events, server: LocalServer) -> None:
    start(strict=True)
    statuses = iter([503, 200, 429])
    server.answer = lambda *_: (next(statuses), {})

    async def main() -> None:
        client = local(ccxt_async.binance(), server)
        client.timeout_on_exit = 0
        client.options["maxRetriesOnFailure"] = 1
        client.enableRateLimit = True
        attach(client)
        await client.publicGetTime({})
        client.options["maxRetriesOnFailure"] = 0
        with pytest.raises(ccxt.DDoSProtection):
            await client.publicGetTime({})
        with pytest.raises(ccxt.NetworkError):
            await client.fetch("http://127.0.0.1:1/x", "DELETE")
        await client.close()
        detach(client)

    asyncio.run(main())
    calls = [(call["status"], call["attempt"], call["path"]) for call in events("API_CALL")]
    assert calls == [
        (503, 1, "/api/v3/time"),
        (200, 2, "/api/v3/time"),
        (429, 1, "/api/v3/time"),
        (0, 1, "/x"),
    ]
    assert [limit["status"] for limit in events("RATE_LIMIT")] == ["allowed", "limited"]


def test_a_cancelled_request_is_written(start: Start, events: Events, server: LocalServer) -> None:
    start(strict=True)

    async def main() -> None:
        client = local(ccxt_async.kraken(), server)
        client.timeout_on_exit = 0
        asked = asyncio.Event()
        client.prepare_request_headers = lambda headers=None: asked.set() or {}
        attach(client)
        task = asyncio.create_task(client.publicGetTime({}))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()

    server.answer = lambda *_: (time.sleep(0.1), (200, {}))[1]
    asyncio.run(main())
    (call,) = events("API_CALL")
    assert (call["status"], call["ok"], call["error_type"]) == (0, False, "CancelledError")


def test_the_limiter_of_an_asynchronous_client(
    start: Start, events: Events, server: LocalServer
) -> None:
    async def full(_cost: Any = None) -> None:
        raise ccxt.RateLimitExceeded("throttle queue is over maxCapacity")

    async def main() -> None:
        client = local(ccxt_async.kraken(), server)
        client.timeout_on_exit = 0
        client.enableRateLimit, client.throttle = True, full
        attach(client)
        with pytest.raises(ccxt.RateLimitExceeded):
            await client.publicGetTime({})
        await client.close()

    start(strict=True)
    asyncio.run(main())
    assert [limit["status"] for limit in events("RATE_LIMIT")] == ["limited"]


# The streams of ccxt.pro.


def then_set(connection: Any, name: str, event: asyncio.Event) -> None:
    """Set an event after a callback of a connection."""
    callback = getattr(connection, name)
    setattr(connection, name, lambda *args: (callback(*args), event.set()))


def test_a_stream_connects_breaks_and_returns(start: Start, events: Events) -> None:
    pro = pytest.importorskip("ccxt.pro")
    web = pytest.importorskip("aiohttp.web")
    start(strict=True)

    async def main() -> None:
        sockets: list[Any] = []
        arrived = asyncio.Event()

        async def handle(request: Any) -> Any:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            sockets.append(socket)
            arrived.set()
            async for _ in socket:
                pass
            return socket

        app = web.Application()
        app.router.add_get("/ws/{key}", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        client = pro.binance()
        client.timeout_on_exit = 0
        attach(client)
        url = f"ws://127.0.0.1:{port}/ws/{'k7' * 20}"

        async def connect(address: str) -> None:
            client.open()
            connection = client.client(address)
            settled = asyncio.Event()
            for name in ("on_connected_callback", "on_error_callback"):
                then_set(connection, name, settled)
            connection.connect(client.session)
            await settled.wait()

        await connect(url)
        await arrived.wait()
        assert open_connections() == 1
        lost = asyncio.Event()
        then_set(client.clients[url], "on_close_callback", lost)
        await sockets[0].close(code=1012)
        await lost.wait()
        await site.stop()
        await connect(url)
        site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        await connect(url)
        await client.close()
        await runner.cleanup()

    asyncio.run(main())
    found = events("WS")
    assert [line["state"] for line in found] == [
        "connected", "disconnected", "reconnecting", "connected", "disconnected",
    ]  # fmt: skip
    assert [line["ws_connections"] for line in found] == [1, 0, 0, 1, 0]
    assert {line["stream"] for line in found} == {"/ws/{id}"}
    assert {line["exchange"] for line in found} == {"binance"}
    assert (found[1]["code"], found[4]["code"]) == (1012, 1000)
    assert found[3]["gap_s"] >= 0
    assert (found[2]["attempt"], found[3]["attempt"]) == (1, 2)


def test_the_errors_of_a_stream(start: Start, events: Events) -> None:
    pro = pytest.importorskip("ccxt.pro")

    class Connection:
        url = "wss://stream.example.com/public"
        dial_failed = False
        error = None

    start(strict=True)
    client = attach(pro.kraken())
    connection = Connection()
    client.on_connected(connection)
    client.on_error(connection, ccxt.NetworkError("reset"))
    client.on_close(connection, 1006)
    detach(client)
    client.on_connected(connection)
    found = events("WS")
    assert [line["state"] for line in found] == ["connected", "disconnected"]
    assert found[1]["reason"] == "NetworkError: reset"
