"""ccxt: one API_CALL for each request, RATE_LIMIT, WS, and a masked `exchange.log`.

It works on a client of `ccxt`, `ccxt.async_support` and `ccxt.pro` alike, and imports none.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from ..masking import register_from
from ..runtime.logger import BotLogger
from .ccxt_fields import (
    from_ccxt_balance,
    from_ccxt_order,
    from_ccxt_position,
    from_ccxt_trade,
)
from .ccxt_requests import Request, endpoint_path, is_limit, message_of
from .common import (
    LIMITED,
    Replacements,
    elapsed_ms,
    is_inside,
    logger_of,
    remember,
    safely,
    seconds_of,
    undo,
    write_call,
)
from .connections import Stream

__all__ = [
    "attach",
    "detach",
    "from_ccxt_balance",
    "from_ccxt_order",
    "from_ccxt_position",
    "from_ccxt_trade",
]

_Exchange = TypeVar("_Exchange")

_CREDENTIALS: Final = (
    "apiKey", "secret", "password", "privateKey", "token", "twofa", "login", "uid", "accountId",
)  # fmt: skip
_WITH_LOGINS: Final = (
    "headers", "proxies", "proxyUrl", "proxy_url", "httpProxy", "http_proxy", "httpsProxy",
    "https_proxy", "socksProxy", "socks_proxy", "wsProxy", "ws_proxy", "wssProxy", "wss_proxy",
    "wsSocksProxy", "ws_socks_proxy", "aiohttp_proxy", "options",
)  # fmt: skip
_WEIGHTS: Final = (
    "x-mbx-used-weight-1m", "x-mbx-used-weight", "x-sapi-used-ip-weight-1m",
    "x-sapi-used-uid-weight-1m",
)  # fmt: skip


_current: Final[ContextVar[Request | None]] = ContextVar("logging_kit_ccxt", default=None)


def attach(
    exchange: _Exchange,
    log: BotLogger | None = None,
    *,
    allowed: bool = True,
    report_waits_s: float = 1.0,
) -> _Exchange:
    """Let a ccxt client log itself, and register its secrets.

    Each request is one API_CALL: the template of the endpoint, the time that the exchange took
    without the wait of ccxt's own limiter, the number of the try, and ccxt's exception as
    `error_type`. Each is a RATE_LIMIT too, so that the share of limited requests is known. Streams
    of `ccxt.pro` are WS events. `exchange.log`, which prints keys with `verbose`, becomes masked
    lines. A second call changes nothing but the options.

    Args:
        exchange: A client of `ccxt`, `ccxt.async_support` or `ccxt.pro`.
        log: The logger; by default one that is named after the exchange.
        allowed: Write RATE_LIMIT `allowed` for each request that the exchange has accepted.
        report_waits_s: Shortest wait of ccxt's limiter, in seconds, that is a RATE_LIMIT
            `limited`.

    Returns:
        The client.

    Example:
        >>> exchange = attach(ccxt.binance({"apiKey": key, "secret": secret}))
    """
    detach(exchange)
    safely("ccxt", _Hook, exchange, log, allowed=allowed, report_waits_s=report_waits_s)
    return exchange


def detach(exchange: _Exchange) -> _Exchange:
    """Let a client work as before `attach`; its secrets stay registered."""
    undo(exchange)
    return exchange


class _Hook:
    """The replaced methods of one client."""

    def __init__(
        self, exchange: Any, log: BotLogger | None, *, allowed: bool, report_waits_s: float
    ) -> None:
        self._exchange = exchange
        self._id = str(exchange.id)
        self._log = logger_of(log, f"exchange.{self._id}")
        self._allowed = allowed
        self._report_waits_s = report_waits_s
        self._registered: tuple[Any, ...] = ()
        self._streams: dict[str, Stream] = {}
        self.replacements = Replacements(exchange)
        self._register()
        remember(exchange, self.replacements)
        for name in ("fetch2", "fetch", "throttle"):
            self._replace(name, f"_{name}")
        self._replace("on_rest_response", "_on_answer")
        self.replacements.replace("log", self._log_text)
        if hasattr(exchange, "on_connected"):
            self._replace("on_connected", "_on_connected")
            self._replace("on_close", "_on_close")
            self._replace("on_error", "_on_error")
            self._replace("close_ws_clients", "_close_clients")

    def _replace(self, name: str, own: str) -> None:
        """Put our method in place of the client's, which it gets as its first argument."""
        original = getattr(self._exchange, name)
        if inspect.iscoroutinefunction(original):
            own += "_async"
        method = getattr(self, own)
        call = functools.wraps(original)(functools.partial(method, original))
        self.replacements.replace(name, call)

    def _register(self) -> None:
        """Register the secrets, also those that were given to the client later."""
        held = tuple(getattr(self._exchange, name, None) for name in _CREDENTIALS)
        if held == self._registered:
            return
        self._registered = held
        others = {name: getattr(self._exchange, name, None) for name in _WITH_LOGINS}
        register_from({**dict(zip(_CREDENTIALS, held, strict=True)), **others})

    # Requests. The endpoint is known in `fetch2`, the time and the error in `fetch`.

    def _fetch2(self, original: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
        token = _current.set(Request(str(path)))
        try:
            return original(path, *args, **kwargs)
        finally:
            _current.reset(token)

    async def _fetch2_async(self, original: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
        token = _current.set(Request(str(path)))
        try:
            return await original(path, *args, **kwargs)
        finally:
            _current.reset(token)

    def _fetch(self, original: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        request, began, tokens = self._begin()
        try:
            answer = original(url, *args, **kwargs)
        except BaseException as error:
            self._end(request, began, tokens, url, args, kwargs, error)
            raise
        self._end(request, began, tokens, url, args, kwargs, None)
        return answer

    async def _fetch_async(self, original: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        request, began, tokens = self._begin()
        try:
            answer = await original(url, *args, **kwargs)
        except BaseException as error:
            self._end(request, began, tokens, url, args, kwargs, error)
            raise
        self._end(request, began, tokens, url, args, kwargs, None)
        return answer

    def _begin(self) -> tuple[Request, float, Any]:
        safely("ccxt", self._register)
        request = _current.get()
        if request is None:  # `exchange.fetch(url)`, past the description of the endpoints
            request = Request("")
        request.begin()
        tokens = _current.set(request), is_inside.set(True)
        return request, time.perf_counter(), tokens

    def _end(
        self,
        request: Request,
        began: float,
        tokens: Any,
        url: Any,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        error: BaseException | None,
    ) -> None:
        ended = request.answered or time.perf_counter()
        _current.reset(tokens[0])
        is_inside.reset(tokens[1])
        if self.replacements.is_active:
            method = kwargs.get("method", args[0] if args else "GET")
            latency_ms = elapsed_ms(began, ended)
            safely("ccxt", self._write, request, url, method, latency_ms, error)

    def _write(
        self,
        request: Request,
        url: Any,
        method: Any,
        latency_ms: float,
        error: BaseException | None,
    ) -> None:
        path = endpoint_path(request.template, url)
        write_call(
            self._log,
            method=method,
            path=path,
            status=request.status,
            latency_ms=latency_ms,
            error=error,
            fields={"exchange": self._id, "attempt": request.attempt},
        )
        is_limited = request.status in LIMITED or is_limit(error)
        if is_limited or (self._allowed and request.status and error is None):
            self._write_limit(path, request.headers, limited=is_limited)

    def _write_limit(
        self,
        path: str | None,
        headers: Mapping[str, Any],
        *,
        limited: bool,
        waited_s: float | None = None,
    ) -> None:
        found = {str(name).lower(): value for name, value in headers.items()}
        retry_after_s = waited_s
        if limited and waited_s is None:
            retry_after_s = seconds_of(found.get("retry-after"))
        weight = next((found[name] for name in _WEIGHTS if name in found), None)
        fields: dict[str, Any] = {
            "exchange": self._id,
            "path": path,
            "retry_after_s": retry_after_s,
            "weight_used": _whole(weight),
        }
        status = ("allowed", "limited")[limited]
        self._log.event(
            "RATE_LIMIT", status, **{name: v for name, v in fields.items() if v is not None}
        )

    def _on_answer(
        self, original: Any, code: Any, reason: Any, url: Any, method: Any, headers: Any,
        *args: Any, **kwargs: Any,
    ) -> Any:  # fmt: skip
        request = _current.get()
        if request is not None:
            request.answered = time.perf_counter()
            request.status = code
            request.headers = headers or {}
        return original(code, reason, url, method, headers, *args, **kwargs)

    # The limiter of ccxt.

    def _throttle(self, original: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            result = original(*args, **kwargs)
        except Exception as error:
            self._throttled(began, error)
            raise
        self._throttled(began, None)
        return result

    async def _throttle_async(self, original: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            result = await original(*args, **kwargs)
        except Exception as error:
            self._throttled(began, error)
            raise
        self._throttled(began, None)
        return result

    def _throttled(self, began: float, error: Exception | None) -> None:
        waited_s = time.perf_counter() - began
        if not self.replacements.is_active:
            return
        if error is None and waited_s < self._report_waits_s:
            return
        request = _current.get()
        path = None
        if request is not None and request.template:
            path = endpoint_path(request.template, "")
        safely("ccxt", self._write_limit, path, {}, limited=True, waited_s=round(waited_s, 3))

    # Text that ccxt prints.

    def _log_text(self, *args: Any) -> None:
        message, fields = safely("ccxt", message_of, args) or ("", {})
        self._log.info(message, **fields)

    # Streams of `ccxt.pro`.

    def _stream(self, client: Any) -> Stream:
        url = str(client.url)
        if url not in self._streams:
            self._streams[url] = Stream(self._log, url, self._id)
        return self._streams[url]

    def _on_connected(self, original: Any, client: Any, *args: Any, **kwargs: Any) -> Any:
        if self.replacements.is_active:
            safely("ccxt", lambda: self._stream(client).connected())
        return original(client, *args, **kwargs)

    def _on_close(self, original: Any, client: Any, code: Any, *args: Any) -> Any:
        if self.replacements.is_active:
            safely("ccxt", lambda: self._stream(client).disconnected(code))
        return original(client, code, *args)

    def _on_error(self, original: Any, client: Any, error: Any, *args: Any) -> Any:
        if self.replacements.is_active:
            safely("ccxt", self._note_error, client, error)
        return original(client, error, *args)

    def _note_error(self, client: Any, error: Any) -> None:
        if getattr(client, "dial_failed", False):
            self._stream(client).reconnecting(error)
        else:
            self._stream(client).disconnected(reason=error)

    async def _close_clients_async(self, original: Any, *args: Any, **kwargs: Any) -> Any:
        for stream in list(self._streams.values()):
            if self.replacements.is_active:
                safely("ccxt", stream.disconnected, 1000)
        return await original(*args, **kwargs)


def _whole(text: Any) -> int | None:
    number = seconds_of(text)
    if number is None:
        return None
    return int(number)
