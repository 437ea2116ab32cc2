"""Values of fields as people read them: sensible digits, separators, units, local times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from ..escaping import escape
from ..events.model import Event, Field
from ..events.validation import BOOLEAN_WORDS, summary_prefix
from ..line import is_number
from ..time_zones import ReaderClock, offset_text

LONGEST_VALUE: Final = 300
LONGEST_MESSAGE: Final = 4_000
_LARGEST: Final = 1e15
_LAST_MS: Final = 4_102_444_800_000
_COINS: Final = frozenset(("BTC", "XBT", "ETH", "BNB", "SOL"))
"""Currencies of which the third decimal is money too."""

_SIGNED: Final = ("pnl", "return_pct")
_UNITS: Final[Mapping[str, str]] = {"ms": "ms", "percent": "%", "x": "x", "USD": " USD"}


def format_field(
    field: Field, value: Any, record: Mapping[str, Any], clock: ReaderClock
) -> str | None:
    """Return a value of the catalogue as people read it; None if it is not of the field's kind.

    Args:
        field: The definition of the field.
        value: Its value in the line.
        record: The whole line, which names the currencies.
        clock: The clock of the reader.
    """
    if field.kind == "time":
        return _moment(value, clock)
    if field.kind not in ("number", "integer"):
        return None
    number = _number(value)
    if number is None:
        return None
    sign = ""
    if any(word in field.name for word in _SIGNED) and number > 0:
        sign = "+"
    if field.unit == "s":
        return format_seconds(number)
    currency = _currency(field, record)
    if currency is not None:
        return f"{sign}{format_money(number, currency)}".rstrip()
    return f"{sign}{format_number(number)}{_UNITS.get(field.unit, '')}"


def format_number(number: float, *, separators: bool = True) -> str:
    """Return a number with as many digits as people read.

    Args:
        number: The number.
        separators: Separate the thousands.

    Example:
        >>> format_number(0.5926409106271656), format_number(64000.123456), format_number(12.5)
        ('0.5926', '64,000.12', '12.5')
    """
    size = abs(number)
    comma = "," if separators else ""
    if number == int(number):
        return f"{int(number):{comma}d}"
    if size >= 1_000:
        decimals = 2
    elif size >= 1:
        decimals = 4
    else:
        decimals = _decimals(size)
    return f"{number:{comma}.{decimals}f}".rstrip("0").rstrip(".")


def format_money(number: float, currency: str) -> str:
    """Return an amount with its currency, which may be empty.

    Example:
        >>> format_money(-12.3456, "USDT"), format_money(0.00012, "BTC")
        ('-12.35 USDT', '0.00012 BTC')
    """
    size = abs(number)
    decimals = 2
    if currency in _COINS:
        decimals = 6
    if 0 < size < 1:
        decimals = max(decimals, _decimals(size))
    whole, _, fraction = f"{number:,.{decimals}f}".partition(".")
    kept = fraction.rstrip("0")
    return f"{whole}.{kept:0<2} {currency}"


def _decimals(size: float) -> int:
    """Return the decimals that show four digits of a number below 1."""
    places = 0
    while size < 1 and places < 12:
        size *= 10
        places += 1
    return places + 3


def format_seconds(seconds: float) -> str:
    """Return a length of time in its two largest units, such as `1h5m`."""
    if abs(seconds) < 60:
        return f"{format_number(round(seconds, 3))}s"
    left = round(abs(seconds))
    found: list[str] = []
    for size, letter in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        if left >= size and len(found) < 2:
            found.append(f"{left // size}{letter}")
            left %= size
        elif found:
            break
    if seconds < 0:
        found.insert(0, "-")
    return "".join(found)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and is_number(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) < _LARGEST:
        return None
    return value


def _currency(field: Field, record: Mapping[str, Any]) -> str | None:
    """Return the currency of an amount, empty if the line does not say it; None for a price."""
    if field.name == "fee" and record.get("fee_currency"):
        return word(record["fee_currency"])
    if field.unit != "quote currency" or not _is_amount(field.name):
        return None
    quote = word(record.get("quote"))
    symbol = word(record.get("symbol"))
    if not quote and "/" in symbol:
        quote = symbol.partition("/")[2].partition(":")[0]
    return quote


def _is_amount(name: str) -> bool:
    return "pnl" in name or name in ("equity", "balance", "fee", "notional")


def word(value: Any) -> str:
    """Return a short text as it is; an empty text for anything else."""
    if isinstance(value, str) and len(value) <= 20:
        return escape(value)
    return ""


def _moment(value: Any, clock: ReaderClock) -> str | None:
    """Return a time for milliseconds since 1970-01-01 UTC."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LAST_MS:
        return None
    moment = clock.at(value // 1000 * 1_000_000)
    return f"{moment.replace(tzinfo=None).isoformat()}{offset_text(moment)}"


def format_value(value: Any) -> str:
    """Return any other value as text on one row."""
    if isinstance(value, float) and abs(value) < _LARGEST:
        return format_number(value, separators=False)
    text = escape(short(text_of(value), LONGEST_VALUE))
    if isinstance(value, str) and (not text or " " in text or "=" in text):
        return f'"{text}"'
    return text


def format_summary(spec: Event, record: Mapping[str, Any], clock: ReaderClock) -> str:
    """Return the message that the package made of a line's fields, with sensible digits.

    Args:
        spec: The event of the line.
        record: The line.
        clock: The clock of the reader.
    """
    words: list[str] = []
    for name in spec.summary:
        value = record.get(name)
        if value is None:
            continue
        field = spec.fields.get(name)
        text = None
        if isinstance(value, bool):
            text = BOOLEAN_WORDS[value]
        elif field is not None:
            text = format_field(field, value, record, clock)
        if text is None:
            text = escape(short(text_of(value), LONGEST_MESSAGE))
        if name == "quote" and words and words[-1].endswith(f" {text}"):
            continue  # the amount before it names its currency
        words.append(summary_prefix(name) + text)
    return " ".join(words)


def text_of(value: Any) -> str:
    """Return a text as it is, and any other value as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=str).decode()
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def short(text: str, limit: int) -> str:
    """Cut a long text, and add its length."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text):,} characters)"
