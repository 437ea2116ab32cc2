from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.asgi import ApiCallMiddleware, route_of

fastapi = pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


def requests(app: Any, *paths: str, **options: Any) -> list[Any]:
    """Ask an application without a server; an exception of it is an answer with status 500."""

    async def ask() -> list[Any]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return [await client.get(path, **options) for path in paths]

    return asyncio.run(ask())


def test_fastapi(start: Start, events: Events, lines: Callable[..., list[dict[str, Any]]]) -> None:
    log = start(strict=True)
    app, sub = fastapi.FastAPI(), fastapi.FastAPI()
    app.add_middleware(ApiCallMiddleware, ignore={"/metrics"})

    @app.get("/orders/{order_id}")
    def order(order_id: int) -> dict[str, int]:
        log.info("an order is shown")
        return {"id": order_id}

    @app.get("/fail")
    async def fail() -> None:
        raise ValueError("the route failed")

    @app.get("/metrics")
    async def metrics() -> str:
        return ""

    @sub.get("/pairs/{pair}")
    async def pair(pair: str) -> str:
        return pair

    app.mount("/sub", sub)
    (first,) = requests(
        app, "/orders/81?token=x", headers={"x-request-id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    )
    requests(app, "/fail", "/metrics", "/orders/none", "/.env", "/sub/pairs/BTC-USDT")
    calls = [
        (call["method"], call["path"], call["status"], call["ok"], call.get("error_type"))
        for call in events("API_CALL")
    ]
    assert calls == [
        ("GET", "/orders/{order_id}", 200, True, None),
        ("GET", "/fail", 500, False, "ValueError"),
        ("GET", "/orders/{order_id}", 422, True, None),
        ("GET", "{unmatched}", 404, True, None),
        ("GET", "/sub/pairs/{pair}", 200, True, None),
    ]
    assert {call["direction"] for call in events("API_CALL")} == {"in"}
    ids = [call["correlation_id"] for call in events("API_CALL")]
    assert ids[0] == first.headers["x-request-id"] == "7c9e6679742540de944be07fc1f90ae7"
    assert len(set(ids)) == 5
    (shown,) = [line for line in lines() if line["message"] == "an order is shown"]
    assert shown["correlation_id"] == ids[0]


def test_starlette(start: Start, events: Events) -> None:
    applications = pytest.importorskip("starlette.applications")
    routing = pytest.importorskip("starlette.routing")
    responses = pytest.importorskip("starlette.responses")
    start(strict=True)

    async def page(request: Any) -> Any:
        return responses.PlainTextResponse(
            request.path_params["pair"], headers={"X-Request-Id": "old"}
        )

    app = applications.Starlette(routes=[routing.Route("/pairs/{pair}", page)])
    app.add_middleware(ApiCallMiddleware)
    (answer,) = requests(app, "/pairs/BTC-USDT")
    (call,) = events("API_CALL")
    assert (call["path"], call["status"]) == ("/pairs/{pair}", 200)
    assert answer.headers.get_list("x-request-id") == [call["correlation_id"]]


def test_other_connections_pass(start: Start, events: Events) -> None:
    start(strict=True)
    seen = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return {}

    wrapped = ApiCallMiddleware(app)
    for kind in ("lifespan", "websocket"):
        asyncio.run(wrapped({"type": kind}, nothing, nothing))
    assert seen == ["lifespan", "websocket"]
    assert events("API_CALL") == []


def test_a_cancelled_request_has_no_answer(start: Start, events: Events) -> None:
    start(strict=True)

    async def app(*_: Any) -> None:
        raise asyncio.CancelledError

    async def nothing(*_: Any) -> Any:
        return {}

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ApiCallMiddleware(app)({"type": "http", "method": "GET"}, nothing, nothing))
    (call,) = events("API_CALL")
    assert (call["status"], call["path"], call["error_type"]) == (
        0,
        "{unmatched}",
        "CancelledError",
    )


def test_the_template_of_parameters() -> None:
    scope = {"endpoint": 1, "path": "/a/81/b", "path_params": {"id": 81}}
    assert route_of(scope) == "/a/{id}/b"
    assert route_of({"endpoint": 1, "path": "/a"}) == "/a"
    assert route_of({}) is None
