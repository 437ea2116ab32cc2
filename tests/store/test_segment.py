"""Segment files.

Which line goes where, how they are named, when a new one is begun and when an old one is continued.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import logging_kit
from logging_kit import EventType
from logging_kit.store import copies
from tests.support.lines import read
from tests.support.runs import after_restart, assert_complete, by_run, everything, texts, written

SECOND = 1_000_000_000
NOON = 1_795_262_400 * SECOND  # 2026-11-21T12:00:00Z
MIDNIGHT = NOON + 12 * 3_600 * SECOND

ROUTES = {
    "ai_signal": {EventType.SIGNAL, EventType.AI_CALL},
    "trade": {EventType.ORDER, EventType.TRADE, EventType.RISK},
    "error": {EventType.ERROR},
}

SAMPLES = {
    EventType.SIGNAL: lambda log: log.signal("LONG", symbol="BTC/USDT", confidence=0.9),
    EventType.AI_CALL: lambda log: log.ai_call("openai", model="m", ok=True, latency_ms=1),
    EventType.ORDER: lambda log: log.order("rejected", order_id="1", symbol="BTC/USDT", side="buy", qty=1),
    EventType.TRADE: lambda log: log.trade("entry", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1, price=2),
    EventType.RISK: lambda log: log.risk("max_daily_loss", state="triggered", value=1, limit_value=1),
    EventType.ERROR: lambda log: log.error("broken"),
    EventType.POSITION: lambda log: log.position("LONG", symbol="BTC/USDT", qty=1),
    EventType.EQUITY: lambda log: log.equity(1, quote="USDT"),
    EventType.HEARTBEAT: lambda log: log.heartbeat(uptime_s=1),
    EventType.API_CALL: lambda log: log.api_call("binance", "GET", "/x", status=500, ok=False, latency_ms=1),
    EventType.NOTIFICATION: lambda log: log.notification("discord", ok=False, kind="trade"),
    EventType.INDICATOR: lambda log: log.indicator(symbol="BTC/USDT", timeframe="1h", rsi=55),
    EventType.CANDLE: lambda log: log.candle(
        symbol="BTC/USDT", timeframe="1h", candle_ts=1_795_262_400_000, open=1, high=1, low=1, close=1, volume=1
    ),
    EventType.RATE_LIMIT: lambda log: log.rate_limit("limited", exchange="binance"),
    EventType.WS: lambda log: log.ws("connected", ws_connections=1),
    EventType.LIFECYCLE: lambda log: log.lifecycle("ready", mode="paper"),
}  # fmt: skip


def segments(log_dir: Path, file: str = "*") -> list[Path]:
    return sorted((log_dir / "segments").glob(f"{file}-*.log"))


@pytest.mark.parametrize("event", SAMPLES)
def test_each_event_is_in_exactly_one_file(start, log_dir, event):
    log = start()
    SAMPLES[event](log.bind(marker="here"))
    found = [line for line in written(log_dir) if line.get("marker") == "here"]
    expected = next((file for file, events in ROUTES.items() if event in events), "bot")
    assert [(line["_file"], line["event"]) for line in found] == [(expected, event)]


@pytest.mark.parametrize(
    ("level", "file"),
    [
        ("debug", "bot"),
        ("info", "bot"),
        ("warning", "bot"),
        ("error", "error"),
        ("critical", "error"),
    ],
)
def test_a_plain_line_goes_by_its_level(start, log_dir, level, file):
    log = start(level="DEBUG")
    getattr(log, level)("line")
    assert [line["_file"] for line in written(log_dir) if line["message"] == "line"] == [file]


def test_names_modes_and_copies(start, log_dir):
    log = start(clock=lambda: NOON)
    for sample in SAMPLES.values():
        sample(log)
    assert logging_kit.flush()
    for file in ("bot", "trade", "ai_signal", "error"):
        (path,) = segments(log_dir, file)
        assert re.fullmatch(rf"{file}-20261121T120000Z-[0-9a-f]{{4,}}\.log", path.name)
        assert path.stat().st_mode & 0o777 == 0o640
        copy = log_dir / f"{file}.log"
        assert not copy.is_symlink()
        assert not copy.samefile(path)
        assert copy.read_bytes() == path.read_bytes()
    assert not (log_dir / "segments").stat().st_mode & 0o007
    visible = {path.name for path in log_dir.iterdir() if not path.name.startswith(".")}
    assert visible == {"segments", "bot.log", "trade.log", "ai_signal.log", "error.log"}


def test_a_file_is_made_with_its_first_line(start, log_dir):
    log = start()
    log.info("line")
    assert logging_kit.flush()
    assert {path.name.partition("-")[0] for path in segments(log_dir)} == {"bot"}
    assert not (log_dir / "trade.log").exists()


def test_a_segment_is_closed_at_its_size(start, log_dir):
    size = 10_000
    log = start(segment_size=size)
    for number in range(400):
        log.info("line", number=number)
        if number % 10 == 0:
            assert logging_kit.flush()
    found = written(log_dir)
    assert_complete(found)
    assert texts(found) == ["line"] * 400
    paths = segments(log_dir)
    assert len(paths) > 5
    longest = max(len(line) + 1 for path in paths for line in path.read_bytes().splitlines())
    assert all(path.stat().st_size <= size + longest for path in paths)
    open_now = max(paths, key=lambda path: path.read_bytes().splitlines()[-1])
    assert all(path.stat().st_size >= size - longest for path in paths if path != open_now)


def test_the_copy_ends_with_the_newest_line(start, log_dir):
    log = start(segment_size=1_000)
    for number in range(30):
        log.info("line", number=number)
        assert logging_kit.flush()
        newest = (log_dir / "bot.log").read_bytes()
        assert newest.endswith(b"\n")
        assert f'"number":{number},' in newest.decode().splitlines()[-1]


def test_a_reader_never_misses_the_copy_nor_sees_half_a_line(start, log_dir, monkeypatch):
    monkeypatch.setattr(copies, "LIMIT", 1_500)  # within one page, as the kernel writes
    log = start(segment_size=2_000)
    log.info("first")
    assert logging_kit.flush()
    ended, faults, looks = threading.Event(), [], 0

    def read_all_the_time() -> None:
        nonlocal looks
        while not ended.is_set():
            looks += 1
            try:
                data = (log_dir / "bot.log").read_bytes()
            except OSError as error:
                faults.append(error)
            else:
                if data and not data.endswith(b"\n"):
                    faults.append(data[-100:])

    reader = threading.Thread(target=read_all_the_time)
    reader.start()
    for number in range(2_000):
        log.info("line", number=number, text="x" * 200)
    assert logging_kit.flush()
    ended.set()
    reader.join()
    assert not faults
    assert looks > 10
    assert len([*log_dir.glob("s*/bot-*.log"), *log_dir.glob("archive/*")]) > 100


def test_names_do_not_collide_within_a_second(start, log_dir):
    log = start(clock=lambda: NOON, segment_size=1)
    for number in range(700):
        log.info("line", number=number)
    assert logging_kit.flush()
    logging_kit.shutdown()
    found = everything(log_dir)
    assert sorted(line["number"] for line in found if "number" in line) == list(range(700))
    assert_complete(found)


def test_a_new_segment_begins_at_midnight_utc(start, log_dir):
    now = MIDNIGHT - SECOND // 2
    log = start(clock=lambda: now)
    for minute in range(3):
        log.info("before", minute=minute)
    log.trade("entry", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1, price=2)
    now = MIDNIGHT
    log.info("after")
    log.trade("exit", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=1, price=2)
    assert logging_kit.flush()
    for file in ("bot", "trade"):
        old, new = segments(log_dir, file)
        assert "-20261121T235959Z-" in old.name
        assert "-20261122T000000Z-" in new.name
        for path, day in ((old, b"2026-11-21T"), (new, b"2026-11-22T")):
            assert path.read_bytes().count(b"\n") == path.read_bytes().count(
                b'{"timestamp":"' + day
            )
    assert_complete(written(log_dir))


def test_a_day_without_lines_has_no_segment(start, log_dir):
    now = NOON
    log = start(clock=lambda: now)
    log.info("first")
    now += 3 * 86_400 * SECOND
    log.info("second")
    assert logging_kit.flush()
    assert [path.name[4:12] for path in segments(log_dir, "bot")] == ["20261121", "20261124"]


# After a restart.


def test_a_restart_continues_today_s_segment(start, log_dir):
    for number in range(5):
        log = start()
        log.info("run", number=number)
        log.error("error", number=number)
        logging_kit.shutdown()
    assert len(segments(log_dir, "bot")) == len(segments(log_dir, "error")) == 1
    found = everything(log_dir)
    assert len(by_run(found)) == 5
    assert_complete(found)


def test_yesterday_s_segment_is_not_continued(start, log_dir):
    for day in range(3):
        start(clock=lambda day=day: NOON + day * 86_400 * SECOND).info("line")
        logging_kit.shutdown()
    assert len(segments(log_dir, "bot")) == 3


def test_a_full_segment_is_not_continued(start, log_dir):
    start(segment_size=100_000).info("line", text="x" * 2_000)
    logging_kit.shutdown()
    (full,) = segments(log_dir, "bot")
    before = full.read_bytes()
    start(segment_size=len(before)).info("line")
    logging_kit.shutdown()
    assert full.read_bytes() == before
    assert len(segments(log_dir, "bot")) == 2
    start(segment_size=len(before) * 2).info("line")
    logging_kit.shutdown()
    assert len(segments(log_dir, "bot")) == 2


def test_a_torn_end_is_left_alone(start, log_dir):
    start().info("whole")
    logging_kit.shutdown()
    (torn,) = segments(log_dir, "bot")
    with torn.open("ab") as file:
        file.write(b'{"timestamp":"2026-11-21T12:00')
    before = torn.read_bytes()
    start().info("after")
    logging_kit.shutdown()
    assert torn.read_bytes() == before
    (new,) = set(segments(log_dir, "bot")) - {torn}
    assert b'"message":"after"' in new.read_bytes()


def test_a_segment_of_a_living_process_is_not_continued(start, log_dir):
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, log_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        (held,) = segments(log_dir, "bot")
        before = held.read_bytes()
        start().info("line")
        assert logging_kit.flush()
        assert held.read_bytes() == before
        assert len(segments(log_dir, "bot")) == 2
    finally:
        other.communicate("go\n", timeout=20)
    logging_kit.shutdown()
    found = everything(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 2


OTHER = """
import logging_kit, sys
logging_kit.setup(log_dir=sys.argv[1], stdout="off").info("mine")
logging_kit.flush()
print("ready", flush=True)
sys.stdin.readline()
"""


def test_the_folder_is_that_of_setup_wherever_the_bot_goes(log_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    log.error("line")
    assert logging_kit.flush()
    assert [line["message"] for line in read(log_dir, "error")] == ["line"]


# What stands in the way of a copy.


def test_a_log_file_that_was_there_before_is_kept(start, log_dir):
    log_dir.mkdir()
    (log_dir / "bot.log").write_text("years of a foreign program's lines\n")
    start().info("line")
    logging_kit.shutdown()
    assert (log_dir / "bot.log").read_bytes().startswith(b'{"timestamp":')
    kept = [path for path in log_dir.iterdir() if path.is_file() and "foreign" in path.read_text()]
    assert len(kept) == 1
    start(segment_size=1).info("line")
    logging_kit.shutdown()
    assert kept[0].read_text() == "years of a foreign program's lines\n"


def test_a_folder_in_place_of_the_copy_does_not_matter(start, log_dir):
    (log_dir / "bot.log").mkdir(parents=True)
    log = start(segment_size=500)
    for number in range(10):
        log.info("line", number=number)
    logging_kit.shutdown()
    assert sorted(line["number"] for line in everything(log_dir) if "number" in line) == list(
        range(10)
    )
    assert not [path for path in log_dir.iterdir() if path.name.endswith(".new")]


def test_what_a_link_names_is_never_written_to(start, log_dir, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious\n")
    log_dir.mkdir()
    (log_dir / "bot.log").symlink_to(precious)
    start().info("line")
    logging_kit.shutdown()
    assert precious.read_text() == "precious\n"
    assert not (log_dir / "bot.log").is_symlink()


def test_a_folder_that_moves_away_is_followed_by_a_new_one(start, log_dir, tmp_path):
    log = start()
    log.info("before")
    assert logging_kit.flush()
    log_dir.rename(tmp_path / "moved")
    for number in range(30):
        log.info("line", number=number)
        assert logging_kit.flush()
        if (log_dir / "bot.log").exists():
            break
        threading.Event().wait(0.1)
    log.info("after")
    logging_kit.shutdown()
    there, here = everything(tmp_path / "moved"), everything(log_dir)
    assert "after" in texts(here)
    assert_complete([*there, *here])
    assert after_restart(log_dir)
