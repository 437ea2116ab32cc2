"""Options of a sender: the server, the way to it, and the sizes and times of its requests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from ..exceptions import SettingsError
from ..masking import register_secret
from .transport import Timeout

Protocol = Literal["loki", "otlp"]
Encoding = Literal["auto", "protobuf", "json"]

_PATHS: Final[Mapping[str, str]] = {"loki": "/loki/api/v1/push", "otlp": "/v1/logs"}

GRAFANA_CLOUD: Final[Mapping[str, Any]] = {"batch_bytes": 65_536, "max_backoff_s": 60.0}
"""Limits of Grafana Cloud, which accepts smaller requests than a Loki of one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderOptions:
    """The options of a `Sender`.

    Attributes:
        url: Address of the server. A URL without a path gets the path of the protocol. A user and a
            password in it are sent as basic authentication, and appear in no message.
        protocol: `loki` for Loki's push protocol, `otlp` for OTLP over HTTP.
        encoding: `protobuf` is compressed with snappy and needs cramjam or python-snappy; `json` is
            compressed with gzip; `auto` prefers `protobuf`. OTLP is sent as JSON.
        tenant: Tenant of the lines (`X-Scope-OrgID`).
        username: User for basic authentication.
        password: Password for basic authentication.
        token: Bearer token.
        token_file: File with a bearer token; the sender reads it again when it changes.
        ca_file: Certificates to trust instead of those of the system.
        client_cert: Certificate of this client, with its key unless `client_key` names it.
        client_key: Key of this client's certificate.
        verify: Check the server's certificate.
        proxy: URL of a proxy. The proxies of the environment are not used.
        headers: Further headers of each request.
        timeout: Time limits of one request.
        batch_lines: Most lines in one request.
        batch_bytes: Most bytes in one request before compression.
        max_labels: Most labels of a stream; further ones become structured metadata.
        min_backoff_s: Longest wait after the first failure, in seconds.
        max_backoff_s: Longest wait after many failures, in seconds.
        max_retry_after_s: Longest wait that a server may ask for (`Retry-After`), in seconds.

    Raises:
        SettingsError: If a value is impossible.

    Example:
        >>> options = SenderOptions(url="http://127.0.0.1:3100", tenant="bots")
        >>> options.url
        'http://127.0.0.1:3100/loki/api/v1/push'
    """

    url: str
    protocol: Protocol = "loki"
    encoding: Encoding = "auto"
    tenant: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_file: str | os.PathLike[str] = ""
    ca_file: str | os.PathLike[str] = ""
    client_cert: str | os.PathLike[str] = ""
    client_key: str | os.PathLike[str] = ""
    verify: bool = True
    proxy: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: Timeout = field(default_factory=Timeout)
    batch_lines: int = 5_000
    batch_bytes: int = 1_000_000
    max_labels: int = 15
    min_backoff_s: float = 0.5
    max_backoff_s: float = 30.0
    max_retry_after_s: float = 300.0

    def __post_init__(self) -> None:
        if self.protocol not in _PATHS:
            raise SettingsError(f"protocol={self.protocol!r} is neither 'loki' nor 'otlp'")
        if self.encoding not in ("auto", "protobuf", "json"):
            raise SettingsError(f"encoding={self.encoding!r} is not auto, protobuf or json")
        for name in ("batch_lines", "batch_bytes", "max_labels", "min_backoff_s", "max_backoff_s"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name}={getattr(self, name)!r} must be above 0")
        if self.token and self.token_file:
            raise SettingsError("token and token_file exclude each other")
        self._set_url()
        for secret in (self.password, self.token):
            if secret:
                register_secret(secret, "token")

    def _set_url(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                "the URL of a log server begins with http:// or https:// and a host"
            )
        try:
            port = parts.port
        except ValueError:
            raise SettingsError("the URL of the log server has an impossible port") from None
        if parts.username and not self.username:
            object.__setattr__(self, "username", unquote(parts.username))
            object.__setattr__(self, "password", unquote(parts.password or ""))
        host = parts.hostname
        if ":" in host:
            host = f"[{host}]"
        if port is not None:
            host = f"{host}:{port}"
        path = parts.path
        if path in ("", "/"):
            path = _PATHS[self.protocol]
        object.__setattr__(self, "url", urlunsplit((parts.scheme, host, path, parts.query, "")))

    def for_grafana_cloud(self) -> SenderOptions:
        """Return these options with the limits of Grafana Cloud."""
        return replace(self, **GRAFANA_CLOUD)
