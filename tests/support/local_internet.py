"""Sends every HTTP request of a process to one server on this machine, whatever its address.

The examples of the documentation name real exchanges; their tests reach none.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_HOST = re.compile(r"^https?://(?!127\.0\.0\.1)[^/?#]+")


def redirect(url: str) -> None:
    """Send the requests of requests, httpx and aiohttp to `url`, if they are installed."""
    for patch in (_requests, _httpx, _aiohttp):
        try:
            patch(url)
        except ImportError:
            continue


def _moved(address: Any, to: str) -> str:
    text = str(address)
    return text if text.startswith(to) else _HOST.sub(to, text)


def _requests(to: str) -> None:
    import requests.adapters

    send = requests.adapters.HTTPAdapter.send

    def moved(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = _moved(request.url, to)
        return send(self, request, *args, **kwargs)

    requests.adapters.HTTPAdapter.send = moved  # type: ignore[method-assign]


def _httpx(to: str) -> None:
    for name in ("httpx", "httpx2"):
        if find_spec(name) is None:
            continue
        module = import_module(name)
        for kind, method in (
            (module.HTTPTransport, "handle_request"),
            (module.AsyncHTTPTransport, "handle_async_request"),
        ):
            setattr(kind, method, _moving(getattr(kind, method), module.URL, to))


def _moving(send: Any, kind: Any, to: str) -> Any:
    def moved(self: Any, request: Any) -> Any:
        request.url = kind(_moved(request.url, to))
        return send(self, request)

    return moved


def _aiohttp(to: str) -> None:
    import aiohttp
    import yarl

    request = aiohttp.ClientSession._request

    async def moved(self: Any, method: str, url: Any, **kwargs: Any) -> Any:
        return await request(self, method, yarl.URL(_moved(url, to), encoded=True), **kwargs)

    aiohttp.ClientSession._request = moved  # type: ignore[method-assign,assignment]
