"""The memory queue: its bounds in lines and bytes, and what it drops."""

from __future__ import annotations

import pytest

from logging_kit import SettingsError
from logging_kit.loki.entry import Entry
from logging_kit.loki.queue import DropPolicy, EntryQueue

LABELS = {"app": "bot"}


def entry(line: str) -> Entry:
    return Entry(LABELS, 1, line)


def queue(policy: DropPolicy = "drop_oldest", lines: int = 3, size: int = 10_000) -> EntryQueue:
    return EntryQueue(lines, size, policy, block_s=0.0)


def lines(queue: EntryQueue) -> list[str]:
    return [str(entry.line) for entry in queue.take(100, 10**9)]


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ("drop_oldest", ["c", "d", "e"]),
        ("drop_newest", ["a", "b", "c"]),
        ("block", ["a", "b", "c"]),
    ],
)
def test_a_full_queue_drops_and_counts(policy: DropPolicy, kept: list[str]) -> None:
    full = queue(policy)
    for line in "abcde":
        full.put(entry(line))
    assert lines(full) == kept
    assert full.dropped == {"queue_full": 2}


def test_the_bytes_are_bounded_too() -> None:
    small = queue(lines=1_000, size=3_000)
    for number in range(100):
        small.put(entry(f"{number:0500d}"))
    assert small.bytes <= 3_000
    assert [int(line) for line in lines(small)] == list(range(95, 100))
    assert not small.put(entry("x" * 4_000))


def test_what_is_in_flight_counts_and_comes_back_first() -> None:
    one = queue()
    for line in "abc":
        one.put(entry(line))
    taken = one.take(2, 10_000)
    assert len(one) == 3
    one.put(entry("d"))  # c makes room: what is in flight cannot
    one.settle(taken[1:])
    assert lines(one) == ["b", "d"]
    one.settle(())
    assert (len(one), one.bytes) == (0, 0)


def test_everything_may_be_in_flight() -> None:
    one = queue(lines=1)
    one.put(entry("a"))
    one.take(1, 1)
    assert not one.put(entry("b"))


def test_take_respects_the_bytes_of_a_request() -> None:
    one = queue(lines=10)
    for _ in range(4):
        one.put(entry("x" * 100))
    assert len(one.take(10, 300)) == 2
    one.settle(())
    assert len(one.take(10, 1)) == 1


def test_block_waits_for_room() -> None:
    def make_room(_seconds: float) -> None:
        full.take(1, 1)
        full.settle(())

    full = EntryQueue(1, 10_000, "block", 60.0, make_room)
    full.put(entry("a"))
    assert full.put(entry("b"))
    assert full.dropped == {}


@pytest.mark.parametrize("options", [("wait", 1, 1), ("block", 0, 1), ("block", 1, 0)])
def test_impossible_bounds_are_refused(options: tuple[DropPolicy, int, int]) -> None:
    policy, most, size = options
    with pytest.raises(SettingsError):
        EntryQueue(most, size, policy, 0.0)
