"""Django: one API_CALL for each request, and a `LOGGING` that makes its records lines."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final

from .common import error_name, logger_of, safely
from .incoming import REQUEST_ID, UNMATCHED, Incoming

_CONVERTER: Final = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")
_GROUP: Final = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


class ApiCallMiddleware:
    """Middleware: an API_CALL with `direction="in"` for each request, synchronous or not.

    Example:
        `MIDDLEWARE = ["logging_kit.integrations.django.ApiCallMiddleware", …]`
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response
        self._log = logger_of(None, "http")
        self._is_async = inspect.iscoroutinefunction(get_response)
        if self._is_async:
            import_module("asgiref.sync").markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        """Answer one request."""
        incoming = Incoming(self._log, request.method, request.headers.get(REQUEST_ID))
        if self._is_async:
            return self._answer_async(request, incoming)
        with incoming.context:
            response = self.get_response(request)
        return _finished(request, response, incoming)

    async def _answer_async(self, request: Any, incoming: Incoming) -> Any:
        with incoming.context:
            answer: Awaitable[Any] = self.get_response(request)
            response = await answer
        return _finished(request, response, incoming)

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Note the exception of a view; Django makes an answer of it."""
        request.logging_kit_error = exception


def _finished(request: Any, response: Any, incoming: Incoming) -> Any:
    safely("django", _finish, request, response, incoming)
    return response


def _finish(request: Any, response: Any, incoming: Incoming) -> None:
    response.headers[REQUEST_ID] = incoming.correlation_id
    match = getattr(request, "resolver_match", None)
    path = UNMATCHED
    if match is not None:
        path = route_template(str(match.route))
    error = getattr(request, "logging_kit_error", None)
    if error_name(error) == "Http404" or response.status_code < 500:
        error = None
    incoming.end(path, response.status_code, error)


def route_template(route: str) -> str:
    """Return a route of Django as the template of a path.

    Example:
        >>> route_template("orders/<int:order_id>/")
        '/orders/{order_id}/'
    """
    text = _GROUP.sub(r"{\1}", route)
    text = _CONVERTER.sub(r"{\1}", text).replace("\\", "")
    return "/" + text.lstrip("^/").rstrip("$").replace("^", "")


def log_config(**settings: Any) -> dict[str, Any]:
    """Return the setting `LOGGING` of Django: its records become lines, masked.

    Args:
        **settings: Settings of `logging_kit.setup`, which is called with them unless the logging
            is running.

    Example:
        `LOGGING = log_config(app="trading")`
    """
    own = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"kit": {"class": "logging_kit.Handler", **settings}},
        "loggers": {
            "django": {**own, "level": "INFO"},
            "django.server": {**own, "level": "WARNING"},  # ApiCallMiddleware has the requests
        },
        "root": {"level": "INFO", "handlers": ["kit"]},
    }
