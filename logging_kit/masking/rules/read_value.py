"""Values in texts: quoted at any escape level, bare, in brackets, as code or as a placeholder."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ..unescape import unquoted
from .name_words import words_of
from .names import KEYISH, STRONG, TAILED, WEAK, words
from .value_shapes import (
    has_digit,
    is_base58,
    is_keyish,
    is_nothing,
    is_opaque,
    is_path,
    is_solana_transaction,
)

Span = tuple[int, int]

QUOTE: Final = (
    r"(?:\\{0,15}[\"'`]|%(?:25){0,3}2[27]|&(?:quot|apos|#34|#39|#x27|#x22);|\\{0,15}\\u002[27])"
)
_QUOTE = re.compile(QUOTE)
_PREFIX = re.compile(r"(?:[bBrRuUfF]{1,2}|@|\$|q|L|N)(?=\\{0,15}[\"'`])")
_CALL = re.compile(
    r"(?:new )?([A-Za-z_][\w.]{0,60})\((?=\s{0,40}[bruf]{0,2}\\{0,15}[\"'])\s{0,40}[bruf]{0,2}"
)
_BARE = re.compile(r"[^\s,;&|\"'`()\[\]{}<>\\\x00-\x1f]{1,4096}")
_NEXT_NAME = re.compile(r"(?<=.{3}):(?=[A-Za-z_]\w{0,40}=[^=])")
"""The name after a value: `api_key=…:symbol=BTC`."""

_BARE_SHORT = re.compile(r"[^\s,;&|\"'`()\[\]{}<>\\\x00-\x1f]{1,256}")
_BARE_PERCENT = re.compile(
    r"(?:(?!%(?:25){0,3}(?:26|22|27|2[cC]|7[dD]|5[dD]|20|0[aA]|3[bB]))[^\s,;&|\"'`()\[\]{}<>\\\x00-\x1f]){1,4096}"
)
_PLACEHOLDER = re.compile(
    r"(?:%[-+ #0]*\d*(?:\.\d+)?[sdrfixq]|%\(\w{1,40}\)[srd]"
    r"|\{\{?(?:[A-Za-z_.\[\]'\"() ]{0,60}\d{0,2}\]?)(?:![rsa])?(?::[^{}\s]{0,20})?\}?\}"
    r"|<[\w .-]{1,40}>"
    r"|\.{3}|…)+[.!]?"
)
_VARIABLE = re.compile(r"\$\{[^{}\s]{1,80}\}")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)*")
_ROOTS: Final = words_of(
    "self cls cfg config conf settings os sys args opts options params env environ process ctx this app client exchange "
    "credentials creds secrets account bot user request req kwargs data payload keyring vault st"
)
_TYPES: Final = words_of(
    "str string bytes int float bool any optional none null self required missing invalid valid empty unset secretstr text "
    "object default union dict list true false"
)
_WRAPPERS: Final = frozenset(
    {
        "secretstr",
        "secretbytes",
        "bytearray",
        "b64decode",
        "secret",
        "str",
        "bytes",
        "quote",
        "repr",
        "some",
        "just",
        "string",
    }
)
_NAME_WORDS: Final = words_of(
    "api key keys secret secrets token tokens access private public password passwd pwd pass passphrase user db auth client "
    "app bot session cookie authorization signature sign sig jwt credentials credential mnemonic pin otp totp x apikey "
    "apisecret secretkey privatekey accesstoken wallet exchange account my the your new old"
)
_COLON: Final = re.compile(rf"{QUOTE}?\s{{0,4}}(?::|=>?)")
_NUMBER: Final = re.compile(r"[\[:,]\s{0,4}(\d{3,64})(?=\s{0,4}[,\]}])")
_BRACKET: Final = re.compile(r"[\[\]{}()]")
_PAIR: Final = re.compile(r"[A-Za-z_][\w.-]{0,40}[:=](?=[^=])")
_MANY_NUMBERS: Final = re.compile(
    r"\s*(?:0x)?[0-9a-fA-F]{1,3}(?:\s*,\s*(?:0x)?[0-9a-fA-F]{1,3}){15,1023}\s*"
)
_TAILED_FROM: Final = 40
_TIMES: Final = words_of(
    "expiration expires expires_at expires_in expiry created created_at region"
)
_MAX_QUOTED: Final = 16_384
_MAX_QUOTES: Final = 64
_MAX_BRACKETS: Final = 4_096


class Value(NamedTuple):
    """A value in a text.

    `kind` is `"quoted"`, `"bare"`, `"call"` (the quoted argument of one) or `"brackets"` (from the
    opening bracket on).
    """

    start: int
    end: int
    kind: str
    before: str = ""


def read_value(text: str, at: int, *, percent: bool = False, short: bool = False) -> Value | None:
    """Return the value that starts at a position, or `None`.

    Args:
        text: The text.
        at: Where it starts.
        percent: Whether the text around it is percent-encoded.
        short: Whether a bare value need not be read to its end, since it is not judged yet.
    """
    prefix = _PREFIX.match(text, at)
    if prefix is not None:
        at = prefix.end()
    quote = _QUOTE.match(text, at)
    if quote is not None:
        return _read_quoted(text, quote)
    variable = _VARIABLE.match(text, at)
    if variable is not None:
        return Value(at, variable.end(), "bare")
    if text[at : at + 1] in ("[", "{", "("):
        return Value(at, at, "brackets")
    call = _CALL.match(text, at)
    if call is not None:
        quote = _QUOTE.match(text, call.end())
        if quote is not None:
            return _read_quoted(text, quote)._replace(kind="call", before=call[1])
    pattern = _BARE
    if percent:
        pattern = _BARE_PERCENT
    elif short:
        pattern = _BARE_SHORT
    bare = pattern.match(text, at)
    if bare is None:
        return None
    other = _NEXT_NAME.search(bare[0])
    if other is not None:
        return Value(at, at + other.start(), "bare")
    return Value(at, bare.end(), "bare")


def _read_quoted(text: str, quote: re.Match[str]) -> Value:
    opening = quote[0]
    mark = opening[-1]
    start = quote.end()
    if mark not in "\"'`" or opening[0] in "%&" or len(opening) > 16:
        end = text.find(opening, start, start + _MAX_QUOTED)
        return Value(start, end if end >= 0 else _line_end(text, start), "quoted")
    if text.startswith(mark * 2, start) and len(opening) == 1:
        end = text.find(mark * 3, start + 2, start + _MAX_QUOTED)
        if end >= 0:
            return Value(start + 2, end, "quoted")
    level = len(opening) - 1
    at = start
    for _ in range(_MAX_QUOTES):
        at = text.find(mark, at, start + _MAX_QUOTED)
        if at < 0:
            break
        slashes = 0
        while at - slashes > start and text[at - slashes - 1] == "\\":
            slashes += 1
        if slashes <= level or (level == 0 and slashes % 2 == 0):
            return Value(start, at - min(slashes, level), "quoted")
        at += 1
    return Value(start, _line_end(text, start), "quoted")


def _line_end(text: str, at: int) -> int:
    """Return the end of a value that was cut off: the end of its line."""
    end = text.find("\n", at, at + _MAX_QUOTED)
    if end >= 0:
        return end
    return min(len(text), at + _MAX_QUOTED)


def is_placeholder(value: str) -> bool:
    """Return True if it only says where a value would stand: `%s`, `{api_key}`, `<your key>`."""
    return len(value) <= 128 and _PLACEHOLDER.fullmatch(value) is not None


def is_placeholder_at(text: str, at: int) -> bool:
    """Return True if a placeholder starts at a position: `%(api_key)s`."""
    return _PLACEHOLDER.match(text, at) is not None


def is_code(value: str, following: str) -> bool:
    """Return True if a bare value is an expression of a program: `cfg.api_key`, `getpass(`.

    Args:
        value: The value.
        following: The character behind it.
    """
    if _IDENTIFIER.fullmatch(value) is None:
        return False
    if following in ("(", "["):
        return True
    parts = re.split(r"\.|->|::", value)
    tail = words(parts[-1]) or [""]
    if len(parts) > 1:
        return len(value) < 80 and (
            parts[0] in _ROOTS or (not has_digit(value) and _NAME_WORDS.issuperset(tail))
        )
    return value.lower() in _TYPES or (not has_digit(value) and _NAME_WORDS.issuperset(tail))


def hidden_under(value: str, name_class: int) -> bool:
    """Return True if a whole value is masked under a name of this class."""
    if is_nothing(value):
        return False
    if "%" in value and len(value) < 1024:
        value = unquoted(value)
    if name_class == STRONG:
        return not is_path(value)
    if name_class in (KEYISH, TAILED):
        return is_keyish(value) and (
            name_class == KEYISH or (len(value) >= _TAILED_FROM and not is_base58(value))
        )
    if name_class != WEAK or is_solana_transaction(value):
        return False
    scheme, space, rest = value.partition(" ")
    return is_opaque(rest if space and scheme.isalpha() else value)


def spans_in_brackets(text: str, at: int, judge: Callable[[str], bool]) -> tuple[list[Span], int]:
    """Return the leaves to mask in a list or a mapping that stands in a text, and where it ends.

    Args:
        text: The text.
        at: Position of the opening bracket.
        judge: Whether a leaf is masked.
    """
    end = _closing(text, at)
    inside = text[at + 1 : end]
    if is_placeholder(text[at : end + 1]):
        return [], end
    found: list[Span] = []
    position = at + 1
    quoted = False
    key = ""
    for _ in range(256):
        quote = _QUOTE.search(text, position, end)
        if quote is None:
            break
        quoted = True
        value = _read_quoted(text, quote)
        after = _COLON.match(text, value.end)
        is_time = key in _TIMES
        key = ""
        if after is not None:
            key = text[value.start : value.end].lower()
        if (
            after is None
            and not is_time
            and judge(text[value.start : value.end])
            and not is_placeholder(text[value.start : value.end])
        ):
            found.append((value.start, value.end))
        position = max(value.end, quote.end()) + len(quote[0])
    if not quoted and text[at] != "(" and inside and len(inside) < 4096:
        if _MANY_NUMBERS.fullmatch(inside):  # the bytes of a key
            return ([(at + 1, end)] if judge("1" * 64 + "a") else []), end
        for token in re.finditer(r"[^\s,{}\[\]()]+", inside):
            pair = _PAIR.match(token[0])
            if pair is not None:
                shift = pair.end()
            else:
                shift = 0
            leaf = token[0][shift:]
            if has_digit(leaf) and judge(leaf) and not is_code(leaf, ""):
                found.append((at + 1 + token.start() + shift, at + 1 + token.end()))
    elif quoted:
        found += _numbers(text, at, end, found, judge)
    return found, end


def _numbers(
    text: str, at: int, end: int, taken: list[Span], judge: Callable[[str], bool]
) -> list[Span]:
    return [
        (number.start(1), number.end(1))
        for number in _NUMBER.finditer(text, at, end + 1)
        if judge(number[1]) and not any(start <= number.start(1) < stop for start, stop in taken)
    ]


def _closing(text: str, at: int) -> int:
    """Return where the bracket at a position is closed, or the end of what is looked at."""
    depth = 0
    limit = min(len(text), at + _MAX_BRACKETS)
    for bracket in _BRACKET.finditer(text, at, limit):
        depth += 1 if bracket[0] in "[{(" else -1
        if depth == 0:
            return bracket.start()
    return limit


def is_wrapper(name: str) -> bool:
    """Return True if a call only wraps its argument: `SecretStr('…')`."""
    return name.rpartition(".")[2].lower() in _WRAPPERS
