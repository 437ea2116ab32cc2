"""Requests that ccxt signs with credentials made at run time; nothing is sent."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Iterator
from typing import Any, NamedTuple

import ccxt
from ccxt.base.types import Entry

HIDDEN = ("apiKey", "secret", "password", "privateKey", "twofa", "token")
"""What of a client's credentials is a secret; a login, an account number and an address are not."""


class Signed(NamedTuple):
    """One signed request."""

    exchange: str
    url: str
    method: str
    headers: Any
    body: Any

    def shown(self) -> Iterator[tuple[str, Any]]:
        """Yield the ways in which it reaches a log."""
        yield "url", self.url
        yield "headers", self.headers
        yield "body", self.body
        yield "exception", f"{self.exchange} {self.method} {self.url} 401 Unauthorized {self.body}"
        yield (
            "verbose",
            f"\nfetch Request: {self.exchange} {self.method} {self.url} RequestHeaders: {self.headers} RequestBody: {self.body}",
        )
        yield "debug", f"{self.method} {self.url}, Request: {self.headers} {self.body}"


class _Captured(Exception):  # noqa: N818  (no error: it ends the request)
    pass


def credentials(client: Any, make: random.Random) -> dict[str, str]:
    """Make credentials of the shape that an exchange wants."""
    letters = string.ascii_letters + string.digits
    made = {}
    for name, wanted in client.requiredCredentials.items():
        if not wanted:
            continue
        if name == "privateKey" or (
            name == "secret" and client.id in ("hyperliquid", "dydx", "vertex", "paradex", "derive")
        ):
            made[name] = "0x" + make.randbytes(32).hex()
        elif name == "walletAddress":
            made[name] = "0x" + make.randbytes(20).hex()
        elif name == "secret":
            made[name] = base64.b64encode(make.randbytes(48)).decode()
        elif name in ("uid", "accountId", "login"):
            made[name] = str(make.randrange(10**8, 10**9))
        else:
            made[name] = "".join(make.choices(letters, k=make.choice([24, 32, 36, 64])))
    return made


def client_of(exchange: str, make: random.Random) -> Any:
    """A client with credentials that never sends anything."""
    client = getattr(ccxt, exchange)({"enableRateLimit": False})
    for name, value in credentials(client, make).items():
        setattr(client, name, value)
    return client


def signed_requests(client: Any, most: int = 4) -> list[Signed]:
    """Sign requests of a client that carry credentials.

    Args:
        client: The client.
        most: How many requests at most.
    """
    found: list[Signed] = []

    def capture(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> None:
        found.append(Signed(client.id, url, method, headers, body))
        raise _Captured

    client.fetch = capture
    for endpoint in _endpoints(client):
        before = len(found)
        try:
            getattr(client, endpoint)({})
        except _Captured:
            pass
        except Exception:
            continue
        if len(found) > before and not _is_private(found[-1], client):
            found.pop()
        if len(found) >= most:
            break
    return found


def _is_private(request: Signed, client: Any) -> bool:
    text = f"{request.url} {request.headers} {request.body}"
    key = client.apiKey or "\0"
    return key in text or any(
        mark in text.lower()
        for mark in ("signature", "sign=", "hmac", "bearer ey", "'sign'", "authorization")
    )


def _endpoints(client: Any) -> list[str]:
    """Names of methods that call endpoints, private ones first."""
    names = sorted(
        name
        for cls in type(client).__mro__
        for name, value in vars(cls).items()
        if isinstance(value, Entry) and name.islower()
    )
    return sorted(
        (name for name in names if "public" not in name), key=lambda name: "private" not in name
    )[:60]
