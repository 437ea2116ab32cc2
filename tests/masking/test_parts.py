"""Parts of registered values."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator

import pytest

from logging_kit import mask
from logging_kit.masking import Masker, forget_secret, register_secret
from tests.support.masking.maker import Maker
from tests.support.masking.registry import emptied_registry, longest_visible

pytestmark = pytest.mark.slow

KINDS: dict[str, Callable[[Maker], str]] = {
    "12 characters": lambda make: make.b62(12),
    "15 characters": lambda make: make.b62(15),
    "18 characters, as Bybit's keys": lambda make: make.b62(18),
    "20 upper case": lambda make: make.of(string.ascii_uppercase + string.digits, 20),
    "40 characters": lambda make: make.b62(40),
    "hex": lambda make: make.hex(32),
    "base64": lambda make: make.b64(24),
    "base64url": lambda make: make.b64url(43),
    "password": lambda make: f"{make.of(string.ascii_letters, 4)}!{make.of(string.digits, 2)}x#9q",
}


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with emptied_registry():
        yield


@pytest.fixture
def masker() -> Masker:
    return Masker(mask_env=False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frame", ["key {}... used", "{}", "a={}&b=1"])
def test_no_window_of_any_length_shows_more_than_four_characters(
    masker: Masker, kind: str, frame: str
) -> None:
    value = KINDS[kind](Maker(len(kind) + len(frame)))
    assert register_secret(value)
    for start in range(len(value)):
        for end in range(start + 5, len(value) + 1):
            shown = masker.text(frame.format(value[start:end]))
            if value[start:end].strip("-").isdigit() and end - start < 8:
                continue  # A number: prices would be hidden by chance.
            assert longest_visible(value, shown) <= 4, value[start:end]


@pytest.mark.parametrize("count", [1, 300])
def test_parts_are_found_in_a_small_and_in_a_large_registry(masker: Masker, count: int) -> None:
    make = Maker(4)
    values = [make.b62(32) for _ in range(count)]
    for value in values:
        register_secret(value)
    for value in values[:: max(1, count // 10)]:
        for part in (value[:5], value[:9], value[-7:], value[8:21], value[:-1], value):
            assert longest_visible(value, masker.text(f"key {part}... used")) <= 4
        assert masker.text(f"è{value[4:18]}é") == "è***é"


@pytest.mark.parametrize(
    "phrase",
    [
        "correct horse battery stable 9",
        "tulip Canyon gravity, ember orbit",
        "four  odd\twords go here",
    ],
)
def test_a_passphrase_shows_no_two_words_in_a_row(masker: Masker, phrase: str) -> None:
    register_secret(phrase, "passphrase")
    assert phrase[:-1] not in masker.text(f"login with {phrase[:-1]} failed")
    assert "***" in masker.text(f"login with {phrase[1:]} failed")
    assert "***" in masker.text(f"login with {phrase[:-3]}\n failed")


MNEMONIC = "legal winner thank year wave sausage worth useful legal winner thank yellow"


@pytest.mark.parametrize("separator", [" ", "\n", ", ", '", "', "  \n 2. ", "\\n"])
def test_of_a_mnemonic_at_most_one_word_is_visible(masker: Masker, separator: str) -> None:
    register_secret(MNEMONIC)
    words = MNEMONIC.split()
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            text = f"got <{separator.join(words[start:end])}> back"
            assert masker.text(text) == "got <***> back"


def test_one_word_of_a_phrase_survives(masker: Masker) -> None:
    register_secret(MNEMONIC)
    for word in MNEMONIC.split():
        assert masker.text(f"a {word} b") == f"a {word} b"


def test_hex_with_colons_is_found_in_both_cases(masker: Masker) -> None:
    make = Maker(7)
    value, key = make.hex(40), make.b62(24)
    register_secret(value)
    register_secret(key)
    for raw in (bytes.fromhex(value), key.encode()):
        for separator in (":", " ", "-"):
            shown = raw.hex(separator)
            for form in (shown, shown.upper()):
                assert masker.text(f"<{form}> sent") == "<***> sent"


def test_words_numbers_and_ids_survive(masker: Masker) -> None:
    make = Maker(12)
    for _ in range(10):
        register_secret(make.b62(64))
        register_secret(make.hex(64))
    make = Maker(13)
    for number in range(2000):
        for text in (
            f"order {make.uuid()} filled",
            f"tx 0x{make.hex(64)} at {64000 + number}.5",
            f"commit {make.hex(7)} of {make.hex(40)}",
            f"client id x-{make.b62(8)}{number}",
        ):
            assert masker.text(text) == text


def test_a_password_that_begins_with_words_leaves_them_in_other_texts(masker: Masker) -> None:
    register_secret("production-database-x9Kq7")
    register_secret("hunting4242")
    for text in ("backup of production-database done", "bargain hunting is on"):
        assert masker.text(text) == text


def test_a_value_that_is_forgotten_is_shown_again_with_its_parts(masker: Masker) -> None:
    value, other = Maker(3).b62(30), Maker(4).b62(30)
    register_secret(value)
    register_secret(other)
    forget_secret(value)
    for part in (value, value[:7], value[5:20]):
        assert masker.text(f"a {part} b") == f"a {part} b"
    assert masker.text(f"a {other[:7]} b") == "a *** b"


@pytest.mark.parametrize("start", range(0, 11, 3))
def test_the_words_of_a_phrase_in_a_list_are_hidden(start: int) -> None:
    register_secret(MNEMONIC)
    words = MNEMONIC.split()[start : start + 4]
    shown = mask({"words": [*words, "BTC"], "n": 1})
    assert len(set(words) & set(shown["words"])) <= 1
    assert shown["words"][-1] == "BTC"


def test_a_seed_phrase_in_a_list_is_hidden_without_registration() -> None:
    assert mask(MNEMONIC.split()) == ["***"] * 12
    assert mask(["buy", "sell"] * 8) == ["buy", "sell"] * 8


def test_the_value_after_an_option_in_a_list_is_hidden() -> None:
    argv = ["bot.py", "--api-secret", Maker(5).b62(40), "--live", "--symbol", "BTC"]
    assert mask(argv) == ["bot.py", "--api-secret", "***", "--live", "--symbol", "BTC"]
