"""Each reader counts a line once and foreign bytes never, and reads what killed bots left."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import logging_kit
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.store.dead_journals import dead_lines
from logging_kit.store.line_blocks import ReadProblems
from logging_kit.store.reader import Follower, iter_lines, tail

pytestmark = pytest.mark.slow


def run(*arguments: object) -> str:
    command = [sys.executable, "-m", "logging_kit", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pnl_of_all_readers(log_dir: Path) -> dict[str, float]:
    """Return the sum of all profits as each reader tells it."""
    question = "SELECT sum(pnl) AS pnl FROM trades"
    report = json.loads(run("report", "--log-dir", log_dir, "--since", "2d", "--json"))
    table = run("report", "--log-dir", log_dir, "--since", "2d", "--trades-csv", "-")
    with DuckDBEngine(log_dir) as engine:
        engine.load()
        (watch,) = engine.cursor().execute(question).fetchone()
    follower = Follower(log_dir)
    followed = follower.poll()
    follower.close()
    return {
        "reader": _sum(line.data for line in iter_lines(log_dir) if line.is_own),
        "tail": _sum(line.data for line in tail(log_dir, 1_000) if line.is_own),
        "follower": _sum(line.data for line in followed if line.is_own),
        "watch": watch,
        "sql": json.loads(run("sql", question, "--log-dir", log_dir, "--json"))["pnl"],
        "report": float(report["total"][0]["pnl"]),
        "csv": sum(float(row["pnl"]) for row in csv.DictReader(table.splitlines())),
    }


def _sum(lines) -> float:
    return sum(json.loads(line).get("pnl") or 0 for line in lines)


def bot(log_dir: Path, *, kill: bool = False) -> None:
    program = f"""
import os, logging_kit
log = logging_kit.setup(log_dir={str(log_dir)!r}, stdout="off", hooks=())
if {kill}:  # the writer does nothing before the end
    from logging_kit.store.writer import Writer
    Writer.drain = lambda self, *args, **kwargs: False
for number in range(3):
    log.trade("exit", trade_id=str(number), position_side="LONG", symbol="BTC/USDT", qty=1, price=2, pnl=100, quote="USDT")
os._exit(9) if {kill} else logging_kit.shutdown()
"""
    subprocess.run([sys.executable, "-c", program], check=not kill)


def lines_of(log_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (log_dir / "segments").glob("trade-*"))


def doubled_in_place(log_dir: Path) -> None:
    (path,) = (log_dir / "segments").glob("trade-*")
    path.write_bytes(path.read_bytes() * 2)


def copied_beside(log_dir: Path) -> None:
    (path,) = (log_dir / "segments").glob("trade-*")
    path.with_name(path.name.replace(".log", "0.log")).write_bytes(path.read_bytes())


def doubled_in_reverse(log_dir: Path) -> None:
    (path,) = (log_dir / "segments").glob("trade-*")
    data = path.read_bytes()
    path.write_bytes(data + b"".join(reversed(data.splitlines(keepends=True))))


def text_appended(log_dir: Path) -> None:
    (path,) = (log_dir / "segments").glob("trade-*")
    with path.open("ab") as file:
        file.write(b"words of the bot\n{}\n[1]\n\0\0\n")


def trade_forged(log_dir: Path) -> None:
    (path,) = (log_dir / "segments").glob("trade-*")
    line = json.loads(path.read_bytes().splitlines()[0])
    for key in ("run_id", "seq"):
        del line[key]
    with path.open("ab") as file:
        file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def nothing(_: Path) -> None:
    pass


DAMAGES = [
    nothing,
    doubled_in_place,
    copied_beside,
    doubled_in_reverse,
    text_appended,
    trade_forged,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_reader_tells_the_same_number(tmp_path, damage):
    log_dir = tmp_path / "logs"
    bot(log_dir)
    damage(log_dir)
    found = pnl_of_all_readers(log_dir)
    assert found == dict.fromkeys(found, 300)


def test_the_lines_of_a_killed_bot_are_read_and_its_journal_stays(tmp_path):
    log_dir = tmp_path / "logs"
    bot(log_dir, kill=True)
    assert not list((log_dir).glob("segments/trade-*"))
    (journal,) = (log_dir / ".journal").glob("*.journal")
    before = journal.read_bytes()
    found = pnl_of_all_readers(log_dir)
    del found["follower"]  # it shows what comes after its beginning
    assert found == dict.fromkeys(found, 300)
    assert journal.read_bytes() == before
    run("recover", log_dir)
    found = pnl_of_all_readers(log_dir)
    assert found == dict.fromkeys(found, 300)


def test_what_was_left_out_is_reported(tmp_path):
    log_dir = tmp_path / "logs"
    bot(log_dir)
    doubled_in_place(log_dir)
    text_appended(log_dir)
    problems = ReadProblems()
    lines = list(iter_lines(log_dir, ("trade",), problems=problems))
    (path,) = (log_dir / "segments").glob("trade-*")
    assert problems.doubles == {path: 3}
    assert problems.foreign == {path: 4}
    assert sum(line.is_own for line in lines) == 3


def test_the_journal_of_a_living_bot_is_not_read(start, log_dir, monkeypatch):
    log = start()
    log.info("line")
    assert dead_lines(log_dir) == []
    assert logging_kit.flush()


def test_tail_reads_archives(tmp_path):
    log_dir = tmp_path / "logs"
    bot(log_dir)
    (log_dir / "archive").mkdir()
    for path in (log_dir / "segments").glob("*.log"):
        (log_dir / "archive" / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert _sum(line.data for line in tail(log_dir, 100)) == 300
    assert '"pnl":100' in run("tail", log_dir, "--json")


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_one_bad_entry_hides_nothing_and_stops_nothing(tmp_path, kind):
    log_dir = tmp_path / "logs"
    bot(log_dir)
    path = log_dir / "segments" / "trade-20300101T000000Z-0000.log"
    secret = tmp_path / "other"
    secret.write_text("other\n")
    match kind:
        case "link":
            path.symlink_to(secret)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    assert _sum(line.data for line in iter_lines(log_dir)) == 300
    assert _sum(line.data for line in tail(log_dir, 100)) == 300
    assert "other" not in run("tail", log_dir, "--json")
