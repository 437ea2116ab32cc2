"""`logging-kit report` on lines made by hand.

Owners, silence, losses, and lines of foreign programs.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.report.report import number, summarise
from logging_kit.report.text import as_text

pytestmark = pytest.mark.slow

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(*args: Any) -> Any:
    return CliRunner().invoke(app, ["report", *map(str, args)], env={"TZ": "UTC"})


def segment(
    log_dir: Path, *rows: dict[str, Any] | str, name: str = "bot-20261120T000000Z-aaaa.log"
) -> None:
    path = log_dir / "segments" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(
            (row if isinstance(row, str) else json.dumps(row, separators=(",", ":"))) + "\n"
            for row in rows
        )


_numbers = count(1)


def at(moment: datetime, seq: int | None = None, run: str = "r", **fields: Any) -> dict[str, Any]:
    """Return a line; without a number it gets one of its own, as each line of a run has."""
    owner = {"level": "info", "app": "trading", "env": "live", "bot_name": "solo"}
    return {
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
        **owner,
        **fields,
        "run_id": run,
        "seq": next(_numbers) if seq is None else seq,
        "v": 1,
    }


def beats(start: datetime, end: datetime, **fields: Any) -> list[dict[str, Any]]:
    minutes = range(int((end - start) / timedelta(minutes=1)))
    return [at(start + timedelta(minutes=m), event="HEARTBEAT", **fields) for m in minutes]


def test_without_any_heartbeat_the_report_names_no_bot(log_dir: Path) -> None:
    segment(log_dir, at(NOON, event="ORDER", status="filled"))
    report = summarise(log_dir, NOON, NOON + HOUR)
    assert report.alive == set()
    assert "No heartbeat in this period." in as_text(report, UTC)
    segment(log_dir, *beats(NOON, NOON + HOUR))
    assert "Every bot wrote its heartbeats." in as_text(summarise(log_dir, NOON, NOON + HOUR), UTC)


def test_bots_that_only_older_segments_know_are_silent_for_all_of_the_period(log_dir: Path) -> None:
    for days, bots in ((2, ("two",)), (20, ("a", "b")), (40, ("forgotten",))):
        begin = NOON - timedelta(days=days)
        rows = [
            at(begin + timedelta(minutes=i), i, event="HEARTBEAT", bot_name=bot)
            for i in range(3)
            for bot in bots
        ]
        segment(log_dir, "no json", *rows, name=f"bot-{begin:%Y%m%d}T000000Z-{days:04x}.log")
    segment(log_dir, *beats(NOON, NOON + HOUR))
    report = summarise(log_dir, NOON, NOON + HOUR)
    assert {(s.bot, s.start, s.end) for s in report.silences} == {
        (bot, NOON, NOON + HOUR) for bot in ("a", "b", "two")
    }


def test_one_name_in_two_environments_is_two_bots(log_dir: Path) -> None:
    segment(log_dir, *beats(NOON, NOON + HOUR, env="testnet"), *beats(NOON, NOON + HOUR / 2))
    (silence,) = summarise(log_dir, NOON, NOON + HOUR).silences
    assert (silence.bot, silence.env) == ("solo", "live")


def test_a_gap_of_which_next_to_nothing_is_in_the_period_is_left_out(log_dir: Path) -> None:
    segment(
        log_dir,
        *beats(NOON - HOUR, NOON - timedelta(minutes=10)),
        *beats(NOON + timedelta(seconds=20), NOON + HOUR),
    )
    assert summarise(log_dir, NOON, NOON + HOUR).silences == []


def test_lost_lines_are_those_of_the_period(log_dir: Path) -> None:
    counts = [(-2, "old", 7), (1, "old", 7), (2, "old", 9), (3, "new", 4), (4, "new", 5)]
    segment(
        log_dir,
        at(NOON - 30 * HOUR, run="old", event="HEARTBEAT", dropped_logs=5),
        name="bot-20261119T000000Z-bbbb.log",
    )
    rows = [
        at(NOON + timedelta(minutes=m), 100 + m, run, event="HEARTBEAT", dropped_logs=n)
        for m, run, n in counts
    ]
    segment(
        log_dir,
        *rows,
        at(
            NOON + timedelta(minutes=4),
            9,
            "new",
            event="HEARTBEAT",
            dropped_logs=5,
            bot_name="beside",
        ),
    )
    assert summarise(log_dir, NOON, NOON + HOUR).dropped == {"solo": 2, "beside, solo": 5}


def sale(moment: datetime, seq: int, **fields: Any) -> dict[str, Any]:
    return at(
        moment,
        seq,
        event="TRADE",
        action="exit",
        symbol="BTC/USDT",
        quote="USDT",
        trade_id=f"t{seq}",
        pnl=1,
        **fields,
    )


@pytest.fixture
def several(log_dir: Path) -> Path:
    """Two apps, one of which has two environments and two bots."""
    owners = [{}, {"env": "testnet"}, {"bot_name": "other"}, {"app": "arbitrage"}]
    rows = [sale(NOON + timedelta(seconds=i), i, **owner) for i, owner in enumerate(owners, 1)]
    segment(
        log_dir,
        rows[0],
        "Traceback of the first",
        *rows[1:],
        name="trade-20261120T000000Z-aaaa.log",
    )
    return log_dir


@pytest.mark.parametrize(("options", "trades", "lines", "of"), [
    ([], 3, 4, " of trading/live, trading/testnet"),
    (["--env", "live"], 2, 3, ""),
    (["--env", "live", "--bot", "solo"], 1, 2, ""),
    (["--app", "arbitrage"], 1, 1, ""),
    (["--app", "absent"], 0, 0, ""),
])  # fmt: skip
def test_a_report_is_of_one_app_and_of_the_environment_and_bot_that_are_asked_for(
    several: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    trades: int,
    lines: int,
    of: str,
) -> None:
    monkeypatch.setenv("LOGGING_KIT_APP", "trading")
    period = (
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-21",
        "--time-zone",
        "UTC",
        "--log-dir",
        several,
    )
    out = run(*period, *options).stdout
    assert out.splitlines()[0] == f"2026-11-20 00:00 to 2026-11-21 00:00 UTC: {lines} lines{of}"
    assert json.loads(run(*period, *options, "--json").stdout)["lines"] == lines
    assert (
        sum(
            total["closed"]
            for total in json.loads(run(*period, *options, "--json").stdout)["total"]
        )
        == trades
    )


def test_all_apps_are_reported_when_the_one_of_the_settings_has_no_lines(
    several: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGGING_KIT_APP", "absent")
    period = (
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-21",
        "--time-zone",
        "UTC",
        "--log-dir",
        several,
    )
    assert (
        run(*period)
        .stdout.splitlines()[0]
        .endswith(" of arbitrage/live, trading/live, trading/testnet")
    )
    rows = list(csv.DictReader(io.StringIO(run(*period, "--trades-csv", "-").stdout)))
    assert list(rows[0])[-2:] == ["app", "env"]
    assert [(row["app"], row["env"], row["bot_name"]) for row in rows] == [
        ("trading", "live", "solo"), ("trading", "testnet", "solo"), ("trading", "live", "other"), ("arbitrage", "live", "solo"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "since", ["999999999d", "0001-01-01", "0001-01-01T00:00:00+14:00", "99999999w"]
)
def test_since_the_beginning_of_time_is_since_1970(several: Path, since: str) -> None:
    done = run(
        "--since",
        since,
        "--until",
        "9999-12-31T23:59:59-12:00",
        "--log-dir",
        several,
        "--json",
        "--app",
        "trading",
    )
    assert done.exit_code == 0, done.output
    tree = json.loads(done.stdout)
    assert (datetime.fromisoformat(tree["start"]).year, tree["lines"]) == (1970, 4)


@pytest.mark.parametrize("time", [
    "2026-11-20T12:00:01.000000", "n/a", "2026-99-99T99:99:99.000000Z", "20261120", "", 5, None,
])  # fmt: skip
def test_a_line_whose_time_says_nothing_hides_no_other(log_dir: Path, time: object) -> None:
    foreign = {"timestamp": time, "event": "TRADE", "action": "exit", "pnl": 1000, "level": "info"}
    segment(log_dir, sale(NOON, 1), foreign, sale(NOON + timedelta(seconds=2), 2))
    segment(log_dir, sale(NOON + 2 * HOUR, 3), name="bot-20261120T000000Z-bbbb.log")
    report = summarise(log_dir, NOON, NOON + HOUR)
    assert [trade["trade_id"] for trade in report.trades] == ["t1", "t2"]


@pytest.mark.parametrize(
    "pnl", ["1_000", " 5", "1e400", "0x10", "٣", "inf", True, [1], "1e999999999"]
)
def test_what_sql_takes_for_no_number_is_none_here(log_dir: Path, pnl: object) -> None:
    segment(log_dir, sale(NOON, 1) | {"pnl": pnl})
    assert number(pnl) is None
    assert summarise(log_dir, NOON, NOON + HOUR).total["USDT"].pnl == 0


@pytest.mark.parametrize(
    ("value", "found"),
    [("1.50", "1.50"), ("+1e3", "1e3"), (".5", "0.5"), ("5.", "5"), (1e16, "1e16"), (-2, "-2")],
)
def test_a_number_keeps_its_digits(value: object, found: str) -> None:
    assert number(value) == Decimal(found)


def test_an_archive_that_is_cut_is_reported_as_far_as_it_can_be_read(several: Path) -> None:
    path = several / "segments" / "trade-20261120T000000Z-aaaa.log"
    segment(
        several,
        *[sale(NOON + HOUR, i, pad=f"{i * 7919 % 10007:x}") for i in range(2000)],
        name=path.name,
    )
    packed = gzip.compress(path.read_bytes())
    (several / "archive").mkdir()
    (several / "archive" / f"{path.name}.gz").write_bytes(packed[: len(packed) // 2])
    path.unlink()
    done = run("--since", "2026-11-20", "--until", "2026-11-21", "--log-dir", several, "--json")
    assert done.exit_code == 2, done.output
    assert json.loads(done.stdout)["lines"] > 100
