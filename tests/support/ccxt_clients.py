"""ccxt clients with credentials made at run time, whose exchange is a server on this machine."""

from __future__ import annotations

import random
import re
from typing import Any

import ccxt
from ccxt.base.types import Entry

from tests.support.local_server import LocalServer
from tests.support.masking.signed_requests import HIDDEN, credentials

_NAMES = (
    "binance", "okx", "bybit", "kraken", "kucoin", "bitget", "gate", "mexc", "htx", "bitfinex", "bitstamp", "gemini",
    "cryptocom", "bitmex", "deribit", "bithumb", "phemex", "poloniex", "bingx", "whitebit", "coinex", "exmo",
)  # fmt: skip
EXCHANGES = [name for name in _NAMES if name in ccxt.exchanges]
_HOST = re.compile(r"https?://[^/]+")


def local(client: Any, server: LocalServer) -> Any:
    """Let a client send its requests to a local server, at once and with credentials."""
    client.urls = _redirected(client.urls, server.url)
    client.enableRateLimit = False
    for name, value in credentials(client, random.Random(client.id)).items():
        setattr(client, name, value)
    return client


def _redirected(urls: Any, to: str) -> Any:
    if isinstance(urls, dict):
        return {name: _redirected(value, to) for name, value in urls.items()}
    if isinstance(urls, list):
        return [_redirected(value, to) for value in urls]
    return _HOST.sub(to, urls) if isinstance(urls, str) else urls


def secrets_of(client: Any) -> list[str]:
    """The credentials of a client that no line may show."""
    return [getattr(client, name) for name in HIDDEN if getattr(client, name, None)]


def endpoints(client: Any, private: bool) -> list[str]:
    """Names of the methods that call one kind of endpoint."""
    return sorted(
        name
        for cls in type(client).__mro__
        for name, value in vars(cls).items()
        if isinstance(value, Entry) and name.islower() and ("private" in name) == private
    )
