"""`logging-kit report`, compared with the ledger of the simulated bots, and with lines made by hand."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.demo import Entry, Ledger, simulate
from logging_kit.report.report import Report, summarise
from logging_kit.report.text import TRADE_COLUMNS, as_text

pytestmark = pytest.mark.slow

END = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(*args: Any) -> Any:
    return CliRunner().invoke(app, ["report", *map(str, args)], env={"TZ": "UTC"})


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ledger]:
    """Thirty hours of three bots, and what they did."""
    folder = tmp_path_factory.mktemp("report") / "logs"
    ledger = simulate(folder, bots=3, backfill_s=30 * 3600, end_ns=int(END.timestamp()) * 10**9)
    return folder, ledger


def during(ledger: Ledger, start: datetime, end: datetime, event: str, **equal: Any) -> list[Entry]:
    first, last = (int(moment.timestamp()) * 10**9 for moment in (start, end))
    return [entry for entry in ledger.select(event, **equal) if first <= entry.time_ns < last]


PERIODS = [
    pytest.param(END - 24 * HOUR, END, id="24h"),
    pytest.param(END - 30 * HOUR, END, id="all"),
    pytest.param(END - 13 * HOUR, END - 5 * HOUR, id="8h"),
]


@pytest.mark.parametrize(("start", "end"), PERIODS)
def test_the_report_is_what_the_bots_wrote_in_their_ledger(
    demo: tuple[Path, Ledger], start: datetime, end: datetime
) -> None:
    folder, ledger = demo
    report = summarise(folder, start, end)

    def of(event: str, **equal: Any) -> list[Entry]:
        return during(ledger, start, end, event, **equal)

    legs = [entry.fields for entry in of("TRADE") if entry.fields["action"] != "entry"]
    pnl = {(leg["symbol"], leg["quote"]): Decimal(0) for leg in legs}
    for leg in legs:
        pnl[leg["symbol"], leg["quote"]] += Decimal(str(leg["pnl"]))
    assert len(legs) > 10
    assert {key: result.pnl for key, result in report.by_symbol.items()} == pnl
    assert sum(result.pnl for result in report.by_strategy.values()) == sum(pnl.values())
    closed = of("TRADE", action="exit")
    assert sum(result.closed for result in report.total.values()) == len(closed)
    trips: Counter[tuple[str, str]] = Counter()
    for leg in ledger.select("TRADE"):
        if leg.time_ns < int(end.timestamp()) * 10**9 and leg.fields["action"] != "entry":
            trips[leg.fields["bot_name"], leg.fields["trade_id"]] += leg.fields["pnl"]
    assert sum(result.wins for result in report.total.values()) == len(
        [e for e in closed if trips[e.fields["bot_name"], e.fields["trade_id"]] > 0]
    )
    assert max(leg["pnl"] for leg in legs) == report.best["USDT"]["pnl"]
    assert min(leg["pnl"] for leg in legs) == report.worst["USDT"]["pnl"]
    assert len(report.trades) == len(of("TRADE"))
    assert report.orders == Counter(entry.fields["status"] for entry in of("ORDER"))
    assert report.errors == Counter(entry.fields["error_type"] for entry in of("ERROR"))
    assert report.restarts.total() == len(of("LIFECYCLE", phase="startup"))
    calls = [entry for entry in of("API_CALL") if entry.fields.get("direction") != "in"]
    assert report.calls.total() == len(calls)
    assert report.failed_calls.total() == len(
        [entry for entry in calls if entry.fields["ok"] is False]
    )
    assert report.failed_messages.total() == len(of("NOTIFICATION", ok=False))
    assert float(report.ai_cost_usd) == pytest.approx(
        sum(entry.fields["cost_usd"] for entry in of("AI_CALL"))
    )
    assert report.lines == sum(
        len(during(ledger, start, end, event)) for event in {*ledger.by_event}
    )


def test_json_text_and_markdown_say_the_same(demo: tuple[Path, Ledger]) -> None:
    folder, _ = demo
    period = (
        "--since",
        "2026-11-20T00:00",
        "--until",
        "2026-11-21T00:00",
        "--time-zone",
        "UTC",
        "--log-dir",
        folder,
    )
    tree = json.loads(run(*period, "--json").stdout)
    (total,) = tree["total"]
    text, markdown = run(*period).stdout, run(*period, "--markdown").stdout
    shown = f"{Decimal(total['pnl']):+,.2f}"
    assert shown in text
    assert f"| {shown} | {total['closed']} |" in markdown
    assert text.startswith("2026-11-20 00:00 to 2026-11-21 00:00 UTC: ")
    assert markdown.startswith("# 2026-11-20 00:00 to")
    for row in [line for line in markdown.splitlines() if line.startswith("|")]:
        assert row.endswith(" |")
    assert total["win_rate"] == total["wins"] / total["closed"]


def test_yesterday_and_the_week_are_whole_days_of_the_time_zone(demo: tuple[Path, Ledger]) -> None:
    folder, _ = demo
    with time_machine.travel(datetime(2026, 11, 21, 2, 0, tzinfo=UTC), tick=False):
        seoul = json.loads(run("--json", "--time-zone", "Asia/Seoul", "--log-dir", folder).stdout)
        week = json.loads(run("--json", "--week", "--time-zone", "UTC", "--log-dir", folder).stdout)
    assert (seoul["start"], seoul["end"]) == (
        "2026-11-20T00:00:00+09:00",
        "2026-11-21T00:00:00+09:00",
    )
    assert (week["start"], week["end"]) == (
        "2026-11-14T00:00:00+00:00",
        "2026-11-21T00:00:00+00:00",
    )


def test_a_day_on_which_the_clocks_change_is_a_whole_day(demo: tuple[Path, Ledger]) -> None:
    with time_machine.travel(datetime(2026, 10, 26, 12, 0, tzinfo=UTC), tick=False):
        tree = json.loads(
            run("--json", "--time-zone", "Europe/Berlin", "--log-dir", demo[0]).stdout
        )
    start, end = datetime.fromisoformat(tree["start"]), datetime.fromisoformat(tree["end"])
    assert end - start == 25 * HOUR


def test_archived_segments_count_and_none_twice(demo: tuple[Path, Ledger], tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    shutil.copytree(demo[0], folder, symlinks=True)
    before = summarise(folder, END - 30 * HOUR, END)
    (folder / "archive").mkdir(exist_ok=True)
    for i, segment in enumerate(sorted((folder / "segments").glob("*.log"))):
        packed = folder / "archive" / f"{segment.name}.gz"
        packed.write_bytes(gzip.compress(segment.read_bytes()))
        if i % 2:  # of the others there are both for a moment
            segment.unlink()
    after = summarise(folder, END - 30 * HOUR, END)
    assert after == before


def test_the_csv_has_every_leg_with_exact_amounts(
    demo: tuple[Path, Ledger], tmp_path: Path
) -> None:
    folder, ledger = demo
    file = tmp_path / "trades.csv"
    period = (
        "--since",
        (END - 24 * HOUR).isoformat(),
        "--until",
        END.isoformat(),
        "--log-dir",
        folder,
        "--time-zone",
        "Asia/Seoul",
    )
    result = run(*period, "--trades-csv", file)
    entries = during(ledger, END - 24 * HOUR, END, "TRADE")
    assert f"{len(entries)} trades in" in result.stderr
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert list(rows[0]) == list(TRADE_COLUMNS)
    assert [row["trade_id"] for row in rows] == [entry.fields["trade_id"] for entry in entries]
    assert [row["pnl"] for row in rows] == [str(entry.fields.get("pnl", "")) for entry in entries]
    assert rows[0]["time"].endswith("+09:00")
    assert run(*period, "--trades-csv", "-").stdout.replace("\r\n", "\n") == file.read_text(
        encoding="utf-8"
    ).replace("\r\n", "\n")


# Lines made by hand


def log_at(
    log_dir: Path, start: Callable[..., Any], what: list[tuple[datetime, Callable[[Any], None]]]
) -> None:
    times = iter([moment for moment, _ in what])
    now = what[0][0]

    def clock() -> int:
        return int(now.timestamp() * 10**6) * 1000

    log = start(clock=clock, bot_name="solo")
    for moment, write in zip(times, [write for _, write in what], strict=True):
        now = moment
        write(log)
    import logging_kit

    logging_kit.shutdown()


def beat(dropped: int = 0) -> Callable[[Any], None]:
    return lambda log: log.heartbeat(uptime_s=1)


def test_silence_is_from_heartbeat_to_heartbeat_and_to_the_end(
    log_dir: Path, start: Callable[..., Any]
) -> None:
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    minutes = (0, 2, 5, 30, 31, 60)
    log_at(log_dir, start, [(noon + timedelta(minutes=m), beat()) for m in minutes])
    report = summarise(log_dir, noon, noon + 2 * HOUR)
    spans = [
        ((s.start - noon) / timedelta(minutes=1), round((s.end - noon) / timedelta(minutes=1)))
        for s in report.silences
    ]
    assert [(round(a), b) for a, b in spans] == [(5, 30), (31, 60), (60, 120)]
    assert {s.bot for s in report.silences} == {"solo"}
    assert {owner.bot: n for owner, n in report.restarts.items()} == {"solo": 1}


def test_a_bot_that_was_silent_before_the_period_is_silent_in_it(
    log_dir: Path, start: Callable[..., Any]
) -> None:
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    log_at(log_dir, start, [(noon - 2 * HOUR, beat())])
    report = summarise(log_dir, noon, noon + HOUR)
    assert [(s.start, s.end, s.hours) for s in report.silences] == [(noon, noon + HOUR, 1)]
    assert report.lines == 0


def test_amounts_may_be_text_and_what_is_no_number_is_no_profit(
    log_dir: Path, start: Callable[..., Any]
) -> None:
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def leg(action: str, pnl: Any, quote: str = "USDT", **more: Any) -> Callable[[Any], None]:
        given = {
            "trade_id": "t",
            "position_side": "LONG",
            "symbol": "=BTC/USDT",
            "qty": 1,
            "price": 1,
            "quote": quote,
        }
        return lambda log: log.trade(action, **given, pnl=pnl, **more)

    what = [
        leg("partial_exit", Decimal("0.1")),
        leg("exit", Decimal("0.2"), result="win"),
        leg("exit", float("nan"), result="loss"),
        leg("exit", -1500, quote="KRW", result="loss", strategy="가격 돌파"),
    ]
    log_at(log_dir, start, [(noon + timedelta(seconds=i), write) for i, write in enumerate(what)])
    report = summarise(log_dir, noon, noon + HOUR)
    assert report.total["USDT"].pnl == Decimal("0.3")
    assert (
        report.total["USDT"].closed,
        report.total["USDT"].wins,
        report.total["USDT"].win_rate,
    ) == (2, 1, 0.5)
    assert report.total["KRW"].pnl == -1500
    text = as_text(report, UTC)
    assert "-1,500 " in text
    heads, *rows = text[text.index("BY STRATEGY") :].splitlines()[1:4]
    assert {len(row.replace("–", "-").encode("euc-kr")) for row in rows} == {len(heads)}, (
        "columns stand under each other"
    )
    out = io.StringIO()
    from logging_kit.report.text import write_trades

    assert write_trades(report, out, timezone(9 * HOUR)) == 4
    first = next(csv.DictReader(io.StringIO(out.getvalue())))
    assert (first["symbol"], first["pnl"]) == ("'=BTC/USDT", "0.1")


def test_a_folder_without_anything_to_report(log_dir: Path, start: Callable[..., Any]) -> None:
    start()
    import logging_kit

    logging_kit.shutdown()
    result = run("--since", "2001-01-01", "--until", "2001-01-02", "--log-dir", log_dir)
    assert result.exit_code == 0
    assert "No closed trades." in result.stdout
    assert "0, none failed." in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--yesterday", "--week"], "choose one of"),
        (["--until", "2026-11-01"], "choose one of"),
        (["--markdown", "--json"], "choose one of"),
        (["--since", "lately"], "neither an age"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "is not before"),
        (["--time-zone", "Seoul"], "Asia/Seoul"),
        (["--log-dir", "/nowhere"], "There is no folder"),
        (["--since", "7 moons"], "neither an age"),
    ],
)
def test_what_cannot_be_reported_is_said(options: list[str], message: str) -> None:
    result = run(*options)
    assert result.exit_code != 0
    assert message in result.stderr


def test_a_csv_that_cannot_be_written_is_said(demo: tuple[Path, Ledger], tmp_path: Path) -> None:
    result = run(
        "--since",
        "2026-11-20",
        "--log-dir",
        demo[0],
        "--trades-csv",
        tmp_path / "no" / "folder.csv",
    )
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_a_report_of_nothing_is_empty() -> None:
    assert Report(END - HOUR, END).total == {}
