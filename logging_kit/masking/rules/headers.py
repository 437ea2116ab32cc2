"""Values of headers that carry credentials: `Authorization` with its schemes, cookies."""

from __future__ import annotations

import re
from typing import Final

from .name_words import words_of
from .names import STRONG
from .read_value import QUOTE, Span, hidden_under, spans_in_brackets
from .value_shapes import has_digit, is_nothing, is_opaque

AUTHORIZATION: Final = (
    "authorization",
    "authorisation",
    "auth_header",
    "auth header",
    "auth-header",
    "x-auth",
    "인증헤더",
    "인증 헤더",
)
COOKIE: Final = ("cookie", "cookies", "쿠키")

_SCHEME: Final = re.compile(
    rf"(?P<quote>{QUOTE})?(?P<scheme>[A-Za-z][\w.-]{{1,24}})(?:[ \t]{{1,4}}|%20)(?P<rest>[^\r\n\"'`\\]{{1,4096}})"
)
_TOKEN: Final = re.compile(r"[^\s,;]+")
_ONE_TOKEN: Final = words_of(
    "bearer basic token bot jwt key apikey api-key kakaoak geniekey ssws splunk"
)
_SEVERAL: Final = (
    "digest", "hmac", "aws4", "oauth", "hawk", "signature", "negotiate", "ntlm", "mac", "escher", "tc3", "acs", "sign",
)  # fmt: skip
_PARAMETER: Final = re.compile(
    rf"(?<![\w-])(?:response|signature|mac|sig|oauth_\w{{4,24}}|credential)=(?P<open>{QUOTE})(?P<value>[^\"'`\\\r\n]{{1,1024}})(?P=open)",
    re.IGNORECASE,
)
_COOKIE: Final = re.compile(rf"(?:{QUOTE})?(?P<value>[^\r\n\"'`\\]{{1,8192}})")
_COOKIE_HEAD: Final = re.compile(rf"(?P<quote>{QUOTE})?(?P<head>[^\s\"'`\\;,]{{1,256}})")


def authorization(text: str, at: int) -> list[Span]:
    """Return what follows the scheme.

    Nothing if there is no scheme (then the value is judged as any other).

    Args:
        text: The text.
        at: Where the header's value starts.
    """
    scheme = _SCHEME.match(text, at)
    if scheme is None or scheme["quote"] is not None:
        return []
    name = scheme["scheme"].lower()
    token = _TOKEN.match(text, scheme.start("rest"), scheme.end())
    if token is None or not token[0].strip("*"):
        return []
    if name.startswith(_SEVERAL):
        quoted = list(_PARAMETER.finditer(text, scheme.start("rest"), scheme.start("rest") + 640))
        if quoted:
            return [one.span("value") for one in quoted if one["value"].strip("*")]
        return [scheme.span("rest")]
    if name in _ONE_TOKEN and (has_digit(token[0]) or len(token[0]) >= 16):
        return [token.span()]
    if is_opaque(token[0]):
        return [token.span()]
    return []


def cookie(text: str, at: int) -> list[Span]:
    """Return the cookies up to the end of the line.

    Args:
        text: The text.
        at: Where the header's value starts.
    """
    if text[at : at + 1] in ("{", "["):
        return spans_in_brackets(text, at, lambda leaf: hidden_under(leaf, STRONG))[0]
    head = _COOKIE_HEAD.match(text, at)
    if head is None or not (
        "=" in head["head"] or head["quote"] is not None or is_opaque(head["head"])
    ):
        return []
    value = _COOKIE.match(text, at)
    if value is None or not value["value"].strip("* "):
        return []
    shown = value["value"]
    if (
        "=" in shown
        or (value.start("value") > at and not is_nothing(shown))
        or is_opaque(shown.strip())
    ):
        return [value.span("value")]
    return []
