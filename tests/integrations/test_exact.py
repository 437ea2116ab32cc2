from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from logging_kit.integrations.exact import number_of, product, quotient, sum_of


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1, 0.1),
        ("0.100000000000000001", Decimal("0.100000000000000001")),
        ("x", None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_number(value: Any, number: Any) -> None:
    assert number_of(value) == number


def test_arithmetic_of_decimal_numbers() -> None:
    assert product(0.1, 3) == 0.3
    assert sum_of([0.1, None, 0.2]) == 0.3
    assert quotient(640, 0.01) == 64_000
    assert product(Decimal("0.1234567890123456789"), 1) == Decimal("0.1234567890123456789")
