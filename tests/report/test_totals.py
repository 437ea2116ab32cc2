"""Sums of a report: exact, each thing once, and never live and testnet together."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.escaping import plain_number, spreadsheet_cell
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.report.report import summarise
from logging_kit.report.text import as_json, as_text, write_trades

pytestmark = pytest.mark.slow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TRADE = {"event": "TRADE", "action": "exit", "symbol": "BTC/USDT", "exchange": "binance"}
TRADE |= {"quote": "USDT", "strategy": "ema", "position_side": "LONG", "qty": 1, "price": 1}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def write(logs: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Write lines, a second apart, of the live bot alpha if they do not say otherwise."""
    texts: dict[str, list[str]] = {}
    for seq, given in enumerate(lines, 1):
        moment = NOON + timedelta(seconds=seq)
        line = {"timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z", "level": "info", "message": "m"}
        line |= {"app": "trading", "env": "live", "bot_name": "alpha", "run_id": "r", "seq": seq}
        line["v"] = 1
        line |= given
        event = CATALOGUE.get(line.get("event", ""))
        texts.setdefault(event.stream if event else "bot", []).append(
            json.dumps(line, separators=(",", ":"))
        )
    for stream, found in texts.items():
        path = logs / "segments" / f"{stream}-20260302T120000Z-0001.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(text + "\n" for text in found), encoding="utf-8")


def report(logs: Path, *options: str) -> str:
    period = ["--since", "2026-03-02", "--until", "2026-03-03", "--utc", "--log-dir", str(logs)]
    done = CliRunner().invoke(app, ["report", *period, *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def section(text: str, title: str) -> list[str]:
    """The rows of a section, without its column names."""
    (found,) = (part for part in text.split("\n\n") if part.startswith(title))
    return [" ".join(row.split()) for row in found.splitlines()[2:]]


def test_starts_are_those_of_each_environment_and_app(logs: Path) -> None:
    start = {"event": "LIFECYCLE", "phase": "startup"}
    write(
        logs,
        [
            *[start] * 3,
            *[start | {"env": "testnet"}] * 2,
            start | {"app": "scalper"},
            start | {"bot_name": "beta"},
        ],
    )
    assert section(report(logs), "STARTS") == [
        "alpha (trading/live) 3",
        "alpha (trading/testnet) 2",
        "beta (trading/live) 1",
    ]
    assert section(report(logs, "--env", "testnet"), "STARTS") == ["alpha 2"]
    starts = json.loads(report(logs, "--json"))["starts"]
    assert {(one["env"], one["bot_name"]): one["starts"] for one in starts} == {
        ("live", "alpha"): 3,
        ("live", "beta"): 1,
        ("testnet", "alpha"): 2,
    }


def test_profit_of_live_and_testnet_is_never_added_up(logs: Path) -> None:
    write(
        logs,
        [
            TRADE | {"trade_id": "a", "pnl": 30},
            TRADE | {"trade_id": "b", "pnl": -7},
            TRADE | {"trade_id": "a", "pnl": 1000, "env": "testnet"},
        ],
    )
    text = report(logs)
    assert section(text, "PROFIT of trading/live") == ["USDT +23.00 2 50 %"]
    assert section(text, "PROFIT of trading/testnet") == ["USDT +1,000.00 1 100 %"]
    assert [row.split()[:2] for row in section(text, "BEST AND WORST of trading/live")] == [
        ["best", "+30.00"],
        ["worst", "-7.00"],
    ]
    tree = json.loads(report(logs, "--json"))
    assert [(one["env"], one["total"][0]["pnl"]) for one in tree["by_env"]] == [
        ("live", "23"),
        ("testnet", "1000"),
    ]
    assert section(report(logs, "--env", "live"), "PROFIT") == ["USDT +23.00 2 50 %"]


@pytest.mark.parametrize(
    "amounts",
    [
        ["1234567890123456789012345678.5", "0.000000000000000000000000000001"],
        ["1e30", "1e-30", "-1e30"],
        ["0.1"] * 3,
        ["123456789012345678901234567890", "1"],
    ],
)
def test_a_total_keeps_every_digit(logs: Path, amounts: list[str]) -> None:
    write(logs, [TRADE | {"trade_id": f"t{i}", "pnl": a} for i, a in enumerate(amounts)])
    found = summarise(logs, NOON, NOON + DAY)
    exact = sum(map(Fraction, amounts))
    assert Fraction(found.total["USDT"].pnl) == exact
    assert Fraction(as_json(found)["total"][0]["pnl"]) == exact


def test_the_cost_of_models_keeps_every_digit(logs: Path) -> None:
    call = {"event": "AI_CALL", "provider": "p", "model": "m", "ok": True}
    costs = ["100000000000000000000000000000", "0.000001"]
    write(logs, [call | {"cost_usd": cost} for cost in costs])
    assert summarise(logs, NOON, NOON + DAY).ai_cost_usd == Decimal(
        "100000000000000000000000000000.000001"
    )


def test_a_round_trip_wins_by_all_of_its_exits(logs: Path) -> None:
    partial = TRADE | {"action": "partial_exit"}
    write(
        logs,
        [
            partial | {"trade_id": "a", "pnl": 50},
            TRADE | {"trade_id": "a", "pnl": -20, "result": "loss"},
            partial | {"trade_id": "b", "pnl": -50},
            TRADE | {"trade_id": "b", "pnl": 20, "result": "win"},
            TRADE | {"trade_id": "a", "pnl": -1, "result": "loss", "exchange": "bybit"},
            TRADE | {"pnl": 5, "result": "win"},
        ],
    )
    result = summarise(logs, NOON, NOON + DAY).total["USDT"]
    assert (result.closed, result.wins) == (4, 2)


def test_amounts_have_the_digits_of_their_currency(logs: Path) -> None:
    amounts = (("BTC", 0.00031), ("KRW", -1500), ("USDT", 12.5), ("XYZ", 0.0004), ("ETH", 0))
    write(logs, [TRADE | {"quote": q, "trade_id": q, "pnl": pnl} for q, pnl in amounts])
    assert [" ".join(row.split()[:2]) for row in section(report(logs), "PROFIT")] == [
        "BTC +0.00031000",
        "ETH 0.000000",
        "KRW -1,500",
        "USDT +12.50",
        "XYZ +0.0004",
    ]


def test_an_exit_that_is_repeated_counts_once(logs: Path) -> None:
    leave = TRADE | {"trade_id": "a", "pnl": 5}
    other = [leave | {"trade_id": "b"}, leave | {"exchange": "bybit"}, leave | {"env": "testnet"}]
    write(logs, [leave, leave, {**leave, "action": "partial_exit"}, *other])
    found = summarise(logs, NOON, NOON + DAY)
    assert (found.total["USDT"].pnl, found.total["USDT"].closed) == (25, 4)
    assert len(found.trades) == 6


def test_an_order_counts_once(logs: Path) -> None:
    order = {"event": "ORDER", "order_id": "1", "exchange": "binance", "symbol": "BTC/USDT"}
    write(
        logs,
        [
            *(order | {"status": status} for status in ("submitted", "filled", "filled")),
            order | {"status": "filled", "exchange": "bybit"},
            order | {"status": "filled", "env": "testnet"},
            {**order, "order_id": None, "status": "filled"},
            {**order, "order_id": None, "status": "filled"},
        ],
    )
    assert "ORDERS: 5" in report(logs)
    assert section(report(logs), "ORDERS: 5") == ["filled 6", "submitted 1"]
    assert json.loads(report(logs, "--json"))["order_count"] == 5


def test_lines_that_differ_from_the_catalogue_are_counted(logs: Path) -> None:
    wrong = {"schema_error": "signal is none of LONG, SHORT, WAIT"}
    write(
        logs,
        [
            *[{"event": "SIGNAL", "signal": "up", **wrong}] * 2,
            {"event": "ORDER", "status": "vanished", **wrong, "bot_name": "beta"},
            {"event": "ORDER", "status": "filled"},
            {"schema_error": "x", "bot_name": ""},
        ],
    )
    title = "LINES THAT DIFFER FROM THE CATALOGUE"
    assert section(report(logs), title) == ["SIGNAL of alpha 2", "ORDER of beta 1", "– of – 1"]
    assert sum(one["lines"] for one in json.loads(report(logs, "--json"))["wrong"]) == 4
    assert title not in as_text(summarise(logs, NOON + DAY, NOON + 2 * DAY), UTC)


def test_a_spreadsheet_gets_plain_numbers_and_no_formula(logs: Path) -> None:
    write(
        logs,
        [
            TRADE
            | {"trade_id": "＝1", "pnl": 1e-07, "qty": "1E-7", "price": 12345678901234567000.0},
            TRADE
            | {"trade_id": "a\nb", "pnl": -5, "exit_reason": "\u200d=cmd()", "price": "1e-300"},
        ],
    )
    found = summarise(logs, NOON, NOON + DAY)
    out = io.StringIO()
    write_trades(found, out, UTC)
    first, second = csv.DictReader(io.StringIO(out.getvalue()))
    assert (first["pnl"], first["qty"], first["price"]) == (
        "0.0000001",
        "0.0000001",
        "12345678901234567000",
    )
    assert first["trade_id"] == "'＝1"
    assert (second["trade_id"], second["pnl"], second["price"]) == ("a\\nb", "-5", "1e-300")
    assert second["exit_reason"] == "'\u200d=cmd()"


@pytest.mark.parametrize(
    "text",
    [
        *("=1", "+1+1", "-1+1", "@x", "＝1", "＋1", "－1", "＠x", "﹢1", "﹣1", "﹫x"),
        *(" =1", "\u3000=1", "\u00a0=1", "\u200c=1", "\u200d＝1", "\u034f=1", "\ufe0f=1"),
        *("\u115f=1", "\u3164+x", "\u2800@x", "\u200c \u200d-x"),
    ],
)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-1", "+2.5", "1e-7", "BTC/USDT", "", "가격 = 1", "a\u200db", "\u3164"]
)
def test_another_text_stays(text: str) -> None:
    assert spreadsheet_cell(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1e-07", "0.0000001"),
        ("-2.5E+3", "-2500"),
        ("1e5", "100000"),
        ("1e-300", "1e-300"),
        ("1e300", "1e300"),
        ("0e-99999", "0e-99999"),
        ("enter", "enter"),
        ("12.50", "12.50"),
    ],
)
def test_a_number_is_written_without_an_exponent(text: str, plain: str) -> None:
    assert plain_number(text) == plain


def test_sql_writes_plain_numbers_too(logs: Path) -> None:
    write(logs, [TRADE | {"trade_id": "a", "pnl": 1e-07}])
    query = "SELECT pnl, 1e20::DOUBLE AS large, '＝1' AS text, 'a\nb' AS rows FROM trades"
    done = CliRunner().invoke(app, ["sql", query, "--csv", "--log-dir", str(logs)])
    assert done.stdout.splitlines()[1:] == ["0.0000001,100000000000000000000,'＝1,a\\nb"]
