"""WSGI applications: one API_CALL for each request they answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ..runtime.logger import BotLogger
from .common import logger_of, path_template
from .incoming import REQUEST_ID, UNMATCHED, Incoming


class ApiCallMiddleware:
    """WSGI middleware: an API_CALL with `direction="in"` for each request.

    WSGI does not tell the route: `path` is the path without its ids and symbols, and `{unmatched}`
    for status 404.

    Args:
        app: The application.
        log: The logger.
        ignore: Paths without an API_CALL, such as `/metrics`.

    Example:
        >>> app.wsgi_app = ApiCallMiddleware(app.wsgi_app)
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        log: BotLogger | None = None,
        *,
        ignore: Collection[str] = (),
    ) -> None:
        self.app = app
        self._log = logger_of(log, "http")
        self._ignore = frozenset(ignore)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path in self._ignore:
            return self.app(environ, start_response)
        given = environ.get("HTTP_X_REQUEST_ID")
        answer = _Answer(Incoming(self._log, environ.get("REQUEST_METHOD"), given), path)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answer.status = int(status.split(" ", 1)[0])
            kept = [pair for pair in headers if pair[0].lower() != REQUEST_ID.lower()]
            answer_id = (REQUEST_ID, answer.incoming.correlation_id)
            return start_response(status, [*kept, answer_id], *more)

        with answer.incoming.context:
            try:
                answer.chunks = self.app(environ, start)
            except BaseException as error:
                answer.end(error)
                raise
        return answer


class _Answer:
    """The body of an answer; its end is the end of the request."""

    def __init__(self, incoming: Incoming, path: str) -> None:
        self.incoming = incoming
        self.status = 0
        self.chunks: Iterable[bytes] = ()
        self._path = path
        self._is_written = False

    def __iter__(self) -> Iterator[bytes]:
        with self.incoming.context:
            try:
                yield from self.chunks
            except Exception as error:
                self.end(error)
                raise

    def close(self) -> None:
        """Close the body of the application, and write the API_CALL."""
        try:
            close = getattr(self.chunks, "close", None)
            if close is not None:
                close()
        finally:
            self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Write the API_CALL, once."""
        if self._is_written:
            return
        self._is_written = True
        status, path = self.status, path_template(self._path)
        if error is not None:
            status = 500
        if status == 404:
            path = UNMATCHED
        self.incoming.end(path, status, error)
