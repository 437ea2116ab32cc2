"""The commands on terminals of any encoding, in closed pipes, on full disks, and interrupted."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import COMMANDS, app

pytestmark = pytest.mark.slow

HELPS = [
    [], *([name] for name in COMMANDS), ["mask", "scan"], ["mask", "explain"],
    ["stack", "up"], ["stack", "down"], ["stack", "status"],
]  # fmt: skip


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "logging_kit", *map(str, args)]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "logs"
    options = ["demo", "--backfill", "1h", "--seconds", "0", "--log-dir", folder, "--app", "demo"]
    subprocess.run(command(*options), check=True, capture_output=True)
    name = next((folder / "segments").glob("trade-*")).name
    shared = (
        '"level":"info","app":"demo","event":"TRADE","symbol":"비트코인 ▲","run_id":"x","seq":1'
    )
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    with (folder / "segments" / name).open("a", encoding="utf-8") as file:
        file.write(f'{{"timestamp":"{stamp}",{shared},"message":"– … →","v":1}}\n')
    return folder


def shown(logs: Path) -> list[list[object]]:
    return [
        ["tail", logs], ["tail", logs, "--json"], ["sql", "SELECT * FROM logs LIMIT 5", logs],
        ["sql", "SELECT symbol FROM trades", logs, "--json"], ["sql", "SELECT symbol FROM trades", logs, "--csv"],
        ["report", logs, "--since", "2h"], ["report", logs, "--since", "2h", "--markdown"],
        ["report", logs, "--since", "2h", "--json"], ["watch", logs, "--once", "--app", "demo"],
        ["watch", logs, "--once", "--json", "--app", "demo"], ["mask", "scan", logs, "--no-env"],
        ["recover", logs], ["watch", logs, "--once", "--language", "ko", "--app", "demo"],
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp949"])
def test_every_command_writes_in_every_encoding(
    logs: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for args in [*shown(logs), ["tail", logs / "none"], *([*args, "--help"] for args in HELPS)]:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            app([*map(str, args)], prog_name="logging-kit")
        monkeypatch.undo()
        out.flush()
        assert ended.value.code in (0, 1, None), args
        text = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
        assert text or "none" in str(args[-1]) or args[0] == "mask", args
        if "--json" in args and args[0] in ("tail", "sql"):
            rows = [json.loads(row) for row in text.splitlines()]
            assert any("비트코인" in str(row.get("symbol")) for row in rows)


def test_a_process_with_an_ascii_terminal_ends_well(logs: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for args in (["watch", logs, "--once", "--app", "demo"], ["demo", "--help"]):
        result = subprocess.run(command(*args), env=environment, capture_output=True, check=False)
        assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize("args", HELPS, ids=" ".join)
def test_a_help_shows_no_type_of_a_flag(args: list[str]) -> None:
    result = CliRunner().invoke(app, [*args, "--help"], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "<bool>" not in result.stdout.lower()
    assert "boolean" not in result.stdout.lower()


def test_a_reader_that_has_seen_enough_is_no_error(logs: Path) -> None:
    for args in (
        ["watch", logs, "--once", "--app", "demo"],
        ["tail", logs],
        ["--help"],
        shown(logs)[2],
    ):
        process = subprocess.Popen(
            command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.close()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, (args, errors)
        assert "Traceback" not in errors
        assert "Exception ignored" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_a_sentence(logs: Path) -> None:
    for args in (
        ["report", logs, "--since", "2h", "--trades-csv", "-"],
        ["tail", logs],
        ["--help"],
        shown(logs)[2],
    ):
        with Path("/dev/full").open("w") as full:
            result = subprocess.run(
                command(*args), stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert result.returncode == 1, (args, result.stderr)
        assert result.stderr.splitlines()[-1].startswith("Cannot write the output: "), args
        assert "Traceback" not in result.stderr


def test_ctrl_c_is_130_without_a_traceback(logs: Path) -> None:
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 11"
    for args, wait_s in (
        (["tail", "-f", logs], 3.0),
        (["sql", endless, logs], 4.0),
        (["watch", logs, "--once"], 0.6),
        (["report", logs, "--since", "2h"], 0.3),
        (["mask", "explain"], 2.0),
    ):
        process = subprocess.Popen(
            command(*args), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        time.sleep(wait_s)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
        if process.returncode in (0, -signal.SIGINT) and wait_s < 1:
            continue  # it had ended already, or Python had not yet begun
        assert process.returncode == 130, (args, errors)
        assert "Traceback" not in errors


def test_completion_can_be_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "SHELL": "/bin/bash"}
    result = subprocess.run(
        command("--show-completion", "bash"), env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "_LOGGING_KIT_COMPLETE" in result.stdout
    done = subprocess.run(
        command(),
        env={**environment, "_LOGGING_KIT_COMPLETE": "complete_bash", "COMP_WORDS": "logging-kit wa", "COMP_CWORD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["watch"]


@pytest.mark.parametrize(
    ("args", "value"),
    [
        (["watch", "--range", "soon"], "'soon'"),
        (["report", "--since", "lately"], "'lately'"),
        (["report", "--time-zone", "Mars/Base"], "'Mars/Base'"),
        (["watch", "--language", "de"], "de"),
        (["watch", "--palette", "blue"], "blue"),
        (["watch", "--dashboard", "none"], "'none'"),
        (["demo", "--speed", "0"], "0"),
    ],
)
def test_an_error_names_the_value(tmp_path: Path, args: list[str], value: str) -> None:
    result = CliRunner().invoke(app, [*args, "--log-dir", str(tmp_path)], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert value in result.stderr
    assert "('" not in result.stderr
