"""Requests of ccxt: their endpoints, their answers, and the text that ccxt prints about them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .common import path_template

_LIMITED_ERRORS: Final = frozenset(("RateLimitExceeded", "DDoSProtection"))
_LABEL: Final = re.compile(r"\s*([A-Za-z]\w*):\s*")
_PLACEHOLDER: Final = re.compile(r"\\{[^{}]*\\}")


class Request:
    """One request of ccxt with its retries.

    Attributes:
        template: The endpoint as ccxt's own description of the exchange has it, such as
            `order/{id}`; empty for a request that does not come from there.
        attempt: Number of the try.
        status: HTTP status of the newest answer; 0 without one.
        answered: When the newest answer was complete; `None` without one.
        headers: Headers of the newest answer.
    """

    def __init__(self, template: str) -> None:
        self.template = template
        self.attempt = 0
        self.status = 0
        self.answered: float | None = None
        self.headers: Mapping[str, Any] = {}

    def begin(self) -> None:
        """Count a try, and forget the answer of the one before."""
        self.attempt += 1
        self.status, self.answered, self.headers = 0, None, {}


def endpoint_path(template: str, url: Any) -> str:
    """Return the path of an address with the endpoint's own template in its place.

    Example:
        >>> endpoint_path("order/{id}", "https://api.example.com/v3/order/81?signature=x")
        '/v3/order/{id}'
    """
    template = template.strip("/")
    if not template:
        return path_template(url)
    path = unquote(urlsplit(str(url)).path)
    found = _pattern(template).search(path)
    if found is None:
        return "/" + template.partition("?")[0]
    return (path_template(path[: found.start()]).rstrip("/") + "/" + template).partition("?")[0]


@functools.lru_cache(maxsize=1024)
def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.escape(template.partition("?")[0])
    return re.compile("/" + _PLACEHOLDER.sub("[^/]+", escaped) + r"(?:\.\w+)?/?\Z")


def is_limit(error: BaseException | None) -> bool:
    """Return True for ccxt's exceptions of a limit, by name: their classes need no import."""
    return error is not None and not _LIMITED_ERRORS.isdisjoint(
        kind.__name__ for kind in type(error).__mro__
    )


def message_of(args: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """Return the message and the fields of what ccxt would print.

    A text such as `RequestHeaders:` names the value after it.
    """
    words: list[str] = []
    fields: dict[str, Any] = {}
    rest = list(args)
    while rest:
        label = None
        if isinstance(rest[0], str):
            label = _LABEL.fullmatch(rest[0])
        first = rest.pop(0)
        if label is not None and rest:
            fields[_snake(label[1])] = rest.pop(0)
        else:
            words.append(str(first).strip())
    return " ".join(words), fields


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
