"""structlog's documented processors and chains give the same line as no chain at all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import structlog
from structlog import dev, processors, stdlib
from structlog.contextvars import merge_contextvars

import logging_kit
from logging_kit import BotLogger
from logging_kit.processors import required, write

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
VARYING = {"timestamp", "seq", "run_id"}

STANDARD_LIBRARY = [  # https://www.structlog.org/en/stable/standard-library.html
    stdlib.filter_by_level,
    stdlib.add_logger_name,
    stdlib.add_log_level,
    stdlib.PositionalArgumentsFormatter(),
    processors.TimeStamper(fmt="iso"),
    processors.StackInfoRenderer(),
    processors.format_exc_info,
    processors.UnicodeDecoder(),
]
CHAINS: dict[str, Sequence[Any]] = {
    "default": [
        merge_contextvars,
        processors.add_log_level,
        processors.StackInfoRenderer(),
        dev.set_exc_info,
        processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        dev.ConsoleRenderer(colors=False),
    ],
    "standard library, JSON": [*STANDARD_LIBRARY, processors.JSONRenderer()],
    "standard library, wrapped": [*STANDARD_LIBRARY, stdlib.ProcessorFormatter.wrap_for_formatter],
    "standard library, kwargs": [*STANDARD_LIBRARY, stdlib.render_to_log_kwargs],
    "standard library, args": [*STANDARD_LIBRARY, stdlib.render_to_log_args_and_kwargs],
    "performance": [
        merge_contextvars,
        processors.add_log_level,
        processors.format_exc_info,
        processors.TimeStamper(fmt="iso", utc=True),
        processors.JSONRenderer(),
    ],
    "tracebacks as dicts": [processors.add_log_level, processors.dict_tracebacks],
    "renamed": [processors.EventRenamer("msg")],
    "renamed, JSON": [
        processors.add_log_level,
        processors.TimeStamper(),
        processors.EventRenamer("message", "_event"),
        processors.JSONRenderer(),
    ],
    "numbers": [stdlib.add_log_level_number, processors.TimeStamper()],
    "logfmt": [processors.add_log_level, processors.LogfmtRenderer()],
    "key values": [processors.add_log_level, processors.KeyValueRenderer()],
    "exception renderer": [
        processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=True)
        )
    ],
    "extra": [stdlib.ExtraAdder(), structlog.processors.MaybeTimeStamper()],
}


def use(log: BotLogger) -> None:
    log.info("hello", price=1.5, note="a b")
    log.warning("used %d%%", 90)
    log.error("failed", order_id="o1")
    try:
        secret_local = "must not be written"
        raise KeyError("x") if secret_local else None
    except KeyError as error:
        log.exception("caught", symbol="BTC/USDT")
        handled = error
    log.error("later", exc_info=handled)
    log.info("where", stack_info=True)
    log.signal("LONG", symbol="BTC/USDT", confidence=0.5, correlation_id="c1")


def without_varying(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for line in found:
        if "stack" in line:  # the rest is where the test calls `use` from
            line["stack"] = line["stack"].splitlines()[-2:]
    return [
        {name: value for name, value in line.items() if name not in VARYING}
        for line in found
        if line.get("event") != "LIFECYCLE"
    ]


@pytest.fixture
def expected(start: Start, lines: Lines) -> list[dict[str, Any]]:
    use(start())
    found = without_varying(lines())
    assert [line["message"] for line in found] == [
        "hello", "used 90%", "failed", "caught", "later", "where", "LONG BTC/USDT 0.5",
    ]  # fmt: skip
    assert [line.get("error_type") for line in found[2:5]] == ["message", "KeyError", "KeyError"]
    return found


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("place", ["processors_before", "processors_after"])
def test_a_documented_chain_changes_nothing(
    name: str, place: str, start: Start, lines: Lines, expected: list[dict[str, Any]]
) -> None:
    if place == "processors_after" and stdlib.filter_by_level in CHAINS[name]:
        chain = [one for one in CHAINS[name] if one is not stdlib.filter_by_level]
    else:
        chain = [*CHAINS[name]]
    before = len(lines())
    use(start(**{place: chain}))
    found = without_varying(lines()[before:])
    assert found == expected


@pytest.mark.parametrize(
    "name", ["standard library, JSON", "standard library, wrapped", "standard library, kwargs"]
)
def test_a_chain_of_plain_structlog_loggers_into_logging(
    name: str, start: Start, lines: Lines, expected: list[dict[str, Any]]
) -> None:
    """The root logger is captured, and its records come from structlog."""
    start(hooks=("stdlib",))
    before = len(lines())
    logger = structlog.wrap_logger(
        logging.getLogger("trading"), processors=CHAINS[name], wrapper_class=stdlib.BoundLogger
    )
    logger.info("hello", price=1.5, note="a b")
    logger.error("failed", order_id="o1")
    try:
        raise KeyError("x")
    except KeyError:
        logger.exception("caught", symbol="BTC/USDT")
    found = without_varying(lines()[before:])
    assert found[:2] == [expected[0], expected[2]]
    assert (found[2]["message"], found[2]["error_type"], found[2]["error"]) == (
        "caught",
        "KeyError",
        "'x'",
    )
    assert found[2]["exception"]["type"] == "KeyError"
    assert found[2]["exception"]["frames"][-1]["function"].startswith("test_a_chain")
    assert found[2].keys() == expected[3].keys()


@pytest.mark.parametrize(
    "renderer", [processors.JSONRenderer(), processors.JSONRenderer(sort_keys=True)]
)
def test_a_renderer_before_our_end_of_a_foreign_chain(
    renderer: Any, start: Start, lines: Lines, expected: list[dict[str, Any]]
) -> None:
    start()
    before = len(lines())
    log = structlog.wrap_logger(
        structlog.PrintLogger(), processors=[processors.add_log_level, renderer, write]
    )
    log.info("hello", price=1.5, note="a b")
    assert without_varying(lines()[before:]) == expected[:1]


def test_the_call_site_is_the_callers(start: Start, lines: Lines) -> None:
    log = start(processors_before=[processors.CallsiteParameterAdder()])
    log.info("x")
    log.signal("LONG", symbol="A", confidence=0.5)
    for line in lines()[-2:]:
        assert line["func_name"] == "test_the_call_site_is_the_callers"
        assert line["filename"] == "test_structlog_chain.py"


@pytest.mark.parametrize(
    "value", ["2001-02-03T04:05:06Z", 5, "noon", 1e20, float("nan"), True, None, [1]]
)
def test_a_time_of_the_bot_is_kept(value: Any, start: Start, lines: Lines) -> None:
    log = start(processors_before=[redact])
    log.info("x", timestamp=value, level="high", logger="other")
    (line,) = lines()
    assert (line["level_"], line["logger_"]) == ("high", "other")
    assert "timestamp_" in line


def redact(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "customer": "hidden"}


def fail(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    event["customer"] = "half done"
    raise RuntimeError("no")


class Failing:
    def __call__(self, logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        del event["event"]
        raise ValueError


@pytest.mark.parametrize("place", ["processors_before", "processors_after"])
@pytest.mark.parametrize(
    "chain", [[redact, fail], [fail, redact], [redact, Failing(), fail], [Failing(), redact]]
)
def test_a_processor_that_raises_is_left_out(
    place: str, chain: list[Any], start: Start, lines: Lines
) -> None:
    log = start(**{place: chain})
    log.info("hello", customer="Ann")
    log.signal("LONG", symbol="A", confidence=0.5, customer="Ann")
    plain, typed = lines()[-2:]
    assert (plain["message"], plain["customer"]) == ("hello", "hidden")
    assert (typed["event"], typed["customer"]) == ("SIGNAL", "hidden")


def clear_then_fail(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    event["order"].clear()
    event["fills"][0]["price"] = None
    event["fills"].append("of a broken processor")
    raise RuntimeError


@pytest.mark.parametrize("place", ["processors_before", "processors_after"])
def test_what_a_failing_processor_changed_within_values_is_undone(
    place: str, start: Start, lines: Lines
) -> None:
    order, fills = {"order_id": "7"}, [{"price": 1.5}]
    start(**{place: [clear_then_fail]}).info("hello", order=order, fills=fills)
    line = lines()[-1]
    assert (line["order"], line["fills"]) == ({"order_id": "7"}, [{"price": 1.5}])


@pytest.mark.parametrize("place", ["processors_before", "processors_after"])
@pytest.mark.parametrize("processor", [fail, Failing()])
def test_a_required_processor_that_raises_withholds_the_content(
    place: str, processor: Any, start: Start, lines: Lines
) -> None:
    log = start(**{place: [required(processor)]})
    failed = logging_kit.stats()["failed"]
    log.info("hello", customer="Ann")
    log.order("submitted", symbol="A", side="buy", order_type="limit", qty=1, customer="Ann")
    log.error("boom", customer="Ann")
    found = lines()[-3:]
    assert all("withheld" in line["message"] and "Ann" not in str(line) for line in found)
    assert [line.get("event") for line in found] == [None, "ORDER", "ERROR"]
    assert logging_kit.stats()["failed"] - failed >= 3


def test_a_required_processor_that_works_is_one_like_any_other(start: Start, lines: Lines) -> None:
    start(processors_before=[required(redact)]).info("hello", customer="Ann")
    assert lines()[-1]["customer"] == "hidden"
