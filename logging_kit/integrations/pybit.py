"""pybit: API_CALL for each request of its HTTP client."""

from __future__ import annotations

from typing import Any

from ..masking import register_from
from ..runtime.logger import BotLogger
from . import requests
from .common import safely


def attach(client: Any, log: BotLogger | None = None, *, exchange: str = "bybit") -> Any:
    """Write an API_CALL for each request of a client, and register its secrets.

    Bybit answers with status 200 when it refuses a request: its `retCode` then makes the call not
    `ok`, with the code as `error_type`.

    Args:
        client: A `pybit.unified_trading.HTTP`.
        log: The logger.
        exchange: ccxt's id of the exchange.

    Returns:
        The client.

    Example:
        >>> client = attach(pybit.unified_trading.HTTP(api_key=key, api_secret=secret))
    """
    secrets = {name: getattr(client, name, None) for name in ("api_key", "api_secret")}
    safely("pybit", register_from, secrets)
    requests.attach(client.client, log, exchange=exchange, refusal=_refusal)
    return client


def detach(client: Any) -> Any:
    """Undo `attach`; the secrets stay registered."""
    requests.detach(client.client)
    return client


def _refusal(response: Any) -> str | None:
    code = response.json().get("retCode", 0)
    if code == 0:
        return None
    return f"retCode {code}"
