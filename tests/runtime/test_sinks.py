"""`setup(sinks=[…])`: what counts as a sink, and the filters by level and event."""

from __future__ import annotations

from typing import Any

import pytest

import logging_kit
from logging_kit import SinkOptions
from tests.support.sinks import FakeSink


def events(log: logging_kit.BotLogger) -> None:
    log.debug("debug")
    log.info("info")
    log.warning("warning")
    log.error("error")
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    log.order("rejected", order_id="1", symbol="BTC/USDT", exchange="x", side="buy", qty=1)
    logging_kit.flush()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["debug", "info", "warning", "error", "SIGNAL", "ORDER"]),
        ({"level": "warning"}, ["warning", "error", "ORDER"]),
        ({"level": "ERROR"}, ["error"]),
        ({"events": ("signal",)}, ["SIGNAL"]),
        ({"events": ("ORDER", "SIGNAL")}, ["SIGNAL", "ORDER"]),
        ({"events": ["ORDER", "SIGNAL"], "level": "WARN"}, ["ORDER"]),
    ],
)
def test_a_sink_gets_what_it_wants(start, options: dict[str, Any], expected: list[str]):
    sink, every = FakeSink(), FakeSink("every")
    events(start(sinks=[SinkOptions(sink, **options), every], level="DEBUG"))
    wanted = [
        line["event"] if line.get("event") not in (None, "ERROR") else line["message"]
        for line in sink.lines
        if line.get("event") != "LIFECYCLE"
    ]
    assert wanted == expected
    numbers = logging_kit.stats()["sinks"]
    assert numbers["fake"]["lines"] == len(sink.lines)
    assert numbers["every"]["lines"] == 7
    assert logging_kit.stats()["dropped"] == {}


class NoFlush:
    """A sink but for one method."""

    name = "no-flush"
    start = write = close = after_fork_in_child = counters = print


@pytest.mark.parametrize(
    ("sinks", "message"),
    [
        ([print], "lacks start, write, flush"),
        ([NoFlush()], "NoFlush is no sink: it lacks flush"),
        ([FakeSink], "an instance"),
        ([FakeSink("stdout")], "'stdout' cannot be the name"),
        ([FakeSink("a"), FakeSink("a")], "another sink has it"),
        ([FakeSink("")], "'' cannot be the name"),
        ([SinkOptions(FakeSink(), level="loud")], "'loud' is not a level"),
        ([SinkOptions(FakeSink(), events=("TRADES",))], "'TRADES' is not an event"),
        ([SinkOptions(FakeSink(), events="TRADE")], "must be a tuple"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_sink_is_refused(start, sinks, message: str):
    with pytest.raises(logging_kit.SettingsError, match=message.replace("(", r"\(")):
        start(sinks=sinks)


def test_a_refused_sink_leaves_the_running_setup_as_it_is(start):
    sink = FakeSink()
    log = start(sinks=[sink])
    with pytest.raises(logging_kit.SettingsError):
        start(sinks=[print])
    log.info("line")
    assert logging_kit.flush()
    assert sink.texts == ["line"]


def test_a_sink_gets_no_secret(start):
    sink = FakeSink()
    secret = "v9" * 12
    logging_kit.register_secret(secret)
    start(sinks=[sink]).info(f"it is {secret}", api_key="k" * 20)
    assert logging_kit.flush()
    assert secret not in str(sink.lines)
    assert "kkkk" not in str(sink.lines)
