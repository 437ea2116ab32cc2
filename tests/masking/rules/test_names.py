from __future__ import annotations

import pytest

from logging_kit.masking import HARMLESS, STRONG, WEAK, Masker
from logging_kit.masking.rules.names import HEADERS, KEYISH, TAILED, Names, words
from tests.support.masking.field_names import (
    DESCRIBING_NAMES,
    KEYISH_NAMES,
    STRONG_NAMES,
    WEAK_NAMES,
)


@pytest.mark.parametrize("name", STRONG_NAMES)
def test_the_name_of_a_secret_is_strong(name: str) -> None:
    assert Names()[name] == STRONG


@pytest.mark.parametrize("name", WEAK_NAMES)
def test_a_name_that_may_mean_something_else_is_weak(name: str) -> None:
    assert Names()[name] == WEAK


@pytest.mark.parametrize("name", KEYISH_NAMES)
def test_a_key_of_something_is_keyish(name: str) -> None:
    assert Names()[name] == KEYISH


@pytest.mark.parametrize("name", DESCRIBING_NAMES)
def test_the_last_word_decides(name: str) -> None:
    assert Names()[name] in (HARMLESS, TAILED)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("X-MBX-APIKEY", ["x", "mbx", "apikey"]),
        ("apiKeySecret", ["api", "key", "secret"]),
        ("APIKeys", ["api", "keys"]),
        ("API_KEYs", ["api", "keys"]),
        ("secret_key_2", ["secret", "key"]),
        ("거래소_API키", ["거래소", "api", "키"]),
        ("", []),
        ("!?", []),
    ],
)
def test_a_name_is_split_into_words(name: str, expected: list[str]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    "name", ["distance_to_tp", "author", "monkey", "암호화폐", "compass", "signal"]
)
def test_letters_inside_other_words_say_nothing(name: str) -> None:
    assert Names()[name] == HARMLESS


@pytest.mark.parametrize("name", ["num_api_keys", "hasSecret", "require_password", "n_tokens"])
def test_a_name_that_counts_secrets_hides_no_number(name: str) -> None:
    masker = Masker(mask_env=False)
    assert not masker.hides_number(3, masker.classify(name))


def test_headers_make_a_key_weak_and_nothing_else() -> None:
    masker = Masker(mask_env=False)
    inside = masker.classify("headers")
    assert inside == HEADERS
    assert masker.child_class(inside, "KEY") == WEAK
    assert masker.child_class(inside, "Host") == HARMLESS
    assert masker.child_class(STRONG, "anything") == STRONG
    assert masker.text("9f" * 32, inside) == "9f" * 32


def test_a_key_beside_a_secret_is_weak() -> None:
    masker = Masker(mask_env=False)
    assert masker.child_class(masker.item_class({"key": 1, "secret": 2}, HARMLESS), "key") == WEAK
    assert masker.child_class(masker.item_class({"key": 1, "value": 2}, HARMLESS), "key") == KEYISH


def test_own_names_are_masked_and_allowed() -> None:
    names = Names(
        mask_names=["broker_pin", "brokerCode"],
        allow_names=["session_token", "headers.X-Trace-Key"],
    )
    assert names["main_broker_code"] == STRONG
    assert names["session_token"] == HARMLESS
    assert names["my_session_token"] == STRONG
    assert names["X-Trace-Key"] == HARMLESS


def test_any_text_can_be_a_name_and_the_cache_is_bounded() -> None:
    names = Names()
    for number in range(10_000):
        names.classify(f"name{number}" * (number % 40))
    assert len(names) <= 4096
    assert names.classify("\ud800" + "key" * 1000) in (HARMLESS, KEYISH, STRONG)
