from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.common import (
    Replacements,
    correlation_of,
    host_of,
    is_own_push,
    path_template,
    safely,
    write_call,
)
from tests.support.masking.maker import Maker


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("https://api.binance.com/api/v3/order?symbol=BTCUSDT&signature=ab", "/api/v3/order"),
        ("https://api.kraken.com/0/private/AddOrder", "/0/private/AddOrder"),
        ("/v1/orders/81723/fills", "/v1/orders/{id}/fills"),
        ("/orders/7c9e6679-7425-40de-944b-e07fc1f90ae7", "/orders/{id}"),
        ("/products/BTC-USD/ticker", "/products/{symbol}/ticker"),
        ("/products/ETH_USDT-240628/book", "/products/{symbol}/book"),
        ("/spot/btc_usdt/trades", "/spot/{symbol}/trades"),
        ("/ticker/BTCUSDT", "/ticker/{symbol}"),
        ("/ticker/BTC%2FUSDT", "/ticker/{symbol}"),
        ("/tx/0x9fce0aa1b2", "/tx/{id}"),
        ("/days/2026-11-30/report", "/days/{date}/report"),
        ("/users/me@example.com", "/users/{id}"),
        ("/orders/order-1234", "/orders/{id}"),
        ("/v2/account", "/v2/account"),
        ("https://api.example.com", "/"),
        ("http://[broken", "/"),
        (b"/x", "/b'/x'"),
        ("/" + "/".join("abcdefghijklmnopqrst"), "/" + "/".join("abcdefghijklmnop") + "/{more}"),
    ],
)
def test_a_path_loses_ids_symbols_and_query(url: Any, template: str) -> None:
    assert path_template(url) == template


def test_a_token_in_a_path_is_not_shown() -> None:
    make = Maker(5)
    for token in (f"123456789:{make.b62(35)}", make.b62(40), make.b62(64)):
        assert token not in path_template(f"https://api.telegram.org/bot{token}/sendMessage")
        assert token not in path_template(f"wss://stream.example.com/ws/{token}")


def test_a_path_is_never_long() -> None:
    assert len(path_template("/a b" * 400)) <= 200


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pw@API.Binance.com:443/x", "api.binance.com"),
        ("/x", None),
        ("http://[x", None),
    ],
)
def test_the_host_has_no_login(url: str, host: str | None) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", "7c9e6679742540de944be07fc1f90ae7"),
        (b"abc-1", "abc-1"),
        (" x1 ", "x1"),
        ("x" * 33, None),
        ("bad\nline", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_request_id_from_outside_is_checked(given: Any, kept: str | None) -> None:
    assert correlation_of(given) == kept


def test_a_push_of_lines_is_recognised() -> None:
    assert is_own_push("http://loki:3100/loki/api/v1/push")
    assert is_own_push("http://collector:4318/v1/logs?x=1")
    assert not is_own_push("http://loki:3100/ready")
    assert not is_own_push("http://[broken")


def test_a_hook_that_raises_becomes_a_note(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert safely("test", fail) is None
    assert safely("test", lambda x: x + 1, 1) == 2
    assert "the integration of test failed: ZeroDivisionError" in capfd.readouterr().err


def test_strict_raises_in_an_integration_too(start: Callable[..., logging_kit.BotLogger]) -> None:
    log = start(strict=True)
    with pytest.raises(logging_kit.SchemaError):
        safely("test", log.event, "WS", "no such state")


def test_a_call_is_one_line(
    start: Callable[..., logging_kit.BotLogger], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    log = start()
    write_call(
        log, method=None, path="/x", status=0, latency_ms=1.5, error=TimeoutError(),
        fields={"exchange": None, "attempt": 2},
    )  # fmt: skip
    (line,) = events("API_CALL")
    assert line["method"] == "GET"
    assert line["error_type"] == "TimeoutError"
    assert line["ok"] is False
    assert line["attempt"] == 2
    assert "exchange" not in line


class Client:
    limit = 1

    def get(self) -> str:
        return "original"


def test_replaced_attributes_come_back() -> None:
    client = Client()
    client.limit = 5
    replacements = Replacements(client)
    replacements.replace("get", lambda: "ours")
    replacements.replace("limit", 7)
    assert (client.get(), client.limit) == ("ours", 7)
    replacements.undo()
    assert (client.get(), client.limit) == ("original", 5)
    assert "get" not in vars(client)
    assert not replacements.is_active


def test_a_later_wrapper_stays() -> None:
    client = Client()
    replacements = Replacements(client)
    replacements.replace("get", lambda: "ours")
    ours = client.get
    client.get = lambda: "theirs " + ours()  # type: ignore[method-assign]
    replacements.undo()
    assert client.get() == "theirs ours"


def test_an_attribute_of_a_class_comes_back() -> None:
    before = Client.get
    replacements = Replacements(Client)
    replacements.replace("get", lambda _self: "ours")
    assert Client().get() == "ours"
    replacements.undo()
    assert Client.get is before
