"""The user's own structlog processors around ours, and `strict`."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Callable
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger
from logging_kit.processors import SchemaError, write

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
SIGNAL: dict[str, Any] = {"symbol": "BTC/USDT", "confidence": 0.91}


def test_our_processor_without_setup_says_so_once(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.configure(processors=[write])
    structlog.get_logger().info("lost")
    structlog.get_logger().info("lost")
    assert capfd.readouterr().err.count("setup() has not been called") <= 1


def test_a_chain_of_ones_own_that_ends_with_our_processor(start: Start, lines: Lines) -> None:
    start()

    def add(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
        return {**event_dict, "added": method}

    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[add, write])
    log.warn("hello", x=1)
    (line,) = lines()
    assert (line["level"], line["added"], line["x"]) == ("warning", "warning", 1)


class TestProcessors:
    def test_before_sees_what_was_logged_and_after_what_will_be_written(
        self, start: Start, lines: Lines
    ) -> None:
        seen: list[tuple[str, str, dict[str, Any]]] = []

        def before(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
            seen.append(("before", method, dict(event_dict)))
            return {**event_dict, "early": 1}

        def after(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
            seen.append(("after", method, dict(event_dict)))
            event_dict["late"] = event_dict.pop("event").upper()
            event_dict["event"] = "changed"
            return event_dict

        log = start(processors_before=[before], processors_after=[after]).bind(strategy="ema")
        seen.clear()
        with logging_kit.bound(correlation_id="c1"):
            log.info("hello", x=1)
        assert seen == [
            ("before", "info", {"event": "hello", "strategy": "ema", "x": 1}),
            (
                "after",
                "info",
                {"event": "hello", "strategy": "ema", "x": 1, "early": 1, "correlation_id": "c1"},
            ),
        ]
        (line,) = lines()
        assert (
            line["message"],
            line["late"],
            line["early"],
            line["strategy"],
            line["correlation_id"],
        ) == (
            "changed",
            "HELLO",
            1,
            "ema",
            "c1",
        )

    def test_a_typed_event_stays_typed_on_its_way_through_a_chain(
        self, start: Start, lines: Lines
    ) -> None:
        log = start(processors_before=[lambda _logger, _method, event_dict: event_dict])
        cid = log.signal("LONG", **SIGNAL, event="mine")
        log.order("rejected", order_id=7, symbol="a", exchange="b", side="buy", qty=1)
        signal, order = lines()
        assert (signal["event"], signal["signal"], signal["correlation_id"], signal["event_"]) == (
            "SIGNAL",
            "LONG",
            cid,
            "mine",
        )
        assert (order["event"], order["level"], order["order_id"]) == ("ORDER", "warning", "7")
        assert logging_kit.stats()["schema_errors"] == 0

    def test_after_knows_what_a_typed_event_is(self, start: Start, lines: Lines) -> None:
        seen: list[tuple[Any, ...]] = []

        def after(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
            seen.append((event_dict.get("event_type"), event_dict["event"]))
            if event_dict.get("event_type") == "WS":
                raise structlog.DropEvent
            return event_dict

        log = start(processors_after=[after], hooks=("stdlib",))
        seen.clear()
        log.signal("LONG", **SIGNAL)
        log.ws("connected", ws_connections=1)
        log.info("plain")
        log.error("bad")
        logging.getLogger("lib").error("worse")
        assert seen == [
            ("SIGNAL", "LONG BTC/USDT 0.91"),
            ("WS", "connected"),
            (None, "plain"),
            ("ERROR", "bad"),
            ("ERROR", "worse"),
        ]
        assert [line["message"] for line in lines()] == [
            "LONG BTC/USDT 0.91",
            "plain",
            "bad",
            "worse",
        ]
        assert not any("event_type" in line or "event_type_" in line for line in lines())

    @pytest.mark.parametrize("where", ["processors_before", "processors_after"])
    def test_one_that_raises_costs_no_line(
        self, where: str, start: Start, lines: Lines, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def bad(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
            raise RuntimeError("never shown")

        log = start(**{where: [bad]}).bind(strategy="ema")
        log.info("hello", x=1)
        log.signal("LONG", **SIGNAL)
        assert [(line["message"], line["strategy"]) for line in lines()] == [
            ("hello", "ema"),
            ("LONG BTC/USDT 0.91", "ema"),
        ]
        assert not any("event_type" in line for line in lines())
        assert "never shown" not in capfd.readouterr().err

    @pytest.mark.parametrize("where", ["processors_before", "processors_after"])
    def test_one_that_drops(self, where: str, start: Start, lines: Lines) -> None:
        def drop(logger: Any, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
            if event_dict.get("x") == 1:
                raise structlog.DropEvent
            return event_dict

        log = start(**{where: [drop]}, hooks=("stdlib",))
        log.info("dropped", x=1)
        log.ws("connected", ws_connections=1, x=1)
        log.info("kept", x=2)
        logging.getLogger("other").info("stdlib", extra={"x": 1})
        assert (
            [line["message"] for line in lines()] == ["kept", "stdlib"]
            if where == "processors_before"
            else ["kept"]
        )
        assert logging_kit.stats()["dropped"] == {}

    def test_one_that_returns_nonsense_costs_no_line(self, start: Start, lines: Lines) -> None:
        start(processors_before=[lambda *_: None]).info("before")  # type: ignore[list-item]
        start(processors_after=[lambda *_: None]).info("after")  # type: ignore[list-item]
        assert [line["message"] for line in lines()] == ["before", "after"]


def test_strict_raises_and_writes_nothing(start: Start, lines: Lines) -> None:
    log = start(strict=True)
    with pytest.raises(SchemaError, match="SIGNAL: confidence is above 1; symbol is missing"):
        log.signal("LONG", confidence=2)
    log.info("plain lines have no schema", confidence=2)
    log.error("nor have errors", error_type=5)
    start(strict=False)
    log.signal("LONG", confidence=2)
    assert [line["message"] for line in lines()] == [
        "plain lines have no schema",
        "nor have errors",
        "LONG 2",
    ]


def test_strict_raises_through_a_chain_too(start: Start, lines: Lines) -> None:
    log = start(strict=True, processors_before=[lambda _logger, _method, event_dict: event_dict])
    with pytest.raises(SchemaError):
        log.signal("LONG", confidence=2)
    assert lines() == []
