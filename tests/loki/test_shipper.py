"""The shipper, against a server in memory: each line once, whatever breaks in between."""

from __future__ import annotations

import gzip
import os
import threading
import time
from pathlib import Path

import pytest

from logging_kit import diagnostics
from logging_kit.loki import folder as folder_module
from logging_kit.loki.merge import Limits
from logging_kit.loki.shipper import ship
from tests.support.loki.receiver import Receiver
from tests.support.loki.shipping import (
    NOW,
    Clock,
    MemoryLoki,
    Segments,
    answer,
    reject,
    ship_all,
    shipper,
    take_but_break_off,
)


@pytest.fixture
def segments(log_dir: Path) -> Segments:
    return Segments(log_dir)


@pytest.fixture(autouse=True)
def no_note_was_written() -> None:
    """Notes of one kind are a minute apart, also over tests."""
    diagnostics._notes.clear()


@pytest.fixture
def server() -> MemoryLoki:
    return MemoryLoki()


def test_all_lines_arrive_once_in_the_order_of_their_time(log_dir, segments, server):
    segments.write(50, "bot", NOW, step_s=0.002)
    segments.write(50, "trade", NOW + 0.001, step_s=0.002)
    segments.write(10, "bot", NOW - 100)
    made = ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)
    times = [entry.time_ns for entry in server.entries]
    assert times == sorted(times)
    assert made.counters()["shipped"] == 110


def test_nothing_is_sent_again_after_a_restart(log_dir, segments, server):
    segments.write(10)
    ship_all(log_dir, server)
    segments.write(5, at=NOW + 1, begun=NOW)
    ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)


@pytest.mark.parametrize("part", [0, 1, 7, None])
def test_a_broken_push_is_completed_without_doubles(log_dir, segments, server, part):
    segments.write(10)
    server.script = [take_but_break_off(part)]
    ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)


@pytest.mark.parametrize("part", [0, 3, None])
def test_a_killed_shipper_goes_on_where_the_server_stopped(log_dir, segments, server, part):
    """The offset file says which batch was on its way, and the server says what of it arrived."""
    segments.write(10)
    killed = shipper(log_dir, server, Clock())
    (folder,) = killed.folders
    assert folder.acquire()
    delivery = folder.next(killed.courier.horizon())
    server.accept(delivery.remaining[:part])
    folder._file.release()  # what the kernel does at its end; nothing else happens
    segments.write(5, at=NOW + 1, begun=NOW)
    ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)


def test_a_server_that_cannot_be_read_gets_the_very_same_batch_again(log_dir, segments, server):
    server.readable = False
    segments.write(10)
    segments.append(segments.path(), "a line without a time")
    killed = shipper(log_dir, server, Clock())
    (folder,) = killed.folders
    assert folder.acquire()
    delivery = folder.next(killed.courier.horizon())
    server.accept(delivery.remaining)
    folder._file.release()
    segments.write(5, at=NOW + 1, begun=NOW)
    ship_all(log_dir, server)
    first, second, *_ = server.pushes
    assert first == second
    assert set(server.texts) == set(segments.written)


def test_answers_that_ask_for_patience(log_dir, segments, server):
    segments.write(10)
    server.script = [answer(429, 3.0), answer(500), answer(503), answer(401)]
    made = ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)
    assert made.counters()["failures"] == 4


def test_a_day_without_the_server(log_dir, segments, server):
    """Nothing is sent twice, and the attempts are few while the server is away."""
    clock, now = Clock(), [NOW + 60]
    server.down = True
    made = shipper(log_dir, server, clock, now=lambda: now[0] + clock.now)
    segments.write(2_500, step_s=0.01)
    while clock.now < 3_600:
        made._round()
        made._wait(clock.now)
    assert server.attempts + server.questions < 3_700
    server.down = False
    made.run(until_idle=True)
    assert server.texts == segments.written


def test_refused_lines_are_counted_and_cost_no_other(log_dir, segments, server):
    texts = segments.write(10)
    server.script = [reject("line too long", lambda entry: entry.line == texts[3])]
    made = ship_all(log_dir, server)
    assert server.texts == [*texts[:3], *texts[4:]]
    assert made.counters()["rejected"] == 1


def test_lines_that_the_server_finds_too_new_wait(log_dir, segments, server):
    """A server whose clock is behind refuses them now and accepts them later."""
    segments.write(10)
    server.script = [reject("entry has timestamp too new", lambda _entry: True)]
    server.script += [reject("entry has timestamp too new", lambda _entry: True)]
    clock = Clock()
    made = shipper(log_dir, server, clock)
    made.run(until_idle=True, give_up_s=3600)
    assert sorted(server.texts) == sorted(segments.written)
    assert made.counters()["rejected"] == 0
    assert clock.now > 100


def test_lines_of_the_future_wait_for_their_time(log_dir, segments, server):
    early = segments.write(3)
    late = segments.write(3, at=NOW + 3_600, begun=NOW)
    other = segments.write(3, "trade", at=NOW + 1)
    now = [NOW + 60]
    made = shipper(log_dir, server, Clock(), now=lambda: now[0])
    made.run(until_idle=True)
    assert server.texts == early + other
    assert made.counters()["held"] == 1
    now[0] += 3_600
    made = shipper(log_dir, server, Clock(), now=lambda: now[0])
    made.run(until_idle=True)
    assert server.texts == early + other + late


@pytest.mark.parametrize("years", [1, 10, 7_000])
def test_a_wrong_time_does_not_stop_the_lines_behind_it(log_dir, segments, server, years, capfd):
    before = segments.write(2)
    wrong = segments.line(NOW).replace("2026-", f"{2026 + years}-")
    segments.append(segments.path(), wrong)
    after = segments.write(2, at=NOW + 1, begun=NOW)
    made = ship_all(log_dir, server)
    assert server.texts == before + after
    assert made.counters()["too_new"] == 1
    assert "a day in the future" in capfd.readouterr().err


@pytest.mark.parametrize("skew_s", [-10 * 365 * 86_400.0, 10 * 365 * 86_400.0])
def test_a_server_with_a_wrong_clock_makes_no_line_count_as_hopeless(
    log_dir, segments, server, skew_s
):
    server.skew_s = skew_s
    segments.write(3)
    made = ship_all(log_dir, server)
    assert made.counters()["too_old"] == made.counters()["too_new"] == 0
    server.skew_s = 0.0
    ship_all(log_dir, server)
    assert server.texts == segments.written


def test_a_server_behind_moves_the_window(log_dir, segments, server):
    server.skew_s = -7_200.0
    segments.write(3)
    ship_all(log_dir, server)
    assert server.texts == []
    server.skew_s = 0.0
    ship_all(log_dir, server)
    assert server.texts == segments.written


def test_lines_older_than_the_server_accepts_are_counted(log_dir, segments, server, capfd):
    old = segments.write(4, at=NOW - 8 * 86_400)
    young = segments.write(3)
    made = ship_all(log_dir, server)
    assert server.texts == young
    assert made.counters()["too_old"] == 4
    assert "4 lines" in capfd.readouterr().err
    assert segments.path(begun=NOW - 8 * 86_400).read_text().splitlines() == old
    again = ship_all(log_dir, server)
    assert again.counters()["too_old"] == 0


def test_the_window_is_a_setting(log_dir, segments, server):
    segments.write(4, at=NOW - 8 * 86_400)
    ship_all(log_dir, server, max_age_s=30 * 86_400.0)
    assert server.texts == segments.written


@pytest.mark.parametrize("damage", ["lost", "empty", "cut", "changed", "foreign", "folder", "link"])
def test_without_its_offset_file_it_asks_the_server(log_dir, segments, server, damage, capfd):
    segments.write(20)
    segments.write(5, "trade")
    ship_all(log_dir, server)
    path = log_dir / ".shipper" / "offsets.json"
    data = path.read_bytes()
    path.unlink()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "changed":
        path.write_bytes(data.replace(b"bot-", b"bat-"))
    elif damage == "foreign":
        path.write_text("not written by a shipper\n")
    elif damage == "folder":
        path.mkdir()
    elif damage == "link":
        path.symlink_to("/dev/null")
    segments.write(5, at=NOW + 1, begun=NOW)
    server.questions = 0
    made = ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)
    assert made.counters()["confirmed"] == 25
    assert ("is not used" in capfd.readouterr().err) is (damage != "lost")
    assert ship_all(log_dir, server).counters()["confirmed"] == 0


def test_an_offset_file_of_another_server_is_not_used(log_dir, segments, server):
    segments.write(5)
    ship_all(log_dir, server)
    other = MemoryLoki()
    made = shipper(log_dir, other, Clock())
    made.folders[0]._destination = "http://elsewhere.example/push"
    made.run(until_idle=True)
    assert other.texts == segments.written


def test_a_full_disk_for_the_offset_file_stops_nothing(log_dir, segments, server, capfd):
    segments.write(5)
    (log_dir / ".shipper").mkdir()
    (log_dir / ".shipper" / "lock").touch()
    made = shipper(log_dir, server, Clock())
    file = made.folders[0]._file

    def full(_new: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    file._replace = full  # type: ignore[method-assign]
    made.run(until_idle=True)
    assert server.texts == segments.written
    assert "No space left" in capfd.readouterr().err
    ship_all(log_dir, server)
    assert server.texts == segments.written


@pytest.mark.parametrize("running", [True, False])
def test_segments_that_are_archived_meanwhile_are_read_there(log_dir, segments, server, running):
    texts = segments.write(30)
    made = shipper(log_dir, server, Clock(), limits=Limits(10, 1 << 20))
    assert made.folders[0].acquire()
    made._round()
    assert server.texts == texts[:10]
    if not running:
        for folder in made.folders:
            folder.close()
    (log_dir / "archive").mkdir()
    path = segments.path()
    with gzip.open(log_dir / "archive" / f"{path.name}.gz", "wb") as file:
        file.write(path.read_bytes())
    path.unlink()
    if running:
        made.run(until_idle=True)
    else:
        ship_all(log_dir, server)
    assert server.texts == texts


def test_a_deleted_segment_is_said_to_be_lost(log_dir, segments, server, capfd):
    segments.write(30)
    made = shipper(log_dir, server, Clock(), limits=Limits(10, 1 << 20))
    made._round()
    segments.path().unlink()
    made.run(until_idle=True)
    assert len(server.texts) == 10
    assert made.counters()["lost_bytes"] > 0
    assert "were deleted" in capfd.readouterr().err


def test_one_process_ships_a_folder_and_the_next_takes_over(log_dir, segments, server):
    segments.write(5)
    first, second = shipper(log_dir, server, Clock()), shipper(log_dir, server, Clock())
    first._round()
    second._round()
    assert (first.counters()["shipping"], second.counters()["shipping"]) == (1, 0)
    segments.write(5, at=NOW + 1, begun=NOW)
    first.folders[0].close()
    second.run(until_idle=True)
    assert server.texts == segments.written


def test_many_folders_share_one_server(tmp_path, server):
    every = [Segments(tmp_path / f"logs{number}", f"run{number}") for number in range(5)]
    for one in every:
        one.write(20)
    made = ship_all([one.log_dir for one in every], server)
    assert sorted(server.texts) == sorted(text for one in every for text in one.written)
    assert len(made.by_folder()) == 5


def test_a_folder_that_does_not_exist_yet(log_dir, server):
    made = shipper(log_dir, server, Clock())
    made._round()
    segments = Segments(log_dir)
    segments.write(3)
    made.run(until_idle=True)
    assert server.texts == segments.written


def test_a_folder_that_cannot_be_written_stops_no_other(tmp_path, server, capfd):
    good, bad = Segments(tmp_path / "good"), Segments(tmp_path / "bad")
    good.write(3)
    bad.write(3)
    (bad.log_dir / ".shipper").write_text("a file")
    ship_all([bad.log_dir, good.log_dir], server)
    assert server.texts == good.written
    assert "cannot work" in capfd.readouterr().err


def test_a_torn_end_is_sent_when_it_is_whole(log_dir, segments, server):
    segments.write(3)
    line = segments.line(NOW + 1)
    with segments.path().open("a") as file:
        file.write(line[:40])
    made = shipper(log_dir, server, Clock())
    made.run(until_idle=True)
    assert server.texts == segments.written
    with segments.path().open("a") as file:
        file.write(line[40:] + "\n")
    ship_all(log_dir, server)
    assert server.texts == [*segments.written, line]


def test_a_segment_that_a_power_cut_took_back(log_dir, segments, server):
    """A later bot continues it; the offset of before would point into the middle of a line."""
    segments.write(10)
    ship_all(log_dir, server)
    path = segments.path()
    kept = path.read_text().splitlines()[:6]
    path.write_text("".join(f"{line}\n" for line in kept))
    more = segments.write(10, at=NOW + 5, begun=NOW)
    ship_all(log_dir, server)
    assert sorted(server.texts) == sorted(segments.written)
    assert server.texts[-10:] == more


def test_a_segment_that_was_cut_and_stays_short(log_dir, segments, server):
    segments.write(10)
    made = shipper(log_dir, server, Clock())
    made._round()
    os.truncate(segments.path(), 100)
    made.run(until_idle=True)
    assert len(server.texts) == 10


def test_a_server_that_answers_no_query_still_gets_lines(log_dir, segments, server):
    segments.write(5)

    def missing(_entries, *, deadline):
        server.questions += 1
        return server.__class__(down=True).missing(_entries)

    server.missing = missing  # type: ignore[method-assign]
    ship_all(log_dir, server)
    assert server.texts == segments.written
    assert server.questions == 5


def test_it_gives_up_when_the_server_stays_away(log_dir, segments, server):
    segments.write(5)
    server.down = True
    clock = Clock()
    assert shipper(log_dir, server, clock).run(until_idle=True, give_up_s=30) is False
    assert 30 <= clock.now < 120


def test_a_thread_ships_and_stops_with_everything_sent(log_dir, segments, server):
    segments.write(5)
    made = shipper(log_dir, server)
    made.start()
    assert made.stop(30.0)
    assert server.texts == segments.written


def test_a_thread_that_cannot_deliver_stops_in_time(log_dir, segments, server):
    segments.write(5)
    server.down = True
    made = shipper(log_dir, server)
    made.start()
    made.stop(0.2)
    assert server.texts == []
    server.down = False
    ship_all(log_dir, server)
    assert server.texts == segments.written


def test_flush_waits_for_everything(log_dir, segments, server):
    made = shipper(log_dir, server)
    assert made.flush(0)  # it does not run, and nothing waits
    made.start()
    try:
        segments.write(5)
        assert made.flush(30)
        assert server.texts == segments.written
        assert made.by_folder()[log_dir]["unread_bytes"] == 0
    finally:
        made.stop(30)


def test_flush_does_not_wait_while_the_server_is_away(log_dir, segments, server):
    segments.write(5)
    server.down = True
    server.script = []
    made = shipper(log_dir, server)
    made.start()
    try:
        assert not made.flush(30)
        assert not made.flush(30)
    finally:
        server.down = False
        made.stop(30)
    assert server.texts == segments.written


def test_flush_takes_no_longer_than_it_may(log_dir, segments, server):
    segments.write(5)
    begun, go_on = threading.Event(), threading.Event()

    def hang(loki, entries):
        begun.set()
        go_on.wait(30)
        return loki.accept(entries)

    server.script = [hang]
    made = shipper(log_dir, server)
    made.start()
    try:
        assert begun.wait(30)
        assert not made.flush(0.01)
    finally:
        go_on.set()
        made.stop(30)


def test_a_folder_that_another_process_ships_is_not_flushed(log_dir, segments, server):
    first, second = shipper(log_dir, server, Clock()), shipper(log_dir, server)
    segments.write(1)
    first._round()
    second.start()
    try:
        assert not second.flush(30)
    finally:
        second.stop(30)


def test_a_shipper_begins_again_after_a_fault(log_dir, segments, server, capfd):
    segments.write(5)

    def fault(loki, entries):
        raise RuntimeError("a bug")

    server.script = [fault]
    made = shipper(log_dir, server)
    made._wake.put(None)  # else it waits for a minute
    made._wake.put(None)
    made.start()
    try:
        assert made.flush(30) or made.flush(30)  # the first ends with the fault
        assert "the shipper failed: RuntimeError" in capfd.readouterr().err
        assert server.texts == segments.written
    finally:
        made.stop(30)


def test_a_clock_that_differs_is_reported(log_dir, segments, server, capfd):
    server.skew_s = 120.0
    segments.write(1)
    ship_all(log_dir, server)
    assert "differs by +120 s" in capfd.readouterr().err


def test_journals_that_cannot_be_recovered_are_reported(log_dir, segments, server, capfd):
    segments.write(1)
    (log_dir / ".journal").mkdir()
    (log_dir / ".journal" / "1.journal").write_text("no journal")
    made = shipper(log_dir, server, Clock(), segment_size=1_000_000)
    original = folder_module.recover

    def fail(*_arguments):
        raise OSError(30, "Read-only file system")

    folder_module.recover = fail
    try:
        made.run(until_idle=True)
    finally:
        folder_module.recover = original
    assert server.texts == segments.written
    assert "Read-only file system" in capfd.readouterr().err


def test_the_call_of_the_library(log_dir, segments):
    at = time.time() - 60
    with Receiver() as receiver:
        segments.write(3, at=at)
        assert ship([log_dir], receiver.url)["shipped"] == 3
        assert receiver.texts == segments.written


def test_a_forked_child_leaves_the_folder_to_its_parent(log_dir, segments, server):
    segments.write(5)
    made = shipper(log_dir, server, Clock())
    made._round()
    pid = os.fork()
    if pid == 0:
        made.after_fork_in_child()
        os._exit(int(made.folders[0].acquire()))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    segments.write(5, at=NOW + 1, begun=NOW)
    made.run(until_idle=True)
    assert server.texts == segments.written
