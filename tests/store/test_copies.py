"""The names that people know are copies: no way of writing to them reaches a segment."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import logging_kit
from logging_kit.store import copies
from logging_kit.store.reader import iter_lines
from tests.support.runs import assert_complete, everything, texts

pytestmark = pytest.mark.slow

STREAMS = ("bot", "trade", "error")


def three_lines(log, number: int = 0) -> None:
    log.info("line", number=number)
    log.error("line", number=number)
    log.trade("exit", trade_id="1", position_side="LONG", symbol="A/B", qty=1, price=2, pnl=100)
    assert logging_kit.flush()


def in_segments(log_dir: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in (log_dir / "segments").iterdir())


def redirect(path: Path) -> None:
    subprocess.run(f"echo mine > '{path}'", shell=True, check=True)


def append(path: Path) -> None:
    subprocess.run(f"echo mine >> '{path}'", shell=True, check=True)


def tee(path: Path) -> None:
    subprocess.run(["tee", "-a", str(path)], input=b"mine\n", check=True, capture_output=True)


def handler(path: Path, mode: str = "a") -> None:
    one = logging.FileHandler(path, mode=mode)
    one.emit(logging.makeLogRecord({"msg": "mine"}))
    one.close()


def cut(path: Path) -> None:
    os.truncate(path, 0)


WRITERS = [redirect, append, tee, handler, lambda path: handler(path, "w"), cut, os.unlink]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("when", ["while it runs", "between two runs"])
def test_no_name_in_the_folder_is_a_way_into_a_segment(start, log_dir, write, when):
    log = start()
    three_lines(log)
    if when == "between two runs":
        logging_kit.shutdown()
    before = in_segments(log_dir)
    names = [path for path in log_dir.iterdir() if not path.is_dir()]
    assert {f"{stream}.log" for stream in STREAMS} <= {path.name for path in names}
    for path in names:
        if path.name.endswith(".log"):
            write(path)
    assert in_segments(log_dir) == before
    log = start()
    three_lines(log, 1)
    logging_kit.shutdown()
    found = everything(log_dir)
    assert_complete(found)
    assert sum(line.get("pnl", 0) for line in found) == 200
    assert "mine" not in texts(found)


BOT = """
import sys, logging_kit
log = logging_kit.setup(log_dir="logs", hooks=(), stdout="json")
for number in range(3):
    log.trade("exit", trade_id=str(number), position_side="LONG", symbol="A/B", qty=1, price=2, pnl=100)
print("words of the bot itself", flush=True)
logging_kit.shutdown()
"""


@pytest.mark.parametrize("sign", [">", ">>", "| tee -a", "2>"])
@pytest.mark.parametrize("name", ["bot.log", "trade.log"])
def test_a_bot_whose_output_goes_to_such_a_name_loses_and_doubles_nothing(tmp_path, sign, name):
    log_dir = tmp_path / "logs"
    log_dir.mkdir()
    (tmp_path / "bot.py").write_text(BOT)
    for run in (1, 2, 3):
        ended = subprocess.run(
            f"'{sys.executable}' bot.py {sign} logs/{name}",
            shell=True, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert sum(line.get("pnl", 0) for line in everything(log_dir)) == 300 * run
        if sign in (">", ">>") and name == "trade.log":
            assert "redirect the output to another file" in ended.stderr
    assert_complete(everything(log_dir))


def test_tail_follows_a_copy_across_rotations(start, log_dir, monkeypatch):
    monkeypatch.setattr(copies, "LIMIT", 3_000)
    log = start(segment_size=2_000)
    log.info("line", number=0)
    assert logging_kit.flush()
    follower = subprocess.Popen(
        ["tail", "-n", "+1", "-s", "0.05", "-F", log_dir / "bot.log"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert follower.stdout is not None
        seen = []
        for number in range(1, 60):
            log.info("line", number=number)
            assert logging_kit.flush()
            while not any(f'"number":{number},'.encode() in line for line in seen):
                seen.append(follower.stdout.readline())
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()
    assert len(list((log_dir / "segments").glob("bot-*"))) > 3
    assert (log_dir / "bot.log.1").exists()


def test_a_link_into_the_segments_is_replaced(start, log_dir):
    with start() as log:
        three_lines(log)
    for stream in STREAMS:
        (segment,) = (log_dir / "segments").glob(f"{stream}-*")
        (log_dir / f"{stream}.log").unlink()
        if stream == "trade":
            (log_dir / "trade.log").hardlink_to(segment)
        else:
            (log_dir / f"{stream}.log").symlink_to(segment)
    with start() as log:
        three_lines(log)
    before = in_segments(log_dir)
    for stream in STREAMS:
        redirect(log_dir / f"{stream}.log")
    assert in_segments(log_dir) == before
    assert sum(line.get("pnl", 0) for line in everything(log_dir)) == 200


@pytest.mark.parametrize("foreign", [b"", b"x", b"not a line\n", b'{"event":"TRADE","pnl":9}\n'])
def test_a_segment_that_another_program_changed_is_left(start, log_dir, capfd, foreign):
    log = start()
    log.info("line", number=0)
    assert logging_kit.flush()
    (path,) = (log_dir / "segments").glob("bot-*")
    if foreign:
        with path.open("ab") as file:
            file.write(foreign)
    else:
        os.truncate(path, 0)
    changed = path.read_bytes()
    log.info("line", number=1)
    assert logging_kit.flush()
    logging_kit.shutdown()
    assert path.read_bytes() == changed
    assert len(list((log_dir / "segments").glob("bot-*"))) == 2
    assert "another program has changed" in capfd.readouterr().err
    assert [line for line in iter_lines(log_dir) if b'"number":1,' in line.data]


def test_a_pipe_under_the_name_stops_nothing(start, log_dir):
    log_dir.mkdir()
    os.mkfifo(log_dir / "bot.log")
    begun = time.monotonic()
    with start() as log:
        three_lines(log)
    assert time.monotonic() - begun < 30
    assert_complete(everything(log_dir))
