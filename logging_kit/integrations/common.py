"""The parts that the integrations share: safe hooks, path templates, and replaced attributes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from ..diagnostics import warn_once
from ..exceptions import SchemaError
from ..runtime.clock_skew import check_clock
from ..runtime.logger import BotLogger
from ..runtime.setup import get_logger

_R = TypeVar("_R")

is_inside: Final[ContextVar[bool]] = ContextVar("logging_kit_is_inside_call", default=False)
"""True while an integration already times a request, so that the one below it stays silent."""

OWN_PATHS: Final = ("/loki/api/v1/push", "/otlp/v1/logs", "/v1/logs", "/insert/loki/api/v1/push")
"""Paths to which lines are pushed. A line for each push would never come to an end."""

_LONGEST_PATH: Final = 200
_MOST_SEGMENTS: Final = 16
_QUOTES: Final = "usdt?|usdc|busd|fdusd|eur|gbp|btc|eth|krw|jpy|try|dai|perp"
_RULES: Final = (
    (re.compile(r"bot\d+:.+", re.DOTALL), "bot{token}"),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "{date}"),
    (re.compile(r"[+-]?\d{2,}"), "{id}"),
    (re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}"), "{id}"),
    (re.compile(r"(?:0x)?(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}"), "{id}"),
    (re.compile(r"[A-Z0-9]{2,}(?:[-_:/][A-Z0-9]{2,})+"), "{symbol}"),
    (re.compile(r"(?=\d*[A-Z])[A-Z0-9]{5,20}"), "{symbol}"),
    (re.compile(rf"(?:[a-z0-9]{{2,12}})[-_](?:{_QUOTES})"), "{symbol}"),
    (re.compile(r"[A-Za-z]+[-_:.]\d{2,}"), "{id}"),
    (re.compile(r"(?=(?:[^\d]*\d){3})[\w.~:=+-]{16,}"), "{id}"),
    (re.compile(r"[\w.~:=+-]{32,}"), "{id}"),
    (re.compile(r".*@.*", re.DOTALL), "{id}"),
)
"""Segments of a path that name one thing instead of a kind of thing, and their placeholders."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,32}")


def path_template(url: Any) -> str:
    """Return the path of an address without ids, symbols, tokens and query.

    Args:
        url: An address or a path.

    Example:
        >>> path_template("https://api.example.com/v1/orders/81723/fills?apiKey=x")
        '/v1/orders/{id}/fills'
    """
    text = str(url)
    try:
        path = urlsplit(text).path
    except ValueError:  # such as a bracket in the host
        path = ""
    segments = path.strip("/").split("/")
    shown = [_template(unquote(segment)) for segment in segments[:_MOST_SEGMENTS]]
    if len(segments) > _MOST_SEGMENTS:
        shown.append("{more}")
    return ("/" + "/".join(shown))[:_LONGEST_PATH]


def _template(segment: str) -> str:
    for pattern, placeholder in _RULES:
        if pattern.fullmatch(segment):
            return placeholder
    return segment


def host_of(url: Any) -> str | None:
    """Return the host of an address, in lower case and without a login."""
    try:
        return urlsplit(str(url)).hostname
    except ValueError:
        return None


def is_own_push(url: Any) -> bool:
    """Return True for a request that carries log lines to a server."""
    try:
        path = urlsplit(str(url)).path
    except ValueError:
        return False
    return path.endswith(OWN_PATHS)


def correlation_of(request_id: Any) -> str | None:
    """Return a request id that came from outside, if it can be a correlation id.

    Args:
        request_id: The id, as text or bytes. A UUID loses its dashes, so that it fits.
    """
    if isinstance(request_id, bytes):
        request_id = request_id.decode("latin-1")
    if not isinstance(request_id, str):
        return None
    text = request_id.strip()
    if len(text) == 36:
        text = text.replace("-", "")
    if _REQUEST_ID.fullmatch(text) is None:
        return None
    return text


LIMITED: Final = (418, 429)
"""The statuses by which an exchange refuses a request because of its limits."""


def seconds_of(text: Any) -> float | None:
    """Return the seconds of a header such as Retry-After; `None` for a date or another text."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def elapsed_ms(began: float, ended: float | None = None) -> float:
    """Return milliseconds since a reading of `time.perf_counter`."""
    if ended is None:
        ended = time.perf_counter()
    return round((ended - began) * 1000, 3)


def error_name(error: BaseException | None) -> str | None:
    """Return the class name of an exception, as `error_type` has it."""
    if error is None:
        return None
    return type(error).__qualname__


def logger_of(log: BotLogger | None, name: str) -> BotLogger:
    """Return the given logger, or one with the name of the integration."""
    if log is None:
        return get_logger(name)
    return log


def safely(integration: str, call: Callable[..., _R], *args: Any, **kwargs: Any) -> _R | None:
    """Call a hook; an exception becomes a note on stderr and reaches no bot.

    With the setting `strict` the error of a wrong event is raised, as everywhere.
    """
    try:
        return call(*args, **kwargs)
    except SchemaError:
        raise
    except Exception as error:
        warn_once(
            f"integration {integration}",
            f"the integration of {integration} failed: {type(error).__name__}",
        )
        return None


def write_call(
    log: BotLogger,
    *,
    method: Any,
    path: str,
    status: Any,
    latency_ms: float,
    direction: str = "out",
    error: BaseException | None = None,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Write one API_CALL whose result is known.

    Args:
        log: The logger.
        method: HTTP method.
        path: Template of the path.
        status: HTTP status; 0 without an answer.
        latency_ms: Time that it took.
        direction: `out` or `in`.
        error: The exception that ended the request.
        fields: Further fields; one that is `None` is left out.
    """
    given = {name: value for name, value in (fields or {}).items() if value is not None}
    if error is not None:
        given.setdefault("error_type", error_name(error))
        given.setdefault("ok", False)
    log.event(
        "API_CALL",
        method=str(method or "GET").upper(),
        path=path,
        status=status,
        latency_ms=latency_ms,
        direction=direction,
        **given,
    )


class Replacements:
    """Attributes of one object that an integration has replaced, and their originals.

    Args:
        target: An instance or a class.

    Attributes:
        is_active: False after `undo`. A replacement that another library has wrapped stays in
            place, and does nothing any more.
    """

    def __init__(self, target: Any) -> None:
        self._target = target
        self._replaced: list[tuple[str, Any, Any]] = []
        self.is_active = True

    def replace(self, name: str, replacement: Any) -> None:
        """Put another value in place of an attribute."""
        before = vars(self._target).get(name, self)  # itself stands for an inherited attribute
        setattr(self._target, name, replacement)
        self._replaced.append((name, replacement, before))

    def undo(self) -> None:
        """Restore the attributes that nothing else has replaced since."""
        self.is_active = False
        for name, replacement, before in reversed(self._replaced):
            if vars(self._target).get(name) is not replacement:
                continue
            if before is self:
                delattr(self._target, name)
            else:
                setattr(self._target, name, before)
        self._replaced.clear()


_HOOK: Final = "_logging_kit_hook"


def remember(target: Any, replacements: Replacements) -> None:
    """Keep on an object what was replaced on it."""
    setattr(target, _HOOK, replacements)


def undo(target: Any) -> None:
    """Undo what was replaced on an object, if anything was."""
    replacements = vars(target).get(_HOOK)
    if isinstance(replacements, Replacements):
        replacements.undo()
        delattr(target, _HOOK)


class HttpLog:
    """Writes the API_CALLs of one HTTP client.

    Args:
        log: The logger.
        integration: Name of the library.
        exchange: ccxt's id of the exchange that the client asks.
    """

    def __init__(self, log: BotLogger | None, integration: str, exchange: str | None) -> None:
        self._log = logger_of(log, integration)
        self._integration = integration
        self._exchange = exchange

    def write(
        self,
        method: Any,
        url: Any,
        status: Any,
        latency_ms: float,
        error: BaseException | None = None,
        attempt: int | None = None,
        refused: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one API_CALL, unless the request carried lines to a server.

        A limit of an exchange is a RATE_LIMIT too.
        """
        if is_own_push(url):
            return
        fields: dict[str, Any] = {
            "exchange": self._exchange,
            "host": host_of(url),
            "attempt": attempt,
        }
        if refused is not None:
            fields.update(ok=False, error_type=refused)
        safely(
            self._integration,
            write_call,
            self._log,
            method=method,
            path=path_template(url),
            status=status,
            latency_ms=latency_ms,
            error=error,
            fields=fields,
        )
        if self._exchange is not None and status in LIMITED:
            safely(self._integration, self._write_limit, path_template(url), headers or {})
        if self._exchange is not None and headers is not None and "Date" in headers:
            check_clock(self._exchange, headers["Date"], latency_ms=latency_ms)

    def _write_limit(self, path: str, headers: Mapping[str, Any]) -> None:
        fields: dict[str, Any] = {"exchange": self._exchange, "path": path}
        retry_after_s = seconds_of(headers.get("Retry-After"))
        if retry_after_s is not None:
            fields["retry_after_s"] = retry_after_s
        self._log.event("RATE_LIMIT", "limited", **fields)
