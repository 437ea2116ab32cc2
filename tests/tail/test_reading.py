"""The wanted lines of files and folders: in both directions, filtered, each once."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from logging_kit.cli.tail_output import LineOutput
from logging_kit.console import Renderer
from logging_kit.store.line_blocks import ReadProblems
from logging_kit.store.line_order import FIRST, Line, make_line
from logging_kit.tail import files
from logging_kit.tail.context import with_context
from logging_kit.tail.filters import Filter, Wanted
from logging_kit.tail.sources import Sources, split_paths


def stamp(second: int) -> str:
    return f"2026-11-21T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000000Z"


def line(seq: int, **fields: Any) -> bytes:
    known = {"timestamp": stamp(seq), "level": "info", **fields}
    return orjson.dumps({**known, "run_id": fields.get("run_id", "r1"), "seq": seq, "v": 1})


def numbers(lines: Iterator[Line] | list[Line]) -> list[int]:
    return [one.place.seq for one in lines]


def both_ways(path: Path, wanted: Filter, **options: Any) -> list[int]:
    """Return what a file gives; reading it from its end gives the same."""
    problems = ReadProblems()
    found = numbers(files.oldest_first(path, wanted, problems, **options))
    assert numbers(files.newest_first(path, wanted, problems, **options))[::-1] == found
    assert not problems.files
    return found


EVERY = Filter(Wanted())


@pytest.mark.parametrize("first_block", [1, 7, 64, 1000, 1 << 20])
@pytest.mark.parametrize("end", [b"", b"\n", b'\n{"timestamp":"2026-11-21T09', b"\n\n\n"])
def test_a_file_gives_its_lines_from_both_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_block: int, end: bytes
) -> None:
    monkeypatch.setattr(files, "_FIRST_BLOCK", first_block)
    path = tmp_path / "bot.log"
    data = [line(seq, message="m" * (seq * 7 % 90)) for seq in range(1, 60)]
    path.write_bytes(b"\n\n".join(data) + end)
    assert both_ways(path, EVERY) == list(range(1, 60 if end else 59))
    # up to the end that was noted before
    assert both_ways(path, EVERY, end=len(b"\n\n".join(data[:30])) + 1) == list(range(1, 31))


def test_an_empty_file_and_one_without_a_newline_have_no_lines(tmp_path: Path) -> None:
    for data in (b"", b"\n", b"x" * 3_000_000):
        path = tmp_path / "bot.log"
        path.write_bytes(data)
        assert both_ways(path, EVERY) == []


def test_a_file_that_is_missing_or_no_file(tmp_path: Path) -> None:
    problems = ReadProblems()
    assert list(files.newest_first(tmp_path / "none", EVERY, problems)) == []
    assert not problems.files
    assert list(files.newest_first(tmp_path, EVERY, problems)) == []
    assert [*problems.files] == [tmp_path]
    assert files.offset_of(tmp_path / "none", stamp(1)) == 0


def test_an_archive_is_read_from_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "bot.log.gz"
    path.write_bytes(gzip.compress(b"\n".join(line(seq) for seq in range(1, 30))))
    assert both_ways(path, EVERY) == list(range(1, 30))
    assert both_ways(path, Filter(Wanted(since=stamp(28)))) == [28, 29]


def test_lines_of_other_programs_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    path.write_bytes(b"first\n" + line(1) + b"\nmiddle\n" + line(2) + b"\nlast\n")
    problems = ReadProblems()
    found = [one.data for one in files.oldest_first(path, EVERY, problems)]
    assert [one.data for one in files.newest_first(path, EVERY, problems)][::-1] == found
    assert [data for data in found if not data.startswith(b"{")] == [b"first", b"middle", b"last"]


@pytest.mark.parametrize("since", [0, 1, 17, 299, 300, 5_000])
def test_a_range_of_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since: int) -> None:
    monkeypatch.setattr(files, "_SMALL", 500)
    path = tmp_path / "bot.log"
    path.write_bytes(b"".join(line(seq) + b"\n" for seq in range(1, 300)))
    wanted = Filter(Wanted(since=stamp(since), until=stamp(since + 50)))
    expected = [seq for seq in range(1, 300) if since <= seq < since + 50]
    assert both_ways(path, wanted) == expected


LINES = (
    line(1, event="TRADE", pnl=-1.5, symbol="BTC/USDT", bot_name="grid", app="a", message="sold"),
    line(2, event="TRADE", pnl=2, symbol="ETH/USDT", bot_name="ema", app="a", message="TRADE ok"),
    line(3, event="ORDER", level="warning", symbol="BTC/USDT", message='say "hi"\nthere'),
    line(4, level="error", event="ERROR", message="no TRADE", correlation_id="9e3779b97f4a7c15"),
    line(5, level="critical", message="가격 pnl", run_id="r2-late"),
    b'{"level": "error", "message": "of another program", "symbol": "BTC/USDT"}',
    b"ERROR plain text of TRADE",
    b"[1]",
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"level": "debug"}, [1, 2, 3, 4, 5, 6]),
        ({"level": "warning"}, [3, 4, 5, 6]),
        ({"level": "error"}, [4, 5, 6]),
        ({"events": ["trade"]}, [1, 2]),
        ({"events": ["TRADE", "order"]}, [1, 2, 3]),
        ({"symbols": ["BTC/USDT"]}, [1, 3, 6]),
        ({"symbols": ["BTC/USDT"], "events": ["TRADE"]}, [1]),
        ({"bots": ["grid", "none"]}, [1]),
        ({"apps": ["a"]}, [1, 2]),
        ({"grep": ["TRADE"]}, [1, 2, 4, 7]),
        ({"grep": ["T.ADE", "ok$|text"]}, [7]),
        ({"grep": ['say "hi"']}, [3]),
        ({"grep": ['"hi"\nthere']}, [3]),
        ({"grep": ["가격"]}, [5]),
        ({"where": ["pnl < 0"]}, [1]),
        ({"where": ["pnl < 0 or pnl > 1"]}, [1, 2]),
        ({"where": ["pnl is null"]}, [3, 4, 5, 6]),
        ({"where": ["pnl > 0", "symbol ~ ETH"]}, [2]),
        ({"correlation_id": "#7f4a7c15"}, [4]),
        ({"correlation_id": "9e37"}, [4]),
        ({"correlation_id": "79b9"}, []),
        ({"run": "r2"}, []),
        ({"run": "r2-"}, [5]),
        ({"run": "late"}, [5]),
        ({"since": stamp(4)}, [4, 5, 6, 7, 8]),
        ({"until": stamp(2)}, [1]),
        ({"bots": ["한글"]}, []),
    ],
)
def test_filters(tmp_path: Path, wanted: dict[str, Any], found: list[int]) -> None:
    path = tmp_path / "bot.log"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    chosen = Filter(Wanted(**wanted))
    problems = ReadProblems()
    lines = [one.data for one in files.oldest_first(path, chosen, problems)]
    assert [LINES.index(data) + 1 for data in lines] == found
    assert [one.data for one in files.newest_first(path, chosen, problems)][::-1] == lines
    if "since" not in wanted and "until" not in wanted:
        assert [number for number, data in enumerate(LINES, 1) if chosen(data)] == found


def test_a_wrong_expression_is_refused() -> None:
    for wanted in ({"grep": ["("]}, {"where": ["pnl <"]}):
        with pytest.raises(ValueError, match=r"no regular expression|is missing"):
            Filter(Wanted(**wanted))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two streams of three days, one of them archived, with a line that is in two files."""
    generator = random.Random(5)
    made: dict[Path, list[bytes]] = {}
    for seq in range(1, 400):
        day = 20 + seq // 150
        stream = generator.choice(("bot", "trade"))
        name = f"{stream}-202611{day}T000000Z-aaaa.log"
        path = tmp_path / "segments" / name
        data = line(seq, n=seq, odd=bool(seq % 2)).replace(b"2026-11-21", b"2026-11-%d" % day)
        made.setdefault(path, []).append(data)
    (tmp_path / "segments").mkdir()
    (tmp_path / "archive").mkdir()
    for path, rows in made.items():
        data = b"".join(row + b"\n" for row in rows)
        if "-20261120" in path.name:
            archived = tmp_path / "archive" / f"{path.name}.gz"
            archived.write_bytes(gzip.compress(data))
        else:
            path.write_bytes(data + rows[-1] + b"\n")
    return tmp_path


@pytest.mark.parametrize("count", [1, 3, 200, 1000])
@pytest.mark.parametrize("wanted", [{}, {"where": ["odd = true"]}, {"level": "error"}])
def test_the_newest_lines_are_the_last_of_all(
    folder: Path, count: int, wanted: dict[str, Any]
) -> None:
    sources = Sources([folder], [], Filter(Wanted(**wanted)))
    found = numbers(sources.oldest_first())
    step = 2 if "where" in wanted else 1
    assert found == ([] if "level" in wanted else list(range(1, 400, step)))
    assert numbers(sources.newest(count)) == found[-count:]


def test_folders_and_files_are_merged_and_no_line_is_read_twice(folder: Path) -> None:
    copy = folder / "copy.log"
    first = min((folder / "segments").iterdir())
    copy.write_bytes(first.read_bytes() + line(500).replace(b"11-21", b"11-22") + b"\n")
    sources = Sources([folder], [copy], EVERY)
    assert numbers(sources.oldest_first()) == [*range(1, 400), 500]
    assert sources.problems.doubles[copy]
    assert numbers(Sources([folder], [copy], EVERY).newest(3)) == [398, 399, 500]


def test_only_the_segments_of_a_range_are_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = files.iter_blocks

    def spy(path: Path, *args: Any, **options: Any) -> Any:
        opened.append(path.name)
        return real(path, *args, **options)

    monkeypatch.setattr(files, "iter_blocks", spy)
    wanted = Filter(Wanted(since="2026-11-22T00:00:00.000000Z"))
    assert numbers(Sources([folder], [], wanted).oldest_first()) == list(range(300, 400))
    assert all("-20261122T" in name for name in opened)


def test_what_comes_after_the_ends_were_marked_is_left_to_the_follower(folder: Path) -> None:
    sources = Sources([folder], [], EVERY)
    sources.mark_ends()
    newest = min((folder / "segments").glob("*1122*"))
    with newest.open("ab") as file:
        file.write(line(900) + b"\n")
    (folder / "segments" / "bot-20261123T000000Z-bbbb.log").write_bytes(line(901) + b"\n")
    assert numbers(sources.oldest_first())[-1] == 399
    assert numbers(sources.newest(1)) == [399]


@pytest.mark.parametrize(
    ("size", "most", "shown"),
    [
        (0, None, "3 9 10"),
        (1, None, "2 3 4 - 8 9 10 11"),
        (2, None, "1 2 3 4 5 - 7 8 9 10 11 12"),
        (3, None, "1 2 3 4 5 6 7 8 9 10 11 12"),
        (1, 1, "2 3 4"),
        (1, 2, "2 3 4 - 8 9 10"),
    ],
)
def test_context(size: int, most: int | None, shown: str) -> None:
    lines = [Line(None, str(n).encode(), Path()) for n in range(1, 13)]  # type: ignore[arg-type]
    found = with_context(lines, lambda data: data in (b"3", b"9", b"10"), size, most)
    if size:
        assert " ".join("-" if one is None else one.data.decode() for one in found) == shown
    else:
        assert [one.data.decode() for one in found if one] == shown.split()


def test_paths(folder: Path) -> None:
    one = min((folder / "segments").iterdir())
    (folder / "bot.log").write_bytes(b"")
    given = [folder, folder / "segments", folder / "bot.log", one, folder / "none"]
    assert split_paths(given) == ([folder, folder / "none"], [one])


def test_lines_of_dead_journals_are_among_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = [line(seq).replace(b"11-21", b"11-22") for seq in (700, 701)]
    dead = [make_line(one, FIRST, folder / "journals" / "1") for one in data]
    monkeypatch.setattr("logging_kit.tail.sources.dead_lines", lambda _folder: dead)
    assert numbers(Sources([folder], [], EVERY).oldest_first())[-2:] == [700, 701]
    assert numbers(Sources([folder], [], EVERY).newest(3)) == [399, 700, 701]
    assert numbers(Sources([folder], [], Filter(Wanted(level="error"))).newest(3)) == []


def test_the_ends_of_files_are_marked_too(tmp_path: Path) -> None:
    plain, packed, none = (tmp_path / name for name in ("a.log", "b.log.gz", "c.log"))
    plain.write_bytes(line(1) + b"\n")
    packed.write_bytes(gzip.compress(line(2, run_id="b") + b"\n"))
    sources = Sources([], [plain, packed, none], EVERY)
    sources.mark_ends()
    assert sources.ends == {plain: plain.stat().st_size, none: 0}
    with plain.open("ab") as file:
        file.write(line(3) + b"\n")
    assert numbers(sources.oldest_first()) == [1, 2]


def test_lines_without_a_number_are_kept_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    path.write_bytes(b'{"a":1}\nplain\n')
    sources = Sources([], [path], EVERY)
    assert [one.data for one in sources.oldest_first()] == [b'{"a":1}', b"plain"]
    assert sources.problems.foreign == {path: 1}


@pytest.mark.parametrize(
    ("fields", "shown"), [(["a"], ['{"a":1}', "{}", "{}"]), ([], ['{"a":1,"b":2}', "[1]", "text"])]
)
def test_json_has_only_the_chosen_fields(fields: list[str], shown: list[str]) -> None:
    written: list[str] = []
    output = LineOutput("json", Renderer(), fields, written.append)
    for data in (b'{"a":1,"b":2}', b"[1]", b"text"):
        output.line(data)
    output.gap()
    assert written == shown


@pytest.mark.parametrize(("colour", "mark"), [(False, "--"), (True, "\x1b[2m--\x1b[0m")])
def test_a_gap_is_marked_for_people(colour: bool, mark: str) -> None:
    written: list[str] = []
    LineOutput("text", Renderer(colour), (), written.append).gap()
    assert written == [mark]
