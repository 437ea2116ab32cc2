"""python-binance: API_CALL for each request of its clients, synchronous or not."""

from __future__ import annotations

from typing import Any, Final

from ..masking import register_from
from ..runtime.logger import BotLogger
from . import aiohttp, requests
from .common import safely

_SECRETS: Final = ("API_KEY", "API_SECRET", "PRIVATE_KEY")


def attach(client: Any, log: BotLogger | None = None, *, exchange: str = "binance") -> Any:
    """Write an API_CALL for each request of a client, and register its secrets.

    Args:
        client: A `binance.Client` or `binance.AsyncClient`.
        log: The logger.
        exchange: ccxt's id of the exchange, such as `binanceus`.

    Returns:
        The client.

    Example:
        >>> client = attach(binance.Client(key, secret))
    """
    safely("binance", register_from, {name: getattr(client, name, None) for name in _SECRETS})
    _library(client).attach(client.session, log, exchange=exchange)
    return client


def detach(client: Any) -> Any:
    """Undo `attach`; the secrets stay registered."""
    _library(client).detach(client.session)
    return client


def _library(client: Any) -> Any:
    """Return the integration of the library that the client asks with."""
    if hasattr(client.session, "trace_configs"):
        return aiohttp
    return requests
