"""`Secret`: copies, comparisons, and the ways to get the value out that there are not."""

from __future__ import annotations

import copy
import dataclasses
import json
import multiprocessing
import pickle
import secrets
from typing import Any

import pytest

from logging_kit import Secret


@dataclasses.dataclass
class Config:
    """The settings of a bot."""

    exchange: str
    key: Secret
    others: list[Secret]


@dataclasses.dataclass(frozen=True)
class Nested:
    """Settings in settings."""

    config: Config


def config(value: str) -> Config:
    return Config("binance", Secret(value), [Secret(value[::-1])])


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_same_secret(how: Any) -> None:
    value = secrets.token_hex(16)
    secret = Secret(value)
    assert how(secret) == secret
    assert how(secret).reveal() == value
    assert str(how([secret])) == "[***]"


def test_a_deep_copy_of_what_holds_one() -> None:
    value = secrets.token_hex(16)
    twin = copy.deepcopy(Nested(config(value)))
    assert twin.config.key.reveal() == value
    assert twin.config.others is not config(value).others


def test_asdict_and_replace_of_a_dataclass() -> None:
    value = secrets.token_hex(16)
    table = dataclasses.asdict(Nested(config(value)))
    assert table["config"]["key"].reveal() == value
    assert value not in repr(table)
    assert value not in repr(dataclasses.astuple(config(value)))
    assert dataclasses.replace(config(value), exchange="okx").key.reveal() == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_never_holds_the_value(protocol: int) -> None:
    value = secrets.token_hex(16)
    for what in (Secret(value), [Secret(value)], config(value)):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(what, protocol)


def test_json_does_not_take_it() -> None:
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(secrets.token_hex(16))})


def _reveal(secret: Secret, queue: Any) -> None:
    queue.put((str(secret), len(secret.reveal())))


@pytest.mark.slow
def test_a_process_that_is_started_with_one_gets_it() -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_reveal, args=(Secret(secrets.token_hex(16)), queue))
    child.start()
    assert queue.get(timeout=60) == ("***", 32)
    child.join()
