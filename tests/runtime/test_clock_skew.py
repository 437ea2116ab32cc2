"""The clock against the time that an exchange answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logging_kit import BotLogger
from logging_kit.integrations.common import HttpLog
from logging_kit.metrics import check_clock
from logging_kit.runtime import clock_skew

NOW = 1_795_226_400.0
Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def checks() -> Iterator[None]:
    clock_skew._checks._warned.clear()
    yield
    clock_skew._checks._warned.clear()


def ahead(server_time: Any, **options: Any) -> float | None:
    return check_clock("binance", server_time, now=lambda: NOW, **options)


@pytest.mark.parametrize(
    ("server_time", "skew"),
    [
        (NOW - 3, 3.0),
        ((NOW + 2) * 1e3, -2.0),
        (int(NOW * 1e6), 0.0),
        (int(NOW) * 10**9, 0.0),
        (str(int(NOW * 1000)), 0.0),
        (b"1795226399", 1.0),
        ("2026-11-21T02:00:00Z", 0.0),
        ("2026-11-21T02:00:00.250+00:00", -0.25),
        ("2026-11-21 02:00:01", -1.0),
        ("Sat, 21 Nov 2026 02:00:00 GMT", -0.5),
        ("Sat, 21 Nov 2026 01:59:50 GMT", 9.5),
    ],
)
def test_each_form_of_a_time_is_read(start: Any, server_time: Any, skew: float) -> None:
    start()
    assert ahead(server_time) == pytest.approx(skew, abs=0.001)


@pytest.mark.parametrize(
    "given", [None, "", "soon", [], {}, True, -1, 0, "nan", float("nan"), b"\xff"]
)
def test_what_is_no_time_is_ignored(start: Any, lines: Lines, given: Any) -> None:
    start()
    assert ahead(given) is None
    assert lines() == []


class Hostile:
    def __float__(self) -> float:
        raise RuntimeError


def test_nothing_raises(start: Any) -> None:
    start()
    assert ahead(Hostile()) is None
    assert ahead(NOW, latency_ms=Hostile()) is None


def test_a_wrong_clock_is_one_warning_an_hour(
    start: Callable[..., BotLogger], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    monotonic = [1_000.0]
    monkeypatch.setattr(clock_skew.time, "monotonic", lambda: monotonic[0])
    for step in (0, 10, 3_500):
        monotonic[0] = 1_000.0 + step
        assert ahead(NOW - 3.25) == 3.25
    check_clock("upbit", NOW + 9, now=lambda: NOW)
    monotonic[0] += 200
    ahead(NOW - 3.25)
    found = [(line["exchange"], line["clock_skew_s"], line["level"]) for line in lines()]
    assert found == [
        ("binance", 3.25, "warning"), ("upbit", -9.0, "warning"), ("binance", 3.25, "warning"),
    ]  # fmt: skip
    assert "ahead of that of binance" in lines()[0]["message"]
    assert "behind that of upbit" in lines()[1]["message"]


def test_the_way_of_the_answer_and_whole_seconds_are_allowed_for(start: Any, lines: Lines) -> None:
    start()
    ahead(NOW - 0.9)
    ahead(NOW - 2.5, latency_ms=2_000)
    ahead("Sat, 21 Nov 2026 01:59:59 GMT")
    ahead("Sat, 21 Nov 2026 02:00:00 GMT")
    assert lines() == []
    ahead(NOW - 4.5, latency_ms=2_000)
    assert len(lines()) == 1


def test_many_names_of_exchanges_are_not_kept(start: Any, lines: Lines) -> None:
    start()
    for number in range(150):
        check_clock(f"x{number}", NOW - 100, now=lambda: NOW)
    assert len(lines()) == 100


@pytest.mark.parametrize(("exchange", "warned"), [("binance", True), (None, False)])
def test_answers_to_an_integration_are_compared(
    start: Any, lines: Lines, exchange: str | None, warned: bool
) -> None:
    http = HttpLog(start(), "requests", exchange)
    for date in ("Sat, 21 Nov 2020 02:00:00 GMT", "nonsense"):
        http.write("GET", "https://x/y", 200, 12.0, headers={"Date": date})
    http.write("GET", "https://x/y", 200, 12.0)
    found = [line for line in lines() if line["logger"] == "logging_kit.clock"]
    assert len(found) == warned
