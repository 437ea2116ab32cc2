"""Serves the program to browsers of this machine, with textual-serve (https://github.com/Textualize/textual-serve)."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web
from textual_serve.server import Server

HOST: Final = "127.0.0.1"
_CSP: Final = "default-src 'self' 'unsafe-inline' data: ws:; font-src 'self' data:"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _LocalServer(Server):
    """Answers pages of its own only: else any page in the user's browser could open the socket and read the logs."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._own_pages_only)
        return app

    @property
    def _hosts(self) -> frozenset[str]:
        return frozenset((f"{HOST}:{self.port}", f"localhost:{self.port}"))

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # a name of another site that resolves to this machine comes with that name as host
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text="open http://127.0.0.1 instead")
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] not in self._hosts:
            raise web.HTTPForbidden(text="another page may not read this")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = (
                _CSP  # no font from elsewhere, so nobody learns of the visit
            )
        return answer


def serve(command: Sequence[str], port: int) -> None:
    """Serve until Ctrl-C.

    Args:
        command: The program that each browser gets, and its arguments.
        port: Port on 127.0.0.1.
    """
    _LocalServer(shlex.join(command), host=HOST, port=port, title="logging-kit watch").serve()
