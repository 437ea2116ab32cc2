"""Waits between tries: they grow, have jitter and a limit, and a server may ask for more."""

from __future__ import annotations

import pytest
import time_machine

from logging_kit.loki.backoff import Backoff, retry_after
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.sender import Sender
from logging_kit.testing import FakeAnswer, FakeTransport


def test_the_limit_doubles_up_to_the_largest() -> None:
    backoff = Backoff(0.5, 30, 300, lambda low, high: high)
    assert [backoff.fail() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.succeed()
    assert backoff.fail() == 0.5


def test_a_thousand_failures_are_no_overflow() -> None:
    backoff = Backoff(0.5, 30, 300, lambda low, high: high)
    assert [backoff.fail() for _ in range(2_000)][-1] == 30


def test_the_jitter_is_full() -> None:
    asked: list[tuple[float, float]] = []
    backoff = Backoff(1, 30, 300, lambda low, high: asked.append((low, high)) or 0.0)
    assert backoff.fail() == 0.0
    assert asked == [(0.0, 1)]


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 0.25), (7.0, 7.25), (10**9, 300.25)])
def test_what_a_server_asks_for_is_kept_up_to_a_limit(asked: float, wait: float) -> None:
    assert Backoff(0.5, 30, 300, lambda low, high: high / 2).fail(asked) == wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 2.5 ", 2.5),
        ("-3", 0.0),
        ("nan", 0.0),
        ("Mon, 30 Nov 2026 12:00:10 GMT", 10.0),
        ("Monday, 30-Nov-26 12:00:30 GMT", 30.0),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("Mon, 30 Nov 99999 12:00:00 GMT", None),
    ],
)
def test_retry_after_has_two_forms(value: str, seconds: float | None) -> None:
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
        assert retry_after({"Retry-After": value}) == seconds
        assert retry_after({"retry-after": value, "other": "1"}) == seconds


def test_a_server_without_the_header_asks_for_nothing() -> None:
    assert retry_after({"Date": "now"}) is None


def test_the_sender_backs_off_until_it_succeeds() -> None:
    answers = [FakeAnswer(500), FakeAnswer(500), FakeAnswer(429, headers={"Retry-After": "9"})]
    sender = Sender(
        SenderOptions(url="http://x"),
        FakeTransport(*answers, FakeAnswer(), FakeAnswer(500)),
        uniform=lambda low, high: high,
    )
    given = [Entry({"a": "b"}, 1, "x")]
    assert [sender.push(given).retry_after_s for _ in range(5)] == [0.5, 1.0, 11.0, 0.0, 0.5]
