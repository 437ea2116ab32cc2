"""Transport on requests: keep-alive, TLS, proxy, and a deadline for the whole exchange."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..exceptions import SettingsError, TransportError
from .options import SenderOptions
from .transport import Response, Timeout

if TYPE_CHECKING:
    import requests

_TEXT_LIMIT: Final = 16_384


class RequestsTransport:
    """Connections to one URL through requests; a forked child opens its own.

    Args:
        options: Options of the sender.
        text_limit: Most bytes of an answer that are kept.

    Raises:
        SettingsError: If requests is not installed.
    """

    def __init__(self, options: SenderOptions, text_limit: int = _TEXT_LIMIT) -> None:
        try:
            import requests
        except ImportError:
            raise SettingsError(
                "pushing lines needs requests: pip install 'logging-kit[loki]'"
            ) from None
        self._requests = requests
        self._options = options
        self._text_limit = text_limit
        self._session: requests.Session | None = None
        self._pid = 0

    def send(self, body: bytes, headers: Mapping[str, str], timeout: Timeout) -> Response:
        """Post a body.

        Args:
            body: The body as it goes over the wire.
            headers: Headers of this request.
            timeout: Time limits.

        Raises:
            TransportError: If the server gave no status in time.
        """
        from .deadline import set_deadline

        session = self.session
        connect_s = min(timeout.connect_s, timeout.total_s)
        read_s = min(timeout.read_s, timeout.total_s)
        set_deadline(time.monotonic() + timeout.total_s, read_s)
        try:
            answer = session.post(
                self._options.url,
                data=body,
                headers=dict(headers),
                timeout=(connect_s, read_s),
                allow_redirects=False,
                stream=True,
            )
        except (self._requests.RequestException, OSError, ValueError) as error:
            raise TransportError(_reason(error)) from None
        try:
            return Response(answer.status_code, answer.headers, _text(answer.raw, self._text_limit))
        finally:
            answer.close()

    def close(self) -> None:
        """Close the connections; the next `send` opens new ones."""
        session, self._session = self._session, None
        if session is not None and self._pid == os.getpid():
            session.close()

    @property
    def session(self) -> requests.Session:
        """Session of this process; a forked child gets one with the same headers."""
        session = self._session
        if session is None or self._pid != os.getpid():
            new = self._new_session()
            if session is not None:
                new.headers.update(session.headers)
                new.auth = session.auth
            self._session, self._pid = new, os.getpid()
            return new
        return session

    def _new_session(self) -> requests.Session:
        from .deadline import DeadlineAdapter

        options = self._options
        session = self._requests.Session()
        session.trust_env = False  # neither ~/.netrc nor a proxy that the bot's trading needs
        session.headers.clear()
        if not options.verify:
            session.verify = False
        elif options.ca_file:
            session.verify = os.fspath(options.ca_file)
        if options.client_cert and options.client_key:
            session.cert = (os.fspath(options.client_cert), os.fspath(options.client_key))
        elif options.client_cert:
            session.cert = os.fspath(options.client_cert)
        if options.proxy:
            session.proxies = {"http": options.proxy, "https": options.proxy}
        adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session


def _text(raw: Any, limit: int) -> str:
    """Read the beginning of a body.

    The status alone says whether the lines were accepted: a body that breaks off changes nothing.
    """
    try:
        content = raw.read(limit, decode_content=True) or b""
        if raw.read(1):
            raw.close()  # too long to be read to its end: the connection is not used again
    except Exception:
        raw.close()
        return ""
    return bytes(content).decode("utf-8", "replace")


def _reason(error: BaseException) -> str:
    """Return the innermost cause of an exception of requests, in a few words."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        if inner is None:
            inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return f"{type(error).__name__}: {error}"[:500]
