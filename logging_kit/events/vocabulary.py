"""Words of ccxt and of the exchanges for the choices of the catalogue.

A choice is understood in any case, with any of `_`, `-`, space or nothing between its words, and
in the words below. The line has the catalogue's word, so that every panel counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from .model import Field

_SIDES: Final = {"long": "LONG", "buy": "LONG", "bid": "LONG", "short": "SHORT", "sell": "SHORT"}

SYNONYMS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "signal": {**_SIDES, "hold": "WAIT", "neutral": "WAIT", "none": "WAIT", "flat": "WAIT"},
        "side": {"bid": "buy", "ask": "sell"},
        "position_side": {**_SIDES, "none": "FLAT", "closed": "FLAT"},
        "status": {
            "open": "accepted", "new": "accepted", "live": "accepted", "active": "accepted",
            "wait": "accepted", "untriggered": "accepted", "triggered": "accepted",
            "pending": "submitted", "pending_new": "submitted", "created": "submitted",
            "partial": "partially_filled", "partial_fill": "partially_filled",
            "closed": "filled", "done": "filled", "fill": "filled",
            "cancelled": "canceled", "cancel": "canceled", "canceling": "canceled",
            "cancelling": "canceled", "pending_cancel": "canceled", "deactivated": "canceled",
            "reject": "rejected", "failed": "rejected", "expired_in_match": "expired",
            "throttled": "limited", "ok": "allowed",
        },
        "order_type": {
            "stop_market": "stop", "stop_loss": "stop", "stop_loss_limit": "stop_limit",
            "take_profit_market": "take_profit", "take_profit_limit": "take_profit",
            "trailing_stop_market": "trailing_stop", "trailing": "trailing_stop",
            "limit_maker": "limit", "post_only": "limit",
        },
        "action": {
            "enter": "entry", "open": "entry", "close": "exit", "partial": "partial_exit",
            "partial_close": "partial_exit", "reduce": "partial_exit",
        },
        "result": {
            "won": "win", "profit": "win", "lost": "loss", "lose": "loss", "even": "breakeven",
        },
        "direction": {
            "outgoing": "out", "outbound": "out", "incoming": "in", "inbound": "in",
        },
        "state": {
            "open": "connected", "closed": "disconnected", "close": "disconnected",
            "warn": "warning", "trigger": "triggered", "clear": "cleared",
        },
        "phase": {"start": "startup", "stop": "shutdown", "exit": "shutdown"},
        "mode": {"sandbox": "testnet", "demo": "paper", "dry_run": "paper", "prod": "live"},
    }
)  # fmt: skip
"""Words by the field, each with the catalogue's word. One that no choice of the event has, such as
`limited` of an order, does not apply."""

_LONGEST: Final = 40


def canonical_choice(spec: Field, word: str) -> str:
    """Return the catalogue's word for a choice; a word that nothing explains stays as it is.

    Args:
        spec: A field of kind `choice`.
        word: The caller's word.

    Example:
        >>> from .catalogue import CATALOGUE
        >>> canonical_choice(CATALOGUE["ORDER"].fields["status"], "PartiallyFilled")
        'partially_filled'
        >>> canonical_choice(CATALOGUE["ORDER"].fields["status"], "closed")
        'filled'
    """
    if word in spec.choices or len(word) > _LONGEST:
        return word
    return _words(spec.name, spec.choices).get(_folded(word), word)


@cache
def _words(name: str, choices: tuple[str, ...]) -> Mapping[str, str]:
    known = {
        _folded(word): choice
        for word, choice in SYNONYMS.get(name, {}).items()
        if choice in choices
    }
    folded = [_folded(choice) for choice in choices]
    known |= {
        text: choice
        for text, choice in zip(folded, choices, strict=True)
        if folded.count(text) == 1
    }
    return MappingProxyType(known)


def _folded(word: str) -> str:
    """Return a word without what spelling adds: its case and the marks between its parts."""
    return "".join(letter for letter in word.casefold() if letter not in "_- ")
