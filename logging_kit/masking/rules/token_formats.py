"""Self-identifying tokens: those of providers, exchanges and messengers, JWT, private keys.

Each is anchored at a literal and bounded. There is no rule for entropy: order ids, hashes and
addresses must survive.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from .token_list import PREFIXED as _OWN_LIST
from .token_list import SOMEWHERE
from .value_shapes import has_digit
from .vendor_tokens import VENDOR_TOKENS

Finding = tuple[int, int, str]


_CLASSES: Final = {
    "@W": "[A-Za-z0-9_-]", "@B": "[A-Za-z0-9]", "@H": "[0-9a-f]", "@C": "[1-9A-HJ-NP-Za-km-z]", "@S": r"(?:\\{0,3}/)",
}  # fmt: skip
_FIXED: Final = re.compile(r"\{\d+\}\)?\Z")
_ALPHABETS: Final = {
    "digits": "0-9", "hex": "0-9a-fA-F", "base32": "A-Z2-7", "base58": "1-9A-HJ-NP-Za-km-z", "base62": "A-Za-z0-9",
    "base64": "A-Za-z0-9+/=", "base64url": "A-Za-z0-9_=-", "lower": "a-z0-9", "upper": "A-Z0-9",
}  # fmt: skip
_SHORTEST: Final = 15
_RUN: Final = re.compile(r"[A-Za-z0-9_.\-/$=+~,%]{15}")
_REST: Final = re.compile(r"[A-Za-z0-9_-]{0,4096}")
_ARMOUR: Final = re.compile(r"-{4,5}BEGIN(?: |\+|%20)[A-Z0-9 +%]{0,40}PRIVATE(?: |\+|%20)KEY")
_KEY_BODY: Final = re.compile(r"[A-Za-z0-9+/=%]{12}")
_KEY_LINE: Final = re.compile(r"[A-Za-z0-9+/=]{32}")
_KEY_END: Final = re.compile(r"\\{0,15}[\"'`<>{}\[\]]")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

OwnFormat = str | tuple[str, str, int | tuple[int, int]]


PREFIXED: Final = (*_OWN_LIST, *(row[:4] for row in VENDOR_TOKENS))
"""Name, prefix, what follows, and what must be in that besides."""


class _Form(NamedTuple):
    name: str
    pattern: str
    holds: str


def _pattern(form: str) -> str:
    bounded = (
        form + "(?![A-Za-z0-9])" if _FIXED.search(form) else form
    )  # one length: not a part of something longer
    for mark, stands_for in _CLASSES.items():
        bounded = bounded.replace(mark, stands_for)
    return bounded


@cache
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(_pattern(form))


def _start(prefixes: Iterable[str]) -> re.Pattern[str]:
    """Return one pattern for the beginnings of all forms, grouped by their first letters."""
    groups: dict[str, list[str]] = {}
    rest = []
    for prefix in dict.fromkeys(prefixes):
        if prefix[0].isalnum():
            groups.setdefault(prefix[0], []).append(prefix[1:])
        else:
            rest.append(prefix)
    grouped = [f"{first}(?:{'|'.join(tails)})" for first, tails in groups.items()]
    return re.compile(
        rf"(?<![A-Za-z0-9])(?=[A-Za-z0-9_.\-/$=+~,%]{{{_SHORTEST}}})(?:{'|'.join(grouped + rest)})"
    )


_FORMS: Final = tuple(
    _Form(name, _pattern(prefix + rest), holds) for name, prefix, rest, holds in PREFIXED
)
_START: Final = _start(prefix for _, prefix, _, _ in PREFIXED)
_DASHED_HEX: Final = re.compile(
    r"-[0-9a-f]{8}-[0-9a-f]{5}(?![0-9A-Za-z-])|-(?<=[0-9a-f]{32}-)[0-9a-f]{32}(?![0-9A-Za-z-])"
)
_HUOBI: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?:[0-9a-z]{8,10}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{5}|[0-9a-f]{32}-[0-9a-f]{32})(?![0-9A-Za-z-])"
)
_DISCORD: Final = re.compile(r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}")
_DISCORD_ID: Final = re.compile(r"(?<![A-Za-z0-9_-])[MNO][A-Za-z0-9_-]{22,27}\Z")
_WIF: Final = re.compile(r"[5KL9c](?<![0-9A-Za-z].)[1-9A-HJ-NP-Za-km-z]{50,51}(?![0-9A-Za-z])")


class OwnFormats:
    """Formats that the user adds: a prefix, an alphabet and a length, no regular expression.

    Args:
        formats: Each as `"acme_:base62:32-64"` or as `("acme_", "base62", (32, 64))`; the length is
            of what follows the prefix.

    Raises:
        ValueError: When one of them makes no sense.
    """

    def __init__(self, formats: Iterable[OwnFormat]) -> None:
        parsed = [_parse(one) for one in formats]
        self.prefixes = tuple(prefix for prefix, _ in parsed)
        self._patterns = parsed

    def find(self, text: str) -> list[Finding]:
        """Return start, end and rule of each in a text."""
        return [
            (match.start(), match.end(), f"format {prefix}")
            for prefix, pattern in self._patterns
            if prefix in text
            for match in pattern.finditer(text)
        ]


def _parse(one: OwnFormat) -> tuple[str, re.Pattern[str]]:
    parts: Sequence[Any] = one.rsplit(":", 2) if isinstance(one, str) else tuple(one)
    if len(parts) != 3 or not isinstance(parts[0], str) or len(parts[0]) < 2:
        raise ValueError(
            f"{one!r} is not a format: give a prefix of 2 or more characters, an alphabet and a length"
        )
    prefix, alphabet, length = parts
    if alphabet not in _ALPHABETS:
        raise ValueError(f"{alphabet!r} is not an alphabet: there are {', '.join(_ALPHABETS)}")
    low, high = _length(length)
    if not 4 <= low <= high <= 4096:
        raise ValueError(f"{length!r} is not a length: 4 to 4096 characters, such as 32 or 32-64")
    return prefix, re.compile(f"{re.escape(prefix)}[{_ALPHABETS[alphabet]}]{{{low},{high}}}")


def _length(length: Any) -> tuple[int, int]:
    try:
        if isinstance(length, str):
            low, _, high = length.partition("-")
            return int(low), int(high or low)
        if isinstance(length, int):
            return length, length
        return int(length[0]), int(length[1])
    except (TypeError, ValueError, IndexError):
        return 0, 0


def find_formats(text: str) -> list[Finding]:
    """Return start, end and rule of each known format in a text.

    Args:
        text: A decoded string.
    """
    if "PRIVATE" in text:
        found = _private_keys(text)
    else:
        found = []
    if "LS0tLS1CRUdJTi" in text:
        found += _packed_keys(text)
    if _RUN.search(text) is None:
        return found
    past = 0
    for match in _START.finditer(text):
        if match.start() >= past and (one := _form_at(text, match.start())) is not None:
            past = one[1]
            found.append(one)
    found += [
        (*match.span(), "wallet import format")
        for match in _WIF.finditer(text)
        if _is_checked(match[0])
    ]
    for name, needle, form in SOMEWHERE:
        if needle in text:
            found += [
                (*match.span(match.lastindex or 0), name)
                for match in _compiled(form).finditer(text)
            ]
    if _DASHED_HEX.search(text) is not None:
        found += [(*match.span(), "huobi or oanda") for match in _HUOBI.finditer(text)]
    for match in _DISCORD.finditer(text):
        head = _DISCORD_ID.search(text, max(0, match.start() - 28), match.start())
        if head is not None:
            found.append((head.start(), match.end(), "discord bot"))
    return found


def _form_at(text: str, at: int) -> Finding | None:
    forms, together = _forms_from(text[at])
    match = together.match(text, at)
    if match is None or match.lastindex is None:
        return None
    form = forms[match.lastindex - 1]
    if (form.holds and not has_digit(match[0])) or (
        form.holds == "mixed" and match[0].upper() == match[0]
    ):
        return None
    rest = _REST.match(text, match.end())
    return at, match.end() if rest is None else rest.end(), form.name


@cache
def _forms_from(first: str) -> tuple[tuple[_Form, ...], re.Pattern[str]]:
    """Return the forms that may start with a letter, and one pattern for them all."""
    forms = tuple(
        form
        for form, (_, prefix, _, _) in zip(_FORMS, PREFIXED, strict=True)
        if prefix[0] == first or not prefix[0].isalnum()
    )
    return forms, re.compile("|".join(f"({form.pattern})" for form in forms))


def _private_keys(text: str) -> list[Finding]:
    found: list[Finding] = []
    past = 0
    for match in _ARMOUR.finditer(text):
        if match.start() < past or _KEY_BODY.search(text, match.end(), match.end() + 400) is None:
            continue
        end = text.find("-----END", match.end())
        # Without an end the text was cut: the rest of it is the key.
        if end < 0:
            past = _cut(text, match.end())
        else:
            past = min(
                len(text),
                text.find("-----", end + 8) + 5 if text.find("-----", end + 8) >= 0 else len(text),
            )
        found.append((match.start(), past, "private key"))
    return found


_PACKED_ARMOUR: Final = re.compile(
    r"LS0tLS1CRUdJTi[A-Za-z0-9+/_-]{26,}={0,2}(?:(?:\\[nr]|\s|\\){1,8}[A-Za-z0-9+/_-]{16,}={0,2}){0,256}"
)


def _packed_keys(text: str) -> list[Finding]:
    """Return private keys whose PEM text is in base64, as Kubernetes keeps them."""
    found = []
    for match in _PACKED_ARMOUR.finditer(text):
        head = match[0][:80].replace("-", "+").replace("_", "/")
        try:
            decoded = binascii.a2b_base64(head[: len(head) // 4 * 4])
        except binascii.Error:
            continue
        if b"PRIVATE" in decoded:
            found.append((*match.span(), "private key in base64"))
    return found


def _cut(text: str, at: int) -> int:
    """Return the end of a private key that was cut: the quote around it, or the end of the text."""
    quote = _KEY_END.search(text, at)
    if (
        quote is None or _KEY_LINE.search(text, quote.end()) is not None
    ):  # each of its lines has quotes of its own
        return len(text)
    return quote.start()


def _is_checked(value: str) -> bool:
    """Return True if the checksum of Base58Check holds, as in the wallet import format."""
    import hashlib

    number = 0
    for char in value:
        number = number * 58 + _BASE58.index(char)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return (
        len(raw) > 4 and hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]
    )
