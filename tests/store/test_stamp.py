"""Time and place of a line in its run: strictly increasing, gapless, from one clock."""

from __future__ import annotations

import logging
import re
import threading

import pytest

import logging_kit
from tests.support.runs import assert_complete, by_run, texts, written

SECOND = 1_000_000_000
NOON = 1_795_262_400 * SECOND  # 2026-11-21T12:00:00Z


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def test_a_clock_that_stands_still_gives_times_a_microsecond_apart(start, log_dir):
    log = start(clock=Clock())
    for number in range(1_000):
        log.info("line", number=number)
    found = written(log_dir)
    assert_complete(found)
    micros = [int(line["timestamp"][20:26]) for line in found]
    assert micros == list(range(len(found)))
    assert [line["number"] for line in found if "number" in line] == list(range(1_000))
    assert {line["timestamp"][:20] for line in found} == {"2026-11-21T12:00:00."}


def test_threads_and_ways_in_share_one_clock_and_one_count(start, log_dir):
    log = start(hooks=("stdlib",))
    each = 400

    def work(name: str) -> None:
        for number in range(each):
            match number % 4:
                case 0:
                    log.info(name, number=number)
                case 1:
                    logging.getLogger("other").warning(name, extra={"number": number})
                case 2:
                    log.order(
                        "submitted",
                        order_id=f"{name}-{number}",
                        symbol="BTC/USDT",
                        side="buy",
                        qty=1,
                        number=number,
                    )
                case 3:
                    log.error(name, number=number)

    threads = [threading.Thread(target=work, args=(f"thread {name}",)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = written(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 1
    assert sorted(line["number"] for line in found if "number" in line) == sorted(
        [*range(each)] * 6
    )
    assert {line["_file"] for line in found} == {"bot", "trade", "error"}


def test_one_thread_s_lines_stay_in_its_order(start, log_dir):
    log = start()
    threads = [
        threading.Thread(target=lambda name=name: [log.info(name, number=n) for n in range(300)])
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = written(log_dir)
    for name in "abcd":
        assert [line["number"] for line in found if line["message"] == name] == list(range(300))


@pytest.mark.parametrize(
    ("step_s", "runs"), [(-0.9, 1), (-1.5, 2), (-86_400, 2), (3_600, 1), (-0.000_001, 1)]
)
def test_a_clock_that_steps(start, log_dir, step_s, runs):
    clock = Clock()
    log = start(clock=clock)
    log.info("before")
    clock.now += int(step_s * SECOND)
    log.info("after")
    clock.now += SECOND
    log.info("later")
    found = written(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == runs
    before, after, later = (
        next(line for line in found if line["message"] == text)
        for text in ("before", "after", "later")
    )
    assert (after["run_id"] != before["run_id"]) == (runs == 2)
    assert later["run_id"] == after["run_id"]
    assert after["seq"] == (1 if runs == 2 else before["seq"] + 1)
    assert logging_kit.stats()["run_id"] == later["run_id"]


def test_many_small_steps_back_stay_one_run(start, log_dir):
    clock = Clock()
    log = start(clock=clock)
    for number in range(20):
        clock.now -= SECOND // 2
        log.info("line", number=number)
    found = written(log_dir)
    assert len(by_run(found)) == 1
    assert_complete(found)


def test_a_line_begins_with_its_time_and_ends_with_its_place(start, log_dir):
    start(clock=Clock()).info("line", first=1)
    assert logging_kit.flush()
    (path,) = (log_dir / "segments").glob("bot-*.log")
    raw = path.read_bytes().splitlines()[-1]
    run = logging_kit.stats()["run_id"]
    assert raw.startswith(b'{"timestamp":"2026-11-21T12:00:00.000001Z","level":"info",')
    assert raw.endswith(f',"run_id":"{run}","seq":2,"v":1}}'.encode())
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", run)


def test_ids_of_runs_sort_by_time(log_dir, start):
    ids = []
    for day in (3, 1, 2):
        start(clock=Clock(NOON + day * 86_400 * SECOND)).info("line")
        ids.append((day, logging_kit.stats()["run_id"]))
        logging_kit.shutdown()
    assert [day for day, _ in sorted(ids, key=lambda pair: pair[1])] == [1, 2, 3]


def test_a_clock_that_raises_costs_that_line_and_says_so(start, log_dir, capfd):
    class Broken(Clock):
        broken = False

        def __call__(self) -> int:
            if self.broken:
                raise OSError("no clock")
            return self.now

    clock = Broken()
    log = start(clock=clock)
    log.info("before")
    clock.broken = True
    log.info("lost")
    clock.broken = False
    log.info("after")
    found = written(log_dir)
    assert texts(found) == ["before", "after"]
    assert_complete(found)
    assert found[-1]["dropped"] >= 1
    assert "logging_kit: " in capfd.readouterr().err
