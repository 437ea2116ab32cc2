"""The root logger's own handlers see what they saw before, and ours comes back whatever is done to them."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
NOTE = "another logging configuration had removed the handler that captures other libraries' lines; it is back"


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """Return the output of a handler that was on the root logger before `setup()`."""
    out = io.StringIO()
    logging.basicConfig(stream=out, level=logging.WARNING, format="%(message)s", force=True)
    yield out
    logging.getLogger().handlers.clear()


def test_the_bot_s_own_handlers_see_only_what_they_saw_before(
    start: Start, lines: Lines, printed: io.StringIO
) -> None:
    start(hooks=("stdlib",))
    logging.getLogger("httpx").info("POST with a token")
    logging.getLogger("lib.part").info("ours alone")
    logging.getLogger().info("of the root")
    logging.getLogger("lib").warning("both")
    assert printed.getvalue() == "both\n"
    assert [line["message"] for line in lines()] == ["ours alone", "of the root", "both"]


def test_a_level_that_the_bot_has_set_counts_as_before(start: Start, printed: io.StringIO) -> None:
    logging.getLogger("mine").setLevel(logging.DEBUG)
    start(hooks=("stdlib",))
    logging.getLogger("mine.part").debug("asked for")
    logging.getLogger("mineral").info("not asked for")
    logging.getLogger("loud").setLevel(logging.INFO)
    logging.getLogger("loud").info("asked for later")
    assert printed.getvalue() == "asked for\nasked for later\n"


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_a_root_level_that_the_bot_sets_later_counts(
    level: int, start: Start, printed: io.StringIO
) -> None:
    start(hooks=("stdlib",))
    logging.getLogger().setLevel(level)
    logging.getLogger("lib").info("asked for")
    assert printed.getvalue() == "asked for\n"
    logging_kit.shutdown()
    assert logging.getLogger().level == level


def test_a_second_setup_changes_nothing_for_them(start: Start, printed: io.StringIO) -> None:
    start(hooks=("stdlib",))
    later = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(later))
    for _ in range(2):
        start(hooks=("stdlib",), level="DEBUG")
        logging.getLogger("lib").debug("x")
    assert (printed.getvalue(), later.getvalue()) == ("", "x\nx\n")


def test_shutdown_leaves_them_as_they_were(start: Start, printed: io.StringIO) -> None:
    root = logging.getLogger()
    handlers = list(root.handlers)
    start(hooks=("stdlib",))
    start(hooks=("stdlib",))
    logging_kit.shutdown()
    assert (root.level, root.handlers, [handler.filters for handler in handlers]) == (
        logging.WARNING,
        handlers,
        [[]] * len(handlers),
    )
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("lib").info("as ever")
    assert printed.getvalue() == "as ever\n"


def test_records_without_a_name_pass_through_their_handlers(
    start: Start, printed: io.StringIO
) -> None:
    start(hooks=("stdlib",))
    logging.getLogger().handle(logging.makeLogRecord({"msg": "quiet", "levelno": logging.INFO}))
    logging.getLogger().handle(logging.makeLogRecord({"msg": "loud", "levelno": logging.ERROR}))
    assert printed.getvalue() == "loud\n"


def null_handlers() -> None:
    logging.config.dictConfig({
        "version": 1, "handlers": {"null": {"class": "logging.NullHandler"}}, "root": {"level": "INFO", "handlers": ["null"]},
        "disable_existing_loggers": False,
    })  # fmt: skip


def remove_each() -> None:
    for handler in list(logging.getLogger().handlers):
        logging.getLogger().removeHandler(handler)


REMOVALS: dict[str, Callable[[], Any]] = {
    "dictConfig": null_handlers,
    "clear": lambda: logging.getLogger().handlers.clear(),
    "another list": lambda: setattr(logging.getLogger(), "handlers", []),
    "removeHandler": remove_each,
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_ours_comes_back_each_time_and_says_so_once(
    remove: Callable[[], Any], start: Start, lines: Lines
) -> None:
    start(hooks=("stdlib",))
    for number in range(3):
        remove()
        logging.getLogger("lib").warning("number %d", number)
        logging.getLogger("lib").info("after %d", number)
    written = [line["message"] for line in sorted(lines(), key=lambda line: line["seq"])]
    assert written == [
        NOTE,
        *(f"{word} {number}" for number in range(3) for word in ("number", "after")),
    ]


def test_what_shutdown_took_out_does_not_come_back(start: Start) -> None:
    start(hooks=("stdlib",))
    ours = logging.getLogRecordFactory()
    logging.setLogRecordFactory(
        lambda *args, **kwargs: ours(*args, **kwargs)
    )  # another hook is chained to ours
    logging_kit.shutdown()
    logging.getLogger("lib").warning("no listener")
    assert not any(
        type(handler).__name__ == "PipelineHandler" for handler in logging.getLogger().handlers
    )
