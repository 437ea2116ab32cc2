"""The metrics of a bot that `setup()` has started: the page, its server, the applications."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger, Settings, SettingsError, diagnostics, metrics
from logging_kit.metrics.page import RUNNING
from logging_kit.metrics.plugin import MetricsPlugin
from logging_kit.runtime.plugins import Surroundings
from tests.support.metrics_page import Samples, fetch, parse, total, value

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def notes() -> None:
    diagnostics._notes.clear()


def page() -> Samples:
    return parse(metrics.exposition())


def port() -> int:
    number: int = logging_kit.stats()["plugins"]["metrics"]["port"]
    return number


def test_the_page_shows_what_was_logged(start: Start) -> None:
    log = start(bot_name="b1", env="live", metrics_port="auto")
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    log.error("bad")
    log.info("plain")
    logging_kit.flush()
    status, content_type, text = fetch(port())
    assert (status, content_type.partition(";")[0]) == (200, "text/plain")
    found = parse(text)
    assert value(found, "trading_signals_total", bot_name="b1", signal="LONG") == 1
    assert value(found, "trading_signals_total", bot_name="b1", signal="WAIT") == 0
    assert value(found, "trading_errors_total", error_type="message") == 1
    assert value(found, "logging_kit_records_total", level="info") == 4
    assert value(found, "logging_kit_build_info", bot_name="b1", env="live") == 1
    assert value(found, "logging_kit_metrics_failures_total") == 0
    assert fetch(port(), "/")[0] == 404


def test_counters_come_before_levels_and_mute_events(start: Start, lines: Lines) -> None:
    log = start(metrics_port="mounted", level="CRITICAL", mute_events=["CANDLE"])
    log.candle(
        symbol="A", timeframe="1m", candle_ts=1_700_000_000_000, open=1, high=2, low=1, close=1.5
    )
    for _ in range(3):
        log.debug("d")
        log.error("e")
    found = page()
    assert value(found, "trading_candle_close_price", symbol="A") == 1.5
    assert value(found, "trading_candles_total", symbol="A") == 1
    assert value(found, "logging_kit_records_total", level="debug") == 3
    assert value(found, "trading_errors_total", error_type="message") == 3
    assert lines() == []


def test_openmetrics_has_exemplars_with_the_correlation_id(start: Start) -> None:
    log = start(metrics_port="auto")
    correlation_id = log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
    logging_kit.flush()
    status, content_type, text = fetch(port(), accept="application/openmetrics-text; version=1.0.0")
    assert (status, content_type.partition(";")[0]) == (200, "application/openmetrics-text")
    marked = [line for line in text.splitlines() if correlation_id in line]
    assert any(line.startswith("trading_signals_total{") for line in marked)
    assert any('le="0.9"' in line or 'le="1.0"' in line for line in marked)


def test_no_secret_is_on_the_page(start: Start) -> None:
    secret = secrets.token_hex(20)
    log = start(metrics_port="mounted")
    logging_kit.register_secret(secret)
    with log.api_call("binance", "GET", f"/bot{secret}/send", correlation_id=f"c{secret}") as call:
        call.status = 200
    log.risk(f"rule {secret}", state="warning")
    log.error("x", error_type=secret)
    log.signal("LONG", symbol=secret, confidence=0.5, correlation_id=secret)
    text = metrics.exposition()
    assert secret not in text
    assert "***" in text
    assert logging_kit.stats()["plugins"]["metrics"]["failures"] == 0


def test_a_port_that_is_taken_is_a_warning(start: Start, lines: Lines) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        log = start(metrics_port=taken.getsockname()[1], hooks=["stdlib"])
        log.signal("LONG", symbol="A", confidence=0.5)
        metrics.exposition()
        assert any("not served" in line["message"] for line in lines())
        assert value(page(), "trading_signals_total", signal="LONG") == 1


def test_the_same_settings_keep_the_counts_and_the_port(start: Start) -> None:
    log = start(metrics_port="auto")
    log.signal("LONG", symbol="A", confidence=0.5)
    first = port()
    start(metrics_port="auto")
    assert port() == first
    assert value(page(), "trading_signals_total", signal="LONG") == 1


def test_metrics_that_are_switched_on_later_have_what_came_before(start: Start) -> None:
    log = start(bot_name="b")
    for _ in range(3):
        log.signal("LONG", symbol="A", confidence=0.5)
    start(bot_name="b", metrics_port="mounted")
    log.signal("LONG", symbol="A", confidence=0.5)
    assert value(page(), "trading_signals_total", signal="LONG") == 4


def test_the_port_is_free_after_shutdown(start: Start) -> None:
    start(metrics_port="auto")
    number = port()
    logging_kit.shutdown()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", number))
    with pytest.raises(RuntimeError, match="metrics_port"):
        metrics.exposition()


@pytest.mark.parametrize("given", ["off", 0, "", None])
def test_without_a_port_nothing_is_counted(start: Start, given: Any) -> None:
    start(metrics_port=given)
    assert logging_kit.stats()["plugins"] == {}


@pytest.mark.parametrize("given", [True, -1, 65_536, "http", "8000.5", "９"])
def test_a_wrong_port_is_refused(start: Start, given: Any) -> None:
    with pytest.raises(SettingsError, match="metrics_port"):
        start(metrics_port=given)


@pytest.mark.parametrize("given", ["a b", "http://x", "ä", "x/y"])
def test_a_wrong_host_is_refused(start: Start, given: str) -> None:
    with pytest.raises(SettingsError, match="metrics_host"):
        start(metrics_host=given)


def test_a_gauge_of_the_bot_is_on_the_page(start: Start) -> None:
    start(metrics_port="mounted")
    metrics.register_gauge("coinpilot_trade_count_2d", lambda: 4, "From the database.")
    try:
        assert value(page(), "coinpilot_trade_count_2d") == 4
    finally:
        metrics.unregister_gauge("coinpilot_trade_count_2d")


def ask_asgi(app: Any, kind: str = "http") -> list[Mapping[str, Any]]:
    """The messages that an ASGI application sends."""
    sent: list[Mapping[str, Any]] = []
    incoming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Mapping[str, Any]:
        return next(incoming)

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"accept", b"text/plain")]
    asyncio.run(app({"type": kind, "headers": headers, "path": "/"}, receive, send))
    return sent


def test_the_page_can_be_mounted(start: Start) -> None:
    asgi, wsgi = metrics.asgi_app(), metrics.wsgi_app()
    assert ask_asgi(asgi)[0]["status"] == 503
    log = start(metrics_port="mounted")
    log.signal("LONG", symbol="A", confidence=0.5)
    logging_kit.flush()
    head, body = ask_asgi(asgi)
    assert head["status"] == 200
    assert value(parse(body["body"].decode()), "trading_signals_total", signal="LONG") == 1
    assert [message["type"] for message in ask_asgi(asgi, "lifespan")] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert ask_asgi(asgi, "websocket") == []
    answered: list[Any] = []
    (text,) = wsgi({}, lambda status, headers: answered.extend((status, dict(headers))))
    assert answered[0] == "200 OK"
    assert answered[1]["Content-Length"] == str(len(text))
    assert total(parse(text.decode()), "trading_signals_total") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_begins_at_0_and_leaves_the_port(start: Start) -> None:
    log = start(metrics_port="auto")
    log.signal("LONG", symbol="A", confidence=0.5)
    logging_kit.flush()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            log.signal("SHORT", symbol="A", confidence=0.5)
            found = page()
            numbers = (
                total(found, "trading_signals_total", signal="LONG"),
                total(found, "trading_signals_total", signal="SHORT"),
                port(),
            )
            os.write(write, repr(numbers).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    assert os.read(read, 100) == b"(0.0, 1.0, 0)"
    os.close(read)
    assert value(parse(fetch(port())[2]), "trading_signals_total", signal="LONG") == 1


def test_promtool_finds_nothing_to_improve(start: Start) -> None:
    log = start(metrics_port="mounted")
    log.heartbeat(uptime_s=1.0, loop_ms=2.0, ws_connections=1)
    log.equity(1.0, quote="USDT", drawdown_pct=1.0, total_return_pct=2.0)
    log.position("LONG", symbol="A", qty=1.0, unrealized_pnl_pct=1.0)
    log.ws("disconnected", ws_connections=0, exchange="e")
    log.rate_limit("limited", exchange="e")
    log.ai_call("p", model="m", ok=True, latency_ms=1.0, cost_usd=0.1)
    log.notification("discord", ok=True)
    text = metrics.exposition()
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_plugin_without_a_run_does_no_harm(tmp_path: Path) -> None:
    plugin = MetricsPlugin()
    assert plugin.counters() == {}
    plugin.after_fork_in_child()
    plugin.close(1)
    mounted = Settings.load({"metrics_port": "mounted"})
    plugin.start(Surroundings(mounted, tmp_path / "nowhere", time.time_ns))
    plugin.after_fork_in_child()
    assert plugin.flush(0)
    assert plugin.counters()["port"] == 0
    plugin.close(60)
    assert RUNNING.metrics is None
