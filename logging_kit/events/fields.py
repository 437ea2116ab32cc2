"""Builders of the catalogue's fields, and the fields that several events share."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .model import Event, Field, Level, Stream


def text(name: str, doc: str, *, low_cardinality: bool = True) -> Field:
    """Build a text field, of low cardinality by default."""
    return Field(name, "text", doc, low_cardinality=low_cardinality)


def choice(name: str, doc: str, *choices: str) -> Field:
    """Build a field that takes one of several texts."""
    return Field(name, "choice", doc, choices=choices)


def identity(name: str, doc: str) -> Field:
    """Build an id field."""
    return Field(name, "id", doc)


def number(
    name: str, doc: str, unit: str = "", low: float | None = None, high: float | None = None
) -> Field:
    """Build a number field."""
    return Field(name, "number", doc, unit, low=low, high=high)


def integer(name: str, doc: str, unit: str = "", low: float | None = 0) -> Field:
    """Build a field of whole numbers."""
    return Field(name, "integer", doc, unit, low=low)


def boolean(name: str, doc: str) -> Field:
    """Build a field that is true or false."""
    return Field(name, "boolean", doc)


def moment(name: str, doc: str) -> Field:
    """Build a timestamp field, in ms since 1970-01-01 UTC."""
    return Field(name, "time", doc, "ms since 1970-01-01 UTC")


SYMBOL: Final = text("symbol", "market in ccxt's unified form, such as BTC/USDT")
EXCHANGE: Final = text("exchange", "ccxt's id of the exchange, such as binance")
STRATEGY: Final = text("strategy", "name of the strategy that decided")
TIMEFRAME: Final = text("timeframe", "length of a candle, such as 1h")
CORRELATION: Final = identity(
    "correlation_id", "ties a signal to what follows from it; at most 32 characters"
)
ORDER_ID: Final = identity("order_id", "the exchange's id of the order")
QUOTE: Final = text("quote", "currency of the amounts, such as USDT")
LATENCY: Final = number("latency_ms", "time it took", "ms", low=0)
ERROR_TYPE: Final = text("error_type", "class of the exception, or message if there was none")
REASON: Final = text("reason", "why, in words", low_cardinality=False)
PRICE: Final = number("price", "price", "quote currency", low=0)
QTY: Final = number("qty", "amount", "base currency")

SHARED: Final = (CORRELATION, STRATEGY, EXCHANGE)
"""The fields that every event has."""


def event(
    name: str,
    doc: str,
    stream: Stream,
    required: tuple[Field, ...],
    optional: tuple[Field, ...] = (),
    *,
    level: Level = "info",
    positional: tuple[str, ...] = (),
    summary: tuple[str, ...] = (),
    levels: tuple[tuple[str, str, Level], ...] = (),
    required_when: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (),
) -> Event:
    """Build an event of the catalogue from its required and its optional fields."""
    needed = (replace(field, required=True) for field in required)
    built = Event(
        name, doc, stream, (*needed, *optional), level, positional, summary, levels, required_when
    )
    return built.with_shared(SHARED)
