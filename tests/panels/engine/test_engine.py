"""The embedded engine follows the log files.

Torn lines, rotation, archive, deletion, doubles, threads.
"""

from __future__ import annotations

import gzip
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.engine.ingest import clean
from logging_kit.panels.query.fields import LINES, SIGNAL, TRADE, UNPARSEABLE
from logging_kit.panels.query.language import count, last, mean, rows, total
from logging_kit.panels.query.scope import Scope
from tests.support.panels.segments import timestamp

pytestmark = pytest.mark.slow

T = 1_795_226_400_000_000
OLD = time.time() - 3600
SCOPE = Scope("a", start=T // 1000 - 3_600_000, end=T // 1000 + 86_400_000)


def line(seq: int, *, run: str = "r", ts: int | None = None, **fields: Any) -> bytes:
    at = T + seq if ts is None else ts
    return (
        orjson.dumps(
            {
                "timestamp": timestamp(at),
                "level": "info",
                "app": "a",
                "env": "e",
                **fields,
                "run_id": run,
                "seq": seq,
                "v": 1,
            }
        )
        + b"\n"
    )


class Folder:
    """A log folder that a test writes to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "segments").mkdir(parents=True)
        (directory / "archive").mkdir()

    def path(self, name: str) -> Path:
        return self.directory / "segments" / f"{name}.log"

    def append(self, name: str, data: bytes, *, quiet: bool = False) -> None:
        with self.path(name).open("ab") as file:
            file.write(data)
        if quiet:  # long enough for the engine to read it where it is
            os.utime(self.path(name), (OLD, OLD))

    def pack(self, name: str) -> None:
        (self.directory / "archive" / f"{name}.log.gz").write_bytes(
            gzip.compress(self.path(name).read_bytes())
        )
        self.path(name).unlink()


@pytest.fixture
def folder(log_dir: Path) -> Folder:
    return Folder(log_dir)


@pytest.fixture
def engine(folder: Folder) -> Any:
    with DuckDBEngine(folder.directory, keep=None) as engine:
        yield engine


def seqs(engine: DuckDBEngine) -> list[int | None]:
    return [
        seq
        for (seq,) in engine.cursor()
        .execute("SELECT seq FROM raw.lines ORDER BY ts, seq")
        .fetchall()
    ]


BOT, NEXT = "bot-20261121T000000Z-aaaa", "bot-20261121T010000Z-bbbb"


def test_a_folder_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    with DuckDBEngine(tmp_path / "none", keep=None) as engine:
        assert engine.load() == 0
        assert engine.ask(count(LINES), SCOPE) == {}


def test_a_torn_line_waits_for_its_end(folder: Folder, engine: DuckDBEngine) -> None:
    whole = line(1)
    folder.append(BOT, line(0) + whole[:20])
    assert engine.load() == 1
    assert engine.load() == 0
    folder.append(BOT, whole[20:])
    assert engine.load() == 1
    assert seqs(engine) == [0, 1]


def test_a_torn_end_of_a_closed_segment_is_no_line(folder: Folder, engine: DuckDBEngine) -> None:
    folder.append(BOT, line(0) + line(1)[:20], quiet=True)
    assert engine.load() == 1


def test_what_is_appended_to_a_segment_that_was_quiet_is_read(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(BOT, line(0), quiet=True)
    engine.load()
    folder.append(BOT, line(1), quiet=True)
    engine.load()
    assert seqs(engine) == [0, 1]


def test_rotation_archiving_and_deletion_change_nothing(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(BOT, line(0) + line(1))
    engine.load()
    folder.append(BOT, line(2))
    folder.append(NEXT, line(3))
    engine.load()
    folder.pack(BOT)
    engine.load()
    (folder.directory / "archive" / f"{BOT}.log.gz").unlink()
    folder.path(NEXT).unlink()
    assert engine.load() == 0
    assert seqs(engine) == [0, 1, 2, 3]


def test_a_segment_archived_before_its_end_was_read_gives_the_rest(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(BOT, line(0))
    engine.load()
    folder.append(BOT, line(1))
    folder.pack(BOT)
    assert engine.load() == 1
    assert seqs(engine) == [0, 1]


def test_the_archive_is_read_at_the_start_even_where_it_is_cut(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(BOT, b"".join(line(i) for i in range(2000)))
    folder.append(NEXT, line(5000))
    folder.pack(BOT)
    folder.pack(NEXT)
    cut = folder.directory / "archive" / f"{BOT}.log.gz"
    cut.write_bytes(cut.read_bytes()[:-2000])
    engine.load()
    assert 5000 in seqs(engine)
    assert len(seqs(engine)) > 100


@pytest.mark.parametrize("tail", [b"\xff\xff\xff\x0d", b"\x00\x00\x00\x00"])
def test_a_cut_archive_is_read_once_whatever_length_its_end_states(
    folder: Folder, engine: DuckDBEngine, tail: bytes
) -> None:
    folder.append(NEXT, b"".join(line(i, text=os.urandom(20).hex()) for i in range(400)))
    folder.append(BOT, line(5000), quiet=True)
    folder.pack(NEXT)
    cut = folder.directory / "archive" / f"{NEXT}.log.gz"
    cut.write_bytes(cut.read_bytes()[:-4000] + tail)
    assert [engine.refresh() for _ in range(4)][-1] is False
    assert 5000 in seqs(engine)
    assert len(seqs(engine)) > 100
    assert engine.load() == 0


def test_an_archive_with_a_fault_inside_is_read_up_to_it(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(BOT, b"".join(line(i, text=os.urandom(20).hex()) for i in range(2000)))
    folder.pack(BOT)
    packed = folder.directory / "archive" / f"{BOT}.log.gz"
    data = bytearray(packed.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = b"\xff" * 200
    packed.write_bytes(data)
    engine.load()
    assert len(seqs(engine)) > 500


def test_a_long_segment_without_one_line_does_not_keep_the_others_waiting(
    folder: Folder, engine: DuckDBEngine
) -> None:
    folder.append(NEXT, b"\x00" * 1000, quiet=True)
    folder.append(BOT, line(0), quiet=True)
    assert [engine.refresh(at_once=100) for _ in range(3)][-1] is False
    assert seqs(engine) == [0]
    folder.append(NEXT, b"\n" + line(1))
    engine.load()
    assert seqs(engine) == [0, 1]


def test_a_line_in_two_files_is_one(folder: Folder, engine: DuckDBEngine) -> None:
    folder.append(BOT, line(0) + line(1) + line(1))
    engine.load()
    folder.append(NEXT, line(1) + line(2))
    engine.load()
    folder.append(NEXT, line(1, run="other"))
    engine.load()
    assert seqs(engine) == [0, 1, 1, 2]


def test_newest_segments_come_first(folder: Folder, engine: DuckDBEngine) -> None:
    folder.append(BOT, line(0), quiet=True)
    folder.append(NEXT, line(1), quiet=True)
    assert engine.refresh(at_once=1)
    assert seqs(engine) == [1]
    assert not engine.refresh(at_once=1)
    assert seqs(engine) == [0, 1]


@pytest.mark.parametrize("quiet", [True, False])
def test_text_has_the_time_of_the_line_before_it(
    folder: Folder, engine: DuckDBEngine, quiet: bool
) -> None:
    data = (
        b"first\n"
        + line(1)
        + b"Traceback:\n\xff\xfe \x00\r\x01broken\n"
        + line(3)
        + b'{"torn": 1\n5\n"x"\n[1]\n'
    )
    folder.append(BOT, data, quiet=quiet)
    assert engine.load() == 9
    found = (
        engine.cursor()
        .execute("SELECT ts - ?, parsed, app FROM raw.lines ORDER BY id", [T])
        .fetchall()
    )
    assert found == [
        (1, False, "a"),
        (1, True, "a"),
        *[(1, False, "a")] * 2,
        (3, True, "a"),
        *[(3, False, "a")] * 4,
    ]
    folder.append(BOT, b"later text\n")
    engine.load()
    assert engine.ask(count(LINES, where=UNPARSEABLE), SCOPE) == {(): {SCOPE.end: 9 - 2 + 1}}
    assert engine.lines(rows(LINES, limit=1), SCOPE)[0].time_us == T + 3


@pytest.mark.parametrize(("value", "number"), [
    (1.5, 1.5), ("1.5", 1.5), ("+1e3", 1000), (".5", 0.5), ("5.", 5), (-0.0, 0), (1e15, 1e15), ("n/a", None), ("", None),
    (None, None), (" 5", None), ("1_000", None), ("0x10", None), ("inf", None), ("nan", None), ("1e400", None), (True, None),
    ([1], None), ({}, None),
])  # fmt: skip
def test_a_number_is_what_every_engine_takes_for_one(
    folder: Folder, engine: DuckDBEngine, value: object, number: float | None
) -> None:
    folder.append(BOT, line(1, event="TRADE", pnl=value, quote="USDT"))
    engine.load()
    wanted = {} if number is None else {("USDT",): {SCOPE.end: number}}
    assert engine.ask(total(TRADE.pnl, by="quote", within="7d"), SCOPE) == wanted


def test_of_equal_times_the_later_line_is_the_last(folder: Folder, engine: DuckDBEngine) -> None:
    shared = {"event": "TRADE", "bot_name": "b", "symbol": "s", "ts": T}
    data = line(3, pnl=2, **shared) + line(2, pnl=1, **shared) + line(1, run="q", pnl=0, **shared)
    folder.append(BOT, data)
    engine.load()
    assert engine.ask(last(TRADE.pnl, by=("bot_name", "symbol"), within="7d"), SCOPE) == {
        ("b", "s"): {SCOPE.end: 2}
    }
    assert [orjson.loads(found.text)["pnl"] for found in engine.lines(rows(TRADE), SCOPE)] == [
        2,
        1,
        0,
    ]


def test_times_with_an_offset_are_one_clock(folder: Folder, engine: DuckDBEngine) -> None:
    at = timestamp(T + 9 * 3600 * 10**6).replace("Z", "+09:00")
    folder.append(BOT, line(1).replace(timestamp(T + 1).encode(), at.encode()))
    engine.load()
    assert engine.lines(rows(LINES), SCOPE)[0].time_us == T


def test_old_lines_are_forgotten_and_not_read(folder: Folder) -> None:
    now = int(time.time() * 1e6)
    old = now - 10 * 86_400_000_000
    folder.append(BOT, line(0, ts=old) + line(1, ts=now))
    folder.append(NEXT, line(2, ts=old), quiet=True)
    os.utime(folder.path(NEXT), (old / 1e6, old / 1e6))
    with DuckDBEngine(folder.directory, keep=timedelta(days=7)) as engine:
        assert engine.load() == 2
        assert seqs(engine) == [1]


def test_more_lines_than_allowed_are_not_held(folder: Folder) -> None:
    folder.append(BOT, b"".join(line(i, event="TRADE", pnl=1) for i in range(1100)))
    with DuckDBEngine(folder.directory, keep=None, most_lines=1000) as engine:
        engine.load()
        assert 900 <= len(seqs(engine)) <= 1000
        assert seqs(engine)[-1] == 1099
        assert engine.cursor().execute('SELECT count(*) FROM raw."TRADE"').fetchone() == (
            len(seqs(engine)),
        )


def test_the_values_of_a_box(folder: Folder, engine: DuckDBEngine) -> None:
    folder.append(BOT, line(0, bot_name="b") + line(1, bot_name="a'") + line(2))
    engine.load()
    assert engine.values("bot_name") == ["a'", "b"]
    with pytest.raises(ValueError, match="not a field of all lines"):
        engine.values('x" FROM lines --')


def test_threads_get_their_own_answers_while_lines_arrive(
    folder: Folder, engine: DuckDBEngine
) -> None:
    each, stop = 40, threading.Event()

    def write() -> None:
        for i in range(60):
            folder.append(
                BOT,
                b"".join(
                    line(i * each + k + 1, event="SIGNAL", signal="LONG", confidence=0.5)
                    for k in range(each)
                ),
            )
            engine.refresh()
        stop.set()

    def ask(kind: int) -> int:
        asked = 0
        while not stop.is_set():
            if kind:
                found = engine.ask(mean(SIGNAL.confidence, within="7d"), SCOPE)
                assert found in ({}, {(): {SCOPE.end: 0.5}})
            else:
                number = (
                    engine.ask(count(SIGNAL, by="signal", within="7d"), SCOPE)
                    .get(("LONG",), {})
                    .get(SCOPE.end, 0)
                )
                assert number % each == 0  # all lines of one refresh at once
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as pool:
        readers: list[Any] = [pool.submit(ask, kind) for kind in (0, 1)]
        pool.submit(write).result()
        assert all(reader.result() > 5 for reader in readers)
    assert len(seqs(engine)) == 60 * each


def test_nothing_is_lost_or_doubled_beside_a_writer_that_tears_rotates_and_archives(
    folder: Folder, engine: DuckDBEngine
) -> None:
    total_lines, done = 5000, threading.Event()

    def write() -> None:
        name, packed = BOT, []
        for i in range(total_lines):
            data = line(i)
            folder.append(name, data[: i % len(data)])
            folder.append(name, data[i % len(data) :])
            if i % 700 == 699:
                packed.append(name)
                name = f"bot-20261121T{i // 700:02d}3000Z-{i:04x}"
            if i % 700 == 200 and packed:
                folder.pack(packed.pop(0))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        engine.refresh()
    writer.join()
    engine.load()
    assert seqs(engine) == [*range(total_lines)]


@pytest.mark.parametrize(("dirty", "wanted"), [
    (b"a\nb\n", b"a\nb\n"), (b"a\r\nb\n", b"a\nb\n"), (b"\xff\n", "�\n".encode()), (b"a\x00\x01b\n", b"ab\n"), (b"\n\na\n", b"a\n"),
    (b"x" * (2 << 20) + b"\n", b"x" * (1 << 20) + b"\n"),
    ("가".encode() * 600_000 + b"\n", "가".encode() * ((1 << 20) // 3) + b"\n"),
])  # fmt: skip
def test_lines_are_cleaned(dirty: bytes, wanted: bytes) -> None:
    assert clean(dirty) == wanted
