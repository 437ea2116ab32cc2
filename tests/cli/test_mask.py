from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.mask import app

pytestmark = pytest.mark.slow

KEY = "".join(f"{letter}{number}" for number, letter in enumerate("qWeRtYuIoPaSdFgHjK"))


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "logs"
    (folder / "archive").mkdir(parents=True)
    (folder / "bot.log").write_text(
        json.dumps({"message": "ok", "symbol": "BTC/USDT"})
        + "\n"
        + json.dumps({"message": f"api_key={KEY}", "auth": {"secret": KEY}})
        + "\n"
    )
    (folder / "archive" / "old.log.gz").write_bytes(
        gzip.compress(f"plain\nBearer {KEY}\n".encode())
    )
    (folder / "torn.log").write_bytes(b"\0\0\1api_key=" + KEY.encode())  # a power cut leaves zeros
    return folder


def test_secrets_in_logs_are_found_and_not_shown(logs: Path) -> None:
    result = CliRunner().invoke(app, ["scan", str(logs), "--no-env"])
    assert result.exit_code == 1
    assert KEY[:8] not in result.output
    lines = result.stdout.splitlines()
    assert [line.partition(" ")[0].rpartition("/")[2] for line in lines] == [
        "old.log.gz:2",
        "bot.log:2",
        "bot.log:2",
        "torn.log:1",
    ]
    assert "auth.secret" in lines[2]
    assert "4 secrets found" in result.stderr


def test_findings_can_be_had_as_json(logs: Path) -> None:
    result = CliRunner().invoke(app, ["scan", str(logs / "bot.log"), "--json", "--no-env"])
    assert result.exit_code == 1
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["line"], one["field"], one["layer"]) for one in found] == [
        (2, "message", "context"),
        (2, "auth.secret", "name"),
    ]


def test_clean_logs_are_no_error(logs: Path) -> None:
    (logs / "bot.log").write_text('{"message":"ok"}\n')
    result = CliRunner().invoke(app, ["scan", str(logs / "bot.log"), "--no-env"])
    assert (result.exit_code, result.stdout) == (0, "")


def test_values_of_the_environment_are_searched_for(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logging_kit.masking import forget_secret

    monkeypatch.setenv("MY_BOT_SECRET", KEY)
    (logs / "bot.log").write_text(f"just {KEY}\n")
    try:
        assert CliRunner().invoke(app, ["scan", str(logs / "bot.log")]).exit_code == 1
    finally:
        forget_secret(KEY)
    assert CliRunner().invoke(app, ["scan", str(logs / "bot.log"), "--no-env"]).exit_code == 0


def test_a_path_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["scan", "nowhere"]).exit_code == 2
    (tmp_path / "torn.gz").write_bytes(b"no gzip")
    assert CliRunner().invoke(app, ["scan", "torn.gz"]).exit_code == 2


def test_a_text_is_explained_without_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        app, ["explain"], input=f"hello\napi_key={KEY}\n{json.dumps({'a': {'password': 'x1'}})}\n"
    )
    assert result.exit_code == 0
    assert KEY[:8] not in result.output
    assert result.stdout.splitlines() == [
        f"line 2, characters 8 to {8 + len(KEY)}: context: api_key in the text",
        "line 3, field a.password, characters 0 to 2: name: password",
    ]
    assert "nothing in it is masked" in CliRunner().invoke(app, ["explain"], input="hello\n").stdout
