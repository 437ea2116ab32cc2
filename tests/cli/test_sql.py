"""`logging-kit sql`: the queries of its chapter, its forms of output, and its prompt."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
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
from logging_kit.panels.local import LocalEngine
from logging_kit.panels.views import VIEWS, columns
from tests.panels import simulated_day
from tests.panels.segments import write

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
def engine(folder: Path) -> Iterator[LocalEngine]:
    with LocalEngine(folder, keep=None) as engine:
        engine.load()
        yield engine


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_each_query_of_the_chapter_answers(engine: LocalEngine, query: str) -> None:
    assert engine.cursor().execute(query).fetchall()


def test_the_chapter_has_ten_queries_and_names_every_view(engine: LocalEngine) -> None:
    assert len(QUERIES) >= 10
    assert set(VIEWS.values()) == {*CATALOGUE}
    assert all(f"`{view}`" in CHAPTER for view in VIEWS)
    shown = {name for (name,) in engine.cursor().execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    assert shown == {"logs", *VIEWS}


def test_the_queries_of_the_chapter_are_right(engine: LocalEngine) -> None:
    """Of some, what Python says about the same lines."""
    entries = [entry for entry in simulated_day.day(END, 7, "trading") if entry.fields and entry.text_of("event") == "TRADE"]
    booked = [entry for entry in entries if entry.text_of("action") in ("exit", "partial_exit")]
    by_hour = engine.cursor().execute(next(query for query in QUERIES if "AS hour" in query)).fetchall()
    assert sum(row[-1] for row in by_hour) == len(booked)
    assert sum(row[3] or 0 for row in by_hour) == pytest.approx(sum(entry.number_of("pnl") or 0 for entry in booked), abs=1)
    strategies = engine.cursor().execute(next(query for query in QUERIES if "profit_factor" in query)).fetchall()
    assert sum(row[2] for row in strategies) == len(booked)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_fields_of_its_event_with_their_types(engine: LocalEngine, view: str) -> None:
    types = {name: kind for name, kind, *_ in engine.cursor().execute(f"DESCRIBE {view}").fetchall()}
    wanted = {"number": "DOUBLE", "integer": "BIGINT", "time": "TIMESTAMP", "boolean": "BOOLEAN", "object": "JSON"}
    fields = CATALOGUE[VIEWS[view]].fields
    assert {name: types[name] for name in columns(view)} == {
        name: wanted.get(fields[name].kind, "VARCHAR") for name in columns(view)
    }
    assert types["time"] == "TIMESTAMP"
    (count,) = engine.cursor().execute(f"SELECT count(*) FROM {view}").fetchone() or ()
    (lines,) = engine.cursor().execute("SELECT count(*) FROM logs WHERE event = ?", [VIEWS[view]]).fetchone() or ()
    assert count == lines > 0


def test_csv_json_and_parquet_hold_the_same(folder: Path, tmp_path: Path) -> None:
    query = "SELECT time, symbol, qty, reduce_only, reason FROM orders ORDER BY time LIMIT 50"
    arguments = ["sql", query, "--log-dir", str(folder)]
    rows = list(csv.DictReader(io.StringIO(RUN.invoke(app, [*arguments, "--csv"]).stdout)))
    records = [json.loads(line) for line in RUN.invoke(app, [*arguments, "--json"]).stdout.splitlines()]
    file = tmp_path / "it's.parquet"
    done = RUN.invoke(app, [*arguments[:1], query + ";", *arguments[2:], "--parquet", str(file)])
    assert done.exit_code == 0, done.output
    stored = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    assert len(rows) == len(records) == len(stored) == 50
    assert [row["time"] for row in rows] == [record["time"] for record in records] == [row[0].isoformat(" ") for row in stored]
    assert [record["qty"] for record in records] == [row[2] for row in stored]
    assert [row["qty"] for row in rows] == ["" if row[2] is None else str(row[2]) for row in stored]


def test_a_table_is_for_people(folder: Path) -> None:
    done = RUN.invoke(app, ["sql", "SELECT event, count(*) AS n FROM logs GROUP BY 1 ORDER BY n DESC", "--log-dir", str(folder)])
    assert done.exit_code == 0
    assert "HEARTBEAT" in done.stdout
    assert "event" in done.stdout


def test_a_long_table_says_that_it_is_cut(folder: Path) -> None:
    assert "first 1000 rows" in RUN.invoke(app, ["sql", "SELECT seq FROM logs", "--log-dir", str(folder)]).stdout


def test_a_field_of_ones_own_is_in_the_line(folder: Path) -> None:
    done = RUN.invoke(
        app, ["sql", "SELECT max((line ->> 'v')::INT) AS v FROM logs WHERE event = 'WS'", "--json", "--log-dir", str(folder)]
    )
    assert json.loads(done.stdout) == {"v": 1}


def test_a_statement_from_standard_input(folder: Path) -> None:
    done = RUN.invoke(app, ["sql", "-", "--json", "--log-dir", str(folder)], input="SELECT 1 AS one")
    assert json.loads(done.stdout) == {"one": 1}


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["SELECT x FROM logs"], 2, 'Referenced column "x" not found'),
    (["SELEKT"], 2, "syntax error"),
    (["SELECT 1", "--csv", "--json"], 2, "choose one of"),
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


def test_without_duckdb_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from logging_kit.cli.sql_prompt import prompt

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shown: list[object] = []
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("SELECT 40 + 2;\rSELECT wrong\rexit\r")
        prompt(engine, lambda result: shown.append(result.fetchall()))
    assert shown == [[(42,)]]
    assert 'column "wrong" was not found' in capsys.readouterr().err
    assert "SELECT 40 + 2" in (tmp_path / "logging-kit" / "sql_history").read_text()


def test_the_prompt_completes_tables_and_columns(engine: LocalEngine) -> None:
    from prompt_toolkit.completion import CompleteEvent

    from logging_kit.cli.sql_prompt import completer

    def complete(text: str) -> set[str]:
        found = completer(engine.cursor()).get_completions(Document(text), CompleteEvent())
        return {completion.text for completion in found}

    assert "trades" in complete("SELECT * FROM tra")
    assert "latency_ms" in complete("SELECT laten")
    assert "SELECT" in complete("sel")
