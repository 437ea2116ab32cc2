from __future__ import annotations

import pytest

from logging_kit.masking import HARMLESS, MASK, STRONG, Masker
from tests.support.masking.maker import Maker

MAKE = Maker(7)
KEY = MAKE.b62(64)


@pytest.fixture
def masker() -> Masker:
    return Masker(mask_env=False)


def test_a_text_without_a_secret_is_the_same_object(masker: Masker) -> None:
    text = "LONG BTC/USDT at 64010.5"
    assert masker.text(text) is text
    assert masker.text(text) is text


@pytest.mark.parametrize(
    "text",
    [
        f"key={KEY}", f"token={MAKE.b58(44)}", f"session_id={MAKE.hex(32)}",
        f"api_key_id={MAKE.hex(16)}",
        "api_key=${BINANCE_API_KEY}", "secret=hello",
    ],
)  # fmt: skip
def test_what_the_policy_masks(masker: Masker, text: str) -> None:
    assert masker.text(text) == text.partition("=")[0] + "=***"


@pytest.mark.parametrize(
    "text",
    [
        "api_key_last4=9f3c", "api_key_fingerprint=" + MAKE.hex(64), "login=bot7", "account=50123456", "api_key=cfg.api_key",
        "authorization: granted", "password: required", "signature=" + MAKE.b58(88), "tx_signature=" + MAKE.b58(88),
    ],
)  # fmt: skip
def test_what_the_policy_keeps(masker: Masker, text: str) -> None:
    assert masker.text(text) is text


@pytest.mark.parametrize(
    "text",
    [
        "***",
        "api_key=***",
        "'secret': '***'",
        "Authorization: Bearer ***",
        "https://bot:***@db/x",
        "password: ***",
    ],
)
def test_what_is_masked_stays_as_it_is(masker: Masker, text: str) -> None:
    assert masker.text(text) is text


def test_only_the_value_disappears(masker: Masker) -> None:
    text = f"POST /api/v3/order?symbol=BTCUSDT&apiKey={KEY}&side=BUY {{'X-MBX-APIKEY': '{KEY}', 'Host': 'api.binance.com'}}"
    assert masker.text(text) == (
        "POST /api/v3/order?symbol=BTCUSDT&apiKey=***&side=BUY {'X-MBX-APIKEY': '***', 'Host': 'api.binance.com'}"
    )


def test_an_own_format_is_masked() -> None:
    masker = Masker(mask_env=False, mask_formats=["acme_:base62:32-64", ("zz-", "hex", 8)])
    assert masker.text(f"got acme_{KEY[:40]} and zz-{MAKE.hex(8)}.") == "got *** and ***."
    assert masker.text("got acme_short") == "got acme_short"


@pytest.mark.parametrize(
    "wrong",
    [
        "acme_",
        "acme_:base99:4-8",
        "acme_:hex:9-8",
        "acme_:hex:x",
        "a:hex:8",
        ("acme_", "hex"),
        ("acme_", "hex", None),
    ],
)
def test_a_wrong_format_is_refused_with_the_reason(wrong: object) -> None:
    with pytest.raises(ValueError, match="is not a"):
        Masker(mask_env=False, mask_formats=[wrong])  # type: ignore[list-item]


def test_an_own_name_is_found_in_a_text() -> None:
    masker = Masker(mask_env=False, mask_names=["broker_code"])
    assert masker.text("broker_code=hunter2 symbol=X") == "broker_code=*** symbol=X"


def test_masking_can_be_switched_off() -> None:
    masker = Masker(enabled=False, mask_env=False)
    assert masker.text(f"api_key={KEY}") == f"api_key={KEY}"
    assert not masker.hides_number(12345678, STRONG)


@pytest.mark.parametrize(("value", "hidden"), [(12345678, True), (1.5, True), (True, False)])
def test_numbers_are_hidden_by_name(masker: Masker, value: int | float, hidden: bool) -> None:
    assert masker.hides_number(value, STRONG) is hidden
    assert not masker.hides_number(value, HARMLESS)


@pytest.mark.parametrize(
    "pair", [("api_key", KEY), ["X-MBX-APIKEY", KEY], (b"api-key", KEY.encode()), ("pin", 482113)]
)
def test_a_pair_of_name_and_value_is_recognised(masker: Masker, pair: tuple[object, ...]) -> None:
    assert masker.name_in_pair(pair) is not None


@pytest.mark.parametrize(
    "pair",
    [
        ("api_key", "secret"),
        ("symbol", KEY),
        ("api_key",),
        ("a", "b", "c"),
        ("api_key", None),
        (1, 2),
    ],
)
def test_other_pairs_are_not(masker: Masker, pair: tuple[object, ...]) -> None:
    assert masker.name_in_pair(pair) is None


def test_a_record_of_name_and_value_is_recognised(masker: Masker) -> None:
    assert masker.name_in_record({"name": "api_key", "value": KEY}) == "api_key"
    assert masker.name_in_record({"key": "Authorization", "value": KEY}) == "Authorization"
    assert masker.name_in_record({"name": "symbol", "value": "BTC/USDT"}) is None
    assert masker.name_in_record({"name": "api_key"}) is None


def test_an_explanation_names_the_rule_and_never_the_value(masker: Masker) -> None:
    text = f"api_key={KEY} and ghp_{MAKE.b62(36)} and https://bot:{MAKE.password()}x1@db/x"
    found = masker.explain(text)
    assert {layer for layer, *_ in found} == {"context", "format"}
    assert all(KEY[:8] not in rule for _, rule, _, _ in found)
    layer, rule, start, end = found[0]
    assert (layer, text[start:end]) == ("context", KEY)
    assert "api_key" in rule


def test_an_error_masks_the_whole_text(masker: Masker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("logging_kit.masking.spans.find_contexts", fail)
    assert masker.text(f"some text {KEY[:9]}") == "<mask-failed>"


@pytest.mark.parametrize(
    "text", ["İstanbul api_key=" + KEY, "ſecret api_key=" + KEY, "ﬁ api_key=" + KEY + " İİ"]
)
def test_letters_whose_lower_case_is_longer_shift_nothing(masker: Masker, text: str) -> None:
    assert masker.text(text) == text.replace(KEY, MASK)
