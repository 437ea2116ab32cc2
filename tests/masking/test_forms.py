"""Recall of the rules on forms from outside the trading world, and survival beside them."""

from __future__ import annotations

from collections import Counter

import pytest

from logging_kit.masking import Masker
from tests.support.masking.forms import GROUPS, Form, forms, survivors
from tests.support.masking.leaks import leaks

pytestmark = pytest.mark.slow
SEEDS = (1, 2, 3)


def is_visible(form: Form, text: str) -> bool:
    """Return True if a secret, or more than two words of a phrase, is in a text."""
    shown = set(text.split())
    for secret in form.secrets:
        words = secret.split()
        is_phrase = len(words) >= 12 and sum(word in shown for word in words) > 2
        if leaks(secret, text) or is_phrase:
            return True
    return False


@pytest.mark.parametrize("held_back", [False, True])
def test_recall_of_every_group(held_back: bool) -> None:
    masker = Masker(mask_env=False)
    hidden: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for seed in SEEDS:
        for form in forms(seed):
            if form.is_held_back == held_back:
                total[form.group] += 1
                hidden[form.group] += not is_visible(form, masker.text(form.text))
    assert set(GROUPS) <= set(total)
    assert sum(hidden.values()) >= 0.95 * sum(total.values())
    for group, count in total.items():
        assert hidden[group] >= 0.85 * count, group


def test_neighbours_survive() -> None:
    masker = Masker(mask_env=False)
    for seed in SEEDS:
        for form in forms(seed):
            shown = masker.text(form.text)
            assert all(kept in shown for kept in form.kept), form.template


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_without_secrets_survive(seed: int) -> None:
    masker = Masker(mask_env=False)
    for text in survivors(seed):
        assert masker.text(text) == text


def test_a_record_is_masked_by_the_name_beside_the_value() -> None:
    from logging_kit import mask

    value = next(iter(forms(4))).secrets[0]
    for record in (
        {"key": "api_secret", "val": value},
        {"Name": "/bot/api_secret", "Type": "SecureString", "Value": value},
        {"kty": "EC", "crv": "P-256", "d": value},
        {"kty": "oct", "k": value},
    ):
        shown = mask({"symbol": "BTC", "record": record})
        assert value not in str(shown)
        assert shown["symbol"] == "BTC"
    times = {"Expiration": "2026-11-21T02:00:00Z", "SecretAccessKey": value}
    assert mask({"Credentials": times}) == {
        "Credentials": {"Expiration": "2026-11-21T02:00:00Z", "SecretAccessKey": "***"}
    }
