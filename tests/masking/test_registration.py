"""Registration: swapped arguments, rotation, bounds of time and memory."""

from __future__ import annotations

import logging
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from logging_kit import masking
from logging_kit.masking import Masker, forget_secret, register_secret
from logging_kit.masking.encodings import encodings
from logging_kit.masking.masker import REGISTRY
from logging_kit.masking.registry import Registry
from tests.support.masking.maker import Maker
from tests.support.masking.registry import emptied_registry

pytestmark = pytest.mark.slow

MAKE = Maker(31)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(masking.PROCESS, "warned", set())
    with emptied_registry():
        yield


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("okx", MAKE.b62(40)),
        ("binance", MAKE.hex(32)),
        ("api_secret", MAKE.b64(48)),
        ("binance api key", MAKE.b64url(43)),
        ("kraken", MAKE.uuid()),
        ("gate", "Tr0ub4dor&3x"),
        ("db", "hunter" + MAKE.of("123456789", 4)),
        ("telegram", f"{MAKE.of('123456789', 10)}:AA{MAKE.b64url(33)}"),
        ("key", MAKE.pem()),
    ],
)
def test_swapped_arguments_show_nothing_and_register_both(
    value: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    masker = Masker(mask_env=False)
    with caplog.at_level(logging.WARNING, "logging_kit"):
        register_secret(value, name)
    assert "arguments" in caplog.text
    assert "seem swapped" in caplog.text
    assert name not in caplog.text
    assert name[:8] not in caplog.text
    assert "***" in masker.text(f"sent {name} on")
    assert name not in str(masker.explain(f"api {name} and {value}"))


@pytest.mark.parametrize(
    "name",
    [
        "binance key",
        "okx-2",
        "MY_API_KEY_2",
        "db password",
        "exchange.okx.secret",
        "계좌 키",
        "v2 token",
    ],
)
def test_an_ordinary_name_is_shown(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "logging_kit"):
        assert register_secret(MAKE.b62(32), name)
        assert not register_secret("abc", name)
    assert name in caplog.text
    assert "swapped" not in caplog.text
    assert name in REGISTRY.values().values()


def test_a_registered_value_is_never_a_name(caplog: pytest.LogCaptureFixture) -> None:
    phrase = "hunting-green-tulips"
    register_secret(phrase)
    with caplog.at_level(logging.WARNING, "logging_kit"):
        register_secret(MAKE.b62(32), phrase)
        register_secret("abc", phrase)
    assert phrase not in caplog.text
    assert phrase not in REGISTRY.values().values()


def test_values_stay_hidden_while_others_are_forgotten_and_registered() -> None:
    masker = Masker(mask_env=False)
    kept = [MAKE.b62(32) for _ in range(20)]
    rotated = [MAKE.b62(32) for _ in range(80)]
    phrase = "violet harbour " + MAKE.b62(6)
    for value in (*kept, *rotated, phrase):
        register_secret(value)
    register_secret("8472913", "pin")
    stop = threading.Event()
    shown: list[str] = []

    def write(offset: int) -> None:
        for number in range(4_000):
            value = kept[(number + offset) % len(kept)]
            text = f"{number} used {value} by {phrase} at 8472913 part {value[:8]}..."
            out = masker.text(text)
            if value[:6] in out or "violet harbour" in out or "8472913" in out:
                shown.append(out)

    def rotate() -> None:
        while not stop.is_set():
            for value in rotated:
                forget_secret(value)
                register_secret(value)
            fresh = [f"{MAKE.b62(9)} {MAKE.b62(9)}" for _ in range(40)]
            REGISTRY.add((value, "new") for value in fresh)
            for value in fresh:
                REGISTRY.discard(value)

    writers = [threading.Thread(target=write, args=(at,)) for at in range(3)]
    rotator = threading.Thread(target=rotate)
    for thread in (*writers, rotator):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    rotator.join()
    assert not shown


def test_forgetting_touches_only_the_entries_of_the_value() -> None:
    registry = Registry()
    values = [MAKE.b62(64) for _ in range(600)]
    registry.add((value, "key") for value in values)
    before = len(registry._index._forms_of)
    registry.discard(values[0])
    assert before - 20 <= len(registry._index._forms_of) < before
    assert not registry.find(f"a {values[0]} b")
    assert all(registry.find(f"a {value} b") for value in values[1:])


def test_memory_of_a_registered_value_is_bounded() -> None:
    registry = Registry()
    values = [MAKE.b62(64) for _ in range(2_000)]
    size = sum(len(value.encode().hex()) * 4 + 3 * len(value) for value in values) / len(values)
    assert all(encodings(value) == {value} for value in values[:50])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        registry.add((value, "key") for value in values)
        registry.find(f"search {values[0]}")
        used = (tracemalloc.get_traced_memory()[0] - before) / len(values)
    finally:
        tracemalloc.stop()
    assert used < 2 * size + 1_000


@pytest.mark.parametrize("key", ["bot_name", "correlation_id", "confidence", "timestamp", "run_id"])
def test_a_key_of_every_line_is_no_secret(key: str) -> None:
    assert not register_secret(key, "password")
    assert Masker(mask_env=False).text(f"{key} is 1") == f"{key} is 1"
