"""The simulated bots: what they do is what their ledger says, and what the files hold."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

import logging_kit
from logging_kit import EventType
from logging_kit.cli.app import app
from logging_kit.demo import Entry, Ledger, SimulatedClock, simulate
from logging_kit.demo.samples import sample
from logging_kit.events import model
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.validation import repair
from logging_kit.store.reader import iter_lines
from tests.support.panels import story
from tests.support.panels.story import write_lines

pytestmark = pytest.mark.slow

END = 1_795_226_400_000_000_000
"""2026-11-21T02:00:00Z, so that a day before it has a midnight."""


def written(log_dir: Path) -> list[dict[str, Any]]:
    return [
        {**orjson.loads(line.data), "_file": line.path.name.partition("-")[0]}
        for line in iter_lines(log_dir)
    ]


def stamp(entry: Entry) -> str:
    seconds, rest = divmod(entry.time_ns // 1000, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:06d}Z"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, list[dict[str, Any]]]:
    """A simulated day of two bots, and the lines it left."""
    log_dir = tmp_path_factory.mktemp("demo")
    ledger = simulate(
        log_dir, backfill_s=86_400.0, bots=2, seed=3, end_ns=END, hooks=("stdlib",), strict=True
    )
    return ledger, written(log_dir)


def test_every_entry_of_the_ledger_is_one_line(day: tuple[Ledger, list[dict[str, Any]]]) -> None:
    """Time, level, kind, file and every field.

    None is missing, none is there twice, none is different.
    """
    ledger, found = day
    assert len({(line["run_id"], line["seq"]) for line in found}) == len(found) == ledger.lines
    assert [line["seq"] for line in found] == list(range(1, ledger.lines + 1))
    for entry, line in zip(ledger.entries, found, strict=True):
        assert (line["timestamp"], line["level"], line.get("event", ""), line["_file"]) == (
            stamp(entry),
            entry.level,
            entry.event,
            entry.file,
        )
        assert {name: line.get(name) for name in entry.fields} == entry.fields


def test_counts_and_sums_of_the_book_are_those_of_the_lines(
    day: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    ledger, found = day
    assert ledger.by_event == Counter(line.get("event", "") for line in found)
    assert ledger.by_level == Counter(line["level"] for line in found)
    assert ledger.by_file == Counter(line["_file"] for line in found)
    pnl = sum(line["pnl"] for line in found if line.get("event") == "TRADE" and "pnl" in line)
    assert ledger.pnl == {"USDT": pytest.approx(pnl, abs=1e-6)}
    assert ledger.total("TRADE", "pnl") == pytest.approx(pnl, abs=1e-6)


RULES = {
    "SIGNAL": ("ai_signal", "info", "", {}),
    "AI_CALL": ("ai_signal", "info", "", {}),
    "ORDER": ("trade", "info", "status", {"rejected": "warning", "expired": "warning"}),
    "TRADE": ("trade", "info", "", {}),
    "RISK": ("trade", "warning", "state", {"triggered": "critical"}),
    "API_CALL": ("bot", "info", "ok", {False: "warning"}),
    "NOTIFICATION": ("bot", "info", "ok", {False: "warning"}),
    "RATE_LIMIT": ("bot", "debug", "status", {"limited": "warning"}),
    "WS": ("bot", "info", "state", {"disconnected": "warning", "reconnecting": "warning"}),
    **dict.fromkeys(
        ("POSITION", "EQUITY", "HEARTBEAT", "INDICATOR", "CANDLE", "LIFECYCLE"),
        ("bot", "info", "", {}),
    ),
}
"""File, usual level, and the levels of some values of one field: written down here, not taken from
the catalogue."""


def test_files_and_levels_of_the_book_follow_the_rules(
    day: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    checked = set()
    for entry in day[0].entries:
        if entry.event in RULES:
            file, level, name, levels = RULES[entry.event]
            assert (entry.file, entry.level) == (file, levels.get(entry.fields.get(name), level))
            checked.add(entry.event)
    assert checked == set(RULES)


def test_an_event_without_a_scene_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = CATALOGUE["WS"]
    monkeypatch.setattr("logging_kit.demo.bot.without_scene", lambda: [event])
    ledger = simulate(tmp_path, backfill_s=170.0, end_ns=END, hooks=("stdlib",), bots=1)
    samples = [entry for entry in ledger.select("WS") if "symbol" not in entry.fields]
    assert any(entry.fields["ws_connections"] == 1 for entry in samples)
    assert not [line for line in written(tmp_path) if "schema_error" in line]


@pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.name)
def test_a_sample_fits_its_event(event: model.Event) -> None:
    fields = sample(event, symbol="BTC/USDT", exchange="binance")
    if not event.required_when:
        assert repair(event, fields) == []
    assert fields.keys() >= set(event.required)


def test_shows_every_kind_of_event_and_no_wrong_one(
    day: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    ledger, found = day
    assert set(ledger.by_event) == {*EventType, ""}
    assert not [line for line in found if "schema_error" in line or "dropped" in line]


def test_writes_about_five_thousand_lines_a_day_and_bot(
    day: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    assert 4_500 < day[0].lines / 2 < 5_500


def test_each_trade_follows_from_a_signal_and_an_order(
    day: tuple[Ledger, list[dict[str, Any]]],
) -> None:
    ledger, _ = day
    signals = {entry.fields["correlation_id"] for entry in ledger.signals}
    filled = {
        entry.fields["order_id"] for entry in ledger.orders if entry.fields["status"] == "filled"
    }
    assert len(ledger.closed_trades) > 5
    for trade in ledger.trades:
        assert trade.fields["correlation_id"] in signals
        assert trade.fields["order_id"] in filled


def test_the_account_adds_up(day: tuple[Ledger, list[dict[str, Any]]]) -> None:
    ledger, _ = day
    for bot in ("btc-trend", "eth-scalp"):
        newest = ledger.select("EQUITY", bot_name=bot)[-1]
        before = ledger.total("TRADE", "pnl", bot_name=bot, until_ns=newest.time_ns)
        assert newest.fields["realized_pnl"] == pytest.approx(before, abs=1e-6)


def test_orders_go_through_their_states(day: tuple[Ledger, list[dict[str, Any]]]) -> None:
    steps: dict[str, list[str]] = {}
    for entry in day[0].orders:
        steps.setdefault(f"{entry.fields['bot_name']}-{entry.fields['order_id']}", []).append(
            entry.fields["status"]
        )
    ways = {tuple(statuses) for statuses in steps.values()}
    assert {
        ("submitted", "accepted", "filled"),
        ("submitted", "accepted", "partially_filled", "filled"),
    } <= ways
    assert all(
        way[0] == "submitted" and way[-1] in ("filled", "rejected", "canceled", "expired")
        for way in ways
    )


def test_errors_have_causes_notes_and_groups(day: tuple[Ledger, list[dict[str, Any]]]) -> None:
    found = [line["exception"] for line in day[1] if line.get("event") == "ERROR"]
    assert all(data["frames"] for data in found)
    assert {"cause", "notes", "exceptions"} <= {key for data in found for key in data}


def test_the_same_seed_gives_the_same_day(tmp_path: Path) -> None:
    ledgers = [
        simulate(tmp_path / str(n), backfill_s=7_200.0, seed=seed, end_ns=END, hooks=())
        for n, seed in enumerate((5, 5, 6))
    ]
    assert list(ledgers[0].entries) == list(ledgers[1].entries)
    assert list(ledgers[0].entries) != list(ledgers[2].entries)


def test_more_bots_than_profiles_have_names_of_their_own(tmp_path: Path) -> None:
    ledger = simulate(tmp_path, backfill_s=300.0, bots=6, end_ns=END, hooks=())
    assert len({entry.fields["bot_name"] for entry in ledger.select("HEARTBEAT")}) == 6


def test_goes_on_live_after_the_past(tmp_path: Path) -> None:
    began = time.time_ns()
    ledger = simulate(tmp_path, backfill_s=3_600.0, seconds=0.5, speed=600.0, hooks=("stdlib",))
    past = ledger.count(until_ns=began)
    live = ledger.count(after_ns=began)
    assert past > 200
    assert live > 10
    found = written(tmp_path)
    assert len(found) == ledger.lines
    assert [line["timestamp"] for line in found] == [stamp(entry) for entry in ledger.entries]
    assert found[-1]["phase"] == "shutdown"
    assert ledger.entries[-1].time_ns <= time.time_ns()


def test_a_bounded_book_counts_everything(tmp_path: Path) -> None:
    ledger = simulate(
        tmp_path, backfill_s=3_600.0, end_ns=END, ledger=Ledger(most=10), hooks=("stdlib",)
    )
    assert len(ledger.entries) == 10
    assert ledger.lines == len(written(tmp_path))


def test_the_clock_never_goes_back() -> None:
    clock = SimulatedClock(END + 999)
    assert clock() == END
    clock.advance(0.5)
    clock.advance_to(END)
    clock.advance(-3)
    assert clock() == END + 500_000_000
    assert clock.tick() == END + 500_001_000
    clock.go_live(lambda: END)
    assert clock.tick() == END + 500_002_000


def run(*args: Any) -> Any:
    return CliRunner().invoke(
        app,
        ["demo", *map(str, args)],
        env={"LOGGING_KIT_STDOUT": "off", "LOGGING_KIT_HOOKS": "stdlib"},
    )


def test_writes_a_past_and_reports_it(tmp_path: Path) -> None:
    result = run(
        "--backfill",
        "2h",
        "--seconds",
        0,
        "--bots",
        1,
        "--log-dir",
        tmp_path / "logs",
        "--app",
        "shop",
        "--env",
        "paper",
    )
    assert result.exit_code == 0, result.output
    found = written(tmp_path / "logs")
    assert {(line["app"], line["env"]) for line in found} == {("shop", "paper")}
    assert f"{len(found):,} lines" in result.stderr
    assert f"logging-kit tail {tmp_path / 'logs'}" in result.stderr


def test_refuses_to_write_a_past_behind_lines(tmp_path: Path) -> None:
    assert run("--backfill", "1h", "--seconds", 0, "--log-dir", tmp_path).exit_code == 0
    before = written(tmp_path)
    result = run("--backfill", "1h", "--seconds", 0, "--log-dir", tmp_path)
    assert result.exit_code == 2
    assert "empty folder" in result.stderr
    assert written(tmp_path) == before
    assert run("--seconds", 0, "--log-dir", tmp_path).exit_code == 0
    assert len(written(tmp_path)) > len(before)


@pytest.mark.parametrize("name", ["my-grid", ""])
def test_refuses_to_mix_its_trades_into_a_bot_s_own(tmp_path: Path, name: str) -> None:
    with logging_kit.setup(log_dir=tmp_path, bot_name=name, stdout="off", hooks=()):
        pass
    before = written(tmp_path)
    result = run("--seconds", 0, "--log-dir", tmp_path)
    assert result.exit_code == 1
    assert f"another bot ({name or 'trading'})" in result.stderr
    assert "--log-dir" in result.stderr
    assert "--force" in result.stderr
    assert written(tmp_path) == before
    assert run("--seconds", 0, "--log-dir", tmp_path, "--force").exit_code == 0
    assert len(written(tmp_path)) > len(before)


def test_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    for _ in range(3):
        assert (
            run("--seconds", 0.3, "--speed", 600, "--bots", 6, "--log-dir", tmp_path).exit_code == 0
        )


@pytest.mark.parametrize(
    "args", [("--backfill", "yesterday"), ("--speed", "0"), ("--bots", "0"), ("--app", "x" * 100)]
)
def test_says_what_is_wrong_with_an_option(tmp_path: Path, args: tuple[str, str]) -> None:
    result = run("--seconds", 0, "--log-dir", tmp_path, *args)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_it_should(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "logging_kit",
        "demo",
        "--speed",
        "200",
        "--log-dir",
        str(tmp_path),
    ]
    environment = {**os.environ, "LOGGING_KIT_STDOUT": "off"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("segments/trade-*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in errors
    found = written(tmp_path)
    assert (found[-1]["event"], found[-1]["phase"]) == ("LIFECYCLE", "shutdown")
    assert f"{len(found):,} lines" in errors


def test_a_newcomer_sees_every_kind_of_event_in_two_minutes(tmp_path: Path) -> None:
    ledger = simulate(tmp_path, backfill_s=170.0, end_ns=END, hooks=("stdlib",))
    assert set(ledger.by_event) == {*EventType, ""}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_shows_how_far_the_past_is_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGGING_KIT_STDOUT", "off")
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    app(
        ["demo", "--backfill", "3h", "--seconds", "0", "--log-dir", str(tmp_path)],
        standalone_mode=False,
    )
    assert "writing the past" in terminal.getvalue()
    assert "100" in terminal.getvalue()


def test_a_stop_ends_the_past_early(tmp_path: Path) -> None:
    stop = Event()

    def stop_at_half(share: float) -> None:
        if share > 0.5:
            stop.set()

    ledger = simulate(
        tmp_path,
        backfill_s=86_400.0,
        seconds=None,
        end_ns=END,
        stop=stop,
        progress=stop_at_half,
        hooks=("stdlib",),
    )
    assert 4_000 < ledger.lines < 7_000
    assert ledger.lines == len(written(tmp_path))


class TestItsMoneyIsNotYours:
    """The demo writes for an app and into a folder of its own."""

    @pytest.fixture
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        assert run("--backfill", "10m", "--seconds", 0).exit_code == 0
        return tmp_path

    def watch(self, *args: str) -> tuple[str, str]:
        result = CliRunner().invoke(app, ["watch", "--once", "-d", "trading-overview", *args])
        assert result.exit_code == 0, result.output
        return result.stdout, result.stderr

    def test_the_lines_are_apart(self, here: Path) -> None:
        assert {line["app"] for line in written(here / "demo-logs")} == {"demo"}
        assert not (here / "logs").exists()

    def test_a_reader_without_other_lines_shows_the_demo_and_says_so(self, here: Path) -> None:
        out, err = self.watch()
        assert "demo" in out.splitlines()[0]
        assert "these are the demo's" in err

    def test_a_reader_prefers_the_lines_of_your_bot(self, here: Path) -> None:
        write_lines(here / "logs", story.lines(), "trading")
        out, err = self.watch("--range", "2d")
        assert "trading" in out.splitlines()[0]
        assert "demo" not in out + err

    def test_another_app_in_your_folder_is_not_added(self, here: Path) -> None:
        write_lines(here / "logs", story.lines(), "trading")
        assert run("--seconds", 0, "--log-dir", "logs", "--force").exit_code == 0
        out, _ = self.watch("--range", "2d")
        assert "1,100.50" in out
