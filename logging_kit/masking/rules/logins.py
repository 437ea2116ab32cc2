"""Positional arguments of WebSocket logins, and the rejected values that pydantic shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .names import STRONG, Names
from .read_value import QUOTE, read_value
from .value_shapes import has_digit, is_nothing, is_opaque

_SERVER_LOGIN = re.compile(r"\b(?:AUTH(?:\s+PLAIN)?\s+(?:[\w.@-]{1,64}\s+)?)([^\s\"'`\\]{8,512})")


def find_server_logins(text: str, _low: str) -> Iterable[tuple[int, int]]:
    """`AUTH PLAIN <base64>` of a mail server, `AUTH bot <password>` of Redis."""
    for match in _SERVER_LOGIN.finditer(text):
        if is_opaque(match[1]):
            yield match.span(1)


_LOGIN = re.compile(
    rf"{QUOTE}(?:op|method|event|action|cmd|command|type|request|reqType|e|ch|channel){QUOTE}\s{{0,4}}:\s{{0,4}}{QUOTE}"
    r"(?:[\w./]{0,24}[._/])?(?:auth\w{0,16}|log_?[io]n|authenticate|server\.auth)" + QUOTE
)
_ARGUMENTS = re.compile(rf"{QUOTE}(?:args|params|arguments|data|p|a){QUOTE}\s{{0,4}}:\s{{0,4}}\[")
_QUOTED = re.compile(QUOTE)
_COLON = re.compile(rf"{QUOTE}\s{{0,4}}:")


def find_logins(text: str, _low: str) -> Iterable[tuple[int, int]]:
    """Positional arguments of a WebSocket login.

    `{"op":"auth","args":["<key>",1662350400000,"<signature>"]}`.
    """
    past = 0
    for match in _LOGIN.finditer(text):
        if match.start() < past:
            continue
        arguments = _ARGUMENTS.search(text, match.end(), match.end() + 256)
        if arguments is None:
            arguments = _ARGUMENTS.search(text, max(past, match.start() - 1024), match.start())
        if arguments is None:
            continue
        end = text.find("]", arguments.end(), arguments.end() + 4096)
        past = max(match.end(), end if end >= 0 else min(len(text), arguments.end() + 4096))
        yield from _credentials(text, arguments.end(), past if end < 0 else end)


def _credentials(text: str, at: int, end: int) -> Iterable[tuple[int, int]]:
    for _ in range(32):
        quote = _QUOTED.search(text, at, end)
        if quote is None:
            value = None
        else:
            value = read_value(text, quote.start())
        if quote is None or value is None or value.end > end:
            return
        shown = text[value.start : value.end]
        if (
            len(shown) >= 12
            and has_digit(shown)
            and " " not in shown
            and not _COLON.match(text, value.end)
        ):
            yield value.start, value.end
        at = max(value.end, quote.end()) + len(quote[0])


_INPUT_VALUE = re.compile(r"(?m)^[ \t]*([\w.\-]{1,128})(?:\r?\n|\\n)[^\n]{0,200}?input_value=")


def find_input_values(text: str, names: Names) -> list[tuple[int, int, str]]:
    """Return the rejected values that pydantic shows for fields with names of secrets."""
    found: list[tuple[int, int, str]] = []
    for match in _INPUT_VALUE.finditer(text):
        if names.classify(match[1].rpartition(".")[2]) == STRONG:
            value = read_value(text, match.end())
            if (
                value is not None
                and value.kind in ("quoted", "bare")
                and not is_nothing(text[value.start : value.end])
            ):
                found.append((value.start, value.end, f"input value of {match[1][-64:]}"))
    return found
