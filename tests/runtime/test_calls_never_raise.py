"""Whatever object is passed, and wherever, a call does not raise and leaves a line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


class Classless:
    """A lazy object that cannot even be asked for its class, which `isinstance` does."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("no class")


class Odd(float):
    """A level that cannot be compared."""

    def __ge__(self, other: object) -> bool:
        raise RuntimeError("not comparable")


V: Any = Classless()
CALLS: dict[str, Callable[[Any], Any]] = {
    "field": lambda log: log.info("v", x=V),
    "message": lambda log: log.info(V),
    "argument": lambda log: log.info("%s", V),
    "extra": lambda _log: logging.getLogger("lib").warning("x", extra={"q": V}),
    "record's message": lambda _log: logging.getLogger("lib").warning(V),
    "signal": lambda log: log.signal(V, confidence=V, symbol=V, price=V),
    "correlation id": lambda log: log.signal("LONG", confidence=1, symbol="a", correlation_id=V),
    "bound": lambda log: log.bind(z=V).info("b"),
    "exc_info": lambda log: log.info("x", exc_info=V),
    "triple": lambda log: log.info("x", exc_info=(1, V, 3)),
    "message of an error": lambda log: log.error(V),
    "stack_info": lambda log: log.info("x", stack_info=V),
    "level": lambda log: log.log(V, "x"),
    "odd level": lambda log: log.log(Odd(20), "x"),
    "event_type": lambda log: log.info("x", event_type=V),
    "bot_name": lambda log: log.info("x", bot_name=V),
    "finished call": lambda log: log.api_call("b", "G", V, latency_ms=1, status=V),
    "ok of a call": lambda log: log.api_call("b", "G", "/x", latency_ms=1, ok=V, error_type=V),
    "phase": lambda log: log.lifecycle(V),
    "heartbeat": lambda log: log.heartbeat(uptime_s=V),
    "trade": lambda log: log.trade(V, trade_id=V, position_side=V, symbol=V, qty=V, price=V, pnl=V),
    "exit": lambda log: log.trade(
        "exit", trade_id="t", position_side="LONG", symbol="s", qty=1, price=1, pnl=V
    ),
    "id": lambda log: log.info("x", order_id=V),
    "error": lambda log: log.error("x", error=V, error_type=V, exception=V),
    "query": lambda log: [log.is_enabled_for(V), log.info("x")],
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("chain", [False, True], ids=["alone", "with a chain"])
def test_a_call_with_an_object_that_has_no_class(
    call: Callable[[Any], Any], chain: bool, start: Start, lines: Lines
) -> None:
    root = logging.getLogger()
    root.handlers[:] = [
        handler for handler in root.handlers if not isinstance(handler, logging.StreamHandler)
    ]
    log = start(
        hooks=("stdlib",),
        processors_before=[lambda _logger, _method, event_dict: event_dict] if chain else [],
    )
    for _ in range(2):
        call(log)
    assert len(lines(lifecycle=True)) == 3
    assert logging_kit.stats()["failed"] == 0


def test_a_record_that_cannot_be_read_raises_nothing(start: Start, lines: Lines) -> None:
    start(hooks=("stdlib",))
    record = logging.makeLogRecord(
        {"name": "lib", "msg": "x", "levelno": 20, "created": "yesterday"}
    )
    logging.getLogger().handlers[-1].handle(record)
    assert lines() == []
