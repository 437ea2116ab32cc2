"""Records of `logging` become lines.

Theirs, once, and whatever other libraries configure afterwards.
"""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from logging_kit.runtime.stdlib import PipelineHandler
from logging_kit.settings import CHATTY

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def captured(start: Start) -> BotLogger:
    """A `setup()` with the root logger captured and nothing else."""
    return start(hooks=("stdlib",))


def without_pytest_s_handlers() -> None:
    """Remove pytest's handlers, which raise on messages that logging_kit must accept.

    Pytest installs them per phase.
    """
    root = logging.getLogger()
    root.handlers[:] = [
        handler for handler in root.handlers if not isinstance(handler, logging.StreamHandler)
    ]


@pytest.mark.parametrize(
    ("level", "name", "file"),
    [
        (logging.DEBUG, None, None), (logging.INFO, "info", "bot"), (25, "info", "bot"), (logging.WARNING, "warning", "bot"),
        (logging.ERROR, "error", "error"), (logging.CRITICAL, "critical", "error"), (70, "critical", "error"), (5, None, None),
    ],
)  # fmt: skip
def test_levels_and_files(
    level: int, name: str | None, file: str | None, captured: BotLogger, lines: Lines
) -> None:
    logging.getLogger("lib.part").log(level, "hello")
    found = [(line["level"], line["_file"], line["logger"], line["message"]) for line in lines()]
    assert found == ([] if name is None else [(name, file, "lib.part", "hello")])


def test_an_error_is_an_error_event(captured: BotLogger, lines: Lines) -> None:
    logging.getLogger("lib").error("it broke")
    (line,) = lines("error")
    assert (line["event"], line["error_type"], line["error"]) == ("ERROR", "message", "it broke")


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("%s of %d", ("a", 3), "a of 3"), ("%(a)s", ({"a": 1},), "1"), ("100 %", (), "100 %"), ("%d", ("x",), "%d x"),
        ("%s", (), "%s"), ("%s %s", ("x",), "%s %s x"), ("", (), ""), (42, (), "42"), (None, (), "None"),
        (ValueError("bad"), (), "bad"),
        ("%s", ([1, 2],), "[1, 2]"), ("plain", (1,), "plain 1"),
    ],
)  # fmt: skip
def test_messages_and_arguments(
    message: Any, args: tuple[Any, ...], text: str, captured: BotLogger, lines: Lines
) -> None:
    without_pytest_s_handlers()
    logging.getLogger("lib").warning(message, *args)
    assert [line["message"] for line in lines()] == [text]


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "args"),
    [
        (Unspeakable(), ()),
        ("%s", (Unspeakable(),)),
        ({"message": Unspeakable()}, ()),
        ({"x": Unspeakable()}, ()),
        (Unspeakable(), (1,)),
    ],
)
def test_messages_that_raise(
    message: Any, args: tuple[Any, ...], captured: BotLogger, lines: Lines
) -> None:
    without_pytest_s_handlers()
    logging.getLogger("lib").warning(message, *args)
    (line,) = lines()
    assert "<Unspeakable that raised RuntimeError>" in f"{line['message']} {line.get('x')}"


def test_extra_fields(captured: BotLogger, lines: Lines) -> None:
    extra = {
        "order_id": 7,
        "price": float("nan"),
        "level": "loud",
        "timestamp": 5,
        "signal": "LONG",
        "nested": {"a": {1}},
    }
    logging.getLogger("lib").info("x", extra=extra)
    (line,) = lines()
    assert {name: line[name] for name in ("order_id", "price", "level_", "timestamp_", "signal_", "nested")} == {
        "order_id": "7", "price": None, "level_": "loud", "timestamp_": 5, "signal_": "LONG", "nested": {"a": [1]},
    }  # fmt: skip
    standard = {
        "_file",
        "timestamp",
        "level",
        "app",
        "env",
        "bot_name",
        "logger",
        "message",
        "run_id",
        "seq",
        "v",
    }
    assert line.keys() - standard == {
        "order_id",
        "price",
        "level_",
        "timestamp_",
        "signal_",
        "nested",
    }


def test_a_message_that_is_a_dict(captured: BotLogger, lines: Lines) -> None:
    given = {"message": "hello", "a": 1, (1, 2): 3, "level": "x"}
    logging.getLogger("lib").info(given, extra={"b": 2})
    logging.getLogger("lib").info({"event": "hello"})
    first, second = lines()
    assert (first["message"], first["a"], first["(1, 2)"], first["b"], first["level_"]) == (
        "hello",
        1,
        3,
        2,
        "x",
    )
    assert (second["message"], second["event_"]) == ("", "hello")
    assert given == {"message": "hello", "a": 1, (1, 2): 3, "level": "x"}


def test_typed_events_through_logging(captured: BotLogger, lines: Lines) -> None:
    logging.getLogger("lib").info(
        "up", extra={"event_type": "WS", "state": "connected", "ws_connections": 2}
    )
    logging.getLogger("lib").info("what", extra={"event_type": "NOT_OURS"})
    logging.getLogger("lib").info("bad", extra={"event_type": "WS", "state": "up"})
    good, unknown, bad = lines("bot")
    assert (good["event"], good["message"], good["level"]) == ("WS", "up", "info")
    assert (unknown["event_type"], unknown.get("event")) == ("NOT_OURS", None)
    assert (
        bad["schema_error"]
        == "state is none of connected, disconnected, reconnecting; ws_connections is missing"
    )


def test_exceptions_and_stacks(captured: BotLogger, lines: Lines) -> None:
    log = logging.getLogger("lib")
    try:
        raise TimeoutError("slow")
    except TimeoutError:
        log.exception("one")
        log.warning("two", exc_info=True)
    log.info("three", stack_info=True)
    log.error("four", exc_info=True)
    two, three = lines("bot")
    one, four = lines("error")
    assert (one["error_type"], one["exception"]["message"]) == ("TimeoutError", "slow")
    assert two["exception"]["frames"][-1]["function"] == "test_exceptions_and_stacks"
    assert 'log.info("three", stack_info=True)' in three["stack"]
    assert (four["error_type"], four.get("exception")) == ("message", None)


def test_the_context_of_the_thread_is_added(captured: BotLogger, lines: Lines) -> None:
    with logging_kit.bound(correlation_id="c1", x=1):
        logging.getLogger("lib").info("a", extra={"x": 2})
    logging.getLogger("lib").info("b")
    first, second = lines()
    assert (first.get("correlation_id"), first["x"], second.get("correlation_id")) == (
        "c1",
        2,
        None,
    )


@pytest.mark.parametrize("name", sorted(CHATTY))
def test_chatty_libraries_are_capped(name: str, captured: BotLogger, lines: Lines) -> None:
    for logger in (name, f"{name}.deep.part"):
        logging.getLogger(logger).info("not written")
        logging.getLogger(logger).warning("written")
    assert [line["message"] for line in lines()] == ["written", "written"]


def test_levels_of_loggers(start: Start, lines: Lines) -> None:
    start(
        hooks=("stdlib",),
        level="WARNING",
        levels={"lib": "DEBUG", "lib.loud": "ERROR", "urllib3": "INFO"},
    )
    for name in ("lib", "lib.part", "lib.loud.part", "other", "urllib3"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, f"{name} {level}")
    assert [line["message"] for line in sorted(lines(), key=lambda line: line["seq"])] == [
        *(f"lib {level}" for level in (10, 20, 30, 40)), *(f"lib.part {level}" for level in (10, 20, 30, 40)), "lib.loud.part 40",
        "other 30", "other 40", *(f"urllib3 {level}" for level in (20, 30, 40)),
    ]  # fmt: skip


def test_loggers_that_do_not_propagate_are_left_alone(captured: BotLogger, lines: Lines) -> None:
    own = logging.getLogger("own")
    own.propagate = False
    own.addHandler(logging.NullHandler())
    own.error("not ours")
    logging.getLogger("own.child").error("not ours either")
    assert lines() == []


def test_a_record_that_is_old_keeps_its_time(captured: BotLogger, lines: Lines) -> None:
    log = logging.getLogger("lib")
    record = log.makeRecord("lib", logging.INFO, "f", 1, "late", (), None)
    record.created = 1_795_226_400.25
    log.handle(record)
    log.handle(log.makeRecord("lib", logging.INFO, "f", 1, "on time", (), None))
    late, on_time = lines()
    assert late["record_time"] == "2026-11-21T02:00:00.250000Z"
    assert "record_time" not in on_time


def test_records_that_come_by_a_queue(captured: BotLogger, lines: Lines) -> None:
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    log = logging.getLogger("worker")
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(waiting))
    try:
        raise ValueError("bad")
    except ValueError:
        log.exception("count %d", 3, extra={"x": 1})
    record = waiting.get()
    vars(record)["_logging_kit"] = "of the process that made it"
    logging.getLogger("other").handle(record)
    written, received = lines("error")
    for line in (written, received):
        assert (line["logger"], line["x"]) == ("worker", 1)
        assert line["message"].splitlines()[0] == "count 3"
    assert written["exception"]["message"] == "bad"
    assert "ValueError: bad" in received["message"]  # a QueueHandler keeps only the text


def test_an_exception_that_is_only_text(captured: BotLogger, lines: Lines) -> None:
    logging.getLogger("lib").handle(
        logging.makeLogRecord(
            {"name": "lib", "msg": "x", "levelno": 30, "exc_text": "ValueError: bad"}
        )
    )
    assert lines()[0]["exception"] == "ValueError: bad"


def test_one_record_is_written_once_whatever_it_meets(captured: BotLogger, lines: Lines) -> None:
    log = logging.getLogger("lib")
    log.addHandler(logging_kit.Handler())
    log.addHandler(logging_kit.Handler())
    log.warning("once")
    record = log.makeRecord("lib", logging.INFO, "f", 1, "again", (), None)
    log.handle(record)
    log.handle(record)
    assert [line["message"] for line in lines()] == ["once", "again"]


def test_without_the_hook_nothing_is_captured(start: Start, lines: Lines) -> None:
    start(hooks=())
    logging.getLogger("lib").critical("not ours")
    assert lines() == []


def test_the_root_level_is_lowered_but_never_raised(start: Start) -> None:
    root = logging.getLogger()
    for given, expected in (
        (logging.ERROR, logging.INFO),
        (logging.NOTSET, logging.INFO),
        (logging.DEBUG, logging.DEBUG),
    ):
        root.setLevel(given)
        start(hooks=("stdlib",))
        assert root.level == expected
        logging_kit.shutdown()
        assert root.level == given


FOREIGN: dict[str, Callable[[], Any]] = {
    "dictConfig": lambda: logging.config.dictConfig({
        "version": 1, "handlers": {"null": {"class": "logging.NullHandler"}}, "root": {"level": "INFO", "handlers": ["null"]},
        "disable_existing_loggers": False,
    }),
    "dictConfig like uvicorn's, without root": lambda: logging.config.dictConfig({
        "version": 1, "handlers": {"null": {"class": "logging.NullHandler"}}, "disable_existing_loggers": False,
        "loggers": {"uvicorn": {"handlers": ["null"], "level": "INFO", "propagate": False}},
    }),
    "basicConfig with force": lambda: logging.basicConfig(force=True, level=logging.INFO, handlers=[logging.NullHandler()]),
    "two after one another": lambda: [
        logging.config.dictConfig({"version": 1, "root": {"level": "INFO", "handlers": []}, "disable_existing_loggers": False})
        for _ in range(2)
    ],
}  # fmt: skip


@pytest.mark.parametrize("configure", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_configuration_afterwards_stops_nothing(
    configure: Callable[[], Any], captured: BotLogger, lines: Lines
) -> None:
    old = logging.getLogger("old")
    old.info("before")
    configure()
    old.info("after")
    logging.getLogger("new").warning("new")
    captured.signal("LONG", symbol="a", confidence=0.5)
    captured.info("ours")
    root = logging.getLogger()
    assert sum(isinstance(handler, PipelineHandler) for handler in root.handlers) == 1
    written = [line["message"] for line in sorted(lines(), key=lambda line: line["seq"])]
    note = "another logging configuration had removed the handler that captures other libraries' lines; it is back"
    assert [text for text in written if text != note] == [
        "before",
        "after",
        "new",
        "LONG a 0.5",
        "ours",
    ]
    assert written.count(note) == (0 if "without root" in _name(configure) else 1)


def _name(configure: Callable[[], Any]) -> str:
    return next(name for name, each in FOREIGN.items() if each is configure)


def test_after_shutdown_a_foreign_configuration_brings_nothing_back(
    captured: BotLogger, lines: Lines, log_dir: Path
) -> None:
    ours = logging.getLogRecordFactory()
    logging.setLogRecordFactory(
        lambda *args, **kwargs: ours(*args, **kwargs)
    )  # another hook is chained to ours
    logging_kit.shutdown()
    before = sum(path.stat().st_size for path in log_dir.glob("segments/*"))
    FOREIGN["dictConfig"]()
    logging.getLogger("lib").warning("no listener")
    assert not any(
        type(handler).__name__ == "PipelineHandler" for handler in logging.getLogger().handlers
    )
    assert sum(path.stat().st_size for path in log_dir.glob("segments/*")) == before


def test_records_of_several_threads(captured: BotLogger, lines: Lines) -> None:
    def work(number: int) -> None:
        for count in range(50):
            logging.getLogger(f"lib.{number}").info("x", extra={"count": count})
            captured.info("y", number=number, count=count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = lines(lifecycle=True)
    assert [line["seq"] for line in written] == list(range(1, 402))
    times = [line["timestamp"] for line in written]
    assert times == sorted(set(times))


def test_a_slow_foreign_handler_does_not_change_the_time(captured: BotLogger, lines: Lines) -> None:
    class Slow(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            time.sleep(0.01)

    logging.getLogger().addHandler(Slow())
    logging.getLogger("lib").info("x")
    assert "record_time" not in lines()[0]
