"""Following single files: cut, replaced, removed and made again."""

from __future__ import annotations

from pathlib import Path

from logging_kit.store.reader import Follower
from logging_kit.tail.follow import FileFollower, Following
from logging_kit.tail.summary import Summary
from tests.tail.test_reading import line


def texts(follower: FileFollower | Following) -> list[bytes]:
    return [one.data for one in follower.poll()]


def test_a_line_is_given_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    path.write_bytes(b"old\nne")
    follower = FileFollower(path, 4)
    assert texts(follower) == []
    with path.open("ab") as file:
        file.write(b"w\n\nnext\n")
    assert texts(follower) == [b"new", b"next"]
    assert texts(follower) == []
    follower.close()


def test_a_file_that_is_cut_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    path.write_bytes(b"one\ntwo\nthree\n")
    follower = FileFollower(path)
    assert texts(follower) == [b"one", b"two", b"three"]
    path.write_bytes(b"four\n")
    assert texts(follower) == [b"four"]
    follower.close()


def test_a_rotation_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    path.write_bytes(b"one\n")
    follower = FileFollower(path)
    assert texts(follower) == [b"one"]
    with path.open("ab") as file:
        file.write(b"two\nlast without newline")
    path.rename(tmp_path / "other.log.1")
    assert texts(follower) == [b"two"]
    assert texts(follower) == []
    path.write_bytes(b"three\n")
    assert [data for _ in range(3) for data in texts(follower)] == [
        b"last without newline",
        b"three",
    ]
    follower.close()


def test_a_file_may_come_later(tmp_path: Path) -> None:
    path = tmp_path / "later.log"
    follower = FileFollower(path)
    assert texts(follower) == []
    path.write_bytes(b"here\n")
    assert texts(follower) == [b"here"]
    follower.close()


def test_a_line_without_an_end_is_given_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "endless.log"
    path.write_bytes(b"x" * 3_000_000)
    follower = FileFollower(path)
    found = [data for _ in range(4) for data in texts(follower)]
    assert 1 <= len(found) <= 3
    follower.close()


def test_several_are_followed_in_the_order_of_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.write_bytes(line(1) + b"\n" + line(4) + b"\n")
    other.write_bytes(line(2, run_id="b") + b"\n" + line(3, run_id="b") + b"\n")
    following = Following([FileFollower(one), FileFollower(other), Follower(tmp_path / "none")])
    assert [found.place.seq for found in following.poll()] == [1, 2, 3, 4]
    assert following.poll() == []
    following.close()


def test_a_summary_counts_levels_events_and_runs() -> None:
    summary = Summary()
    assert summary.text() == "0 lines in 0s"
    summary.add(line(1, event="TRADE"))
    assert summary.text() == "1 line in 0s: TRADE 1"
    summary.add(line(2, level="error", event="ERROR"))
    summary.add(line(3, level="error", event="ERROR", run_id="b"))
    summary.add(b"plain text")
    assert summary.text() == "4 lines in 0s: 2 errors; ERROR 2, TRADE 1; 2 runs"
