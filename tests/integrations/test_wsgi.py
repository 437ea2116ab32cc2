from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.gunicorn import log_config
from logging_kit.integrations.wsgi import ApiCallMiddleware

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


def ask(app: Any, path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Do what a server does with one request."""
    started: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, **environ}
    answer = app(environ, lambda status, headers, *_: started.extend((status, dict(headers))))
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return started[0], started[1], body


def test_each_request_is_one_line(
    start: Start, events: Events, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    log = start(strict=True)
    closed = []

    class Body(list[bytes]):
        def close(self) -> None:
            closed.append(1)

    def app(environ: dict[str, str], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        log.info("inside", path=path)
        if path == "/fail":
            raise ValueError("the route failed")
        status = "404 Not Found" if path == "/.env" else "200 OK"
        start_response(status, [("X-Request-Id", "old"), ("Content-Type", "text/plain")])
        if path == "/late":
            return late()
        return Body([b"o", b"k"])

    def late() -> Any:
        yield b"o"
        raise KeyError("symbol")

    wrapped = ApiCallMiddleware(app, ignore={"/metrics"})
    status, headers, body = ask(wrapped, "/orders/81", HTTP_X_REQUEST_ID="abc-1")
    assert (status, headers["X-Request-ID"], body, closed) == ("200 OK", "abc-1", b"ok", [1])
    assert "X-Request-Id" not in headers
    ask(wrapped, "/.env")
    ask(wrapped, "/metrics")
    with pytest.raises(ValueError, match="the route failed"):
        ask(wrapped, "/fail")
    with pytest.raises(KeyError):
        ask(wrapped, "/late")
    calls = [
        (call["path"], call["status"], call["ok"], call.get("error_type"))
        for call in events("API_CALL")
    ]
    assert calls == [
        ("/orders/{id}", 200, True, None),
        ("{unmatched}", 404, True, None),
        ("/fail", 500, False, "ValueError"),
        ("/late", 500, False, "KeyError"),
    ]
    inside = [line for line in lines() if line["message"] == "inside"]
    assert inside[0]["correlation_id"] == "abc-1"
    assert "correlation_id" not in inside[2]


def test_the_configuration_of_gunicorn() -> None:
    config = log_config(app="trading")
    assert config["handlers"]["kit"] == {"class": "logging_kit.Handler", "app": "trading"}
    assert config["loggers"]["gunicorn.access"]["level"] == "WARNING"
    assert log_config(access=True)["loggers"]["gunicorn.access"]["level"] == "INFO"
