"""`logging-kit watch` in browsers of this machine, with textual-serve.

See https://github.com/Textualize/textual-serve.
"""

from __future__ import annotations

import hmac
import secrets
import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web
from textual_serve.server import Server

HOST: Final = "127.0.0.1"
_CSP: Final = "default-src 'self' 'unsafe-inline' data: ws:; font-src 'self' data:"
_DAY_S: Final = 86_400
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _LocalServer(Server):
    """A server for one user, closed to other users of the machine and to other web pages.

    The printed address carries a token. The first visit exchanges it for a cookie, which every
    request must have.
    """

    token: str

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._own_pages_only)
        return app

    @property
    def _hosts(self) -> frozenset[str]:
        return frozenset((f"{HOST}:{self.port}", f"localhost:{self.port}"))

    @property
    def _cookie(self) -> str:
        return f"logging-kit-{self.port}"

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # a foreign name that resolves to this machine arrives in the header Host
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text="open http://127.0.0.1 instead")
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] not in self._hosts:
            raise web.HTTPForbidden(text="another page may not read this")
        if not self._is_token(request.cookies.get(self._cookie, "")):
            return self._exchange(request.query.get("token", ""))
        answer = await handler(request)
        if not answer.prepared:
            # without fonts of another server, no other server learns of the visit
            answer.headers["Content-Security-Policy"] = _CSP
            answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode())

    def _exchange(self, text: str) -> web.StreamResponse:
        """Return a redirection that sets the cookie, for the right token.

        Raises:
            HTTPForbidden: For any other text.
        """
        if not self._is_token(text):
            raise web.HTTPForbidden(
                text="open the address that logging-kit printed, with its token"
            )
        answer = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        answer.set_cookie(
            self._cookie, self.token, max_age=_DAY_S, httponly=True, samesite="Strict", path="/"
        )
        return answer


def serve(command: Sequence[str], port: int, announce: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        command: The command that runs for each browser.
        port: Port on 127.0.0.1.
        announce: Called with the address to open, which contains the token.
    """
    server = _LocalServer(shlex.join(command), host=HOST, port=port, title="logging-kit watch")
    server.token = secrets.token_urlsafe(24)
    announce(f"http://{HOST}:{port}/?token={server.token}")
    server.serve()
