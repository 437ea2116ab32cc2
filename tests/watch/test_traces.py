"""The signal that a person types a part of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.watch.traces import choose_id, find_ids

IDS = ("9e3779b97f4a7c15", "3c6ef372fe94f82a", "9e3700007f4a0000", "c3", "c3-late")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    segment = tmp_path / "segments" / "bot-20261121T020000Z-aaaa.log"
    segment.parent.mkdir()
    with segment.open("wb") as file:
        for seq, name in enumerate(IDS, 1):
            stamp = f"2026-11-21T02:00:{seq:02}.000000Z"
            line = {"timestamp": stamp, "correlation_id": name, "run_id": "r", "seq": seq}
            file.write(orjson.dumps(line) + b"\n")
    with DuckDBEngine(tmp_path, keep=None) as engine:
        engine.load()
        yield engine


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("9e3779b97f4a7c15", ["9e3779b97f4a7c15"]),
        ("#7f4a7c15", ["9e3779b97f4a7c15"]),
        ("3c6ef372", ["3c6ef372fe94f82a"]),
        ("9e37", ["9e3700007f4a0000", "9e3779b97f4a7c15"]),
        ("c3", ["c3"]),
        ("c3-", ["c3-late"]),
        ("%", []),
        ("", []),
        ("' OR 1=1 --", []),
    ],
)
def test_a_part_finds_its_signals_the_newest_first(
    engine: DuckDBEngine, typed: str, found: list[str]
) -> None:
    assert find_ids(engine, typed) == found


def test_the_newest_of_several_is_chosen_and_the_person_hears_of_it(engine: DuckDBEngine) -> None:
    said: list[str] = []
    assert choose_id(engine, "9e37", said.append) == "9e3700007f4a0000"
    assert said == ["2 signals match; this is the newest of them."]
    assert choose_id(engine, "none", said.append) == "none"
    assert len(said) == 1
