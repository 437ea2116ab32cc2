"""The words of ccxt and of the exchanges, as the lines have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from logging_kit import BotLogger
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.fields import choice
from logging_kit.events.vocabulary import SYNONYMS, canonical_choice

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

DOCS = Path(__file__).parents[2] / "docs" / "events.md"
ORDER = {"order_id": "1", "symbol": "BTC/USDT", "exchange": "binance", "qty": 1}
TRADE = {"trade_id": "t", "symbol": "BTC/USDT", "qty": 1, "price": 2, "pnl": 3, "quote": "USDT"}


class Side(Enum):
    BUY = "BUY"


@pytest.mark.parametrize("word", ["long", "Long", "LONG", "buy", "BUY", "Bid"])
def test_a_signal_is_understood_in_the_words_of_ccxt(word: str, start: Start, lines: Lines) -> None:
    start().signal(word, confidence=0.5, symbol="BTC/USDT")  # type: ignore[arg-type]
    (line,) = lines()
    assert (line["signal"], line.get("schema_error")) == ("LONG", None)
    assert line["message"].startswith("LONG")


@pytest.mark.parametrize(
    ("status", "side", "written", "level"),
    [
        ("closed", "BUY", ("filled", "buy"), "info"),
        ("PARTIALLY_FILLED", "SELL", ("partially_filled", "sell"), "info"),
        ("PartiallyFilled", "Sell", ("partially_filled", "sell"), "info"),
        ("open", Side.BUY, ("accepted", "buy"), "info"),
        ("Cancelled", "ask", ("canceled", "sell"), "info"),
        ("REJECTED", "bid", ("rejected", "buy"), "warning"),
        ("EXPIRED_IN_MATCH", "buy", ("expired", "buy"), "warning"),
    ],
)
def test_an_order_is_understood_in_the_words_of_the_exchanges(
    status: str, side: Any, written: tuple[str, str], level: str, start: Start, lines: Lines
) -> None:
    log = start()
    for _ in range(3):  # the first calls prepare the fast path
        log.order(status, side=side, **ORDER)  # type: ignore[arg-type]
    for line in lines():
        assert (line["status"], line["side"]) == written
        assert line["level"] == level
        assert "schema_error" not in line


@pytest.mark.parametrize("action", ["exit", "EXIT", "close", "Close"])
def test_the_result_of_an_exit_follows_from_its_pnl_in_any_spelling(
    action: str, start: Start, lines: Lines
) -> None:
    start().trade(action, position_side="short", **TRADE)  # type: ignore[arg-type]
    (line,) = lines()
    assert (line["action"], line["position_side"], line["result"]) == ("exit", "SHORT", "win")
    assert "schema_error" not in line


def test_an_exit_in_another_spelling_needs_its_profit_as_well(start: Start, lines: Lines) -> None:
    fields = {name: value for name, value in TRADE.items() if name != "pnl"}
    start().trade("CLOSE", position_side="LONG", **fields)  # type: ignore[arg-type]
    (line,) = lines()
    assert "pnl is missing" in line["schema_error"]


@pytest.mark.parametrize("word", ["vanished", "", "fil led!", "x" * 500])
def test_a_word_that_nothing_explains_stays_and_is_reported(
    word: str, start: Start, lines: Lines
) -> None:
    start().order(word, side="buy", **ORDER)  # type: ignore[arg-type]
    (line,) = lines()
    assert line["status"] == word
    assert line["schema_error"].startswith("status is none of submitted")


def test_every_choice_of_the_catalogue_is_understood_in_any_case() -> None:
    for event in BUILT_IN.values():
        for field in event.fields.values():
            for word in field.choices:
                for spelling in (word, word.upper(), word.lower(), word.replace("_", "-").title()):
                    assert canonical_choice(field, spelling) == word, (event.name, field.name)


def test_choices_of_an_own_event_that_differ_in_case_only_stay_apart() -> None:
    field = choice("kind", "kind", "a", "A", "b_c")
    assert [canonical_choice(field, word) for word in ("a", "A", "B-C", "d")] == [
        "a", "A", "b_c", "d",
    ]  # fmt: skip


def test_each_synonym_means_a_choice_of_a_field_of_that_name() -> None:
    for name, words in SYNONYMS.items():
        fields = [event.fields[name] for event in BUILT_IN.values() if name in event.fields]
        known = {word for field in fields for word in field.choices}
        assert set(words.values()) <= known, name


def test_the_documentation_lists_every_word() -> None:
    rows = re.findall(r"^\| `(\w+)`[^|]*\| ([^|`]+) \| `(\w+)` \|$", DOCS.read_text(), re.MULTILINE)
    listed = {(name, word, line) for name, words, line in rows for word in words.split(", ")}
    known = {(name, word, line) for name, words in SYNONYMS.items() for word, line in words.items()}
    assert listed == known


def test_a_backtick_in_a_name_would_end_the_quotes_of_a_query(start: Start, lines: Lines) -> None:
    log = start(bot_name="a`b", app="x`y")
    log.heartbeat(uptime_s=1)
    log.bind(bot_name="c`d").heartbeat(uptime_s=1)
    first, second = lines()
    assert (first["bot_name"], first["app"]) == ("a'b", "x'y")
    assert second["bot_name"] == "c'd"
