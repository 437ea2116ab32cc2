"""Levels set with the means of `logging` win, and loggers that do not propagate are captured."""

from __future__ import annotations

import io
import logging
import logging.config
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger
from tests.support.masking.maker import Maker

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


def kit(**handler: Any) -> dict[str, Any]:
    """Return a `dictConfig` with our handler on the root logger."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {},
        "handlers": {"kit": {"class": "logging_kit.Handler", "stdout": "off", **handler}},
        "root": {"level": "DEBUG", "handlers": ["kit"]},
    }


@pytest.fixture
def configured(log_dir: Any) -> Iterator[Callable[..., None]]:
    """Apply a `dictConfig`, and take its handlers off again."""

    def apply(config: dict[str, Any]) -> None:
        config["handlers"]["kit"]["log_dir"] = str(log_dir)
        config["handlers"]["kit"]["hooks"] = ()
        logging.config.dictConfig(config)

    yield apply
    logging.getLogger().handlers.clear()


def messages(lines: Lines) -> list[str]:
    return [line["message"] for line in sorted(lines(), key=lambda line: line["seq"])]


class TestHandler:
    """`logging_kit.Handler` in a `dictConfig`."""

    def test_its_level_and_that_of_the_root_logger_decide(
        self, configured: Callable[..., None], lines: Lines
    ) -> None:
        configured(kit(level="DEBUG"))
        logging.getLogger("bot").debug("debug")
        logging.getLogger("httpx").debug("of a chatty library too")
        assert messages(lines) == ["debug", "of a chatty library too"]

    def test_a_higher_level_of_its_own(self, configured: Callable[..., None], lines: Lines) -> None:
        configured(kit(level="ERROR"))
        logging.getLogger("bot").warning("no")
        logging.getLogger("bot").error("yes")
        assert messages(lines) == ["yes"]

    def test_levels_that_a_framework_sets_for_others(
        self, configured: Callable[..., None], lines: Lines
    ) -> None:
        config = kit()
        config["root"]["level"] = "WARNING"
        config["loggers"] = {"urllib3": {"level": "DEBUG"}, "quiet": {"level": "ERROR"}}
        configured(config)
        logging.getLogger("urllib3.pool").debug("asked for")
        logging.getLogger("quiet").warning("not asked for")
        logging.getLogger("bot").info("not asked for")
        assert messages(lines) == ["asked for"]

    def test_the_setting_levels_narrows_them(
        self, configured: Callable[..., None], lines: Lines
    ) -> None:
        configured(kit(levels={"noisy": "ERROR"}))
        logging.getLogger("noisy.part").warning("no")
        logging.getLogger("bot").debug("yes")
        assert messages(lines) == ["yes"]


class TestLevels:
    """Levels that a person sets on loggers of `logging` after `setup()`."""

    def test_a_logger_s_own_level(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        logging.getLogger("mine").setLevel(logging.DEBUG)
        logging.getLogger("mine.part").debug("yes")
        logging.getLogger("other").debug("no")
        assert messages(lines) == ["yes"]

    def test_a_chatty_library_that_is_asked_for(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        logging.getLogger("ccxt").info("capped")
        logging.getLogger("ccxt").setLevel(logging.INFO)
        logging.getLogger("ccxt.base").info("asked for")
        assert messages(lines) == ["asked for"]

    def test_the_root_logger_s_level(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        logging.getLogger().setLevel(logging.DEBUG)
        logging.getLogger("any").debug("yes")
        logging.getLogger("httpx").debug("still capped")
        assert messages(lines) == ["yes"]

    def test_a_root_level_from_before_setup(self, start: Start, lines: Lines) -> None:
        logging.getLogger().setLevel(logging.DEBUG)
        start(hooks=("stdlib",))
        logging.getLogger("any").debug("yes")
        start(hooks=("stdlib",), level="INFO")
        logging.getLogger("any").debug("no, since the setting is given")
        assert messages(lines) == ["yes"]

    def test_a_level_in_the_settings_wins_over_a_logger_s(self, start: Start, lines: Lines) -> None:
        logging.getLogger("lib").setLevel(logging.DEBUG)
        start(hooks=("stdlib",), levels={"lib": "WARNING"})
        logging.getLogger("lib").info("no")
        assert messages(lines) == []

    @pytest.mark.parametrize("level", [logging.DEBUG, "debug", "DEBUG", 10])
    def test_the_level_of_setup_may_be_a_number(
        self, level: Any, start: Start, lines: Lines
    ) -> None:
        start(hooks=("stdlib",), level=level)
        logging.getLogger("any").debug("yes")
        assert messages(lines) == ["yes"]


def test_a_later_dictconfig_that_hides_records_is_named(start: Start, lines: Lines) -> None:
    start(hooks=("stdlib",))
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"null": {"class": "logging.NullHandler"}},
            "root": {"level": "WARNING", "handlers": ["null"]},
        }
    )
    logging.getLogger("lib").warning("seen")
    (note,) = (text for text in messages(lines) if "it is back" in text)
    assert "level of the root logger to WARNING" in note


@pytest.mark.parametrize("name", [None, "lib"])
def test_assert_logs_is_no_other_configuration(
    name: str | None, start: Start, lines: Lines
) -> None:
    start(hooks=("stdlib",))
    with unittest.TestCase().assertLogs(name, "INFO"):
        logging.getLogger("lib").info("in the block")
    logging.getLogger().handlers.clear()
    logging.getLogger("lib").info("after a real one")
    assert sum("it is back" in text for text in messages(lines)) == 1


@pytest.fixture
def uvicorn() -> Iterator[io.StringIO]:
    """Loggers as uvicorn configures them: handlers of their own, without propagation."""
    out = io.StringIO()
    server, access = logging.getLogger("uvicorn"), logging.getLogger("uvicorn.access")
    for logger, form in ((server, "%(message)s"), (access, "%(message)s")):
        handler = logging.StreamHandler(out)
        handler.setFormatter(logging.Formatter(form))
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.INFO)
    yield out
    for logger in (server, access):
        logger.handlers.clear()
        logger.propagate = True


class TestLoggersThatDoNotPropagate:
    """uvicorn, gunicorn and celery give their loggers handlers and stop the propagation."""

    def test_their_records_are_captured_once(
        self, start: Start, lines: Lines, uvicorn: io.StringIO
    ) -> None:
        start(hooks=("stdlib",))
        logging.getLogger("uvicorn.error").info("Started server process")
        logging.getLogger("uvicorn.access").info('"%s %s" %d', "GET", "/", 200)
        try:
            raise ValueError("bad")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        assert messages(lines)[:2] == ["Started server process", '"GET /" 200']
        (error,) = lines("error")
        assert error["exception"]["message"] == "bad"
        assert uvicorn.getvalue().count("Started server process") == 1

    def test_a_configuration_after_setup(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        logger = logging.getLogger("gunicorn.error")
        for number in range(3):
            logger.handlers[:] = [logging.StreamHandler(io.StringIO())]
            logger.propagate = False
            logger.warning("number %d", number)
        logger.handlers.clear()
        logger.propagate = True
        assert messages(lines) == ["number 0", "number 1", "number 2"]

    def test_their_own_handlers_print_no_secret(
        self, start: Start, lines: Lines, uvicorn: io.StringIO
    ) -> None:
        secret = Maker(5).b62(40)
        start(hooks=("stdlib",))
        logging.getLogger("uvicorn.access").info(
            '%s - "%s %s" %d', "127.0.0.1", "GET", f"/order?api_key={secret}", 200
        )
        try:
            raise ValueError(f"password={secret}")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("failed")
        assert secret not in uvicorn.getvalue()
        assert "/order?api_key=***" in uvicorn.getvalue()
        assert "Traceback (most recent call last)" in uvicorn.getvalue()
        assert all(secret not in str(line) for line in lines())

    def test_a_logger_that_was_silenced_stays_silent(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        for name, handlers in (("silent", []), ("null", [logging.NullHandler()])):
            logger = logging.getLogger(name)
            logger.propagate = False
            logger.handlers[:] = handlers
            logger.error("no")
            logger.handlers.clear()
            logger.propagate = True
        assert messages(lines) == []

    def test_a_handler_of_ours_is_enough(self, start: Start, lines: Lines) -> None:
        start(hooks=("stdlib",))
        logger = logging.getLogger("celery.task")
        logger.handlers[:] = [logging.StreamHandler(io.StringIO()), logging_kit.Handler()]
        logger.propagate = False
        logger.warning("once")
        logger.handlers.clear()
        logger.propagate = True
        assert messages(lines) == ["once"]

    def test_shutdown_leaves_their_handlers_as_they_were(
        self, start: Start, uvicorn: io.StringIO
    ) -> None:
        logger = logging.getLogger("uvicorn.access")
        before = list(logger.handlers)
        start(hooks=("stdlib",))
        logger.info("x")
        logging_kit.shutdown()
        assert logger.handlers == before
        assert [handler.filters for handler in logger.handlers] == [[]] * len(before)
