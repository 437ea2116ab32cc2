"""Lines at or above `forward` reach the handlers of the bot as records.

Masked, once, never back.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import pickle
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger
from tests.support.masking.maker import Maker

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


class Witness(logging.Handler):
    """A handler that keeps its records, as an SMTP or Telegram handler would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def witness() -> Iterator[Witness]:
    handler = Witness()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_errors_reach_handlers_of_the_root_logger_once(
    start: Start, lines: Lines, witness: Witness
) -> None:
    log = start(hooks=("stdlib",)).getChild("strategy")
    log.info("quiet")
    log.error("no margin", symbol="BTC/USDT")
    log.critical("liquidated")
    assert witness.messages == ["no margin", "liquidated"]
    assert [record.levelno for record in witness.records] == [40, 50]
    assert {record.name for record in witness.records} == {"strategy"}
    assert vars(witness.records[0])["symbol"] == "BTC/USDT"
    assert len(lines("error")) == 2


def test_typed_events_and_structlog_s_loggers_reach_them(start: Start, witness: Witness) -> None:
    log = start(hooks=("stdlib",), forward="warning")
    log.risk("daily_loss", severity="critical", action="halt")
    structlog.get_logger("plain").error("by structlog")
    assert len(witness.records) == 2
    assert witness.records[1].getMessage() == "by structlog"


def test_records_of_logging_are_not_forwarded_again(start: Start, witness: Witness) -> None:
    start(hooks=("stdlib",))
    logging.getLogger("ccxt").error("once")
    assert witness.messages == ["once"]


def test_secrets_are_masked_for_them(start: Start, witness: Witness) -> None:
    secret = Maker(3).b62(40)
    log = start(hooks=("stdlib",))
    try:
        raise ValueError(f"api_secret={secret}")
    except ValueError:
        log.exception("failed", api_secret=secret)
    (record,) = witness.records
    text = logging.Formatter("%(message)s").format(record)
    assert secret not in text + repr(vars(record))
    assert "ValueError: api_secret=***" in text
    assert "Traceback (most recent call last):" in text


def test_off_and_a_higher_level(start: Start, witness: Witness) -> None:
    start(hooks=("stdlib",), forward="off").error("none")
    start(hooks=("stdlib",), forward=logging.CRITICAL).error("too low")
    assert witness.messages == []


def test_a_handler_that_logs_an_error_does_not_loop(
    start: Start, lines: Lines, witness: Witness
) -> None:
    log = start(hooks=("stdlib",))

    class Talkative(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.error("could not send", about=record.getMessage())
            raise RuntimeError("and it raises")

    handler = Talkative()
    logging.getLogger().addHandler(handler)
    try:
        log.error("first")
    finally:
        logging.getLogger().removeHandler(handler)
    messages = [line["message"] for line in lines("error")]
    assert messages.count("first") == 1
    assert messages.count("could not send") == 1


def test_levels_and_filters_of_the_handlers_count(start: Start, witness: Witness) -> None:
    witness.setLevel(logging.CRITICAL)
    log = start(hooks=("stdlib",))
    log.error("below its level")
    witness.setLevel(logging.ERROR)
    witness.addFilter(lambda record: "drop" not in record.getMessage())
    log.error("drop me")
    log.error("keep me")
    assert witness.messages == ["keep me"]


def test_assert_logs_sees_our_errors(start: Start, lines: Lines) -> None:
    log = start(hooks=("stdlib",)).getChild("strategy")
    case = unittest.TestCase()
    with case.assertLogs("strategy", "ERROR") as seen:
        log.error("seen")
    assert [record.getMessage() for record in seen.records] == ["seen"]
    with case.assertLogs(level="ERROR"):
        log.error("seen on the root logger")
    with pytest.raises(AssertionError), case.assertNoLogs("strategy", "ERROR"):
        log.error("an error that must not be overlooked")
    assert not [line for line in lines() if "it is back" in line["message"]]


def test_terminal_handlers_do_not_repeat_what_stdout_shows(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.basicConfig(force=True, format="handler: %(message)s")
    log = start(hooks=("stdlib",), stdout="console")
    log.error("shown")
    logging_kit.flush()
    captured = capsys.readouterr()
    assert "handler: shown" not in captured.out + captured.err
    logging.getLogger().handlers.clear()


def test_the_mark_of_a_written_record_means_nothing_elsewhere(start: Start, lines: Lines) -> None:
    """A log server that also runs us writes the records that it receives by a socket."""
    start(hooks=("stdlib",))
    record = logging.getLogger("bot").makeRecord("bot", 30, "f", 1, "from afar", (), None)
    logging.getLogger("bot").handle(record)
    handler = logging.handlers.SocketHandler("127.0.0.1", 1)
    sent = pickle.loads(handler.makePickle(record)[4:])
    sent["_logging_kit"] = "another process"
    logging.getLogger("server").handle(logging.makeLogRecord(sent))
    assert [line["message"] for line in lines()] == ["from afar", "from afar"]


def test_a_stream_that_is_not_a_terminal_gets_them(start: Start) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger().addHandler(handler)
    try:
        start(hooks=("stdlib",), stdout="json").error("mailed")
    finally:
        logging.getLogger().removeHandler(handler)
    assert out.getvalue() == "mailed\n"
