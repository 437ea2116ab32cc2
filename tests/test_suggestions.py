"""Tests of `logging_kit.suggestions`."""

from __future__ import annotations

import pytest

from logging_kit.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("name", "expected"),
    [("pln", "; did you mean 'pnl'?"), ("pric", "; did you mean 'price'?"), ("zzz", ""), ("", "")],
)
def test_the_nearest_word_is_named(name: str, expected: str) -> None:
    assert did_you_mean(name, {"pnl": 1, "price": 2}) == expected
    assert did_you_mean(name, ("price", "pnl")) == expected
