"""FastAPI, Starlette and other ASGI applications: one API_CALL for each request they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from ..runtime.logger import BotLogger
from .common import logger_of, safely
from .incoming import REQUEST_ID, UNMATCHED, Incoming

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class ApiCallMiddleware:
    """ASGI middleware: an API_CALL with `direction="in"` for each request.

    The request's id is the correlation id of every line within it, and stands in the header
    `X-Request-ID` of the answer.

    Args:
        app: The application.
        log: The logger.
        ignore: Paths without an API_CALL, such as `/metrics`.

    Example:
        >>> app = FastAPI()
        >>> app.add_middleware(ApiCallMiddleware)
    """

    def __init__(
        self,
        app: Callable[..., Awaitable[None]],
        log: BotLogger | None = None,
        *,
        ignore: Collection[str] = (),
    ) -> None:
        self.app = app
        self._log = logger_of(log, "http")
        self._ignore = frozenset(ignore)

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Handle one connection; those other than HTTP requests pass unchanged."""
        if scope["type"] != "http" or scope.get("path") in self._ignore:
            await self.app(scope, receive, send)
            return
        headers = {bytes(name).lower(): value for name, value in scope.get("headers", ())}
        incoming = Incoming(self._log, scope.get("method"), headers.get(_NAME))
        status = 0

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = _with_id(message, incoming.correlation_id)
            await send(message)

        with incoming.context:
            try:
                await self.app(scope, receive, send_with_id)
            except BaseException as error:
                answered = status or _status_of(error)
                incoming.end(safely("asgi", route_of, scope) or UNMATCHED, answered, error)
                raise
        incoming.end(safely("asgi", route_of, scope) or UNMATCHED, status)


_NAME = REQUEST_ID.lower().encode()


def route_of(scope: _Scope) -> str | None:
    """Return the template of the route that took a request; `None` if there was none.

    FastAPI keeps the route in the scope. Starlette keeps the values of the parameters.
    """
    template = getattr(scope.get("route"), "path", None)
    if isinstance(template, str):
        root = str(scope.get("root_path", ""))
        outer = str(scope.get("app_root_path", root))  # only a mount sets it
        return root.removeprefix(outer) + template
    if "endpoint" not in scope:
        return None
    segments = str(scope.get("path", "")).split("/")
    for name, value in (scope.get("path_params") or {}).items():
        text = str(value)
        segments = [f"{{{name}}}" if segment == text else segment for segment in segments]
    return "/".join(segments)


def _with_id(message: MutableMapping[str, Any], request_id: str) -> dict[str, Any]:
    headers = [pair for pair in message.get("headers", ()) if bytes(pair[0]).lower() != _NAME]
    return {**message, "headers": [*headers, (_NAME, request_id.encode())]}


def _status_of(error: BaseException) -> int:
    """Return the status of the answer that the server makes of an exception."""
    if isinstance(error, Exception):
        return 500
    return 0  # the task was cancelled: there is no answer
