"""A logger is its name and its fields.

Copies, pickles and early loggers write what any other writes.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import structlog

import logging_kit
from logging_kit import BotLogger, processors
from tests.support.masking.maker import Maker

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
Change = Callable[[BotLogger], BotLogger]


def reconfigured(log: BotLogger) -> BotLogger:
    """Let another part of the program configure structlog."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    return log


def reset(log: BotLogger) -> BotLogger:
    """Put structlog's defaults back, as test suites do."""
    structlog.reset_defaults()
    return log


CHANGES: dict[str, Change] = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": lambda log: pickle.loads(pickle.dumps(log)),
    "copy of a bound logger": lambda log: copy.deepcopy(log.bind(symbol="BTC/USDT")),
    "structlog.configure": reconfigured,
    "structlog.reset_defaults": reset,
    "new": lambda log: log.new(),
    "getChild": lambda log: log.getChild("part"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_logger_from_before_setup_masks_and_writes(
    change: Change, start: Start, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    key = Maker(7).b62(40)
    log = change(logging_kit.get_logger("strategy"))
    start()
    log.info("connected", api_key=key)
    (line,) = (line for line in lines() if line["message"] == "connected")
    assert line["api_key"] == "***"
    assert line["logger"].startswith("strategy")
    assert key not in capsys.readouterr().out


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_logger_from_after_setup_masks_and_writes(
    change: Change, start: Start, lines: Lines
) -> None:
    log = change(start(processors_before=[lambda logger, method, event: event]).getChild("x"))
    log.info("connected", api_key=Maker(8).b62(40))
    (line,) = (line for line in lines() if line["message"] == "connected")
    assert line["api_key"] == "***"


def test_fields_travel_with_a_copy_and_stay_apart(start: Start, lines: Lines) -> None:
    log = logging_kit.get_logger("strategy", symbol="BTC/USDT")
    twin = copy.deepcopy(log).bind(side="buy")
    start()
    twin.info("twin")
    log.info("first")
    written = {line["message"]: line for line in lines()}
    assert (written["twin"]["symbol"], written["twin"]["side"]) == ("BTC/USDT", "buy")
    assert "side" not in written["first"]


def test_a_chain_that_ends_in_write_is_followed(start: Start, lines: Lines) -> None:
    """A logger that exists already runs the processors that are configured later."""
    log = start()
    structlog.configure(
        processors=[lambda _, __, event: {**event, "host": "vps"}, processors.write]
    )
    log.info("after")
    (line,) = (line for line in lines() if line["message"] == "after")
    assert line["host"] == "vps"


def test_processors_of_a_logger_s_own_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[structlog.processors.JSONRenderer()],
        wrapper_class=BotLogger,
    )
    pickle.loads(pickle.dumps(copy.copy(log.bind(a=1)))).info("own")
    assert capsys.readouterr().out == '{"a": 1, "event": "own"}\n'


def test_set_level_is_that_of_the_logger_and_its_children(start: Start, lines: Lines) -> None:
    log = start().getChild("strategy")
    log.setLevel("DEBUG")
    log.getChild("ema").debug("wanted")
    logging_kit.get_logger("other").debug("not wanted")
    log.set_level(40)
    log.warning("too low")
    log.setLevel(0)
    log.debug("of the settings again")
    assert [line["message"] for line in lines()] == ["wanted"]
    assert log.getEffectiveLevel() == 20


def unchanged(log: BotLogger) -> BotLogger:
    """Leave a logger as it is."""
    return log


@pytest.mark.parametrize("is_over", [False, True], ids=["before setup", "after shutdown"])
@pytest.mark.parametrize("change", [unchanged, *CHANGES.values()], ids=["as it is", *CHANGES])
def test_a_logger_without_setup_prints_no_secret(
    change: Change, is_over: bool, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    key, password, phrase = Maker(8).b62(40), Maker(9).b62(12), Maker(10).b62(9)
    logging_kit.register_secret(phrase)
    log = logging_kit.get_logger("strategy")
    if is_over:
        log = start(stdout="off")
        logging_kit.shutdown()
    log = change(log)
    with logging_kit.bound(password=password):
        log.bind(api_secret=key).info(f"plain {phrase}", api_key=key)
        log.signal("LONG", symbol="BTC/USDT", confidence=0.5, note=phrase)
    try:
        raise ValueError(f"refused: api_key={key} for {phrase}")
    except ValueError:
        log.exception("failed")
    printed = capsys.readouterr().out
    assert "plain" in printed
    assert "failed" in printed
    assert not [secret for secret in (key, password, phrase) if secret in printed]


def test_a_coloured_line_without_setup_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    word = Maker(11).of("abcdefghijklmnop", 14)
    coloured = [structlog.dev.ConsoleRenderer(colors=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog._config._CONFIG, "default_processors", coloured)
        logging_kit.get_logger("strategy").bind(password=word).warning("login", secret_key=word)
    printed = capsys.readouterr().out
    assert "login" in printed
    assert word not in printed
