"""Refusal of values that must not be registered, because they are common in logs."""

from __future__ import annotations

import re
from typing import Final

from ._event_words import EVENT_WORDS
from .rules.name_words import words_of
from .rules.names import HARMLESS, STRONG
from .rules.value_shapes import is_nothing, is_opaque, is_path

COMMON: Final = EVENT_WORDS | words_of(
    "btc eth usdt usdc usd krw eur jpy gbp bnb sol xrp busd dai ada doge trx avax dot link "
    "matic binance bybit okx okex kucoin kraken coinbase bitget bitfinex bitmex deribit gateio "
    "gemini huobi htx mexc upbit bithumb coinone korbit phemex bitstamp bitmart bingx "
    "hyperliquid dydx alpaca ibkr oanda cancelled mainnet debug info warn critical exception "
    "price amount confidence reason admin root user guest test testing default example sample "
    "demo changeme change_me secret password passwd token apikey api_key localhost postgres "
    "mysql redis mongodb rabbitmq influxdb grafana production prod staging development dev "
    "local sandbox spot futures future perpetual perp margin swap options inverse linear "
    "isolated cross hedge oneway enabled disabled trading crypto bitcoin ethereum python "
    "version default_strategy optional required unknown success failed failure january february "
    "march april june july august september october november december monday tuesday wednesday "
    "thursday friday"
)
_MARKET = re.compile(
    r"[A-Za-z0-9]{2,12}[/:_-]?(?:USDT|USDC|USD|BTC|ETH|KRW|EUR|BNB|PERP|SWAP|usdt|usdc|usd|btc|krw)(?:[:_-][A-Za-z0-9-]+)?"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")
_NUMBER = re.compile(r"[-+]?[\d.,_]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|[A-Z]+|[A-Z][a-z]+")

SHORTEST: Final = 6
_SHORTEST_NAMED: Final = 4
_SHORTEST_UNNAMED: Final = 16


def why_refused(value: str, name_class: int) -> str | None:
    """Return why an explicitly registered value is refused, or `None`.

    Args:
        value: The value.
        name_class: Class of the name it was registered under; `HARMLESS` without one.
    """
    if is_nothing(value):
        return "it is empty"
    stripped = value.strip()
    if (
        stripped.lower() in COMMON
        or (_MARKET.fullmatch(stripped) and len(stripped) < 20)
        or len(set(stripped)) == 1
    ):
        return "it is a common value"
    if len(stripped) < (_SHORTEST_NAMED if name_class == STRONG else SHORTEST):
        return "it is too short"
    if _DATE.fullmatch(stripped) or (
        _NUMBER.fullmatch(stripped) and len(stripped) < 12 and name_class != STRONG
    ):
        return "it is a date or a short number"
    return None


_PLACEHOLDER: Final = re.compile(
    r"(?:your|my|the|some|insert|enter|put|paste|add|fill|replace|change|dummy|fake|sample|example|test|todo"
    r"|placeholder|xxx+|none|null|not)[ _.-]?(?:own|the|real|actual|me|in|with|set|it)?(?:[ "
    r"_.-][a-z0-9]+){0,6}"
    r"|[<\[{(].*[>\]})]|\$\{?\w+\}?|.*(?:[_ "
    r"-]here|placeholder|changeme|change[_-]me|example\.com|x{6,}|\*{3,}).*",
    re.IGNORECASE,
)
_ALGORITHM: Final = re.compile(
    r"(?:ed25519|ed448|x25519|secp\d{3}[kr]1|p-?(?:256|384|521)|prime256v1|(?:hs|rs|es|ps)(?:256|384|512)|eddsa"
    r"|ecdsa|rsa|dsa|hmac|(?:hmac[_-]?)?(?:sha|md)-?\d{1,3}(?:[_-]\d{3})?|aes|chacha20|fernet|blowfish|bcrypt"
    r"|(?:rsa|aes|ecdsa|hmac|ssh)[-_][a-z0-9]+(?:[-_][a-z0-9]+){0,4}|argon2(?:id|i|d)?)",
    re.IGNORECASE,
)
_WITH_DATE: Final = re.compile(r"(?:[A-Za-z]+[-_.])*(?:19|20)\d\d-?\d\d(?:-?\d\d)?(?:[-_.T]\w+)*")
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")


def ignore_discovered(value: str, name_class: int) -> bool:
    """Return True if a value found in the environment or in settings is left to the name rules.

    Args:
        value: The value.
        name_class: Class of the name it was found under.
    """
    stripped = value.strip()
    if (
        name_class == HARMLESS
        or why_refused(stripped, HARMLESS) is not None
        or is_path(stripped)
        or _URL.match(stripped)
    ):
        return True
    if any(
        pattern.fullmatch(stripped) for pattern in (_PLACEHOLDER, _ALGORITHM, _WITH_DATE, _ADDRESS)
    ):
        return True
    is_word = _WORD.fullmatch(stripped) and len(stripped) < 16
    if is_word or (_NUMBER.fullmatch(stripped) and len(stripped) < 12):
        return True
    return name_class != STRONG and (len(stripped) < _SHORTEST_UNNAMED or not is_opaque(stripped))
