"""`log.api_call`: a block that is timed and logged once, or a call with its values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


def test_a_block_is_timed_and_logged_once(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    with log.api_call("binance", "POST", "/api/v3/order") as call:
        time.sleep(0.02)
        call.status = 200
    (line,) = lines()
    assert (line["event"], line["exchange"], line["method"], line["path"]) == (
        "API_CALL",
        "binance",
        "POST",
        "/api/v3/order",
    )
    assert (line["direction"], line["status"], line["ok"], line["level"]) == (
        "out",
        200,
        True,
        "info",
    )
    assert 20 <= line["latency_ms"] < 2_000


@pytest.mark.parametrize(
    ("status", "ok", "level"),
    [
        (None, True, "info"), (200, True, "info"), (399, True, "info"), (400, False, "warning"), (503, False, "warning"),
        (0, False, "warning"), ("200", True, "info"), ("503", False, "warning"), (HTTPStatus.OK, True, "info"),
        (HTTPStatus.BAD_GATEWAY, False, "warning"), (429.0, False, "warning"),
    ],
)  # fmt: skip
def test_the_status_says_whether_it_went_well(
    status: Any, ok: bool, level: str, start: Start, lines: Lines
) -> None:
    with start(strict=True).api_call("binance", "GET", "/x") as call:
        call.status = status
    (line,) = lines()
    assert (line["ok"], line["level"]) == (ok, level)
    assert line["status"] == (200 if status is None else status)


def test_numbers_of_numpy_are_a_status_too(start: Start, lines: Lines) -> None:
    import numpy as np

    with start(strict=True).api_call("binance", "GET", "/x") as call:
        call.status = np.int64(503)  # type: ignore[assignment]
    assert (lines()[0]["ok"], lines()[0]["status"]) == (False, 503)


def test_what_the_bot_says_counts_more_than_the_status(start: Start, lines: Lines) -> None:
    log = start()
    with log.api_call("binance", "GET", "/x") as call:
        call.status, call.ok = 404, True
    with log.api_call("binance", "GET", "/x") as call:
        call.status, call.ok = 200, False
    with log.api_call("binance", "GET", "/x") as call:
        call.status, call.error_type = 200, "InsufficientFunds"
    assert [(line["status"], line["ok"], line.get("error_type")) for line in lines()] == [
        (404, True, None), (200, False, None), (200, False, "InsufficientFunds"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "error", [TimeoutError("slow"), KeyboardInterrupt(), asyncio.CancelledError()]
)
def test_an_exception_is_written_down_and_goes_on(
    error: BaseException, start: Start, lines: Lines
) -> None:
    log = start(strict=True)
    with pytest.raises(type(error)), log.api_call("binance", "GET", "/x"):
        raise error
    (line,) = lines()
    assert (line["status"], line["ok"], line["error_type"], line["level"]) == (
        0,
        False,
        type(error).__name__,
        "warning",
    )


def test_an_exception_after_an_answer_keeps_its_status(start: Start, lines: Lines) -> None:
    log = start()

    def ask() -> None:
        with log.api_call("binance", "GET", "/x") as call:
            call.status = 200
            raise ValueError

    with pytest.raises(ValueError):
        ask()
    assert (lines()[0]["status"], lines()[0]["ok"]) == (200, False)


def test_in_async_code(start: Start, lines: Lines) -> None:
    log = start(strict=True)

    async def ask(path: str) -> None:
        async with log.api_call("binance", "GET", path) as call:
            await asyncio.sleep(0.01)
            call.status = 200

    async def main() -> None:
        await asyncio.gather(*(ask(f"/{number}") for number in range(5)))

    asyncio.run(main())
    assert sorted(line["path"] for line in lines()) == [f"/{number}" for number in range(5)]
    assert all(line["latency_ms"] >= 9 for line in lines())


def test_finished_values_need_no_block(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    log.api_call("binance", "GET", "/a", status=200, ok=True, latency_ms=12.5)
    log.api_call("binance", "GET", "/b", latency_ms=1, error_type="TimeoutError")
    with log.api_call("binance", "GET", "/c", status=500, latency_ms=2):
        pass  # it was written already
    assert [(line["path"], line["status"], line["ok"], line["latency_ms"]) for line in lines()] == [
        ("/a", 200, True, 12.5), ("/b", 200, False, 1), ("/c", 500, False, 2),
    ]  # fmt: skip


def test_a_latency_that_is_not_known_yet_is_measured(start: Start, lines: Lines) -> None:
    with start(strict=True).api_call("binance", "GET", "/a", latency_ms=None):
        pass
    assert lines()[0]["latency_ms"] >= 0


def test_further_fields(start: Start, lines: Lines) -> None:
    with start(strict=True).api_call("binance", "GET", "/a", direction="in", weight=5) as call:
        call.add(attempt=2, self=3)
    (line,) = lines()
    assert (line["direction"], line["weight"], line["attempt"], line["self"]) == ("in", 5, 2, 3)


@pytest.mark.parametrize(
    "path", ["/api/v3/order?symbol=BTC&x=1", "/api/v3/order?", "/api/v3/order"]
)
def test_a_query_is_cut_off(path: str, start: Start, lines: Lines) -> None:
    log = start()
    log.api_call("binance", "GET", path, latency_ms=1)
    with log.api_call("binance", method="GET", path=path):
        pass
    assert {line["path"] for line in lines()} == {"/api/v3/order"}
    assert {line["message"].split()[1] for line in lines()} == {"/api/v3/order"}


def test_the_correlation_id_is_that_of_the_moment_it_began_or_ended_in(
    start: Start, lines: Lines
) -> None:
    log = start()
    with logging_kit.bound(correlation_id="c1"), log.api_call("binance", "GET", "/a"):
        pass
    assert lines()[0]["correlation_id"] == "c1"


def test_a_wrong_call_never_raises(start: Start, lines: Lines) -> None:
    log = start()
    log.api_call(latency_ms=1)  # type: ignore[call-arg]
    with log.api_call() as call:  # type: ignore[call-arg]
        call.status = "teapot"  # type: ignore[assignment]
        call.ok = "perhaps"  # type: ignore[assignment]
    first, second = lines()
    assert first["schema_error"] == "method is missing; path is missing"
    assert "status is not a number" in second["schema_error"]
    assert "ok is a str, not true or false" in second["schema_error"]


def test_finished_values_without_a_latency_are_not_lost(start: Start, lines: Lines) -> None:
    log = start()
    log.api_call("binance", "GET", "/a", status=200)
    log.api_call("binance", "GET", "/b", error_type="TimeoutError")
    log.api_call("binance", "GET", "/c", ok=False)
    call = log.api_call("binance", "GET", "/d")
    call.status = 503
    del call
    assert [(line["path"], line["status"], line["ok"], line["schema_error"]) for line in lines()] == [
        ("/a", 200, True, "latency_ms is missing"), ("/b", 200, False, "latency_ms is missing"),
        ("/c", 200, False, "latency_ms is missing"), ("/d", 503, False, "latency_ms is missing"),
    ]  # fmt: skip


def test_a_call_that_nothing_is_known_of_writes_nothing(start: Start, lines: Lines) -> None:
    start().api_call("binance", "GET", "/a")
    assert lines() == []


def test_each_block_over_one_call_is_a_line(start: Start, lines: Lines) -> None:
    call = start(strict=True).api_call("binance", "GET", "/a")
    with call:
        call.status = 503
        time.sleep(0.02)
    assert call.status == 503
    with pytest.raises(TimeoutError), call:
        raise TimeoutError
    with call:
        call.add(attempt=3)
    del call
    first, second, third = lines()
    assert (first["status"], first["ok"], second["status"], second["error_type"]) == (
        503,
        False,
        0,
        "TimeoutError",
    )
    assert (third["status"], third["ok"], third["attempt"], "error_type" in third) == (
        200,
        True,
        3,
        False,
    )
    assert first["latency_ms"] >= 20 > second["latency_ms"]


def test_a_block_over_a_known_latency_is_written_at_its_end(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    with log.api_call("binance", "GET", "/a", latency_ms=2) as call:
        assert lines() == []
        call.status = 500
    with pytest.raises(TimeoutError), log.api_call("binance", "GET", "/b", latency_ms=2):
        raise TimeoutError
    assert [(line["path"], line["status"], line["ok"], line["latency_ms"]) for line in lines()] == [
        ("/a", 500, False, 2), ("/b", 0, False, 2),
    ]  # fmt: skip


def test_a_failure_after_finished_values_is_not_lost(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    with (
        pytest.raises(TimeoutError),
        log.api_call("binance", "GET", "/a", status=200, latency_ms=2),
    ):
        raise TimeoutError
    with log.api_call("binance", "GET", "/b", status=429, latency_ms=2) as call:
        call.status = int("429")
    assert [(line["path"], line["ok"]) for line in lines()] == [
        ("/a", True),
        ("/a", False),
        ("/b", False),
    ]
