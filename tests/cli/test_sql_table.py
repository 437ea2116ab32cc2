"""Results of `logging-kit sql` as people see them, and its prompt on a terminal."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.cells import cell_len

from logging_kit.cli import sql_prompt
from logging_kit.cli.sql_output import explained, is_finished
from logging_kit.cli.sql_prompt import is_complete
from logging_kit.cli.sql_table import ForPeople
from logging_kit.time_zones import ReaderClock, parse_time_zone
from tests.support.terminal import Terminal
from tests.tail.test_reading import line

SEOUL = ReaderClock(parse_time_zone("Asia/Seoul"))


def shown(query: str, width: int = 120, **options: Any) -> list[str]:
    with duckdb.connect() as connection:
        return list(ForPeople(SEOUL, **options).rows(connection.execute(query), width))


def test_a_table_has_aligned_columns() -> None:
    assert shown("SELECT * FROM (VALUES ('BTC', 1.5, NULL), ('가', -20, true)) t(s, n, b)") == [
        "s        n  b",
        "───  ─────  ────",
        "BTC    1.5  –",
        "가   -20.0  true",
    ]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_columns_that_do_not_fit_are_elided_in_the_middle(width: int) -> None:
    names = ", ".join(f"repeat('x', {number * 3}) AS name_{number}" for number in range(30))
    rows = shown(f"SELECT {names}", width)
    assert len(rows) == 4
    assert all(cell_len(row) <= width for row in rows[:3])
    assert "name_0" in rows[0]
    assert "  …  " in rows[0]
    if width > 40:
        assert rows[0].rstrip().endswith("name_29")
    columns = sum(word.startswith("name_") for word in rows[0].split())
    assert rows[3].startswith(f"… {30 - columns} more columns")


def test_long_texts_are_narrowed_before_columns_are_left_out() -> None:
    rows = shown("SELECT repeat('a', 500) AS a, 123456789.25 AS b, repeat('c', 50) AS c", 80)
    assert len(rows) == 3
    assert rows[2].count("…") >= 1
    assert "123456789.25" in rows[2]


def test_one_column_has_the_whole_width() -> None:
    rows = shown("SELECT repeat('a', 500) AS a", 100)
    assert [len(row) for row in rows] == [1, 100, 100]
    assert shown("SELECT 'abc' AS a", 100)[1] == "───"


def test_forty_rows_are_shown_and_the_others_counted() -> None:
    rows = shown("SELECT range AS n FROM range(100000)")
    assert len(rows) == 43
    assert rows[-1] == "… 99,960 more rows; --csv and --json give all of them"
    assert len(shown("SELECT range AS n FROM range(40)")) == 42
    assert shown("SELECT range AS n FROM range(3)", most=1)[-1].startswith("… 2 more rows")
    assert shown("SELECT 1 AS n WHERE false")[-1] == "no rows"


def test_a_row_below_the_other() -> None:
    query = "SELECT * FROM (VALUES (1, 'a'), (2, repeat('b', 5000))) t(id, name)"
    rows = shown(query, mode="line")
    assert rows[:4] == ["  id = 1", "name = a", "", "  id = 2"]
    assert rows[4].startswith("name = bbb")
    assert rows[4].endswith("… (5,000 characters)")


def test_times_are_those_of_the_reader() -> None:
    query = (
        "SELECT TIMESTAMP '2026-11-21 02:00:00.123456' AS a, TIMESTAMP '2026-11-21 02:00:00' AS b, "
        "DATE '2026-11-21' AS c, TIMESTAMP '9999-12-31 23:59:59' AS d"
    )
    assert shown(query)[-1].split("  ") == [
        "2026-11-21 11:00:00.123+09:00",
        "2026-11-21 11:00:00+09:00",
        "2026-11-21",
        "9999-12-31 23:59:59",
    ]
    assert ReaderClock(UTC)
    with duckdb.connect() as connection:
        rows = list(ForPeople(ReaderClock(), "line").rows(connection.execute(query), 80))
    assert rows[1] == "b = 2026-11-21 02:00:00Z"


def test_control_characters_are_visible_everywhere() -> None:
    query = """SELECT chr(27) || '[2J' || chr(10) || 'x' AS "a\x1b[31m", [chr(7)] AS b"""
    for mode in ("table", "line"):
        rows = shown(query, mode=mode)
        assert all(row.isprintable() for row in rows)
        assert r"\x1b[2J\nx" in "".join(rows)


@pytest.mark.parametrize(
    "cell",
    [
        "string_agg(chr(33 + (range * 7919 % 90)::INT), '')",
        "string_agg(chr(128 + (range * 7919 % 40000)::INT), '')",
        "string_agg(chr((range % 32)::INT + 1), '')",
        "repeat('👩‍👩‍👧', 9000)",
    ],
)
def test_a_cell_of_garbage_is_cut_before_it_is_measured(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 KiB of garbage took half a minute: each of its characters was measured again and again."""
    measured: list[int] = []
    from logging_kit.cli import sql_table

    def spy(text: str) -> int:
        measured.append(len(text))
        return cell_len(text)

    monkeypatch.setattr(sql_table, "cell_len", spy)
    source = "" if cell.startswith("repeat") else " FROM range(65536)"
    rows = shown(f"SELECT {cell} AS line, 1 AS n{source}", 120)
    assert all(cell_len(row) <= 120 for row in rows)
    assert sum(measured) < 100_000


@pytest.mark.parametrize(
    ("text", "finished", "sent"),
    [
        ("SELECT 1;", True, True),
        ("SELECT 1; -- done", True, True),
        ("SELECT ';'", False, False),
        ("SELECT 1 -- ;", False, False),
        ("SELECT", False, False),
        ("", False, True),
        (".mode line", False, True),
        ("exit", False, True),
        ("-- only a comment", False, True),
        ("SELECT '\n;\n'", False, False),
    ],
)
def test_a_statement_ends_with_its_semicolon(text: str, finished: bool, sent: bool) -> None:
    assert is_finished(text) is finished
    assert is_complete(text) is sent


def test_a_refusal_says_why() -> None:
    with duckdb.connect(config={"enable_external_access": False}) as connection:
        connection.execute("SET lock_configuration = true")
        for query in (
            "SELECT * FROM read_text('/etc/passwd')",
            "SET threads = 1",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error) as caught:
                connection.execute(query)
            assert "reads the log lines and nothing else" in explained(caught.value)
        with pytest.raises(duckdb.Error) as caught:
            connection.execute("SELEKT")
        assert "nothing else" not in explained(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "segments" / "bot-20261121T000000Z-aaaa.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(
        b"".join(line(seq, message=f"m{seq}", app="a") + b"\n" for seq in range(1, 200))
    )
    return tmp_path


def terminal(folder: Path, *arguments: str) -> Terminal:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("PAGER", "LESS")},
        "TERM": "xterm",
        "PAGER": "",
        "TZ": "Asia/Seoul",
        "XDG_STATE_HOME": str(folder),
    }
    return Terminal([sys.executable, "-m", "logging_kit", *arguments], folder, environment)


@pytest.mark.slow
def test_the_prompt_on_a_terminal(folder: Path) -> None:
    with terminal(folder, "sql") as shell:
        shell.until("sql>")
        shell.type("SELECT count(*) AS n,\r")
        shell.until("...>")
        shell.type("max(time) AS newest FROM logs;\r")
        shell.until("2026-11-21 09:03:19+09:00")
        shell.type(".mode line\r")
        shell.type("SELECT min(seq) AS first FROM logs;\r")
        shell.until("first = 1")
        shell.type("exit\r")
        assert shell.ended() == 0
    assert "Traceback" not in shell.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("sql", "SELECT count(*) FROM range(100000000000) WHERE hash(range) % 7 = 1"),
        ("tail", "-f", "logs"),
    ],
)
def test_ctrl_c_is_130_without_a_traceback(folder: Path, arguments: tuple[str, ...]) -> None:
    with terminal(folder, *arguments) as shell:
        if arguments[0] == "tail":
            shell.until("m199")
        shell.type("\x03")
        assert shell.ended() in (130, -signal.SIGINT)
    assert "Traceback" not in shell.text


def test_commands_of_the_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    def one(_result: object) -> None: ...

    def other(_result: object) -> None: ...

    modes = {"table": one, "line": other}
    assert sql_prompt._command(".mode line;", one, modes) is other
    assert sql_prompt._command(".mode", one, modes) is one
    assert sql_prompt._command(".help", one, modes) is one
    assert sql_prompt._command(".shell ls", one, modes) is one
    shown = capsys.readouterr()
    assert "There are the modes table, line." in shown.err
    assert "There is no command .shell" in shown.err
    assert ".mode table|line|csv|json" in shown.out


def test_a_plan_keeps_its_rows() -> None:
    assert any(
        "Projection" in row.title() for row in shown("EXPLAIN SELECT 1 + range FROM range(9)")
    )


def test_large_and_exact_numbers() -> None:
    row = shown("SELECT 12345678.987 AS a, 1e12::DOUBLE AS b, 1.50::DECIMAL(9, 2) AS c")[2]
    assert row.split() == ["12345678.987", "1,000,000,000,000.00", "1.50"]
