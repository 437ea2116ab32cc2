"""Faults other than the disk's.

Closed descriptors, impossible clocks, no memory, damage, handlers that raise.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import logging_kit
from logging_kit.line import rfc3339
from logging_kit.store.drain import Drain
from logging_kit.store.journal import Half
from tests.support.runs import assert_complete, everything, texts, written

YEAR_NS = 31_556_952 * 10**9


# The clock.


@pytest.mark.parametrize("wrong_ns", [8_100 * YEAR_NS, 10**30, -3_000 * YEAR_NS])
def test_an_impossible_clock_is_replaced_by_the_system_s(start, log_dir, wrong_ns, capfd):
    offset = [0]
    log = start(clock=lambda: time.time_ns() + offset[0])
    log.info("before")
    offset[0] = wrong_ns
    for number in range(5):
        log.info("meanwhile", number=number)
    offset[0] = 0
    log.info("after")
    found = written(log_dir)
    assert_complete(found)
    assert texts(found) == ["before", *["meanwhile"] * 5, "after"]
    assert {line["timestamp"][:4] for line in found} == {rfc3339(time.time_ns() // 1000)[:4]}
    assert logging_kit.stats()["dropped"] == {}
    assert "the clock gives" in capfd.readouterr().err


def test_a_clock_that_is_impossible_from_the_start(start, log_dir, capfd):
    log = start(clock=lambda: 9_000 * YEAR_NS)
    log.info("line")
    log.error("line")
    assert texts(written(log_dir)) == ["line", "line"]
    logging_kit.shutdown()
    assert not list(log_dir.glob(".journal/*.journal"))


@pytest.mark.parametrize("last_ns", [0, 253_402_214_399_000_000_000])
def test_the_first_and_the_last_moments_are_possible(start, log_dir, last_ns, capfd):
    log = start(clock=lambda: last_ns)
    for _ in range(3):
        log.info("line")
    assert len({line["timestamp"] for line in written(log_dir)}) == 4
    assert "the clock gives" not in capfd.readouterr().err


# The writer.


@pytest.mark.parametrize(
    "error", [MemoryError(), ValueError("no"), OverflowError(), OSError(5, "x")]
)
def test_lines_wait_for_a_writer_that_fails(start, log_dir, monkeypatch, error, capfd):
    with monkeypatch.context() as patched:

        def fail(*_: Any) -> None:
            raise error

        patched.setattr(Half, "read" if isinstance(error, MemoryError) else "write_note", fail)
        log = start()
        log.info("line")
        assert not logging_kit.flush(0.2) or not isinstance(error, OSError | MemoryError)
    log.info("line")
    assert logging_kit.flush()
    kept = len(texts(everything(log_dir)))
    assert kept + logging_kit.stats()["dropped"].get("damaged", 0) in (2, 3)
    logging_kit.shutdown()


@pytest.mark.parametrize("what", [b"\xff", b"{}\n{}\n", b"\x01\x02\x03"])
def test_a_damaged_half_stops_no_later_line(start, log_dir, monkeypatch, what, capfd):
    half = Drain.half

    def damaged(drain: Drain, damaged_half: Half) -> None:
        monkeypatch.setattr(Drain, "half", half)
        at = damaged_half.data_start
        damaged_half._map[at : at + len(what) * 8] = what * 8
        half(drain, damaged_half)

    log = start()
    monkeypatch.setattr(Drain, "half", damaged)
    log.info("lost", number=1)
    log.info("lost", number=2)
    logging_kit.flush(1)
    for number in range(3):
        log.info("line", number=number)
    assert logging_kit.flush()
    found = [line for line in everything(log_dir) if "message" in line]
    assert texts(found)[-3:] == ["line"] * 3
    logging_kit.shutdown()
    assert not list(log_dir.glob(".journal/*.journal"))


# The descriptors.


@pytest.mark.slow
@pytest.mark.parametrize("end", ["logging_kit.shutdown()", "pass"])
@pytest.mark.parametrize("settings", ["", ", hooks='off'"])
def test_descriptors_that_a_daemon_closed_are_left_to_their_new_owner(
    run_bot, tmp_path, log_dir, end, settings
):
    source = f"""
import faulthandler, logging_kit, os
log = logging_kit.setup(log_dir="logs", stdout="off"{settings})
log.info("before")
logging_kit.flush()
os.closerange(3, 64)
mine = [open(f"mine-{{number}}", "wb", buffering=0) for number in range(40)]
log.info("after")
logging_kit.flush()
{end}
for file in mine:
    file.write(b"mine")
if "shutdown" in {end!r}:
    assert not faulthandler.is_enabled()
"""
    ended = run_bot(source)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert "after" in texts(everything(log_dir))
    assert {path.read_bytes() for path in tmp_path.glob("mine-*")} == {b"mine"}


@pytest.mark.slow
def test_a_crash_is_not_written_into_a_file_of_the_bot(run_bot, tmp_path):
    source = """
import ctypes, logging_kit, os
log = logging_kit.setup(log_dir="logs", stdout="off")
log.info("before")
logging_kit.flush()
os.closerange(3, 64)
mine = [open(f"mine-{number}", "wb", buffering=0) for number in range(40)]
log.info("after")
logging_kit.flush()
ctypes.string_at(0)
"""
    assert run_bot(source).returncode == -signal.SIGSEGV
    assert {path.read_bytes() for path in tmp_path.glob("mine-*")} == {b""}


# Steps of the end that fail.


@pytest.mark.parametrize("error", [OSError(9, "bad"), MemoryError(), ValueError("no")])
def test_shutdown_does_every_step(start, log_dir, monkeypatch, capfd, error):
    def fail(*_: Any, **__: Any) -> None:
        raise error

    before = threading.excepthook
    log = start()
    log.info("line")
    from logging_kit.runtime.hooks import Hooks
    from logging_kit.runtime.setup import active
    from logging_kit.store.store import Store

    runtime = active()
    assert runtime is not None
    store = runtime.store
    assert store is not None
    with monkeypatch.context() as patched:
        patched.setattr(Hooks, "remove", fail)
        patched.setattr(Store, "write_directly", fail)
        logging_kit.shutdown()
    assert "a step of shutdown failed" in capfd.readouterr().err
    assert logging_kit.stats() == {}
    threading.excepthook = before
    start().info("again")
    assert logging_kit.flush()
    assert "again" in texts(everything(log_dir))
    store.close()  # the step that failed leaves a thread and a journal to other tests


# Handlers that raise.


class TimedOutError(Exception):
    """Raised by a signal handler."""


class Callback:
    """A handler that is an object."""

    def __call__(self, *_: Any) -> None:
        raise TimedOutError


def function(*_: Any) -> None:
    raise TimedOutError


@pytest.fixture(params=[function, partial(function, 1), Callback(), Callback().__call__])
def handler(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    before = signal.signal(signal.SIGUSR1, request.param)
    yield request.param
    signal.signal(signal.SIGUSR1, before)


class Interrupting:
    """A value whose text is interrupted by a signal."""

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        os.kill(os.getpid(), signal.SIGUSR1)
        return "text"


def test_what_a_handler_raises_within_a_call_is_raised_and_counted(
    start, log_dir, monkeypatch, handler
):
    log = start()
    store = logging_kit.runtime.state.state.runtime.store
    append = store.append

    def interrupted(*args: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        append(*args, **kwargs)

    monkeypatch.setattr(store, "append", interrupted)
    for _ in range(3):
        with pytest.raises(TimedOutError):
            log.info("lost")
    monkeypatch.setattr(store, "append", append)
    log.info("line")
    found = written(log_dir)
    assert_complete(found)
    assert texts(found) == ["line"]
    assert found[-1]["dropped"] == 3
    assert logging_kit.stats()["dropped"] == {"interrupted": 3}


def test_an_error_that_no_handler_raised_is_not_raised(start, log_dir, monkeypatch, handler, capfd):
    log = start()
    store = logging_kit.runtime.state.state.runtime.store
    append = store.append

    def fails(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(store, "append", append)
        raise TimedOutError

    monkeypatch.setattr(store, "append", fails)
    log.info("line")
    assert texts(written(log_dir)) == ["a line could not be written: TimedOutError"]
    assert logging_kit.stats()["dropped"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("base", ["Exception", "BaseException"])
def test_a_storm_of_handlers_that_raise_loses_no_count(run_bot, log_dir, base):
    source = f"""
import json, logging_kit, signal, sys
class Stop({base}): pass
armed = [False]
def handler(*_):
    if armed[0]:
        armed[0] = False
        raise Stop
signal.signal(signal.SIGALRM, handler)
log = logging_kit.setup(log_dir="logs", stdout="off")
signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)
calls = raised = 0
while calls < 6_000:
    try:
        calls += 1
        armed[0] = True
        log.info("line", number=calls)
        armed[0] = False
    except Stop:
        raised += 1
signal.setitimer(signal.ITIMER_REAL, 0)
log.info("end")
logging_kit.flush()
print(json.dumps([raised, logging_kit.stats()["dropped"].get("interrupted", 0)]))
"""
    ended = run_bot(source)
    assert ended.returncode == 0, ended.stderr
    raised, counted = eval(ended.stdout)
    found = everything(log_dir)
    assert_complete(found)
    lines = texts(found).count("line")
    assert sum(line.get("dropped", 0) for line in found) == counted <= raised
    # a handler that runs in the loop itself, or in the logger before the line begins, is not a loss of the store
    assert 6_000 - lines - counted <= raised - counted
