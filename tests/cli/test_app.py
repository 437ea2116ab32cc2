"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import logging_kit
from logging_kit.__main__ import main
from logging_kit.cli.app import COMMANDS, app

pytestmark = pytest.mark.slow


def test_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"logging-kit {logging_kit.__version__}\n"


@pytest.mark.parametrize("args", [["--help"], ["-h"], []])
def test_help_lists_every_command(args: list[str]) -> None:
    output = CliRunner().invoke(app, args).output
    assert all(f" {name} " in output for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f"logging-kit {name}" in result.output or f" {name} " in result.output


def test_suggests_the_command_that_was_meant() -> None:
    result = CliRunner().invoke(app, ["tial"])
    assert result.exit_code == 2
    assert "'tail'" in result.output


def test_an_unknown_command_is_an_error() -> None:
    assert CliRunner().invoke(app, ["xyz"]).exit_code == 2


def test_a_command_does_not_import_the_others() -> None:
    code = "import sys; from logging_kit.cli.app import app; import logging_kit.cli.tail; print('logging_kit.cli.demo' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "False\n"
    )


def test_says_how_to_install_what_is_missing() -> None:
    code = "import sys; sys.modules['typer'] = None; from logging_kit.__main__ import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "pip install 'logging-kit[cli]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_runs_as_a_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["logging-kit", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("logging-kit ")
