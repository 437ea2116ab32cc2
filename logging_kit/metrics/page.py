"""Page that Prometheus reads, as text, and as an application for a web framework."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_WAIT_S: Final = 30.0


class Served(Protocol):
    """The metrics of a process.

    Attributes:
        ready: Set once they may be shown.
    """

    ready: threading.Event

    def registry(self) -> CollectorRegistry:
        """Return prometheus_client's registry of them."""


class _Running:
    """The metrics of this process, if `setup()` or a mounted page has started them."""

    def __init__(self) -> None:
        self.metrics: Served | None = None


RUNNING: Final = _Running()


def running() -> Served:
    """Return the metrics of this process.

    Raises:
        RuntimeError: If the setting `metrics_port` is not set.
    """
    if RUNNING.metrics is None:
        raise RuntimeError(
            "there are no metrics: call logging_kit.setup(metrics_port=8000), or "
            'metrics_port="mounted" to serve them yourself'
        )
    return RUNNING.metrics


def exposition() -> str:
    """Return the metrics in Prometheus' text format, for a page of the bot's own web server.

    Serve it as `CONTENT_TYPE`. The first call waits until the counts of earlier runs are restored.

    Raises:
        RuntimeError: If the setting `metrics_port` is not set, or restoring takes too long.

    Example:
        @app.get("/metrics")
        def metrics() -> Response:
            return Response(exposition(), media_type=CONTENT_TYPE)
    """
    metrics = running()
    if not metrics.ready.wait(_WAIT_S):
        raise RuntimeError("the counts of earlier runs are still being restored")
    return generate_latest(metrics.registry()).decode()


def answer(accept: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of the page.

    Args:
        accept: The header `Accept` of the request, which may ask for OpenMetrics.
    """
    metrics = RUNNING.metrics
    if metrics is None or not metrics.ready.is_set():
        # a page with part of the counts would look like a reset to Prometheus
        return 503, "text/plain; charset=utf-8", b"the metrics are not ready yet\n"
    encode, content_type = choose_encoder(accept)
    return 200, content_type, encode(metrics.registry())


def asgi_app() -> Callable[..., Awaitable[None]]:
    """Return an ASGI application that serves the metrics, to be mounted under `/metrics`.

    Example:
        app = FastAPI()
        app.mount("/metrics", asgi_app())
    """

    async def application(
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        status, content_type, body = answer(accept.decode("latin-1"))
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


async def _lifespan(
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def wsgi_app() -> Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return a WSGI application that serves the metrics, for Flask, Django or gunicorn.

    Example:
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/metrics": wsgi_app()})
    """

    def application(
        environ: Mapping[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        status, content_type, body = answer(environ.get("HTTP_ACCEPT", ""))
        line = {200: "200 OK", 503: "503 Service Unavailable"}[status]
        start_response(line, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]

    return application
