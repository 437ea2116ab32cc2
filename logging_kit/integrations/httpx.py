"""httpx and httpx2: one API_CALL for each request of a client, or of all clients."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..runtime.logger import BotLogger
from .common import HttpLog, Replacements, elapsed_ms, is_inside, remember, undo


def attach(client: Any = None, log: BotLogger | None = None, *, exchange: str | None = None) -> Any:
    """Write an API_CALL for each request of a client.

    A request with its redirects is one call. A second call changes nothing but the options.

    Args:
        client: An `httpx.Client` or `httpx.AsyncClient`; by default all clients, and `httpx.get`
            and its like.
        log: The logger.
        exchange: ccxt's id of the exchange that the client asks.

    Returns:
        The client.

    Example:
        >>> client = attach(httpx.AsyncClient(), exchange="binance")
    """
    for target in _targets(client):
        undo(target)
        _replace_send(target, HttpLog(log, "httpx", exchange))
    return client


def detach(client: Any = None) -> Any:
    """Undo `attach` for a client, or for all clients."""
    for target in _targets(client):
        undo(target)
    return client


def _targets(client: Any) -> Iterator[Any]:
    if client is not None:
        yield client
        return
    for name in ("httpx", "httpx2"):  # the clients of some providers have its second version
        if find_spec(name) is not None:
            module = import_module(name)
            yield from (module.Client, module.AsyncClient)


def _replace_send(target: Any, http: HttpLog) -> None:
    replacements = Replacements(target)
    send = target.send

    @functools.wraps(send)
    def send_and_write(*args: Any, **kwargs: Any) -> Any:
        if is_inside.get() or not replacements.is_active:
            return send(*args, **kwargs)
        method, url = _request(args, kwargs)
        token, began = is_inside.set(True), time.perf_counter()
        try:
            response = send(*args, **kwargs)
        except BaseException as error:
            http.write(method, url, 0, elapsed_ms(began), error)
            raise
        finally:
            is_inside.reset(token)
        status, headers = response.status_code, response.headers
        http.write(method, url, status, elapsed_ms(began), headers=headers)
        return response

    @functools.wraps(send)
    async def send_and_write_async(*args: Any, **kwargs: Any) -> Any:
        if is_inside.get() or not replacements.is_active:
            return await send(*args, **kwargs)
        method, url = _request(args, kwargs)
        token, began = is_inside.set(True), time.perf_counter()
        try:
            response = await send(*args, **kwargs)
        except BaseException as error:
            http.write(method, url, 0, elapsed_ms(began), error)
            raise
        finally:
            is_inside.reset(token)
        status, headers = response.status_code, response.headers
        http.write(method, url, status, elapsed_ms(began), headers=headers)
        return response

    replacement: Any = send_and_write
    if inspect.iscoroutinefunction(send):
        replacement = send_and_write_async
    replacements.replace("send", replacement)
    remember(target, replacements)


def _request(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    request = kwargs.get("request", args[-1] if args else None)
    return getattr(request, "method", None), getattr(request, "url", None)
