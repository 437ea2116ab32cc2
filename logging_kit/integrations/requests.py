"""requests: one API_CALL for each request of a session, or of all sessions."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from ..runtime.logger import BotLogger
from .common import HttpLog, Replacements, elapsed_ms, is_inside, remember, safely, undo


def attach(
    session: Any = None,
    log: BotLogger | None = None,
    *,
    exchange: str | None = None,
    refusal: Callable[[Any], str | None] | None = None,
) -> Any:
    """Write an API_CALL for each request of a session.

    A request with its redirects is one call; tries of urllib3's `Retry` count as `attempt`. A
    second call changes nothing but the options.

    Args:
        session: A `requests.Session`; by default all sessions, and `requests.get` and its like.
        log: The logger.
        exchange: ccxt's id of the exchange that the session asks.
        refusal: Returns the `error_type` of an answer that refuses a request in spite of its
            status, else `None`.

    Returns:
        The session, or the class of all sessions.

    Example:
        >>> session = attach(requests.Session(), exchange="binance")
    """
    target = _target(session)
    undo(target)
    http = HttpLog(log, "requests", exchange)
    replacements = Replacements(target)
    send = target.send

    @functools.wraps(send)
    def send_and_write(*args: Any, **kwargs: Any) -> Any:
        if is_inside.get() or not replacements.is_active:
            return send(*args, **kwargs)
        request = kwargs.get("request", args[-1] if args else None)
        method, url = getattr(request, "method", None), getattr(request, "url", None)
        token, began = is_inside.set(True), time.perf_counter()
        try:
            response = send(*args, **kwargs)
        except BaseException as error:
            http.write(method, url, _status(error), elapsed_ms(began), error)
            raise
        finally:
            is_inside.reset(token)
        latency_ms, refused = elapsed_ms(began), None
        if refusal is not None:
            refused = safely("requests", refusal, response)
        status, attempt = response.status_code, _attempt(response)
        headers = response.headers
        http.write(
            method, url, status, latency_ms, attempt=attempt, refused=refused, headers=headers
        )
        return response

    replacements.replace("send", send_and_write)
    remember(target, replacements)
    return target


def detach(session: Any = None) -> Any:
    """Undo `attach` for a session, or for all sessions."""
    target = _target(session)
    undo(target)
    return target


def _target(session: Any) -> Any:
    if session is not None:
        return session
    from requests import Session

    return Session


def _status(error: BaseException) -> int:
    """Return the status of the answer that an exception carries, such as that of too many hops."""
    response = getattr(error, "response", None)
    if response is None:
        return 0
    return int(response.status_code)


def _attempt(response: Any) -> int | None:
    history = getattr(getattr(response.raw, "retries", None), "history", None)
    if not history:
        return None
    return len(history) + 1
