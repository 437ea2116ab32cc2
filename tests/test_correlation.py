"""Correlation ids: different in what people see, and found by any part that people see."""

from __future__ import annotations

from itertools import count, islice

import pytest

from logging_kit.correlation import STEP, is_id, short_id, typed_part


@pytest.mark.parametrize("first", [0, 1, 2**32 - 5, 2**63, 2**64 - 500])
def test_ids_of_one_run_differ_in_their_first_and_last_eight_digits(first: int) -> None:
    ids = [f"{number % 2**64:016x}" for number in islice(count(first, STEP), 1_000)]
    assert len({name[:8] for name in ids}) == len({name[-8:] for name in ids}) == len(ids)
    assert len({short_id(name) for name in ids}) == len(ids)
    assert all(len(name) == 16 and len(short_id(name)) == 8 for name in ids)


def test_the_ids_of_older_files_differ_too() -> None:
    """They were a counter: all of a run began with the same digits."""
    ids = [f"{0x879AE157_00001234 + number:016x}" for number in range(100)]
    assert len({short_id(name) for name in ids}) == len(ids)


def test_an_id_of_the_bot_stays_whole() -> None:
    ids = [f"grid-2026-11-21-{number}-LONG" for number in range(20)]
    assert [short_id(name) for name in ids] == ids


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("9e3779b97f4a7c15", True),
        ("9e37", True),
        ("7c15", True),
        ("#7f4a7c15", True),
        ("…7f4a7c15 ", True),
        ("79b9", False),
        ("15", False),
        ("", False),
    ],
)
def test_a_part_means_the_ids_that_begin_or_end_with_it(given: str, found: bool) -> None:
    assert is_id(typed_part(given), "9e3779b97f4a7c15") is found


def test_a_short_id_is_found_by_itself_only() -> None:
    assert is_id("c3", "c3")
    assert not is_id("c3", "c33")
