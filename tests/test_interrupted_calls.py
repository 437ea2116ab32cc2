"""Calls that a signal handler breaks off, by raising in the midst of them.

What was begun is no line, and harms no other.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

import logging_kit
from logging_kit.store.journal import Journal
from logging_kit.store.stamp import Stamper
from logging_kit.store.writer import Writer
from tests.support.runs import assert_complete, everything, texts

pytestmark = pytest.mark.slow


class Stop(BaseException):
    """Exception that a signal handler raises."""


def raising_once(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, after: bool) -> None:
    """Let a method raise once, as a signal handler does just before or after it."""
    act = getattr(owner, name)

    def once(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(owner, name, act)
        if after:
            act(*args, **kwargs)
        raise Stop

    monkeypatch.setattr(owner, name, once)


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [(Stamper, "stamp", True), (Journal, "put", True), (Writer, "wake", False)],
)
def test_a_call_that_is_broken_off_leaves_nothing_lying_about(
    start, log_dir, monkeypatch, owner, name, after
):
    log = start()
    assert logging_kit.flush()
    for broken_off in (
        (Stamper, "stamp", False),
        (owner, name, after),
    ):  # a lost line, and one that says so or is lost too
        raising_once(monkeypatch, *broken_off[:2], after=broken_off[2])
        with pytest.raises(Stop):
            log.info("line", number=0)
        time.sleep(0.1)  # the writer has seen to it, if it was told
    log.info("line", number=1)
    log.info("line", number=2)
    end = time.monotonic() + 5
    while not any(line.get("number") == 2 for line in everything(log_dir)):
        assert time.monotonic() < end, "the writer was not woken"
        time.sleep(0.01)
    found = everything(log_dir)
    assert_complete(found)
    lost = sum(line.get("dropped", 0) for line in found)
    assert (logging_kit.stats()["dropped"], logging_kit.stats()["lines"]) == (
        {"interrupted": lost},
        {"bot": len(found)},
    )


def test_a_call_that_is_broken_off_before_its_line_leaves_the_next_lines_in_their_files(
    start, log_dir, monkeypatch
):
    class Marks(list[int]):
        def append(self, mark: int) -> None:
            super().append(mark)
            raise Stop

    put = Journal.put

    def broken_off(journal: Journal, file: str, line: bytes) -> bool:
        monkeypatch.setattr(Journal, "put", put)
        marks = journal._marks
        journal._marks = Marks(marks)
        try:
            return put(journal, file, line)
        finally:
            marks[:] = journal._marks
            journal._marks = marks

    log = start()
    log.info("before")
    for after in (log.info, log.error, log.info, log.error):
        monkeypatch.setattr(Journal, "put", broken_off)
        with pytest.raises(Stop):
            log.trade("entry", trade_id="t", position_side="LONG", symbol="X", qty=1, price=2.0)
        after("after")
    assert logging_kit.flush()
    found = everything(log_dir)
    assert_complete(found)
    texts_of = {
        path.name.partition("-")[0]: path.read_text() for path in (log_dir / "segments").iterdir()
    }
    assert {file: text.count('"message":"after"') for file, text in texts_of.items()} == {
        "bot": 2,
        "error": 2,
    }
    assert logging_kit.stats()["dropped"] == {"interrupted": 4}


def test_the_writer_goes_on_after_a_fault(start, log_dir, monkeypatch, capfd):
    log = start()
    log.info("before")
    fall_asleep = Writer._fall_asleep

    def fault(writer: Writer) -> bool:
        monkeypatch.setattr(Writer, "_fall_asleep", fall_asleep)
        raise ValueError("a finalizer's clock")

    monkeypatch.setattr(Writer, "_fall_asleep", fault)
    end = time.monotonic() + 5
    while "the writer failed: ValueError" not in capfd.readouterr().err:
        assert time.monotonic() < end
        log.info("more")
        time.sleep(0.1)
    log.info("after")
    while "after" not in texts(everything(log_dir)):
        assert time.monotonic() < end
        time.sleep(0.05)
