from __future__ import annotations

import base64
import html
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import pytest
from pydantic import BaseModel, SecretStr

from logging_kit import masking
from logging_kit.masking import (
    Masker,
    Secret,
    forget_secret,
    register_from,
    register_secret,
)
from logging_kit.masking.masker import REGISTRY
from tests.support.masking.leaks import leaks
from tests.support.masking.maker import Maker

MAKE = Maker(99)
KEY = MAKE.b62(40)
ODD = 'p"a\\ss ' + MAKE.b62(14) + "/é&1"


@pytest.fixture(autouse=True)
def empty_registry() -> Iterator[None]:
    before = REGISTRY.values()
    for value in before:
        REGISTRY.discard(value)
    yield
    for value in REGISTRY.values():
        REGISTRY.discard(value)
    REGISTRY.add(before.items())


@pytest.fixture
def masker() -> Masker:
    return Masker(mask_env=False)


def _encoded(value: str) -> dict[str, str]:
    raw = value.encode()
    return {
        "raw": value,
        "json": json.dumps(value),
        "json of utf-8": json.dumps(value, ensure_ascii=False),
        "json twice": json.dumps(json.dumps(value)),
        "repr": repr(value),
        "repr twice": repr(repr(value)),
        "bytes": repr(raw),
        "percent": quote(value, safe=""),
        "percent lower": quote(value, safe="").lower()
        if value.islower()
        else quote(value, safe="").replace("%2F", "%2f"),
        "percent twice": quote(quote(value, safe=""), safe=""),
        "plus": quote_plus(value),
        "base64": base64.b64encode(raw).decode(),
        "base64 after one": base64.b64encode(b"x" + raw + b"yz").decode(),
        "base64 after two": base64.b64encode(b"xy" + raw + b"z").decode(),
        "base64url": base64.urlsafe_b64encode(b"user:" + raw).decode(),
        "hex": raw.hex(),
        "hex upper": raw.hex().upper(),
        "hex spaced": raw.hex(" "),
        "hex with colons": raw.hex(":"),
        "html": html.escape(value),
    }


@pytest.mark.parametrize(
    "value",
    [KEY, ODD, MAKE.b64(48), MAKE.uuid(), MAKE.hex(64), "correct horse 9 battery"],
    ids=lambda v: v[:4],
)
def test_a_registered_value_is_found_in_every_encoding(masker: Masker, value: str) -> None:
    assert register_secret(value)
    for name, form in _encoded(value).items():
        out = masker.text(f"sent <{form}> to the server")
        assert "***" in out, name
        assert form not in out, name
        assert out.startswith("sent <"), name
        assert out.endswith("> to the server"), name


@pytest.mark.parametrize("cut", [slice(0, 24), slice(-14, None), slice(10, 25)])
def test_a_part_of_twelve_characters_is_found(masker: Masker, cut: slice) -> None:
    register_secret(KEY)
    assert masker.text(f"key {KEY[cut]}... used") == "key ***... used"


def test_a_part_without_a_digit_is_found(masker: Masker) -> None:
    key = MAKE.b62(12) + "9" + MAKE.of("aBcDeFgHkM", 1) + "xQwRtPvNmHkD" + "7" + MAKE.b62(14)
    register_secret(key)
    assert masker.text(f"key {key[14:26]}... used") == "key ***... used"


def test_a_word_that_a_password_begins_with_survives(masker: Masker) -> None:
    register_secret(f"production-database-{MAKE.b62(4)}7")
    register_secret(f"tradingbotsecret{MAKE.b62(8)}7")
    register_secret(f"TradingBotPassword{MAKE.of('123456789', 4)}")
    for text in (
        "backup of production-database done",
        "no tradingbotsecret set",
        "class TradingBotPasswordField",
    ):
        assert masker.text(text) == text


def test_a_value_that_is_wrapped_over_lines_is_found(masker: Masker) -> None:
    register_secret(KEY)
    assert not leaks(KEY, masker.text(f"{KEY[:20]}\n    {KEY[20:]}"))


def test_the_last_four_characters_may_be_shown(masker: Masker) -> None:
    register_secret(KEY)
    assert masker.text(f"key ...{KEY[-4:]}") == f"key ...{KEY[-4:]}"


def test_each_line_of_a_private_key_is_found(masker: Masker) -> None:
    pem = MAKE.pem()
    register_secret(pem, "private_key")
    for line in pem.splitlines()[1:-1]:
        assert masker.text(f"line {line}") == "line ***"
    assert masker.text("-----END CERTIFICATE-----") == "-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "abc12",
        "USDT",
        "usdt",
        "BTC/USDT",
        "BTCUSDT",
        "binance",
        "aaaaaaaaaa",
        "True",
        "None",
        "production",
        "2026-11-21",
        "64010.5",
        "***",
    ],
)
def test_empty_short_and_common_values_are_refused_with_one_warning(
    value: str, masker: Masker, caplog: pytest.LogCaptureFixture
) -> None:
    masking.PROCESS.warned.clear()
    with caplog.at_level(logging.WARNING, "logging_kit"):
        assert not register_secret(value)
        assert not register_secret(value)
    assert len(caplog.records) == 1
    assert caplog.records[0].name == "logging_kit"
    assert len(value) < 5 or value not in caplog.records[0].getMessage()
    text = f"price of {value} is 1"
    assert masker.text(text) == text


def test_a_short_value_under_the_name_of_a_secret_is_masked_where_it_stands_alone(
    masker: Masker,
) -> None:
    assert register_secret("4821", "pin")
    assert masker.text("typed 4821 now") == "typed *** now"
    assert masker.text("price 64821.5") == "price 64821.5"


def test_a_value_can_be_forgotten(masker: Masker) -> None:
    other = MAKE.b62(40)
    register_secret(KEY)
    register_secret(other)
    assert forget_secret(KEY)
    assert not forget_secret(KEY)
    assert masker.text(f"a {KEY} b") == f"a {KEY} b"
    assert masker.text(f"a {other} b") == "a *** b"


def test_what_was_clean_is_searched_again_after_a_registration(masker: Masker) -> None:
    word = "x" + MAKE.of("abcdefgh", 5) + "9q " + MAKE.of("abcdefgh", 4)
    texts = (f"note {word} end", f"order {KEY}", f"order {KEY[:30]} done")
    for text in texts:
        assert masker.text(text) is text
    generation = masker.generation
    register_secret(word)
    register_secret(KEY)
    assert masker.generation == generation + 2
    assert all("***" in masker.text(text) for text in texts)


def test_threads_register_while_others_mask(masker: Masker) -> None:
    values = [MAKE.b62(32) for _ in range(60)]
    late: list[str] = []

    def register(part: list[str]) -> None:
        for value in part:
            register_secret(value)
            if value in masker.text(f"just registered {value}"):
                late.append(value)

    threads = [threading.Thread(target=register, args=(values[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    for number in range(300):
        masker.text(f"order {number} of {values[number % 60]}")
    for thread in threads:
        thread.join()
    assert not late
    assert all(value not in masker.text(f"order 1 of {value}") for value in values)


class _Settings(BaseModel):
    api_key: SecretStr
    any_name: SecretStr
    symbol: str = "BTC/USDT"


@dataclass
class _Account:
    api_secret: str
    exchange: str = "binance"


class _Plain:
    __slots__ = ("passphrase",)

    def __init__(self, passphrase: str) -> None:
        self.passphrase = passphrase


def test_settings_objects_and_clients_are_read(masker: Masker) -> None:
    values = [MAKE.b62(32) for _ in range(9)]
    assert (
        register_from(_Settings(api_key=SecretStr(values[0]), any_name=SecretStr(values[1]))) == 2
    )
    assert (
        register_from({"exchange": {"binance": {"secret": values[2], "symbol": "BTC/USDT"}}}) == 1
    )
    assert register_from(_Account(values[3])) == 1
    assert register_from(_Plain(values[4])) == 1
    assert (
        register_from(
            SimpleNamespace(
                apiKey=values[5], password=None, uid="12345678", urls={"api": "https://x"}
            )
        )
        == 1
    )
    assert register_from([("api_key", values[6])]) == 0
    assert register_from({"database_url": f"postgres://bot:{values[7]}@db/x"}) == 1
    assert register_from({"token": values[8], "sort_key": "volume"}) == 1
    assert all(
        values[at] not in masker.text(f"got {values[at]}.") for at in (0, 1, 2, 3, 4, 5, 7, 8)
    )
    assert masker.text("binance BTC/USDT 12345678 volume") == "binance BTC/USDT 12345678 volume"


def test_an_object_that_raises_is_no_error() -> None:
    class Broken:
        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]
            raise RuntimeError

    assert register_from(Broken()) == 0


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "MY_API_SECRET": MAKE.b62(32),
        "BOT_DB_PASSWORD": "hunter" + MAKE.of("123456789", 4),
        "REDIS_URL": f"redis://:{MAKE.b62(20)}@x/0",
    }
    harmless = {
        "SORT_KEY": "volume_desc",
        "QUOTE_TOKEN": "USDT",
        "ACCOUNT_PASSWORD": "1234",
        "SSL_KEY": "/etc/ssl/bot.key",
        "API_KEY_URL": "https://x.example/y",
    }
    for name, value in (values | harmless).items():
        monkeypatch.setenv(name, value)
    masker = Masker(mask_env=True)
    assert masker.text(f"a {values['MY_API_SECRET']} b") == "a *** b"
    assert masker.text(f"a {values['BOT_DB_PASSWORD']} b") == "a *** b"
    assert values["REDIS_URL"][9:29] not in masker.text(f"x {values['REDIS_URL'][9:29]} y")
    for value in harmless.values():
        assert masker.text(f"a {value} b") == f"a {value} b"


def test_folders_and_files_of_the_environment_are_no_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "Tmp.TClLyEz4TC" / "Bot7"
    folder.mkdir(parents=True)
    for name in ("PWD", "OLDPWD", "SIGNING_KEY", "DB_PASSWORD"):
        monkeypatch.setenv(name, str(folder))
    gone = "/tmp/Tmp." + MAKE.b62(10) + "/Bot7"
    monkeypatch.setenv("PWD", gone)
    masker = Masker(mask_env=True)
    for path in (folder, gone):
        text = f'File "{path}/strategy.py", line 7'
        assert masker.text(text) == text


def test_a_secret_does_not_show_itself_and_is_registered(masker: Masker) -> None:
    secret = Secret(KEY)
    assert [repr(secret), str(secret), f"{secret:>10}", f"{secret!s}"] == ["***"] * 4
    assert secret.reveal() == KEY
    assert secret == Secret(KEY)
    assert secret != KEY
    assert hash(secret) == hash(Secret(KEY))
    assert bool(secret)
    assert not Secret("")
    assert masker.text(f"a {KEY} b") == "a *** b"
    with pytest.raises(TypeError, match="cannot be pickled"):
        secret.__reduce__()
    assert forget_secret(secret)


@pytest.mark.parametrize("complete", [True, False])
def test_the_last_check_of_a_line_leaves_valid_json(masker: Masker, complete: bool) -> None:
    number = 918273645546372
    register_secret(ODD)
    register_secret(str(number))
    for fields in (
        {"a": "BTC", KEY: 1},
        {"a": ODD},
        {ODD: 1},
        {"n": number, "m": 7},
        {"n": [number], "x": f"a {number}"},
    ):
        register_secret(KEY)
        for dumped in (json.dumps(fields), json.dumps(fields, ensure_ascii=False)):
            line = dumped if complete else dumped[1:-1]
            out = masker.recheck_line(line.encode()).decode()
            parsed = json.loads(out if complete else f"{{{out}}}")
            assert len(parsed) == len(fields)
            assert not any(leaks(secret, str(parsed)) for secret in (KEY, ODD, str(number)))
    clean = b'{"a":"BTC/USDT","n":7}'
    assert masker.recheck_line(clean) is clean
