"""The id that ties a signal to what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from tests.support.events import Hostile

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


class TestCorrelationId:
    SIGNAL: dict[str, Any] = {"symbol": "BTC/USDT", "confidence": 0.5}  # noqa: RUF012

    def test_a_new_one_is_made_stamped_and_returned(self, start: Start, lines: Lines) -> None:
        log = start()
        ids = [log.signal("WAIT", **self.SIGNAL) for _ in range(100)]
        assert [line["correlation_id"] for line in lines()] == ids
        assert (
            len(set(ids))
            == len({each[:8] for each in ids})
            == len({each[-8:] for each in ids})
            == 100
        )
        assert all(len(each) <= 32 and each.isalnum() for each in ids)

    def test_it_is_taken_from_the_argument_then_the_bound_context_then_the_contextvars(
        self, start: Start, lines: Lines
    ) -> None:
        log = start()
        with logging_kit.bound(correlation_id="around"):
            given = [
                log.signal("WAIT", **self.SIGNAL),
                log.bind(correlation_id="bound").signal("WAIT", **self.SIGNAL),
                log.bind(correlation_id="bound").signal(
                    "WAIT", correlation_id="mine", **self.SIGNAL
                ),
                log.signal("WAIT", correlation_id="", **self.SIGNAL),
                log.bind(correlation_id=None).signal("WAIT", correlation_id=None, **self.SIGNAL),
            ]
        assert given == ["around", "bound", "mine", "around", "around"]
        assert [line["correlation_id"] for line in lines()] == given

    def test_what_follows_inherits_it(self, start: Start, lines: Lines) -> None:
        log = start()
        with logging_kit.bound(correlation_id=log.signal("LONG", **self.SIGNAL)):
            log.order("submitted", order_id="1", symbol="a", exchange="b", side="buy", qty=1)
            log.notification("discord", ok=True)
            log.info("plain")
            with log.api_call("b", "GET", "/x"):
                pass
        log.info("outside")
        *within, outside = sorted(lines(), key=lambda line: line["seq"])
        assert len({line["correlation_id"] for line in within}) == 1
        assert len(within) == 5
        assert "correlation_id" not in outside

    def test_it_survives_a_chain(self, start: Start, lines: Lines) -> None:
        log = start(processors_before=[lambda _logger, _method, event_dict: event_dict])
        assert log.signal("WAIT", **self.SIGNAL) == lines()[0]["correlation_id"]

    @pytest.mark.parametrize("odd", [Hostile(), [1, 2], 0, False, 3.5])
    def test_whatever_is_given_what_is_returned_is_what_is_stamped(
        self, odd: Any, start: Start, lines: Lines
    ) -> None:
        assert (
            start().signal("WAIT", correlation_id=odd, **self.SIGNAL)
            == lines()[0]["correlation_id"]
        )
