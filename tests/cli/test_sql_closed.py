"""`logging-kit sql` reaches the lines and nothing else on the machine."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app

pytestmark = pytest.mark.slow

RUN = CliRunner()
HOSTILE = "BTC\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\u202eTDSU\nrow"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    segments = tmp_path / "logs" / "segments"
    segments.mkdir(parents=True)
    stamp = '{"timestamp":"2026-11-21T02:00:00.000000Z"'
    trade = json.dumps({"event": "TRADE", "symbol": HOSTILE, "strategy": "=1+1", "pnl": 1.5})[1:-1]
    (segments / "trade-20261121T020000Z-aaaa.log").write_text(
        f'{stamp},{trade},"run_id":"r","seq":1,"v":1}}\n'
        "no JSON at all \x1b[2J\n"
        '{"torn": 1\n'
        f'{{"timestamp":"infinity",{trade},"run_id":"r","seq":2,"v":1}}\n'
        f'{{"timestamp":"290000-01-01T00:00:00Z",{trade},"run_id":"r","seq":3,"v":1}}\n'
    )
    return tmp_path / "logs"


def sql(folder: Path, statement: str, *options: str) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["sql", statement, "--log-dir", str(folder), *options])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_blob('{file}')",
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_json_auto('{file}')",
        "SELECT * FROM glob('{dir}/*')",
        "SELECT * FROM '{file}.csv'",
        "COPY (SELECT 1) TO '{dir}/made.csv'",
        "COPY logs TO '{dir}/made.parquet' (FORMAT parquet)",
        "EXPORT DATABASE '{dir}/made'",
        "ATTACH '{dir}/made.db'",
        "ATTACH '{dir}/made.db' AS other (READ_ONLY)",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{dir}/made.duckdb_extension'",
        "CREATE SECRET s (TYPE s3)",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SET temp_directory = '{dir}/made'",
        "SET GLOBAL memory_limit = '100GB'",
        "PRAGMA enable_profiling",
        "CALL enable_logging(storage_path = '{dir}/made')",
    ],
)
def test_a_statement_reaches_no_file_and_no_setting(
    folder: Path, tmp_path: Path, statement: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("top")
    (tmp_path / "secret.csv").write_text("top\n1\n")
    before = sorted(tmp_path.rglob("*"))

    code, out, err = sql(folder, statement.format(file=secret, dir=tmp_path))

    assert code == 2
    assert err
    assert "top" not in out
    assert sorted(tmp_path.rglob("*")) == before


def test_a_variable_of_this_process_is_no_table(folder: Path) -> None:
    assert sql(folder, "SELECT * FROM HOSTILE")[0] == 2


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_a_line_that_is_no_json_breaks_no_query(folder: Path, form: tuple[str, ...]) -> None:
    for statement in (
        "SELECT * FROM logs",
        "SELECT line ->> 'symbol' AS s, time FROM logs ORDER BY s NULLS LAST",
        "SELECT * FROM trades",
    ):
        code, out, err = sql(folder, statement, *form)
        assert (code, err) == (0, "")
        assert out


def test_the_text_of_a_line_that_is_no_json_is_kept(folder: Path) -> None:
    code, out, _ = sql(
        folder, "SELECT line FROM logs WHERE line ->> 'symbol' IS NULL AND NOT line ? 'x'", "--csv"
    )
    if code == 2:  # an operator that this DuckDB lacks
        code, out, _ = sql(folder, "SELECT line FROM logs WHERE line ->> 'symbol' IS NULL", "--csv")
    assert code == 0
    assert "no JSON at all" in out


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_no_control_character_of_a_value_reaches_the_terminal(
    folder: Path, form: tuple[str, ...]
) -> None:
    for statement in (
        "SELECT symbol FROM trades",
        'SELECT symbol AS "a\x1b]0;t\x07\u202e" FROM trades',
        "SELECT line, [symbol], {'k': symbol} FROM logs",
        "SELECT error('\x1b]0;title\x07\u202e')",
    ):
        code, out, err = sql(folder, statement, *form)
        for text in (out, err):
            assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text), (code, text)


def test_json_still_has_the_value(folder: Path) -> None:
    out = sql(folder, "SELECT symbol FROM trades LIMIT 1", "--json")[1]
    assert json.loads(out) == {"symbol": HOSTILE}


def test_csv_has_no_formula(folder: Path) -> None:
    values = "'＝1', '\u200b=1', ' =1', '@x', '-2+3', '-2', 'a\nb'"
    rows = list(csv.reader(io.StringIO(sql(folder, f"SELECT {values}", "--csv")[1])))
    assert rows[1] == ["'＝1", "\\u200b=1", "' =1", "'@x", "'-2+3", "-2", "a\\nb"]


def test_parquet_is_written_with_its_types(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "it's.parquet"
    statement = (
        "SELECT 1::DECIMAL(30,10) AS a, [1.5, NULL] AS l, {'x': 1} AS s, now() AS n, "
        "DATE '2026-01-01' AS d, '101'::BIT AS bits, count(*) AS \"n \"\"q\" FROM logs -- all"
    )
    code, _, err = sql(folder, statement, "--parquet", str(file))
    assert (code, err) == (0, f"1 rows in {file}\n")
    with duckdb.connect(":memory:") as other:
        found = other.execute("SELECT * FROM read_parquet(?)", [str(file)])
        assert [column[0] for column in found.description] == [*"alsnd", "bits", 'n "q']
        row = found.fetchone()
    assert row is not None
    assert (str(row[0]), row[1], row[2], row[5], row[6]) == (
        "1.0000000000", [1.5, None], {"x": 1}, "101", 5,
    )  # fmt: skip


def test_a_parquet_file_that_cannot_be_written_is_an_error(folder: Path, tmp_path: Path) -> None:
    code, _, err = sql(folder, "SELECT 1", "--parquet", str(tmp_path / "none" / "x.parquet"))
    assert code == 2
    assert "x.parquet" in err
