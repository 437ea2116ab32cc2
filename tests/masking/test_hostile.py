"""Strings that are made to take long.

Four times the length may cost about four times as much, not sixteen times.
"""

from __future__ import annotations

import sys
import time

import pytest

from benchmarks.masking import hostile
from logging_kit.masking import Masker

pytestmark = pytest.mark.slow

MASKER = Masker(mask_env=False)
PARTS = hostile()


def _of(part: str, size: int) -> str:
    return (part * (size // len(part) + 1))[:size]


def _calls(text: str) -> int:
    """Count the function calls that masking a text takes: the same on every machine."""
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(tick)
    try:
        MASKER.text(text)
    finally:
        sys.setprofile(None)
    return count


def _seconds(text: str) -> float:
    took = []
    for _ in range(3):
        MASKER.forget_clean()
        start = time.thread_time()
        MASKER.text(text)
        took.append(time.thread_time() - start)
    return min(took)


def test_there_are_enough_kinds() -> None:
    assert len(PARTS) >= 30


@pytest.mark.parametrize("kind", PARTS)
def test_the_work_grows_with_the_length(kind: str) -> None:
    small, large = (_calls(_of(PARTS[kind], size)) for size in (12_000, 48_000))
    assert large <= 6 * small + 200


@pytest.mark.parametrize("kind", PARTS)
def test_no_pattern_searches_in_squares(kind: str) -> None:
    small, large = (_seconds(_of(PARTS[kind], size)) for size in (4_000, 64_000))
    # 16 times the length: 16 times the time, or 256 times for a square; so much room is left for a busy machine.
    assert large < 0.01 or large < 80 * max(small, 0.0005)
    assert large < 5
