from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.mask import app
from logging_kit.masking import Masker, scan_files
from logging_kit.masking.scan import scan_piece
from logging_kit.masking.scan_files import Piece

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


def _scan(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["scan", *arguments, "--no-env"])
    return result.exit_code, result.stdout, result.stderr


def test_a_named_link_is_followed(logs: Path) -> None:
    (logs / "current.log").symlink_to("bot.log")
    (logs.parent / "latest").symlink_to("logs")
    assert _scan("logs/current.log")[0] == 1
    assert len(_scan("latest")[1].splitlines()) == len(_scan("logs")[1].splitlines()) == 4


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\n"
        + "\n".join([KEY * 2] * 3)
        + "\n-----END PRIVATE KEY-----\n",
        f"api_secret: |\n  {KEY}\nsymbol: BTC\n",
        f"password: >-\n  {KEY}\n",
        f'{{\n  "api_key":\n    "{KEY}"\n}}\n',
    ],
    ids=["key file", "literal block", "folded block", "pretty JSON"],
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_secrets_over_lines_are_found_in_every_encoding(
    logs: Path, text: str, encoding: str
) -> None:
    file = logs / "odd.log"
    file.write_bytes(("first line\n" + text).encode(encoding))
    code, shown, _ = _scan(str(file))
    assert code == 1
    assert f"{file}:" in shown
    assert KEY[:8] not in shown


def test_a_file_that_cannot_be_read_does_not_end_the_scan(logs: Path) -> None:
    (logs / "archive" / "a.log.gz").write_bytes(b"no gzip")
    (logs / "archive" / "b.log.gz").write_bytes(gzip.compress(b"x" * 100_000)[:60])
    code, shown, errors = _scan(str(logs), "nowhere")
    assert code == 2
    assert len(shown.splitlines()) == 4
    assert [name for name in ("a.log.gz", "b.log.gz", "nowhere") if name in errors] == [
        "a.log.gz", "b.log.gz", "nowhere",
    ]  # fmt: skip
    assert "3 paths could not be read" in errors


def test_a_baseline_hides_what_is_known(logs: Path) -> None:
    assert _scan("logs", "--baseline", "known.json")[0] == 0
    held = (logs.parent / "known.json").read_text()
    assert KEY not in held
    assert "api_key" not in held
    assert _scan("logs", "--baseline", "known.json")[0] == 0
    text = (logs / "bot.log").read_text()
    (logs / "bot.log").write_text("moved down\n" + text)
    assert _scan("logs", "--baseline", "known.json")[0] == 0
    (logs / "new.log").write_text(f"token={KEY[::-1]}\n")
    code, shown, _ = _scan("logs", "--baseline", "known.json")
    assert code == 1
    assert len(shown.splitlines()) == 1
    assert "new.log:1" in shown
    assert _scan("logs", "--baseline", "known.json", "--update-baseline")[0] == 0
    assert _scan("logs", "--baseline", "known.json")[0] == 0


def test_findings_can_be_had_as_sarif(logs: Path) -> None:
    code, shown, _ = _scan("logs", "--sarif")
    assert code == 1
    assert KEY[:8] not in shown
    run = json.loads(shown)["runs"][0]
    assert len(run["results"]) == 4
    region = run["results"][0]["locations"][0]["physicalLocation"]
    assert region["artifactLocation"]["uri"] == "logs/archive/old.log.gz"
    assert region["region"]["startLine"] == 2
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules


def test_a_redacted_copy_has_everything_but_the_secrets(logs: Path) -> None:
    file = logs / "mixed.log"
    file.write_text(
        '{"message": "ok",  "symbol":"BTC/USDT"}\n'
        f'{{"message":"api_key={KEY}","n":7}}\n'
        f"plain password={KEY} end\r\n"
        f"-----BEGIN PRIVATE KEY-----\n{KEY * 2}\n-----END PRIVATE KEY-----\nlast"
    )
    result = CliRunner().invoke(app, ["redact", str(file), "--no-env"])
    assert result.exit_code == 0
    assert KEY[:8] not in result.stdout
    lines = result.stdout.split("\n")
    assert lines[0] == '{"message": "ok",  "symbol":"BTC/USDT"}'
    assert json.loads(lines[1]) == {"message": "api_key=***", "n": 7}
    assert lines[2].rstrip() == "plain password=*** end"
    assert lines[-1] == "last"
    output = logs / "clean.log"
    assert CliRunner().invoke(app, ["redact", str(file), "-o", str(output)]).exit_code == 0
    assert b"plain password=*** end\r\n" in output.read_bytes()
    assert CliRunner().invoke(app, ["redact", str(file), "-o", str(output)]).exit_code == 2
    assert _scan(str(output))[0] == 0


def test_large_files_are_scanned_in_parts(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logging_kit.masking import scan

    monkeypatch.setattr(scan, "_PIECE", 20_000)
    monkeypatch.setattr(scan, "_IN_PARALLEL_FROM", 50_000)
    line = '{"message":"nothing here","n":1}\n2026-11-21 02:00:00 plain line 12\n'
    (logs / "bot.log").write_text(line * 600 + f"api_key={KEY}\n" + line * 600 + f"secret={KEY}\n")
    lines = _scan(str(logs / "bot.log"))[1].splitlines()
    assert [row.split(" ")[0].rpartition(":")[2] for row in lines] == ["1201", "2402"]


BOMBS = {
    "blank lines": b"\n" * 30_000_000,
    "one line of blanks": b" " * 30_000_000,
    "blanks behind the start of an object": b'{"timestamp":' + b" " * 30_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_small_archive_that_unpacks_to_much_is_scanned_within_bounds(
    bomb: bytes, tmp_path: Path
) -> None:
    masker = Masker(mask_env=False)
    path = tmp_path / "bomb.log.gz"
    path.write_bytes(gzip.compress(bomb + f"\napi_key={KEY}\n".encode()))
    searched = 0

    def explain(text: str) -> list[tuple[str, str, int, int]]:
        nonlocal searched
        searched += len(text)
        assert len(text) < 4_000_000
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masker, "explain", explain)
        assert not list(scan_piece(Piece(str(path), 0, -1, 0), masker))
    assert searched < 4_000_000
    assert [found.layer for found in scan_piece(Piece(str(path), 0, -1, 0), masker)] == ["context"]


def test_what_an_archive_holds_beyond_a_limit_is_left_out_and_reported(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_files, "_MOST_UNPACKED", 1_000)
    early, late = f"api_key={KEY}\n", f"password={KEY}\n"
    text = early + "plain\n" * 1_000 + late
    (logs / "archive" / "old.log.gz").write_bytes(gzip.compress(text.encode()))
    (logs / "archive" / "just.log.gz").write_bytes(gzip.compress(b"plain\n" * 166 + b"end\n"))
    result = CliRunner().invoke(app, ["scan", str(logs / "archive"), "--no-env"])
    assert result.exit_code == 2
    assert "1 secrets found" in result.stderr
    assert "old.log.gz: unpacks to more than 1,000 bytes" in result.stderr
    assert "just.log.gz" not in result.stderr


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_what_stands_before_the_damage_of_an_archive_is_scanned(kept: float, logs: Path) -> None:
    noise = "".join(
        f"plain {hashlib.sha256(bytes([n % 251])).hexdigest()[: n % 9]}\n" for n in range(9_000)
    )
    data = gzip.compress(f"api_key={KEY}\n{noise}".encode())
    (logs / "archive" / "old.log.gz").write_bytes(data[: int(len(data) * kept)])
    result = CliRunner().invoke(app, ["scan", str(logs / "archive"), "--no-env"])
    assert result.exit_code == 2
    assert "1 secrets found" in result.stderr
