"""A real Prometheus scrapes a bot; every rule, alias and panel is evaluated on what it has."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import logging_kit
from logging_kit import BotLogger
from logging_kit.metrics.aliases import ALIASES
from logging_kit.panels.grafana.metrics_json import TWINS, queries, twin

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs prometheus"),
]

MONITORING = Path(__file__).parents[2] / "monitoring"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PATIENCE_S = 120


class Prometheus:
    """A Prometheus of the test's own, with the rules of the repository."""

    def __init__(self, folder: Path, target: str) -> None:
        config = yaml.safe_load((MONITORING / "prometheus" / "prometheus.yml").read_text())
        (bots, *_) = config["scrape_configs"]
        bots["static_configs"][0]["targets"] = [target]
        bots["file_sd_configs"][0]["files"] = [str(folder / "targets" / "*.yml")]
        config |= {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(MONITORING / "prometheus" / "rules" / "*.yml")],
            "scrape_configs": [bots],
        }
        del config["alerting"]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.log = folder / "prometheus.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "prometheus", f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                    "--enable-feature=exemplar-storage",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip

    def get(self, path: str, **parameters: str) -> Any:
        """Data of an answer; None while it does not answer."""
        url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with _OPENER.open(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 503:  # it reads its data
                    return None
                raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        except OSError:
            assert self.process.poll() is None, self.log.read_text()
            return None

    def query(self, expr: str) -> list[Any]:
        found: list[Any] = self.get("/api/v1/query", query=expr)["result"]
        return found

    def wait(self, what: str, holds: Callable[[], Any]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"{what}: {self.log.read_text()[-3000:]}"
            time.sleep(0.2)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def live(log: BotLogger) -> None:
    """Log each event once."""
    for side in ("LONG", "SHORT"):
        cid = log.signal(side, symbol="BTC/USDT", confidence=0.8)
    order = {"order_id": "1", "symbol": "BTC/USDT", "exchange": "binance", "side": "buy", "qty": 1}
    for status in ("submitted", "filled"):
        log.order(status, correlation_id=cid, **order)
    trade = {"trade_id": "1", "position_side": "LONG", "symbol": "BTC/USDT", "qty": 1, "price": 9.0}
    for pnl in (5.0, -2.0):
        log.trade("exit", pnl=pnl, quote="USDT", duration_s=90, r_multiple=1.0, **trade)
    log.position(
        "LONG", symbol="BTC/USDT", qty=1, entry_price=8.0, mark_price=9.0, notional=9.0,
        unrealized_pnl=1.0, unrealized_pnl_pct=12.5, quote="USDT",
    )  # fmt: skip
    log.equity(
        1000.0, quote="USDT", realized_pnl=3.0, realized_pnl_today=3.0, unrealized_pnl=1.0,
        total_return_pct=1.0, current_return_pct=0.1, drawdown_pct=2.0,
    )  # fmt: skip
    log.heartbeat(uptime_s=10.0, loop_ms=20.0, ws_connections=2)
    for direction in ("out", "in"):
        log.api_call(
            "binance", "GET", "/x", direction=direction, status=200, ok=True, latency_ms=20.0
        )
    log.rate_limit("limited", exchange="binance")
    log.ws("disconnected", ws_connections=1, exchange="binance")
    log.ai_call("p", model="m", ok=True, latency_ms=9.0, cost_usd=0.1)
    log.indicator(symbol="BTC/USDT", timeframe="1h", volatility=0.2)
    log.candle(
        symbol="BTC/USDT", timeframe="1h", candle_ts=1_700_000_000_000, open=1, high=2, low=1,
        close=2,
    )  # fmt: skip
    log.risk("r", state="warning")
    log.notification("discord", ok=True)
    log.error("e")


@pytest.fixture
def prometheus(
    start: Callable[..., BotLogger], tmp_path: Path
) -> Iterator[tuple[Prometheus, BotLogger]]:
    log = start(bot_name="b1", app="trading", metrics_port="auto")
    logging_kit.flush()
    port = logging_kit.stats()["plugins"]["metrics"]["port"]
    server = Prometheus(tmp_path, f"127.0.0.1:{port}")
    try:
        yield server, log
    finally:
        server.close()


def test_every_rule_alias_and_panel_works(prometheus: tuple[Prometheus, BotLogger]) -> None:
    server, log = prometheus
    server.wait("ready", lambda: server.get("/api/v1/status/runtimeinfo"))
    server.wait("a scrape", lambda: server.query('up{job="trading-bot"} == 1'))
    live(log)
    server.wait("the events", lambda: server.query("trading_errors_total >= 1"))
    live(log)
    server.wait("more events", lambda: server.query("trading_errors_total >= 2"))

    missing = {alias.name for alias in ALIASES}
    server.wait(
        "the aliases",
        lambda: (
            not missing.difference_update(
                {name for name in missing if server.query(f"{name} != 1e99")}
            )
            and not missing - {"coinpilot_trade_count_2d"}
        ),
    )
    assert server.query("coin_trader_account_equity")[0]["value"][1] == "1000"
    assert server.query("coin_trader_losses_total")[0]["value"][1] == "2"
    assert server.query("coin_trader_total_return_pct")[0]["value"][1] == "1"
    assert server.query("coinpilot_active_positions")[0]["value"][1] == "1"
    log.position("FLAT", symbol="BTC/USDT", qty=0)
    server.wait("a flat position", lambda: not server.query("trading_open_positions"))
    server.wait(
        "a count of 0", lambda: server.query("coinpilot_active_positions")[0]["value"][1] == "0"
    )

    groups = server.get("/api/v1/rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > len(ALIASES) + 20
    server.wait(
        "the rules",
        lambda: all(
            rule["health"] == "ok"
            for group in server.get("/api/v1/rules")["groups"]
            for rule in group["rules"]
        ),
    )

    empty = [
        panel.title
        for dashboard in TWINS
        for panel in twin(dashboard).panels
        for query in queries(panel) or ()
        if not server.query(_with_values(query))
    ]
    assert len(empty) < 12, empty
    assert "P95 latency" not in empty


def test_exemplars_lead_to_the_signal(prometheus: tuple[Prometheus, BotLogger]) -> None:
    server, log = prometheus
    cid = log.signal("LONG", symbol="BTC/USDT", confidence=0.8)
    server.wait("ready", lambda: server.get("/api/v1/status/runtimeinfo"))
    server.wait("a scrape", lambda: server.query('trading_signals_total{signal="LONG"} == 1'))

    def found() -> bool:
        now = time.time()
        answer = server.get(
            "/api/v1/query_exemplars", query="trading_signals_total",
            start=str(now - 600), end=str(now + 600),
        )  # fmt: skip
        return cid in json.dumps(answer)

    server.wait("the exemplar", found)


def _with_values(query: str) -> str:
    """Put values in the place of Grafana's variables."""
    for name, value in (
        ("${app:regex}", "trading"),
        ("${env:regex}", ".*"),
        ("${bot:regex}", ".*"),
        ("${symbol:regex}", ".*"),
        ("$__rate_interval", "1m"),
        ("$__range", "5m"),
    ):
        query = query.replace(name, value)
    assert not re.search(r"\$[a-z_{]", query), query
    return query
