"""Following segments: order, bounds, growth, files of other programs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logging_kit.loki.follow import SegmentFollower
from logging_kit.loki.line_entries import Labeller
from logging_kit.loki.merge import Horizon, Limits
from logging_kit.loki.offsets import Position
from tests.support.loki.shipping import NOW, Clock, Segments

ALL = Horizon(0, 1 << 62, 1 << 62)
NOW_NS = int(NOW) * 1_000_000_000


@pytest.fixture
def segments(log_dir: Path) -> Segments:
    return Segments(log_dir)


@pytest.fixture
def follower(log_dir: Path) -> SegmentFollower:
    return SegmentFollower(log_dir, Labeller("trading", "testnet"), monotonic=Clock())


def take(follower: SegmentFollower, horizon: Horizon = ALL, limits: Limits | None = None):
    """Take a batch and acknowledge it; return the texts."""
    assert follower.look()
    batch = follower.take(horizon, limits)
    follower.acknowledge(batch)
    return [str(entry.line) for entry in batch.entries]


def test_a_missing_folder_has_nothing(follower):
    assert not follower.look()
    assert follower.unread_bytes() == 0
    assert follower.oldest_unread() is None


def test_lines_come_as_they_are_written(segments, follower):
    one = segments.write(3)
    assert take(follower) == one
    assert not follower.look()
    two = segments.write(2, at=NOW + 1, begun=NOW)
    assert take(follower) == two
    three = segments.write(2, "trade", at=NOW + 2)
    assert follower.unread_bytes() == 0
    assert take(follower) == three


def test_several_files_are_merged_by_time(segments, follower):
    segments.write(4, "bot", NOW, step_s=0.3)
    segments.write(4, "trade", NOW + 0.1, step_s=0.3)
    segments.write(4, "error", NOW + 0.2, step_s=0.3)
    taken = take(follower)
    assert taken == sorted(segments.written)


def test_old_segments_come_first_and_later_ones_are_not_opened(segments, follower):
    days = [segments.write(5, at=NOW - day * 86_400) for day in range(5)]
    texts = []
    while follower.look():
        texts.append(take(follower, limits=Limits(5, 1 << 20)))
    assert texts == days[::-1]


@pytest.mark.parametrize(
    ("limits", "sizes"), [(Limits(4, 1 << 20), [4, 4, 2]), (Limits(100, 300), [2] * 5)]
)
def test_a_batch_is_bounded(segments, follower, limits, sizes):
    segments.write(10)
    found = []
    while follower.look():
        found.append(len(take(follower, limits=limits)))
    assert found == sizes


def test_the_same_batch_can_be_taken_again(segments, follower, log_dir):
    segments.write(7)
    segments.write(7, "trade", step_s=0.0007)
    segments.append(segments.path(), "no time", "no time")
    follower.look()
    batch = follower.take(ALL, Limits(9, 1 << 20))
    ends = {name: position.offset for name, position in batch.ends.items()}
    segments.write(7, "trade", at=NOW - 1, suffix="0000")
    again = SegmentFollower(log_dir, Labeller("trading", "testnet"))
    again.look()
    assert again.take(ALL, Limits(2, 10), only=ends).entries == batch.entries


def test_lines_without_a_time_follow_the_line_before(segments, follower):
    segments.append(segments.path(), "first", "second")
    segments.write(1, at=NOW + 1, begun=NOW)
    segments.append(segments.path(), "third", "third", "")
    follower.look()
    batch = follower.take(ALL)
    times = [entry.time_ns for entry in batch.entries]
    second = NOW_NS + 1_000_000_000
    assert times == [NOW_NS + 1, NOW_NS + 2, second, second + 1, second + 2]


def test_a_restart_continues_the_times(segments, follower, log_dir):
    segments.append(segments.path(), "first")
    take(follower)
    positions = {one.name: one.position for one in follower.segments.values()}
    segments.append(segments.path(), "second")
    again = SegmentFollower(log_dir, Labeller("trading", "testnet"), positions)
    again.look()
    assert [entry.time_ns for entry in again.take(ALL).entries] == [NOW_NS + 2]


def test_old_lines_are_counted_and_passed(segments, follower):
    segments.write(3, at=NOW - 100)
    young = segments.write(2, at=NOW, begun=NOW - 100)
    follower.look()
    batch = follower.take(Horizon(NOW_NS, 1 << 62, 1 << 62))
    assert [entry.line for entry in batch.entries] == young
    assert batch.too_old == 3


def test_a_whole_segment_of_old_lines_is_passed_without_being_parsed(segments, follower):
    segments.write(3, at=NOW - 100 * 86_400)
    path = segments.path(begun=NOW - 100 * 86_400)
    os.utime(path, (NOW - 100 * 86_400,) * 2)
    follower.look()
    batch = follower.take(Horizon(NOW_NS, 1 << 62, 1 << 62))
    assert (batch.too_old, batch.entries) == (3, [])
    follower.acknowledge(batch)
    assert not follower.look()


def test_future_lines_hold_their_file_alone(segments, follower):
    segments.write(2)
    segments.write(2, at=NOW + 1_000, begun=NOW)
    other = segments.write(2, "trade", at=NOW + 1)
    follower.look()
    batch = follower.take(Horizon(0, NOW_NS + 10_000_000_000, 1 << 62))
    assert [str(entry.line) for entry in batch.entries] == [*segments.written[:2], *other]
    assert batch.held == 1


def test_a_torn_end_waits(segments, follower):
    segments.write(1)
    take(follower)
    with segments.path().open("a") as file:
        file.write('{"timestamp"')
    assert follower.look()
    batch = follower.take(ALL)
    assert (batch.entries, batch.ends) == ([], {})
    assert not follower.look()


def test_other_files_in_the_folder_are_left_alone(segments, follower, tmp_path):
    segments.write(1)
    folder = segments.path().parent
    outside = tmp_path / "outside"
    outside.write_text("a secret of another program\n")
    (folder / "bot-20261121T120000Z-link.log").symlink_to(outside)
    (folder / "bot-20261121T120000Z-dir.log").mkdir()
    os.mkfifo(folder / "bot-20261121T120000Z-fifo.log")
    (folder / "notes.txt").write_text("x\n")
    (folder / "plain.log").write_text("x\n")
    assert take(follower) == segments.written


@pytest.mark.parametrize("name", ["bot-x.log", "bot-99999999T999999Z-a1b2.log", "-.log"])
def test_a_segment_with_an_odd_name_is_read(segments, follower, name):
    segments.append(segments.path().with_name(name), segments.line(NOW))
    assert take(follower) == segments.written


def test_a_line_of_megabytes_is_cut(segments, follower):
    segments.append(segments.path(), "x" * 3_000_000, "short")
    texts = take(follower, limits=Limits(10, 1 << 23))
    assert texts[-1] == "short"
    assert len(texts[0]) <= 1 << 20
    assert not follower.look()


def test_positions_that_do_not_fit_the_file_are_not_used(segments, log_dir):
    segments.write(3)
    name = segments.path().name
    for position in (Position(50, 1, 10, 1), Position(10**6, 1, 10, 1)):
        follower = SegmentFollower(log_dir, Labeller("a", "b"), {name: position})
        follower.look()
        assert len(follower.take(ALL).entries) == 3


def test_segments_that_cannot_grow_are_looked_at_seldom(segments, log_dir):
    clock = Clock()
    follower = SegmentFollower(log_dir, Labeller("a", "b"), monotonic=clock)
    segments.write(3, at=NOW - 86_400)
    segments.write(3)
    os.utime(segments.path().parent, (NOW, NOW))
    take(follower)
    clock.now += 120
    assert not follower.look()
    assert set(follower._hot) == {segments.path().name}
    late = segments.write(1, at=NOW - 86_000, begun=NOW - 86_400)
    assert not follower.look()
    clock.now += 61
    assert take(follower) == late


def test_a_file_that_vanishes_between_two_looks(segments, follower):
    segments.write(3)
    take(follower)
    segments.path().unlink()
    follower.look()
    assert not follower.look()
    assert follower.segments == {}
    assert follower.lost_bytes == 0


def test_a_segment_that_appears_in_the_tick_of_the_last_look_is_found(segments, follower):
    """The time of the folder's change is the same then."""
    folder = segments.path().parent
    segments.write(1)
    take(follower)
    times = folder.stat()
    segments.write(1, "trade")
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert take(follower) == segments.written[1:]
