"""`logging-kit sql`: the queries of its chapter, its forms of output, and its prompt."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.engine.views import columns, views
from tests.support.lines import strict
from tests.support.panels import simulated_day
from tests.support.panels.segments import timestamp, write

pytestmark = pytest.mark.slow

CHAPTER = (Path(__file__).parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", CHAPTER, re.DOTALL)
END = 1_795_226_400_000_000
RUN = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("day")
    write(directory, simulated_day.day(END, 7, "trading"), packed=1)
    return directory


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(folder, keep=None) as engine:
        engine.load()
        yield engine


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_each_query_of_the_chapter_answers(engine: DuckDBEngine, query: str) -> None:
    assert engine.cursor().execute(query).fetchall()


def test_the_chapter_has_ten_queries_and_names_every_view(engine: DuckDBEngine) -> None:
    assert len(QUERIES) >= 10
    assert set(views().values()) == {*CATALOGUE}
    assert all(f"`{view}`" in CHAPTER for view in views())
    shown = {
        name
        for (name,) in engine.cursor()
        .execute("SELECT view_name FROM duckdb_views() WHERE NOT internal")
        .fetchall()
    }
    assert shown == {"logs", *views()}


def test_the_queries_of_the_chapter_are_right(engine: DuckDBEngine) -> None:
    """Of some, what Python says about the same lines."""
    entries = [
        entry
        for entry in simulated_day.day(END, 7, "trading")
        if entry.fields and entry.text_of("event") == "TRADE"
    ]
    booked = [entry for entry in entries if entry.text_of("action") in ("exit", "partial_exit")]
    by_hour = (
        engine.cursor().execute(next(query for query in QUERIES if "AS hour" in query)).fetchall()
    )
    assert sum(row[-1] for row in by_hour) == len(booked)
    assert sum(row[3] or 0 for row in by_hour) == pytest.approx(
        sum(entry.number_of("pnl") or 0 for entry in booked), abs=1
    )
    strategies = (
        engine.cursor()
        .execute(next(query for query in QUERIES if "profit_factor" in query))
        .fetchall()
    )
    assert sum(row[2] for row in strategies) == len(booked)


def test_a_bot_that_is_silent_still_is_silent_until_now(tmp_path: Path) -> None:
    ended, rest = END - 3_600_000_000, [END - 3_600_000_000, END - 60_000_000, END]
    for bot, times in (("ended", [ended - 60_000_000, ended]), ("slow", rest)):
        log = "".join(
            json.dumps({"timestamp": timestamp(at), "bot_name": bot, "run_id": bot, "seq": at})
            + "\n"
            for at in times
        )
        path = tmp_path / "segments" / f"bot-20261121T000000Z-{bot}.log"
        path.parent.mkdir(exist_ok=True)
        path.write_text(log)
    query = next(query for query in QUERIES if "silence" in query).replace(
        "now()", f"make_timestamptz({END})"
    )
    with DuckDBEngine(tmp_path, keep=None) as engine:
        engine.load()
        cursor = engine.cursor()
        found = [
            (bot, silence.total_seconds()) for bot, _, silence in cursor.execute(query).fetchall()
        ]
    assert found == [("ended", 3600), ("slow", 3540)]


@pytest.mark.parametrize("view", views())
def test_a_view_has_the_fields_of_its_event_with_their_types(
    engine: DuckDBEngine, view: str
) -> None:
    types = {
        name: kind for name, kind, *_ in engine.cursor().execute(f"DESCRIBE {view}").fetchall()
    }
    wanted = {
        "number": "DOUBLE",
        "integer": "BIGINT",
        "time": "TIMESTAMP",
        "boolean": "BOOLEAN",
        "object": "JSON",
    }
    fields = CATALOGUE[views()[view]].fields
    assert {name: types[name] for name in columns(view)} == {
        name: wanted.get(fields[name].kind, "VARCHAR") for name in columns(view)
    }
    assert types["time"] == "TIMESTAMP"
    (count,) = engine.cursor().execute(f"SELECT count(*) FROM {view}").fetchone() or ()
    (lines,) = (
        engine.cursor()
        .execute("SELECT count(*) FROM logs WHERE event = ?", [views()[view]])
        .fetchone()
        or ()
    )
    assert count == lines > 0


def test_csv_json_and_parquet_hold_the_same(folder: Path, tmp_path: Path) -> None:
    query = "SELECT time, symbol, qty, reduce_only, reason FROM orders ORDER BY time LIMIT 50"
    arguments = ["sql", query, "--log-dir", str(folder)]
    rows = list(csv.DictReader(io.StringIO(RUN.invoke(app, [*arguments, "--csv"]).stdout)))
    records = [
        json.loads(line) for line in RUN.invoke(app, [*arguments, "--json"]).stdout.splitlines()
    ]
    file = tmp_path / "it's.parquet"
    done = RUN.invoke(app, [*arguments[:1], query + ";", *arguments[2:], "--parquet", str(file)])
    assert done.exit_code == 0, done.output
    stored = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    assert len(rows) == len(records) == len(stored) == 50
    assert (
        [row["time"] for row in rows]
        == [record["time"] for record in records]
        == [row[0].isoformat(" ") for row in stored]
    )
    assert [record["qty"] for record in records] == [row[2] for row in stored]
    assert [row["qty"] for row in rows] == ["" if row[2] is None else str(row[2]) for row in stored]


@pytest.mark.parametrize("end", ["", ";", " -- done", "; -- it's done; really", "\n;/* done */ ;"])
def test_a_comment_behind_a_statement_may_be_written_to_parquet_too(
    folder: Path, tmp_path: Path, end: str
) -> None:
    file = tmp_path / "out.parquet"
    query = "SELECT '가;--' AS text, 1.50::DECIMAL(9, 2) AS money" + end
    done = RUN.invoke(app, ["sql", query, "--log-dir", str(folder), "--parquet", str(file)])
    assert done.exit_code == 0, done.output
    assert "1 rows in" in done.stderr
    assert duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall() == [
        ("가;--", Decimal("1.50"))
    ]


NESTED = """SELECT {'a': 'nan'::DOUBLE, 'b': [1.50::DECIMAL(9, 2), NULL], 'at': TIMESTAMP '2026-11-21 03:00:00'} AS s, [true] AS l,
    MAP {'k': 'inf'::DOUBLE} AS m, true AS yes, 123456789012345.123456789::DECIMAL(38, 9) AS exact, 1::HUGEINT << 100 AS huge,
    'nan'::DOUBLE AS none, INTERVAL 3 DAY AS span, 'a"b'::BLOB AS bytes"""


def test_json_is_json_and_keeps_every_digit(folder: Path) -> None:
    out = RUN.invoke(app, ["sql", NESTED, "--json", "--log-dir", str(folder)]).stdout
    assert '"exact":123456789012345.123456789,' in out
    assert strict(out.strip().encode()) == {
        "s": {"a": None, "b": [1.5, None], "at": "2026-11-21 03:00:00"}, "l": [True], "m": {"k": None}, "yes": True,
        "exact": 123456789012345.123456789, "huge": 1 << 100, "none": None, "span": "3 days, 0:00:00", "bytes": "612262",
    }  # fmt: skip


def test_csv_has_nothing_that_only_python_reads(folder: Path) -> None:
    (row,) = csv.DictReader(
        io.StringIO(RUN.invoke(app, ["sql", NESTED, "--csv", "--log-dir", str(folder)]).stdout)
    )
    assert row == {
        "s": '{"a":null,"b":[1.50,null],"at":"2026-11-21 03:00:00"}', "l": "[true]", "m": '{"k":null}', "yes": "true",
        "exact": "123456789012345.123456789", "huge": str(1 << 100), "none": "", "span": "3 days, 0:00:00", "bytes": "612262",
    }  # fmt: skip


def test_only_what_is_for_people_is_listed(engine: DuckDBEngine) -> None:
    assert {name for (name,) in engine.cursor().execute("SHOW TABLES").fetchall()} == {
        "logs",
        *views(),
    }


def test_a_table_is_for_people(folder: Path) -> None:
    done = RUN.invoke(
        app,
        [
            "sql",
            "SELECT event, count(*) AS n FROM logs GROUP BY 1 ORDER BY n DESC",
            "--log-dir",
            str(folder),
        ],
    )
    assert done.exit_code == 0
    assert "HEARTBEAT" in done.stdout
    assert "event" in done.stdout


def test_a_long_table_says_that_it_is_cut(folder: Path) -> None:
    done = RUN.invoke(app, ["sql", "SELECT seq FROM logs", "--log-dir", str(folder)])
    rows = done.stdout.splitlines()
    assert len(rows) == 43
    assert re.fullmatch(r"… [\d,]+ more rows; --csv and --json give all of them", rows[-1])


def test_a_field_of_ones_own_is_in_the_line(folder: Path) -> None:
    done = RUN.invoke(
        app,
        [
            "sql",
            "SELECT max((line ->> 'v')::INT) AS v FROM logs WHERE event = 'WS'",
            "--json",
            "--log-dir",
            str(folder),
        ],
    )
    assert json.loads(done.stdout) == {"v": 1}


def test_a_statement_from_standard_input(folder: Path) -> None:
    done = RUN.invoke(
        app, ["sql", "-", "--json", "--log-dir", str(folder)], input="SELECT 1 AS one"
    )
    assert json.loads(done.stdout) == {"one": 1}


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["SELECT x FROM logs"], 2, 'Referenced column "x" not found'),
    (["SELEKT"], 2, "syntax error"),
    (["SELECT 1", "--csv", "--json"], 2, "choose one of"),
    ([""], 2, "no statement"),
    ([" ; "], 2, "no statement"),
    (["/* hello */ ;", "--json"], 2, "no statement"),
    (["/* hello */", "--parquet", "x"], 2, "no statement"),
])  # fmt: skip
def test_what_is_wrong_is_said(folder: Path, arguments: list[str], code: int, words: str) -> None:
    done = RUN.invoke(app, ["sql", *arguments, "--log-dir", str(folder)])
    assert done.exit_code == code
    assert words in done.output
    assert "Traceback" not in done.output


def test_a_folder_without_logs(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["sql", "SELECT 1", "--log-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "logging-kit demo" in done.output


def test_without_duckdb_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blocked:
        def find_spec(self, name: str, *_: object) -> None:
            if name.partition(".")[0] == "duckdb":
                raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")

    for name in [name for name in sys.modules if name.partition(".")[0] in ("duckdb", "_duckdb")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Blocked(), *sys.meta_path])
    done = RUN.invoke(app, ["sql", "SELECT 1", "--log-dir", str(folder)])
    assert done.exit_code == 3
    assert "pip install 'logging-kit[watch]'" in done.output


def test_the_prompt_answers_survives_an_error_and_ends(
    engine: DuckDBEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from logging_kit.cli.sql_prompt import prompt

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shown: list[object] = []
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("SELECT 40\r + 2;\rSELECT wrong;\r.nothing\rexit\r")
        prompt(engine, lambda result: shown.append(result.fetchall()))
    assert shown == [[(42,)]]
    assert 'column "wrong" was not found' in capsys.readouterr().err
    assert "SELECT 40" in (tmp_path / "logging-kit" / "sql_history").read_text()


def test_the_prompt_completes_tables_and_columns(engine: DuckDBEngine) -> None:
    from prompt_toolkit.completion import CompleteEvent

    from logging_kit.cli.sql_prompt import completer

    def complete(text: str) -> set[str]:
        found = completer(engine.cursor()).get_completions(Document(text), CompleteEvent())
        return {completion.text for completion in found}

    assert "trades" in complete("SELECT * FROM tra")
    assert "latency_ms" in complete("SELECT laten")
    assert "SELECT" in complete("sel")
    assert not {"duckdb_columns", "pragma_database_list", "sqlite_master"} & (
        complete("duckdb_col") | complete("pragma") | complete("sqli")
    )


def test_the_prompt_takes_a_comment_and_goes_on_after_ctrl_c(
    engine: DuckDBEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from logging_kit.cli.sql_prompt import prompt

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shown: list[object] = []

    def show(result: duckdb.DuckDBPyConnection) -> None:
        shown.append(result.fetchall())
        if len(shown) == 1:
            raise KeyboardInterrupt

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("-- hello\rSELECT 1;\rSELECT 2;\rexit\r")
        prompt(engine, show)
    assert shown == [[(1,)], [(2,)]]
    assert "Interrupted" in capsys.readouterr().err


def test_ctrl_c_ends_a_query_that_duckdb_is_busy_with(engine: DuckDBEngine) -> None:
    from logging_kit.cli.interrupts import interruptible

    cursor, main = engine.cursor(), threading.get_ident()

    def work() -> None:
        signal.pthread_kill(main, signal.SIGINT)
        cursor.execute("SELECT count(*) FROM range(3_000_000_000) WHERE hash(range) % 7 = 1")

    before, begin = signal.signal(signal.SIGINT, signal.default_int_handler), time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            interruptible(cursor, work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - begin < 5
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]
