from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logging_kit.masking import Masker
from logging_kit.masking.walk import masked
from tests.support.masking.corpus import ASSIGNMENTS, Entry, corpus
from tests.support.masking.corpus_held_out import (
    ANY,
    MORE_HARMLESS_NAMES,
    MORE_NAMES,
    second_corpus,
)
from tests.support.masking.corpus_held_out import corpus as held_out
from tests.support.masking.field_names import DESCRIBING_NAMES, STRONG_NAMES, WEAK_NAMES
from tests.support.masking.leaks import leaks, undone
from tests.support.masking.maker import Maker, secret_values

pytestmark = pytest.mark.slow


def _fields(entry: Entry) -> dict[str, Any]:
    fields = {"message": entry.message, **entry.fields}
    return (
        fields
        if entry.error is None
        else {**fields, "error": f"{type(entry.error).__name__}: {entry.error}"}
    )


@pytest.mark.parametrize(
    ("entries", "seed"),
    [
        *((corpus, seed) for seed in (1, 2, 3)),
        *((held_out, seed) for seed in (11, 12)),
        (second_corpus, 21),
    ],
)
def test_secrets_disappear_and_all_else_survives(
    entries: Callable[[int], Iterator[Entry]], seed: int
) -> None:
    masker = Masker(mask_env=False)
    leaked, lost, damaged, hidden = [], [], [], 0
    for entry in entries(seed):
        before = _fields(entry)
        after = masked(before, masker)
        line = json.dumps(after, ensure_ascii=False, default=str)
        where = (entry.case.rule, entry.wrapping)
        if entry.case.hide:
            hidden += 1
            if any(
                leaks(secret, view)
                for secret in entry.case.secrets
                for view in (*undone(line), str(after))
            ):
                leaked.append(where)
        elif str(after) != str(before):
            lost.append(where)
        near = [
            json.dumps(kept, ensure_ascii=False)[1:-1]
            for kept in entry.case.kept
            if entry.case.text
        ]
        if (
            "BTC/USDT" not in line
            or '"n": 7' not in line
            or not all(kept in line for kept in near if entry.case.hide)
        ):
            damaged.append(where)
    assert not lost
    assert not damaged
    assert len(leaked) <= hidden * 0.005, leaked
    assert hidden > 500


SYNTAXES = [
    text
    for text in (*ASSIGNMENTS, *ANY)
    if "api_key" in text and "%" not in text and "secret" not in text
]


def _in(syntax: str, name: str, value: object) -> str:
    return "ETH/USDT " + syntax.replace("api_key", name).format(v=value) + " end"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_syntax_works_with_every_name(syntax: str) -> None:
    masker, make = Masker(mask_env=False), Maker(len(syntax))
    for name in make.random.sample((*STRONG_NAMES, *MORE_NAMES), 30):
        value = make.random.choice(secret_values(make))
        out = masker.text(_in(syntax, name, value))
        assert not leaks(value, out), out
        assert out.startswith("ETH/USDT ")
    for name in WEAK_NAMES:
        signature = make.hex(64)
        assert not leaks(signature, masker.text(_in(syntax, name, signature)))
        for harmless in ("BTC", 1234, "asia", "0x" + make.hex(40)):
            assert masker.text(_in(syntax, name, harmless)) == _in(syntax, name, harmless)
    for name in make.random.sample((*DESCRIBING_NAMES, *MORE_HARMLESS_NAMES), 30):
        value = make.random.choice(
            [make.uuid(), make.hex(64), make.b58(44), make.symbol(), make.b64(24)]
        )
        assert masker.text(_in(syntax, name, value)) == _in(syntax, name, value)
