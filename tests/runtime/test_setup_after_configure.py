"""`setup()` in a program that has configured structlog and `logging` already, and `shutdown()`, which restores it."""

from __future__ import annotations

import logging
import logging.config
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

import logging_kit
from logging_kit import BotLogger, EventType
from logging_kit.settings import HOOKS
from tests.support.lines import content

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
SIGNAL: dict[str, Any] = {"symbol": "BTC/USDT", "confidence": 0.91}

MADE_ON_IMPORT = structlog.get_logger()


def test_a_logger_made_before_setup_obeys_it(start: Start, lines: Lines) -> None:
    early = logging_kit.get_logger("early", strategy="ema")
    late = start(app="grid")
    early.info("a")
    logging_kit.get_logger("late", strategy="ema").info("a")
    late.info("a", strategy="ema")
    first, second, third = (content(line) for line in lines())
    assert {**first, "logger": "late"} == second == {**third, "logger": "late"}
    assert (first["logger"], third["logger"]) == ("early", "grid")


def _plain_before() -> Any:
    return MADE_ON_IMPORT


def _bound_before() -> Any:
    return structlog.get_logger().bind(strategy="ema")


def _filtering_before() -> Any:
    return structlog.wrap_logger(
        structlog.PrintLogger(), wrapper_class=structlog.make_filtering_bound_logger(10)
    ).bind()


def _stdlib_before() -> Any:
    return structlog.wrap_logger(
        logging.getLogger("mine"), wrapper_class=structlog.stdlib.BoundLogger
    ).bind()


@pytest.mark.parametrize("make", [_plain_before, _bound_before, _filtering_before, _stdlib_before])
def test_a_structlog_logger_from_before_gives_the_same_lines(
    make: Callable[[], Any], start: Start, lines: Lines
) -> None:
    def use(log: Any) -> None:
        log.info("hello", price=1.5, level="x")
        log.warning("count %d", 3)
        try:
            raise ValueError("bad")
        except ValueError:
            log.exception("failed")
        log.info("typed", event_type="WS", state="connected", ws_connections=1)

    early = make()
    expected = start()
    use(early)
    use(expected.bind(**structlog.get_context(early.bind())))
    written = [content(line) for line in lines()]
    for line in written:
        line["logger"] = "any"
        for frame in line.get("exception", {}).get("frames", ()):
            frame["line"] = 0
    # two files: in each, the one logger's lines and then the other's
    assert written[: len(written) // 2] == written[len(written) // 2 :]
    assert {line["_file"] for line in written} == {"bot", "error"}


def test_a_plain_structlog_logger_made_after_setup_is_ours(start: Start, lines: Lines) -> None:
    start()
    log = structlog.get_logger("some.name")
    assert isinstance(log.bind(), BotLogger)
    log.signal("LONG", **SIGNAL)
    (line,) = lines("ai_signal")
    assert line["logger"] == "some.name"


@pytest.fixture
def configured() -> Iterator[list[dict[str, Any]]]:
    """A bot that has configured structlog and `logging` for itself; what its own handler got."""
    seen: list[dict[str, Any]] = []

    class Own(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append({"name": record.name, "message": record.getMessage()})

    root = logging.getLogger()
    root.addHandler(Own())
    root.setLevel(logging.ERROR)
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return seen


def test_a_bot_that_has_configured_everything_already(
    configured: list[dict[str, Any]], start: Start, lines: Lines
) -> None:
    before, root = structlog.get_config(), logging.getLogger()
    chain, handlers = list(before["processors"]), list(root.handlers)
    cached = structlog.get_logger("cached")
    cached.error("to the bot's own handler")

    start(hooks=("stdlib",))
    cached.info("structlog")
    structlog.get_logger("new").info("structlog")
    logging.getLogger("other").info("stdlib")
    logging.getLogger("other").error("stdlib")
    assert [(line["logger"], line["message"]) for line in lines("bot")] == [
        ("cached", "structlog"), ("new", "structlog"), ("other", "stdlib"),
    ]  # fmt: skip
    assert [line["logger"] for line in lines("error")] == ["other"]
    assert root.handlers[: len(handlers)] == handlers
    assert len(root.handlers) == len(handlers) + 1

    logging_kit.shutdown()
    after = structlog.get_config()
    assert after["processors"] is before["processors"]
    assert after["processors"] == chain
    assert {**after, "processors": 0} == {**before, "processors": 0}
    assert root.handlers == handlers
    assert root.level == logging.ERROR
    cached.error("again")
    assert [record["message"] for record in configured][-1] == "again"
    assert len(lines()) == 4


def test_processors_that_are_a_tuple_come_back_too(start: Start, lines: Lines) -> None:
    chain = (structlog.processors.add_log_level, structlog.processors.KeyValueRenderer())
    structlog.configure(processors=chain)
    start().info("hello")
    assert [line["message"] for line in lines()] == ["hello"]
    logging_kit.shutdown()
    assert structlog.get_config()["processors"] is chain


def test_shutdown_restores_everything(start: Start) -> None:
    def state() -> tuple[Any, ...]:
        root = logging.getLogger()
        return (
            list(root.handlers), root.level, logging.getLogRecordFactory(), warnings.showwarning,
            sys.excepthook, threading.excepthook, sys.unraisablehook, structlog.get_config(),
            list(structlog.get_config()["processors"]),
        )  # fmt: skip

    before = state()
    threads = {thread for thread in threading.enumerate() if thread.name.startswith("logging_kit")}
    start(hooks=HOOKS, stdout="json")
    assert sum(now is not then for now, then in zip(state(), before, strict=True)) >= 6
    start(hooks=HOOKS)
    logging_kit.shutdown()
    assert state() == before
    assert {
        thread for thread in threading.enumerate() if thread.name.startswith("logging_kit")
    } == threads


def test_shutdown_leaves_what_others_have_changed_since(start: Start) -> None:
    start(hooks=("excepthook", "stdlib"))
    ours, root = sys.excepthook, logging.getLogger()

    def theirs(*arguments: Any) -> None:
        ours(*arguments)

    sys.excepthook = theirs
    root.setLevel(logging.DEBUG)
    logging_kit.shutdown()
    assert sys.excepthook is theirs
    assert root.level == logging.DEBUG


def test_a_logger_prints_before_setup_and_after_shutdown(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging_kit.get_logger("mine")
    log.info("before", price=1)
    log.signal("LONG", **SIGNAL)
    assert log.is_enabled_for("debug")
    out = capsys.readouterr().out
    assert "before" in out
    assert "LONG BTC/USDT 0.91" in out
    start()
    log.info("during")
    logging_kit.shutdown()
    log.info("after")
    out = capsys.readouterr().out
    assert "after" in out
    assert "during" not in out


def _seen_by_capture_logs(request: pytest.FixtureRequest) -> Any:
    with capture_logs() as events:
        logging_kit.get_logger("here").signal("LONG", **SIGNAL)
    return [(e["event_type"], e["event"], e["log_level"], e["symbol"]) for e in events]


def _seen_by_log_events(request: pytest.FixtureRequest) -> Any:
    events = request.getfixturevalue("log_events")
    logging_kit.get_logger("here").signal("LONG", **SIGNAL)
    assert events.has(EventType.SIGNAL, symbol="BTC/USDT")
    return [(e["event_type"], e["message"], e["level"], e["symbol"]) for e in events]


@pytest.mark.parametrize("seen", [_seen_by_capture_logs, _seen_by_log_events])
def test_a_typed_event_is_seen_after_two_setups(
    seen: Callable[..., Any], start: Start, request: pytest.FixtureRequest
) -> None:
    start()
    start(level="ERROR")
    assert seen(request) == [("SIGNAL", "LONG BTC/USDT 0.91", "info", "BTC/USDT")]


def test_caplog_sees_a_typed_event_after_two_setups(
    start: Start, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    start(hooks=("stdlib",))
    log = start(hooks=("stdlib",))
    caplog.clear()
    log.signal("LONG", **SIGNAL)
    logging_kit.get_logger("mine").warning("count %d", 3)
    logging.getLogger("other").warning("stdlib")
    assert caplog.record_tuples == [
        ("trading", logging.INFO, "LONG BTC/USDT 0.91"), ("mine", logging.WARNING, "count 3"), ("other", logging.WARNING, "stdlib"),
    ]  # fmt: skip
    assert caplog.records[0].symbol == "BTC/USDT"
    assert caplog.records[0].event_type == "SIGNAL"
    assert [line["message"] for line in lines()] == ["LONG BTC/USDT 0.91", "count 3", "stdlib"]
