"""aiohttp: API_CALL for each request of a session and of a server, WS for its sockets."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final

from ..runtime.logger import BotLogger
from .common import HttpLog, Replacements, elapsed_ms, is_inside, logger_of, remember, safely, undo
from .connections import Stream
from .incoming import REQUEST_ID, UNMATCHED, Incoming

_MARK: Final = "_logging_kit_log"


def trace_config(log: BotLogger | None = None, *, exchange: str | None = None) -> Any:
    """Return aiohttp's `TraceConfig` that writes an API_CALL for each request.

    The latency ends with the headers of the answer. A request with its redirects is one call.

    Example:
        >>> session = aiohttp.ClientSession(trace_configs=[trace_config()])
    """
    import aiohttp

    http = HttpLog(log, "aiohttp", exchange)
    config = aiohttp.TraceConfig()
    setattr(config, _MARK, http)

    async def start(_session: Any, context: SimpleNamespace, params: Any) -> None:
        context.began, context.url = time.perf_counter(), params.url  # before any redirect
        context.is_inside = is_inside.get()

    async def end(_session: Any, context: SimpleNamespace, params: Any) -> None:
        if not context.is_inside:
            status, headers = params.response.status, params.response.headers
            latency_ms = elapsed_ms(context.began)
            http.write(params.method, context.url, status, latency_ms, headers=headers)

    async def fail(_session: Any, context: SimpleNamespace, params: Any) -> None:
        if not context.is_inside:
            error = params.exception
            http.write(params.method, context.url, 0, elapsed_ms(context.began), error)

    config.on_request_start.append(start)
    config.on_request_end.append(end)
    config.on_request_exception.append(fail)
    config.freeze()
    return config


def attach(
    session: Any = None, log: BotLogger | None = None, *, exchange: str | None = None
) -> Any:
    """Write an API_CALL for each request of a session.

    Args:
        session: An `aiohttp.ClientSession`; by default all that are made from now on.
        log: The logger.
        exchange: ccxt's id of the exchange that the session asks.

    Returns:
        The session, or the class of all sessions.

    Example:
        >>> session = attach(aiohttp.ClientSession(), exchange="okx")
    """
    target = detach(session)
    config = trace_config(log, exchange=exchange)
    if session is not None:
        session.trace_configs.append(config)
        return session
    replacements = Replacements(target)
    begin = target.__init__

    def begin_traced(self: Any, *args: Any, **kwargs: Any) -> None:
        if replacements.is_active:
            kwargs["trace_configs"] = [*(kwargs.get("trace_configs") or ()), config]
        begin(self, *args, **kwargs)

    replacements.replace("__init__", begin_traced)
    remember(target, replacements)
    return target


def detach(session: Any = None) -> Any:
    """Undo `attach` for a session, or for those that are made from now on."""
    if session is not None:
        configs = session.trace_configs
        configs[:] = [config for config in configs if not hasattr(config, _MARK)]
        return session
    from aiohttp import ClientSession

    undo(ClientSession)
    return ClientSession


@asynccontextmanager
async def socket(
    session: Any,
    url: Any,
    log: BotLogger | None = None,
    *,
    exchange: str | None = None,
    stream: Stream | None = None,
    **options: Any,
) -> AsyncIterator[Any]:
    """Open a WebSocket, and write its WS events.

    Args:
        session: An `aiohttp.ClientSession`.
        url: Address of the stream.
        log: The logger.
        exchange: ccxt's id of the exchange.
        stream: Give the same `Stream` to each connection of one loop: its events then have the gap
            and the number of attempts.
        **options: Arguments of `ws_connect`.

    Example:
        >>> async with socket(session, "wss://stream.example.com/ws") as ws:
        ...     async for message in ws: ...
    """
    if stream is None:
        stream = Stream(logger_of(log, "aiohttp"), url, exchange)
    token = is_inside.set(True)  # the handshake is no call of its own
    try:
        opened = await session.ws_connect(url, **options)
    except Exception as error:
        safely("aiohttp", stream.reconnecting, error)
        raise
    finally:
        is_inside.reset(token)
    safely("aiohttp", stream.connected)
    try:
        async with opened:
            yield opened
    except BaseException as error:
        safely("aiohttp", stream.disconnected, opened.close_code, error)
        raise
    safely("aiohttp", stream.disconnected, opened.close_code)


def middleware(log: BotLogger | None = None, *, ignore: Collection[str] = ()) -> Any:
    """Return a middleware of a server: an API_CALL with `direction="in"` for each request.

    The request's id is the correlation id of every line within it, and stands in the header
    `X-Request-ID` of the answer.

    Args:
        log: The logger.
        ignore: Paths without an API_CALL, such as `/metrics`.

    Example:
        >>> app = aiohttp.web.Application(middlewares=[middleware()])
    """
    from aiohttp import web

    written = logger_of(log, "http")
    ignored = frozenset(ignore)

    @web.middleware
    async def write_incoming(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if is_socket or request.path in ignored:
            return await handler(request)
        incoming = Incoming(written, request.method, request.headers.get(REQUEST_ID))
        with incoming.context:
            try:
                response = await handler(request)
            except web.HTTPException as answer:  # an answer of aiohttp that is raised
                answer.headers[REQUEST_ID] = incoming.correlation_id
                incoming.end(_route_of(request), answer.status)
                raise
            except BaseException as error:
                status = 500
                if not isinstance(error, Exception):
                    status = 0  # the task was cancelled: there is no answer
                incoming.end(_route_of(request), status, error)
                raise
        if not response.prepared:
            response.headers[REQUEST_ID] = incoming.correlation_id
        incoming.end(_route_of(request), response.status)
        return response

    return write_incoming


def _route_of(request: Any) -> str:
    resource = request.match_info.route.resource
    if resource is None:
        return UNMATCHED
    return str(resource.canonical)
