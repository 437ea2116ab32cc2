"""The structlog face of `BotLogger`: plain lines, levels, bound fields, errors."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

METHODS = {
    "debug": "debug", "info": "info", "msg": "info", "warning": "warning", "warn": "warning", "error": "error",
    "err": "error", "exception": "error", "critical": "critical", "fatal": "critical",
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_each_method_has_its_level(name: str, start: Start, lines: Lines) -> None:
    getattr(start(level="DEBUG"), name)("hello %s", "world", x=1)
    (line,) = lines()
    assert (line["level"], line["message"], line["x"]) == (METHODS[name], "hello world", 1)
    is_error = METHODS[name] in ("error", "critical")
    assert (line["_file"], line.get("event")) == (("error", "ERROR") if is_error else ("bot", None))


@pytest.mark.parametrize(
    "name",
    ["adebug", "ainfo", "awarning", "aerror", "aexception", "acritical", "afatal", "awarn", "amsg"],
)
def test_the_async_methods_are_the_plain_ones(name: str, start: Start, lines: Lines) -> None:
    log = start(level="DEBUG")

    async def main() -> None:
        with logging_kit.bound(correlation_id="c1"):
            await getattr(log, name)("hello %s", "world", x=1)

    asyncio.run(main())
    (line,) = lines()
    assert (line["level"], line["message"], line["x"], line["correlation_id"]) == (
        METHODS[name[1:]],
        "hello world",
        1,
        "c1",
    )


def test_questions_of_both_structlog_and_logging(start: Start) -> None:
    log: Any = start(level="WARNING", levels={"loud": "DEBUG"})
    loud: Any = logging_kit.get_logger("loud.part")
    assert (log.get_effective_level(), log.getEffectiveLevel(), loud.getEffectiveLevel()) == (
        30,
        30,
        10,
    )
    assert [
        log.isEnabledFor(20),
        log.is_enabled_for(20),
        log.isEnabledFor(30),
        loud.isEnabledFor(10),
    ] == [False, False, True, True]


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (10, "debug"),
        ("INFO", "info"),
        (30, "warning"),
        ("error", "error"),
        (None, "info"),
        (55, "critical"),
    ],
)
def test_log_takes_a_level(level: Any, name: str, start: Start, lines: Lines) -> None:
    log = start(level="DEBUG")
    log.log(level, "hello %d", 3, x=1)
    asyncio.run(log.alog(level, "hello %d", 3, x=1))
    assert [(line["level"], line["message"], line["x"]) for line in lines()] == [
        (name, "hello 3", 1)
    ] * 2


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("%s and %d", ("a", 3), "a and 3"),
        ("%(a)s", ({"a": 1},), "1"),
        ("100 %", (), "100 %"),
        ("%d", ("x",), "%d x"),
        ("%s %s", ("x",), "%s %s x"),
        ("plain", ("x", 1), "plain x 1"),
        ("%s", ((1, 2),), "(1, 2)"),
        (None, (), ""),
        (42, (), "42"),
        ({"a": 1}, (), "{'a': 1}"),
        (ValueError("bad"), (), "bad"),
        ("a\nb\x1b[31m\u2028", (), "a\nb\x1b[31m\u2028"),
    ],
)
def test_messages(
    message: Any, args: tuple[Any, ...], text: str, start: Start, lines: Lines
) -> None:
    start().info(message, *args)
    assert lines()[0]["message"] == text


def test_no_message_at_all(start: Start, lines: Lines) -> None:
    log = start()
    log.info()
    log.error()
    assert [line["message"] for line in lines()] == ["", "message"]


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.mark.parametrize("chain", [False, True], ids=["alone", "in a chain"])
def test_messages_that_raise(chain: bool, start: Start, lines: Lines) -> None:
    log = start(
        processors_before=[lambda _logger, _method, event_dict: event_dict] if chain else []
    )
    log.info(Unspeakable())
    log.info("%s", Unspeakable())
    log.info(Unspeakable(), Unspeakable())
    log.error(Unspeakable())
    gone = "<Unspeakable that raised RuntimeError>"
    assert [line["message"] for line in lines("bot")] == [gone, f"%s {gone}", f"{gone} {gone}"]
    assert (lines("error")[0]["message"], lines("error")[0]["error"]) == (gone, gone)


def test_a_line_that_cannot_be_made_leaves_one_that_says_so(
    start: Start, lines: Lines, capfd: pytest.CaptureFixture[str]
) -> None:
    log = start()
    log.info("not-to-be-seen", event_type=Unspeakable(), other="not-to-be-seen")
    log.info("goes on")
    first, second = lines()
    assert (first["logger"], first["message"], first["level"]) == (
        "logging_kit",
        "a line could not be written: RuntimeError",
        "info",
    )
    assert second["message"] == "goes on"
    assert logging_kit.stats()["failed"] == 1
    assert "not-to-be-seen" not in str(first) + capfd.readouterr().err


ENVELOPE = {
    "timestamp": 1, "level": "loud", "app": "x", "env": "x", "logger": "x", "message": "x", "event": "x", "run_id": "x", "seq": 5,
    "v": 2, "record_time": "x", "dropped": 1, "truncated": 1, "masked": 1, "schema_error": "x",
}  # fmt: skip


@pytest.mark.parametrize("chain", [False, True], ids=["alone", "in a chain"])
def test_fields_with_names_of_the_envelope_are_kept_aside(
    chain: bool, start: Start, lines: Lines
) -> None:
    log = start(
        processors_before=[lambda _logger, _method, event_dict: event_dict] if chain else []
    )
    log.info("hello", **ENVELOPE)
    (line,) = lines()
    assert {name: line[f"{name}_"] for name in ENVELOPE} == ENVELOPE
    assert (line["message"], line["level"], line["app"], line["logger"], line["seq"], line["v"]) == (
        "hello", "info", "trading", "trading", 2, 1,
    )  # fmt: skip
    assert not line.keys() & {
        "event",
        "record_time",
        "dropped",
        "truncated",
        "masked",
        "schema_error",
    }


def test_a_name_that_is_taken_aside_too_gets_another_underscore(start: Start, lines: Lines) -> None:
    log = start()
    log.info("a", level="one", level_="two", level__="three")
    log.info("b", level_="two", level="one")
    first, second = lines()
    assert sorted((first["level_"], first["level__"], first["level___"])) == ["one", "three", "two"]
    assert sorted((second["level_"], second["level__"])) == ["one", "two"]


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "module",
        "args",
        "process",
        "filename",
        "self",
        "method_name",
        "extra",
        "lineno",
        "thread",
    ],
)
def test_names_that_mean_something_to_logging_are_fields_like_any_other(
    name: str, start: Start, lines: Lines
) -> None:
    start().info("hello", **{name: "mine"})
    assert lines()[0][name] == "mine"


def test_bind_new_unbind_and_the_contextvars(start: Start, lines: Lines) -> None:
    log = start()
    bound = log.bind(a=1, b=2)
    bound.info("1")
    bound.bind(a=3).info("2", b=4)
    bound.unbind("a").info("3")
    bound.try_unbind("a", "zzz").info("4")
    log.bind(a=1).new(c=5).info("5")  # structlog's `new` empties the logger that it is called on
    with logging_kit.bound(a=6, d=7):
        bound.info("6")
        logging.getLogger("other").warning("not ours, no hook")
    log.info("7")
    found = [{key: line[key] for key in "abcd" if key in line} for line in lines()]
    assert found == [
        {"a": 1, "b": 2},
        {"a": 3, "b": 4},
        {"b": 2},
        {"b": 2},
        {"c": 5},
        {"a": 1, "b": 2, "d": 7},
        {},
    ]


def test_several_bots_in_one_process(start: Start, lines: Lines) -> None:
    log = start(bot_name="btc")
    log.info("a")
    eth = logging_kit.get_logger("strategy.ema", bot_name="eth", strategy="ema")
    eth.info("b")
    eth.signal("LONG", symbol="ETH/USDT", confidence=0.5)
    log.info("c", bot_name="sol")
    log.info("d", bot_name=None)
    log.info("e", bot_name=7)
    with logging_kit.bound(bot_name="xrp"):
        log.info("f")
    assert {line["message"]: line["bot_name"] for line in lines()} == {
        "a": "btc", "b": "eth", "LONG ETH/USDT 0.5": "eth", "c": "sol", "d": "btc", "e": "7", "f": "xrp",
    }  # fmt: skip


def test_fields_of_a_thread_stay_there_unless_they_are_carried(start: Start, lines: Lines) -> None:
    log = start()

    def work(number: int) -> None:
        log.info("in the thread", number=number)

    with ThreadPoolExecutor(2) as pool, logging_kit.bound(correlation_id="c1"):
        list(pool.map(work, range(2)))
        list(pool.map(logging_kit.in_context(work), range(2, 6)))
        thread = threading.Thread(target=logging_kit.in_context(work), args=(6,))
        thread.start()
        thread.join()
    assert {line["number"]: line.get("correlation_id") for line in lines()} == {
        number: None if number < 2 else "c1" for number in range(7)
    }


def test_in_context_keeps_the_function_and_its_result() -> None:
    @logging_kit.in_context
    def add(a: int, b: int = 2) -> int:
        """Add."""
        return a + b

    assert (add(1), add(1, b=5), add.__name__, add.__doc__) == (3, 6, "add", "Add.")


def test_levels_filter_plain_lines_by_their_logger(start: Start, lines: Lines) -> None:
    start(level="WARNING", levels={"strategy": "DEBUG", "strategy.slow": "ERROR"})
    for name in ("", "other", "strategy", "strategy.ema", "strategy.slow.x", "strategyx"):
        log = logging_kit.get_logger(name)
        for level in ("debug", "warning", "error"):
            getattr(log, level)(f"{name}:{level}")
            assert log.is_enabled_for(level) == (
                f"{name}:{level}" in [line["message"] for line in lines()]
            )
    assert {line["message"] for line in lines()} == {
        ":warning", ":error", "other:warning", "other:error", "strategy:debug", "strategy:warning", "strategy:error",
        "strategy.ema:debug", "strategy.ema:warning", "strategy.ema:error", "strategy.slow.x:error", "strategyx:warning",
        "strategyx:error",
    }  # fmt: skip


def test_an_error_says_what_kind_it_is(start: Start, lines: Lines) -> None:
    log = start()
    log.error("no exception")
    try:
        raise TimeoutError("too slow")
    except TimeoutError as error:
        log.exception("one")
        log.error("two", exc_info=True)
        log.critical("three", exc_info=error)
        log.error("four", exc_info=(type(error), error, error.__traceback__))
        log.error("five", error=error)
        log.error("six", error_type="Mine", error="in my words", exc_info=True, recoverable=True)
    log.exception("no exception either")
    first, *caught, five, six, last = lines("error")
    assert (first["error_type"], first["error"]) == ("message", "no exception")
    assert "exception" not in first
    for line in caught:
        assert (line["error_type"], line["error"], line["exception"]["type"]) == (
            "TimeoutError",
            "too slow",
            "TimeoutError",
        )
    assert [line["level"] for line in caught] == ["error", "error", "critical", "error"]
    assert (five["error_type"], five["error"]) == ("message", "TimeoutError: too slow")
    assert (six["error_type"], six["error"], six["recoverable"], six["exception"]["type"]) == (
        "Mine",
        "in my words",
        True,
        "TimeoutError",
    )
    assert (last["error_type"], last["error"]) == ("message", "no exception either")


def test_an_exception_on_a_line_that_is_no_error(start: Start, lines: Lines) -> None:
    log = start()
    try:
        raise TimeoutError("too slow")
    except TimeoutError:
        log.warning("retried", exc_info=True)
    log.info("nothing", exc_info=True)
    log.info("nothing", exc_info=False)
    warning, *rest = lines()
    assert (warning["_file"], warning["exception"]["type"]) == ("bot", "TimeoutError")
    assert "event" not in warning
    assert all("exception" not in line for line in rest)


def test_a_stack_on_demand(start: Start, lines: Lines) -> None:
    start().info("where", stack_info=True)
    (line,) = lines()
    assert 'start().info("where", stack_info=True)' in line["stack"].splitlines()[-1]
    assert "stack_info" not in line


def test_the_name_of_a_structlog_logger(start: Start, lines: Lines) -> None:
    start()
    structlog.get_logger("a.b").info("1")
    structlog.get_logger().info("2")
    structlog.get_logger("a", x=1).info("3")
    assert [(line["logger"], line.get("x")) for line in lines()] == [
        ("a.b", None),
        ("trading", None),
        ("a", 1),
    ]
