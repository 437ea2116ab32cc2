"""Labels and structured metadata become what Loki accepts, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from logging_kit.loki.entry import Entry
from logging_kit.loki.labels import clean_metadata, clean_name, clean_value, split_labels
from logging_kit.loki.logproto import label_text, varint
from logging_kit.loki.streams import Grouping, batches


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("app", "app"),
        ("my-app", "my_app"),
        ("1x", "_1x"),
        ("a b.c", "a_b_c"),
        ("가격", "__"),
        (7, "_7"),
        ("", ""),
        ("x" * 2_000, "x" * 1_024),
        ("a\n", "a_"),
    ],
)
def test_names(name: Any, cleaned: str) -> None:
    assert clean_name(name) == cleaned


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [(True, "true"), (False, "false"), (1, "1"), (0.5, "0.5"), ("가", "가"), ("\ud800", "?")],
)
def test_values(value: Any, cleaned: str) -> None:
    assert clean_value(value) == cleaned


def test_names_that_become_one_keep_both_values() -> None:
    kept, above = split_labels({"a.b": 1, "a-b": 2, "a_b": 3}, 15)
    assert (kept, above) == ({"a_b": "1", "a_b_2": "2", "a_b_3": "3"}, {})


def test_what_is_empty_is_no_label() -> None:
    kept, above = split_labels({"a": "", "b": None, "": "x", "!": "x", "c": Broken(), "d": 1}, 15)
    assert (kept, above) == ({"d": "1"}, {})


def test_labels_above_the_limit_become_metadata() -> None:
    labels = {f"l{n:02}": n for n in range(18)}
    (stream,) = Grouping(15).group([Entry(labels, 1, "x"), Entry(labels, 2, "y", {"own": 1})])
    assert list(stream.labels) == [f"l{n:02}" for n in range(15)]
    assert stream.rows[0][2] == {"l15": "15", "l16": "16", "l17": "17"}
    assert stream.rows[1][2] == {"l15": "15", "l16": "16", "l17": "17", "own": "1"}


@pytest.mark.parametrize("value", ["x" * 5_000, "가" * 5_000])
def test_long_values_are_cut_between_characters(value: str) -> None:
    kept, _ = split_labels({"a": value}, 15)
    assert 2_040 < len(kept["a"].encode()) <= 2_048
    assert value.startswith(kept["a"])


def test_metadata_above_lokis_limits_is_left_out_and_counted() -> None:
    kept, left_out = clean_metadata({f"m{n}": n for n in range(130)})
    assert (len(kept), left_out) == (128, 2)
    grouping = Grouping(15)
    (stream,) = grouping.group([Entry({"a": "b"}, 1, "x", {"big": "x" * 70_000, "id": 1})])
    assert stream.rows[0][2] == {"id": "1"}
    assert grouping.metadata_left_out == 1


def test_a_grouping_may_send_no_metadata() -> None:
    grouping = Grouping(1)
    grouping.sends_metadata = False
    (stream,) = grouping.group([Entry({"a": "b", "c": "d"}, 1, "x", {"id": 1})])
    assert stream.rows == [(1, b"x", {})]


def test_lines_are_valid_utf_8() -> None:
    (stream,) = Grouping(15).group([Entry({"a": "b"}, 1, "\ud800 가")])
    assert stream.rows[0][1].decode() == "? 가"


def test_batches_have_at_most_so_many_lines_and_bytes() -> None:
    given = [Entry({"a": "b"}, n, "x" * 100) for n in range(10)]
    assert [len(batch) for batch in batches(given, 4, 10_000)] == [4, 4, 2]
    assert [len(batch) for batch in batches(given, 100, 300)] == [2, 2, 2, 2, 2]
    assert [len(batch) for batch in batches(given, 100, 1)] == [1] * 10
    assert list(batches([], 1, 1)) == []


def test_the_text_of_labels_is_quoted() -> None:
    assert label_text({"b": 'a "b" \\ \n', "a": "가"}) == '{a="가", b="a \\"b\\" \\\\ \\n"}'


@pytest.mark.parametrize(
    ("number", "encoded"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**32, "8080808010")],
)
def test_varint(number: int, encoded: str) -> None:
    assert varint(number).hex() == encoded
